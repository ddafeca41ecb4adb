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

// change makes one change to an incident and returns its new state. If another
// process changes the incident meanwhile, it is made to what came of that.
func (k *Keeper) change(ctx context.Context, number int, edit func(*draft) error) (*Incident, error) {
	drafts, err := k.changeAll(ctx, []int{number}, func(drafts []*draft) error { return edit(drafts[0]) })
	if err != nil {
		return nil, fmt.Errorf("change incident %d: %w", number, err)
	}
	return drafts[0].Incident, nil
}

// changeStill is change, but the error is a *ConflictError if another process
// changes the incident meanwhile.
func (k *Keeper) changeStill(ctx context.Context, number int, edit func(*draft) error) (*Incident, error) {
	first := ""
	return k.change(ctx, number, func(d *draft) error {
		if first != "" && first != d.before {
			return d.conflict(first)
		}
		first = d.before
		return edit(d)
	})
}

// changeAll makes a change to several incidents in one commit.
func (k *Keeper) changeAll(ctx context.Context, list []int, edit func([]*draft) error) (drafts []*draft, err error) {
	err = k.inTurn(ctx, func(t turn) error {
		if drafts, err = k.drafts(ctx, list); err != nil {
			return err
		}
		if err := edit(drafts); err != nil {
			return err
		}
		_, err := k.commit(ctx, &store.Batch{}, drafts, t)
		return err
	})
	return drafts, err
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
