package output

import (
	"context"
	"fmt"
	"math"
	"time"
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

func (f *follower) snapshot() State { return f.status.snapshot() }
