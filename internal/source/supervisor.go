package source

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/retry"
)

// An Entry is a source with the name that people know it by.
type Entry struct {
	Name   string
	Source Source
}

// LongestPause is the longest time between two attempts of a source, unless
// something else is said.
const LongestPause = 5 * time.Minute

// SupervisorOptions are the options of a Supervisor. The zero value is good.
type SupervisorOptions struct {
	Clock   retry.Clock   // the real one if nil
	Logger  *slog.Logger  // gets state changes; nothing is logged if nil
	Backoff retry.Backoff // between the runs of a source; LongestPause at most if it does not say
}

// A Supervisor runs sources side by side and starts each again that fails,
// later and later, until it makes progress or its error is permanent. It knows
// how each one stands. It is a Source itself.
type Supervisor struct {
	opt     SupervisorOptions
	entries []*supervised
}

// supervised is one source with its state.
type supervised struct {
	Entry

	mu       sync.Mutex
	state    State
	progress bool // since the last start
}

// NewSupervisor returns a supervisor of sources with different names.
func NewSupervisor(opt SupervisorOptions, entries ...Entry) *Supervisor {
	if opt.Clock == nil {
		opt.Clock = retry.Wall{}
	}
	opt.Backoff.Most = cmp.Or(opt.Backoff.Most, LongestPause)
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Supervisor{opt: opt}
	for _, e := range entries {
		state := State{Source: e.Name, Phase: Starting, Since: opt.Clock.Now()}
		s.entries = append(s.entries, &supervised{Entry: e, state: state})
	}
	return s
}

// Run runs all sources until each has come to the end of its input or failed
// for good, or ctx ends. It returns the permanent errors, joined, or an error
// that wraps ctx.Err().
func (s *Supervisor) Run(ctx context.Context, deliver Deliver) error {
	errs := make([]error, len(s.entries))
	var group sync.WaitGroup
	for i, e := range s.entries {
		group.Go(func() { errs[i] = s.supervise(ctx, e, deliver) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// States returns how the sources stand, in the order they were given.
func (s *Supervisor) States() []State {
	var list []State
	for _, e := range s.entries {
		list = append(list, e.snapshot())
	}
	return list
}

// supervise runs a source again and again.
func (s *Supervisor) supervise(ctx context.Context, e *supervised, deliver Deliver) error {
	failures := 0
	for {
		s.enter(e, State{Phase: Running})
		err := e.Source.Run(ctx, e.watched(deliver))
		switch {
		case err == nil:
			s.enter(e, State{Phase: Stopped, Reason: "end of input"})
			return nil
		case ctx.Err() != nil:
			s.enter(e, State{Phase: Stopped})
			return err
		case IsPermanent(err):
			s.enter(e, State{Phase: Failed, Reason: Reason(err), Hint: HintOf(err)})
			return err
		}
		failures = e.failures(failures)
		if err := s.wait(ctx, e, err, s.opt.Backoff.Delay(failures, 0)); err != nil {
			return err
		}
	}
}

// wait lets the delay pass after a failure.
func (s *Supervisor) wait(ctx context.Context, e *supervised, err error, delay time.Duration) error {
	s.enter(e, State{Phase: Waiting, Reason: Reason(err), Hint: HintOf(err), Retry: s.opt.Clock.Now().Add(delay)})
	select {
	case <-s.opt.Clock.After(delay):
		return nil
	case <-ctx.Done():
		s.enter(e, State{Phase: Stopped, Reason: Reason(err)})
		return ctx.Err()
	}
}

// enter notes and logs the change to a new phase.
func (s *Supervisor) enter(e *supervised, next State) {
	e.mu.Lock()
	before := e.state
	next.Source, next.Since, next.Restarts = e.Name, s.opt.Clock.Now(), before.Restarts
	if next.Phase == Running {
		e.progress = false
		if before.Phase != Starting {
			next.Restarts++
		}
	}
	e.state = next
	e.mu.Unlock()
	s.log(next)
}

func (s *Supervisor) log(to State) {
	log := s.opt.Logger.With("source", to.Source)
	switch to.Phase {
	case Running:
		log.Info("source started", "restarts", to.Restarts)
	case Waiting:
		log.Warn("source failed, will be started again", "err", to.Reason, "hint", to.Hint, "retry", to.Retry)
	case Failed:
		log.Error("source failed for good", "err", to.Reason, "hint", to.Hint)
	default:
		log.Info("source stopped", "reason", to.Reason)
	}
}

// watched is deliver that notes progress.
func (e *supervised) watched(deliver Deliver) Deliver {
	return func(ctx context.Context, b *event.Batch) (event.Wait, error) {
		wait, err := deliver(ctx, b)
		if err != nil {
			return nil, err
		}
		return func() (event.Counts, error) {
			counts, err := wait()
			if err == nil {
				e.mu.Lock()
				e.progress = true
				e.mu.Unlock()
			}
			return counts, err
		}, nil
	}
}

// failures counts one more failure in a row: the first one after progress.
func (e *supervised) failures(before int) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.progress {
		return 1
	}
	return before + 1
}

// snapshot returns the state with that of the partitions. A source whose
// partitions have all not begun has not either.
func (e *supervised) snapshot() State {
	e.mu.Lock()
	state := e.state
	e.mu.Unlock()
	reporter, ok := e.Source.(Reporter)
	if !ok {
		return state
	}
	state.Partitions = reporter.Partitions()
	if state.Phase == Running {
		state.Phase = overall(state.Partitions)
	}
	return state
}

// overall is the phase of a source that runs with partitions in any phase.
func overall(partitions []PartitionState) Phase {
	seen := map[Phase]bool{}
	for _, p := range partitions {
		seen[p.Phase] = true
	}
	for _, phase := range []Phase{Running, Starting, Waiting, Idle} {
		if seen[phase] {
			return phase
		}
	}
	return Starting
}
