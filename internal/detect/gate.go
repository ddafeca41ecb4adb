package detect

import (
	"context"
	"errors"

	"nephoscope/internal/rules"
)

// Arrivals tells which of the rules are concerned by rows that arrived after a
// sequence (-1 for all rows): a row that the rule's query can use. A rule that
// can alert on silence is always due. newest is the sequence of the newest row
// of any table that the rules look at, after if there is none.
//
// Each table is asked once for all rules together, and only what is new of it
// is read. A caller that runs those which are due, and moves the others with
// Advance, leaves nothing out.
func (d *Detector) Arrivals(ctx context.Context, list []*rules.Rule, after int64) (due []*rules.Rule, newest int64, err error) {
	return nil, after, errors.New("arrivals: not there yet")
}

// Advance moves the positions of rules for which Arrivals found nothing up to a
// sequence, in one commit. A rule that has come further stays where it is; one
// that another process moves meanwhile makes it a *store.PositionError, and
// none is moved.
func (d *Detector) Advance(ctx context.Context, list []*rules.Rule, sequence int64) error {
	return errors.New("advance: not there yet")
}
