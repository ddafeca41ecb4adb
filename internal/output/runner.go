package output

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"nephoscope/internal/retry"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// A Start says where an output begins that has no cursor yet.
type Start string

// The starts.
const (
	Earliest Start = "earliest" // with the oldest row that is kept
	Latest   Start = "latest"   // with what arrives from now on
)

// Defaults of a Feed.
const (
	DefaultRows  = 4096
	DefaultBytes = 8 << 20
)

// A Feed is an output and what it is to get.
type Feed struct {
	Name   string // unique, kept with the cursors
	Output Output
	Follow []Selection // of different tables
	Start  Start       // Latest if empty
	// Rows and Bytes bound a batch; 0 means the defaults. One row is
	// delivered whatever its size.
	Rows  int64
	Bytes int64
}

// A Store is what a Runner needs of the store beside its Log.
type Store interface {
	Commit(ctx context.Context, b *store.Batch) (store.Result, error)
	Position(ctx context.Context, source, partition string) (string, error)
}

// Options of a Runner. The zero value is good.
type Options struct {
	Clock   retry.Clock   // the real one if nil
	Logger  *slog.Logger  // gets state changes; nothing is logged if nil
	Backoff retry.Backoff // between attempts
	Timeout time.Duration
	// Poll is how long an output that has delivered everything waits before
	// it looks again if nobody calls Wake; 0 means five seconds.
	Poll time.Duration
}

// A Runner feeds outputs from a store, each table of each output in a
// goroutine of its own. It runs once at a time.
type Runner struct {
	store   Store
	log     Log
	letters *schema.Table
	opt     Options

	followers []*follower
}

// New returns a Runner over feeds with different names. The catalog must hold
// the table DeadLetter. The error says which selection of which feed cannot
// be followed.
func New(st Store, log Log, catalog schema.Catalog, opt Options, feeds ...Feed) (*Runner, error) {
	letters, ok := catalog.Table("DeadLetter")
	if !ok {
		return nil, errors.New("outputs need the table DeadLetter, which the catalogue does not have")
	}
	if opt.Clock == nil {
		opt.Clock = retry.Wall{}
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Poll <= 0 {
		opt.Poll = 5 * time.Second
	}
	r := &Runner{store: st, log: log, letters: letters, opt: opt}
	for _, f := range feeds {
		if err := r.add(f); err != nil {
			return nil, fmt.Errorf("output %s: %w", f.Name, err)
		}
	}
	return r, nil
}

func (r *Runner) add(f Feed) error {
	if f.Start == "" {
		f.Start = Latest
	}
	if f.Rows <= 0 {
		f.Rows = DefaultRows
	}
	if f.Bytes <= 0 {
		f.Bytes = DefaultBytes
	}
	for _, s := range f.Follow {
		for _, other := range r.followers {
			if other.feed.Name == f.Name && other.from.Table == s.Table {
				return fmt.Errorf("table %s is followed twice: want one condition that says both", s.Table)
			}
		}
		if err := r.log.Check(s); err != nil {
			return err
		}
		r.followers = append(r.followers, newFollower(r, f, s))
	}
	return nil
}

// Run feeds the outputs until ctx ends, and returns an error that wraps
// ctx.Err(). What fails meanwhile is tried again and told by States.
func (r *Runner) Run(ctx context.Context) error {
	return r.all(func(f *follower) error { return f.run(ctx, forever) })
}

// Drain delivers what the store holds at the time of the call and returns. It
// tries again whatever fails, until ctx ends.
func (r *Runner) Drain(ctx context.Context) error {
	return r.all(func(f *follower) error {
		upto, err := f.newest(ctx)
		if err != nil {
			return err
		}
		return f.run(ctx, upto)
	})
}

func (r *Runner) all(do func(*follower) error) error {
	errs := make([]error, len(r.followers))
	var group sync.WaitGroup
	for i, f := range r.followers {
		group.Go(func() { errs[i] = do(f) })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err // all end for the same reason
		}
	}
	return nil
}

// Wake makes outputs look for rows at once. It is meant to be called after
// each commit, is safe for concurrent use and does not block.
func (r *Runner) Wake() {
	for _, f := range r.followers {
		select {
		case f.wake <- struct{}{}:
		default: // it will look anyway
		}
	}
}

// States returns how the outputs stand, in the order of feeds and tables. It
// is safe for concurrent use with Run.
func (r *Runner) States() []State {
	list := make([]State, len(r.followers))
	for i, f := range r.followers {
		list[i] = f.snapshot()
	}
	return list
}
