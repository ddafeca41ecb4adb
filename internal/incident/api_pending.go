package incident

import (
	"context"
	"errors"

	"nephoscope/internal/rules"
)

var errPending = errors.New("not there yet")

// A Similar is another incident about the same things.
type Similar struct {
	*Incident
	Shared []Entity // entities of both, the most named first
}

// Similar returns incidents with activity within two weeks of this one that
// share entities with it, those that share most first, limit at most.
func (k *Keeper) Similar(ctx context.Context, number, limit int) ([]Similar, error) {
	return nil, errPending
}

// A Creator opens an incident for each alert that another product raised and
// that a rule of kind MicrosoftSecurityIncidentCreation chooses. It follows
// SecurityAlert; how far it has come is committed with the incidents, so each
// alert is looked at once. It is used by one goroutine at a time.
type Creator struct{ keeper *Keeper }

// NewCreator returns a Creator that opens incidents with k.
func NewCreator(k *Keeper) *Creator { return &Creator{k} }

// Step looks at the alerts that have arrived since the last step, and returns
// how many incidents it opened. Rules of other kinds are passed over. Call it
// with no rule, too: alerts that arrive while there is none open no incident
// later.
func (c *Creator) Step(ctx context.Context, list []*rules.Rule) (made int, err error) {
	return 0, errPending
}
