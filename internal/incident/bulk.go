package incident

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"nephoscope/internal/store"
)

// An Outcome is what a change of many did to one incident: its new state, or
// the error for which it was left as it is.
type Outcome struct {
	Number   int
	Incident *Incident
	Err      error // as of Update
}

// UpdateMany makes one change to several incidents, in one commit, and tells
// what it did to each, in the order of numbers, each once. An incident to which
// the change cannot be made stays as it is and holds up no other. c.Etag must
// be empty, or "*". The error is that of the commit; then nothing is changed.
func (k *Keeper) UpdateMany(ctx context.Context, list []int, c Change) ([]Outcome, error) {
	if !anyEtag(c.Etag) {
		return nil, &InvalidError{"etag", c.Etag, "none for several incidents: each has its own"}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	outcomes := make([]Outcome, 0, len(list))
	for _, n := range list {
		if !slices.ContainsFunc(outcomes, func(o Outcome) bool { return o.Number == n }) {
			outcomes = append(outcomes, Outcome{Number: n})
		}
	}
	drafts, err := k.applyAll(ctx, outcomes, c)
	if err != nil {
		return nil, err
	}
	if err := k.commitMost(ctx, outcomes, drafts); err != nil {
		return nil, err
	}
	return outcomes, nil
}

// applyAll makes the change in memory and notes in the outcomes where it
// cannot be made.
func (k *Keeper) applyAll(ctx context.Context, outcomes []Outcome, c Change) ([]*draft, error) {
	var drafts []*draft
	err := k.look(ctx, func(b *book) error {
		for i := range outcomes {
			o := &outcomes[i]
			in := b.number(o.Number)
			if in == nil {
				o.Err = fmt.Errorf("incident %d: %w", o.Number, ErrNotFound)
				continue
			}
			d := newDraft(in)
			if err := k.apply(d, c); err != nil {
				o.Err = fmt.Errorf("change incident %d: %w", o.Number, err)
				continue
			}
			o.Incident = d.Incident
			drafts = append(drafts, d)
		}
		return nil
	})
	return drafts, err
}

// commitMost commits the drafts without those that another process changed
// meanwhile.
func (k *Keeper) commitMost(ctx context.Context, outcomes []Outcome, drafts []*draft) error {
	for {
		err := k.commit(ctx, &store.Batch{}, drafts, numbers{})
		name, moved := movedByOther(err)
		if !moved {
			return err
		}
		err = conflictOn(name, drafts)
		var conflict *ConflictError
		if !errors.As(err, &conflict) {
			return err
		}
		drafts = slices.DeleteFunc(drafts, func(d *draft) bool { return d.Name == name })
		i := slices.IndexFunc(outcomes, func(o Outcome) bool { return o.Number == conflict.Number })
		outcomes[i].Incident, outcomes[i].Err = nil, fmt.Errorf("change incident %d: %w", conflict.Number, err)
	}
}
