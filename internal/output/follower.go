package output

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/tables"
)

const (
	// before and forever are sequences that no row has: the first row of a
	// store has 0.
	before  = -1
	forever = math.MaxInt64

	// lookEvery is how old the count of waiting rows may become.
	lookEvery = 10 * time.Second
	// emptyStep is how many sequences without a chosen row are passed before
	// the cursor is stored: passing them again costs next to nothing, a
	// commit costs a write to the disk.
	emptyStep = 1 << 16
	// commitGrace is how long a commit may take whose rows are delivered
	// when the runner is told to stop.
	commitGrace = 10 * time.Second
)

// A follower takes one table to one output. Everything but status belongs to
// the goroutine that runs it.
type follower struct {
	r        *Runner
	feed     Feed
	from     Selection
	delivery Delivery
	wake     chan struct{} // one place: a wake while it works is not lost

	begun  bool
	token  string // the stored position
	stored int64  // what it stands for
	at     int64  // everything up to it is delivered or not chosen
	ahead  Ahead  // what the last look saw
	looked time.Time

	status status
}

func newFollower(r *Runner, feed Feed, from Selection) *follower {
	f := &follower{r: r, feed: feed, from: from, wake: make(chan struct{}, 1)}
	f.status.init(r.opt.Clock, r.opt.Logger.With("output", feed.Name, "table", from.Table), State{Output: feed.Name, Table: from.Table})
	f.delivery = Delivery{
		Output: feed.Output, Timeout: r.opt.Timeout, Backoff: r.opt.Backoff, Clock: r.opt.Clock,
		Failed: f.failed, Passed: f.status.passed,
	}
	return f
}

// run delivers until ctx ends or everything up to a sequence is delivered.
func (f *follower) run(ctx context.Context, upto int64) error {
	defer f.status.enter(Stopped)
	f.begun = false
	for failures := 0; ; {
		more, err := f.step(ctx, upto)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("output %s, table %s: %w", f.feed.Name, f.from.Table, ctx.Err())
		case err != nil:
			failures++
			f.begun = false
			_ = f.delivery.wait(ctx, f.r.opt.Backoff.Delay(failures, AskedFor(err)), err) // the next step sees the end of ctx
			continue
		case !more && upto < forever:
			return nil
		case !more:
			f.rest(ctx)
		}
		failures = 0
	}
}

// rest waits for rows.
func (f *follower) rest(ctx context.Context) {
	f.status.enter(Idle)
	select {
	case <-f.wake:
	case <-f.r.opt.Clock.After(f.r.opt.Poll):
	case <-ctx.Done():
	}
}

// step delivers one batch, unless there is nothing to deliver.
func (f *follower) step(ctx context.Context, upto int64) (more bool, err error) {
	if !f.begun {
		if err := f.begin(ctx); err != nil {
			return false, err
		}
	}
	if f.ahead.Rows == 0 || f.ahead.Last <= f.at || f.stale() {
		if err := f.look(ctx); err != nil {
			return false, err
		}
	}
	if f.ahead.Rows == 0 || f.at >= upto {
		return false, f.settle(ctx, upto)
	}
	f.status.enter(Running)
	b, reached, err := f.read(ctx, upto)
	if err != nil {
		return false, err
	}
	refused, err := f.delivery.Deliver(ctx, b)
	if err != nil {
		return false, err
	}
	return true, f.move(ctx, b, refused, reached)
}

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

// newest returns the sequence of the table's newest row, before if it has none.
func (f *follower) newest(ctx context.Context) (int64, error) {
	ahead, err := f.r.log.Look(ctx, f.from.Table, before)
	if ahead.Rows == 0 {
		return before, err
	}
	return ahead.Last, err
}

// look finds out what is waiting.
func (f *follower) look(ctx context.Context) error {
	ahead, err := f.r.log.Look(ctx, f.from.Table, f.at)
	if err != nil {
		return err
	}
	f.ahead, f.looked = ahead, f.r.opt.Clock.Now()
	f.status.ahead(ahead)
	return nil
}

// stale tells whether the last look is too old for people.
func (f *follower) stale() bool { return f.r.opt.Clock.Now().Sub(f.looked) >= lookEvery }

// failed notes a failed attempt, and looks how many rows are waiting by now.
func (f *follower) failed(ctx context.Context, err error, next time.Time) {
	f.status.failed(err, next)
	if f.begun && f.stale() {
		_ = f.look(ctx) // the attempt's error is the news
	}
}

// read reads the next batch. Sequences are those of all tables together, so
// the way begins at the next row of this one.
func (f *follower) read(ctx context.Context, upto int64) (*Batch, int64, error) {
	after := max(f.at, f.ahead.First-1)
	return f.r.log.Read(ctx, Range{
		Selection: f.from, After: after, Upto: min(after+f.feed.Rows, f.ahead.Last, upto), Bytes: f.feed.Bytes,
	})
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

func (f *follower) snapshot() State { return f.status.snapshot() }
