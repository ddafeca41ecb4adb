package incident

import (
	"context"
	"fmt"

	"nephoscope/internal/store"
)

// A Stamp says who makes a change and from which state it starts.
type Stamp struct {
	By string // required
	// Etag is that of the state which the change starts from: of the incident,
	// or of the comment or task that is changed. Empty and "*" mean any.
	Etag string
}

// change makes one change to an incident and returns its new state.
func (k *Keeper) change(ctx context.Context, number int, tries int, edit func(*draft) error) (*Incident, error) {
	drafts, err := k.changeAll(ctx, []int{number}, tries, func(drafts []*draft) error { return edit(drafts[0]) })
	if err != nil {
		return nil, fmt.Errorf("change incident %d: %w", number, err)
	}
	return drafts[0].Incident, nil
}

// changeAll makes a change to several incidents in one commit. If another
// process changes one of them meanwhile, it is tried again; after the last time
// the error is a *ConflictError.
func (k *Keeper) changeAll(ctx context.Context, list []int, tries int, edit func([]*draft) error) ([]*draft, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for attempt := 1; ; attempt++ {
		drafts, err := k.drafts(ctx, list)
		if err != nil {
			return nil, err
		}
		if err := edit(drafts); err != nil {
			return nil, err
		}
		err = k.commit(ctx, &store.Batch{}, drafts, numbers{})
		if name, moved := movedByOther(err); moved && attempt < tries {
			continue
		} else if moved {
			return nil, conflictOn(name, drafts)
		}
		return drafts, err
	}
}

// drafts begins changes of the present states.
func (k *Keeper) drafts(ctx context.Context, list []int) ([]*draft, error) {
	drafts := make([]*draft, len(list))
	err := k.look(ctx, func(b *book) error {
		for i, n := range list {
			in := b.number(n)
			if in == nil {
				return fmt.Errorf("incident %d: %w", n, ErrNotFound)
			}
			drafts[i] = newDraft(in)
		}
		return nil
	})
	return drafts, err
}

// commit writes what has changed, if anything has.
func (k *Keeper) commit(ctx context.Context, b *store.Batch, drafts []*draft, n numbers) error {
	if err := k.write(b, drafts, n); err != nil {
		return err
	}
	if len(b.Rows) == 0 && len(b.Positions) == 0 {
		return nil
	}
	_, err := k.store.Commit(ctx, b)
	return err
}

// conflictOn says which of the drafts was changed by another process.
func conflictOn(name string, drafts []*draft) error {
	for _, d := range drafts {
		if d.Name == name {
			return &ConflictError{Number: d.Number, Etag: d.before, ModifiedBy: "another process"}
		}
	}
	return fmt.Errorf("another process moved %s, which is no incident of this change", name)
}
