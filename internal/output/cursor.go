package output

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/tables"
)

// A follower's cursor is the position "output:NAME" / table in the store; its
// token is the sequence up to which everything is delivered.

// begin takes up the stored cursor, or puts it where the feed starts.
func (f *follower) begin(ctx context.Context) error {
	token, err := f.r.store.Position(ctx, f.source(), f.from.Table)
	if err != nil {
		return err
	}
	f.token, f.at, f.ahead = token, before, Ahead{}
	switch {
	case token != "":
		f.at, err = strconv.ParseInt(token, 10, 64)
		if err != nil {
			return fmt.Errorf("position %q is not one of an output", token)
		}
	case f.feed.Start == Latest:
		f.at, err = f.newest(ctx)
		if err == nil {
			err = f.save(ctx, f.at, nil)
		}
		if err != nil {
			return err
		}
	}
	f.begun, f.stored = true, f.at
	f.status.reached(f.at)
	return nil
}

// move takes the cursor behind a batch. Rows that are delivered count as such
// even if ctx ends meanwhile.
func (f *follower) move(ctx context.Context, b *Batch, refused []Refusal, reached int64) error {
	letters, err := f.letters(b, refused)
	if err != nil {
		return err
	}
	if len(b.Rows) > 0 || reached-f.stored >= emptyStep {
		if err := f.save(ctx, reached, letters); err != nil {
			return err
		}
	}
	if len(b.Rows) == 0 {
		f.ahead = Ahead{} // other tables' rows may follow for long: look for the next of this one
	}
	f.at = reached
	f.status.moved(b, len(refused), reached)
	return nil
}

// settle stores the cursor when a bounded run ends; one that goes on stores it
// with the next row.
func (f *follower) settle(ctx context.Context, upto int64) error {
	if upto == forever || f.at == f.stored {
		return nil
	}
	return f.save(ctx, f.at, nil)
}

// save commits the cursor's step together with the dead letters.
func (f *follower) save(ctx context.Context, reached int64, letters *schema.Rows) error {
	to := strconv.FormatInt(reached, 10)
	b := &store.Batch{Positions: []event.Position{{Source: f.source(), Partition: f.from.Table, From: f.token, To: to}}}
	if letters != nil {
		b.Rows = append(b.Rows, letters)
	}
	if err := f.commit(ctx, b); err != nil {
		return err
	}
	f.token, f.stored = to, reached
	return nil
}

func (f *follower) commit(ctx context.Context, batch *store.Batch) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitGrace)
	defer cancel()
	_, err := f.r.store.Commit(ctx, batch)
	var moved *store.PositionError
	if errors.As(err, &moved) {
		return fmt.Errorf("another process feeds this output, too: %w", err)
	}
	return err
}

// letters makes the rows of DeadLetter; nil for none. A dead letter that is
// refused itself gets none, or two outputs could write to each other forever.
func (f *follower) letters(b *Batch, refused []Refusal) (*schema.Rows, error) {
	if len(refused) == 0 || f.from.Table == f.r.letters.Name {
		return nil, nil
	}
	rows := schema.NewRows(f.r.letters)
	for _, r := range refused {
		row := &b.Rows[r.Row]
		err := tables.AppendDeadLetter(rows, tables.DeadLetterEntry{
			Time: schema.DatetimeOf(f.r.opt.Clock.Now()), Output: f.feed.Name, Table: b.Table,
			ItemID: row.ID, Sequence: row.Sequence, Reason: string(r.Reason), Detail: r.Detail,
		})
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// source is the source of the feed's positions.
func (f *follower) source() string { return "output:" + f.feed.Name }
