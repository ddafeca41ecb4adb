package incident

import (
	"context"
	"fmt"

	"nephoscope/internal/store"
)

// An Outcome is what a change of many did to one incident: its new state, or
// the error for which it was left as it is.
type Outcome struct {
	Number   int
	Incident *Incident
	Err      error // as of Update

	before string // etag of the state that the change starts from
}

// UpdateMany makes one change to several incidents, in one commit, and tells
// what it did to each, in the order of numbers, each once. An incident to which
// the change cannot be made stays as it is and holds up no other. c.Etag must
// be empty, or "*". The error is that of the commit; then nothing is changed.
func (k *Keeper) UpdateMany(ctx context.Context, list []int, c Change) ([]Outcome, error) {
	if !anyEtag(c.Etag) {
		return nil, &InvalidError{"etag", c.Etag, "none for several incidents: each has its own"}
	}
	outcomes := outcomesOf(list)
	err := k.inTurn(ctx, func(t turn) error {
		drafts, err := k.applyAll(ctx, outcomes, c)
		if err == nil {
			_, err = k.commit(ctx, &store.Batch{}, drafts, t)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("change %d incidents: %w", len(outcomes), err)
	}
	return outcomes, nil
}

func outcomesOf(list []int) []Outcome {
	outcomes := make([]Outcome, 0, len(list))
	listed := map[int]bool{}
	for _, n := range list {
		if !listed[n] {
			listed[n] = true
			outcomes = append(outcomes, Outcome{Number: n})
		}
	}
	return outcomes
}

// applyAll makes the change in memory and notes in the outcomes where it
// cannot be made.
func (k *Keeper) applyAll(ctx context.Context, outcomes []Outcome, c Change) ([]*draft, error) {
	var drafts []*draft
	err := k.look(ctx, func(b *book) error {
		for i := range outcomes {
			o := &outcomes[i]
			if o.Err != nil {
				continue
			}
			d, err := k.applyTo(b, o, c)
			if err != nil {
				o.Incident, o.Err = nil, fmt.Errorf("change incident %d: %w", o.Number, err)
				continue
			}
			o.Incident = d.Incident
			drafts = append(drafts, d)
		}
		return nil
	})
	return drafts, err
}

// applyTo makes the change to one incident, unless another process has changed
// it since the last try.
func (k *Keeper) applyTo(b *book, o *Outcome, c Change) (*draft, error) {
	in := b.number(o.Number)
	if in == nil {
		return nil, ErrNotFound
	}
	if o.before != "" && o.before != in.Etag {
		return nil, in.conflict(o.before)
	}
	o.before = in.Etag
	d := newDraft(in)
	return d, k.apply(d, c)
}
