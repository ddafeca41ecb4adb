// Package export streams activity events to a hub: what Azure does by a log
// profile or a diagnostic setting, done by us. It stands at the end of the
// journey beside the outputs, and needs no journey before it: events come from
// the store, or straight from the Activity Log's REST interface.
//
// A Job reads each of its parts (the store, or one subscription) from where
// its cursor stands (Reader), leaves out what was not chosen (choice.go),
// delivers the rest until the hub has it (output.Delivery), and then moves the
// cursor. A stop at any moment costs at most a repeat of what was delivered
// since; a repeated event is the same record.
//
// Invariant: the cursor is behind an event only if the event was left out, or
// the hub has it, or it was reported as refused.
package export

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"nephoscope/internal/output"
	"nephoscope/internal/retry"
)

// A Reader reads activity events in order, as rows of AzureActivity.
type Reader interface {
	// Read calls take with everything there is behind a cursor, "" for the
	// beginning, up to now. next is the cursor behind a batch, which may be
	// empty. An error of take ends the reading and is returned as it is.
	Read(ctx context.Context, cursor string, take Take) error
}

// A Take takes a batch, which stays the Reader's.
type Take func(ctx context.Context, b *output.Batch, next string) error

// A Part is something to export by its own cursor.
type Part struct {
	Name   string // unique in a job, kept with the cursor
	Reader Reader
}

// Options of a Job.
type Options struct {
	Parts   []Part
	Choice  Choice
	Output  output.Output
	Cursors Cursors
	// Follow goes on when everything is exported, and looks for more each
	// Poll; 0 means a minute.
	Follow bool
	Poll   time.Duration

	Backoff retry.Backoff
	Clock   retry.Clock  // the real one if nil
	Logger  *slog.Logger // gets state changes; nothing is logged if nil
	// Report, if set, is called after each batch and each failure. Calls do
	// not overlap.
	Report func(Progress)
}

// A Job is an export. It runs once at a time.
type Job struct {
	opt Options

	mu       sync.Mutex
	progress Progress
}

// New returns the job of complete options.
func New(opt Options) (*Job, error) {
	if err := opt.Choice.Validate(); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, p := range opt.Parts {
		if p.Name == "" || seen[p.Name] {
			return nil, fmt.Errorf("part %q: want names that differ", p.Name)
		}
		seen[p.Name] = true
	}
	if opt.Poll <= 0 {
		opt.Poll = time.Minute
	}
	if opt.Clock == nil {
		opt.Clock = retry.Wall{}
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	return &Job{opt: opt}, nil
}

// Run exports what there is, or with Follow until ctx ends, and returns what
// was done. Parts run side by side; one that fails for good ends all.
func (j *Job) Run(ctx context.Context) (Progress, error) {
	group, ctx := errgroup.WithContext(ctx)
	for _, p := range j.opt.Parts {
		group.Go(func() error {
			if err := j.part(ctx, p); err != nil {
				return fmt.Errorf("export %s: %w", p.Name, err)
			}
			return nil
		})
	}
	err := group.Wait()
	return j.state(), err
}

// part exports one part, again and again if it is followed.
func (j *Job) part(ctx context.Context, p Part) error {
	for failures := 0; ; {
		err := j.once(ctx, p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !j.opt.Follow {
			return err
		}
		pause := j.opt.Poll
		if err == nil {
			failures = 0
		} else {
			failures++
			pause = j.opt.Backoff.Delay(failures, output.AskedFor(err))
			j.failed(ctx, p.Name, err, pause)
		}
		select {
		case <-j.opt.Clock.After(pause):
		case <-ctx.Done():
		}
	}
}

// once exports what there is of a part.
func (j *Job) once(ctx context.Context, p Part) error {
	cursor, err := j.opt.Cursors.Load(ctx, p.Name)
	if err != nil {
		return err
	}
	delivery := output.Delivery{
		Output: j.opt.Output, Backoff: j.opt.Backoff, Clock: j.opt.Clock,
		Failed: func(ctx context.Context, err error, next time.Time) {
			j.failed(ctx, p.Name, err, next.Sub(j.opt.Clock.Now()))
		},
	}
	return p.Reader.Read(ctx, cursor, func(ctx context.Context, b *output.Batch, next string) error {
		chosen, left, err := j.opt.Choice.pick(b)
		if err != nil {
			return err
		}
		refused, err := delivery.Deliver(ctx, chosen)
		if err != nil {
			return err
		}
		if next != cursor {
			if err := j.opt.Cursors.Save(ctx, p.Name, cursor, next); err != nil {
				return err
			}
			cursor = next
		}
		j.moved(ctx, b, chosen, left, refused)
		return nil
	})
}
