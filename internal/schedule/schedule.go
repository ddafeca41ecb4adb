// Package schedule runs the rules that are on: each by its own clock, near
// real time ones when something arrives for them, so many at once and no
// more. It stands beside detect, which evaluates, and decides only when.
//
// Invariant: whatever one rule does, hang, fail or return millions of rows, the
// others run in time; when a rule runs does not change which alerts it raises.
package schedule

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
)

// An Engine evaluates rules; detect.Detector does.
type Engine interface {
	// Sweep evaluates the runs of a rule that are due, and those that late
	// rows belong to.
	Sweep(ctx context.Context, rule *rules.Rule, span detect.Range) (detect.Report, error)
	// Arrivals returns the rules that rows behind a sequence can concern, and
	// the newest sequence.
	Arrivals(ctx context.Context, list []*rules.Rule, after int64) (due []*rules.Rule, newest int64, err error)
	// Advance tells that rules have nothing to do up to a sequence.
	Advance(ctx context.Context, list []*rules.Rule, sequence int64) error
}

// Options of a Scheduler. Rules and Newest are needed.
type Options struct {
	// Rules returns the rules that are on and ask a query. It is asked whenever Changed is
	// poked, and once a minute.
	Rules   func() []*rules.Rule
	Changed <-chan struct{}
	// Arrived is poked after rows were committed, and Newest tells the
	// sequence of the newest committed row.
	Arrived <-chan struct{}
	Newest  func() int64
	// SwitchOff turns a rule off for good because it failed again and again.
	SwitchOff func(ctx context.Context, rule *rules.Rule, reason string) error
	// Ran is called after each sweep, from several goroutines; nil is none.
	Ran func(detect.Report)

	// MaxLateness bounds how late a row may be to be looked at; 0 is no bound.
	MaxLateness time.Duration
	// Parallel is how many scheduled rules run at once, 4 if 0; near real
	// time rules have half as many places of their own.
	Parallel int
	// MaxFailures is how many failures in a row turn a rule off, if none of
	// them would have passed by itself; 5 if 0.
	MaxFailures int
	Now         func() time.Time // nil means time.Now
	Logger      *slog.Logger     // nil means none
}

// A Scheduler runs rules. It is safe for concurrent use.
type Scheduler struct {
	engine Engine
	opt    Options
	poke   chan struct{} // something may have become startable; holds one

	mu      sync.Mutex
	entries map[string]*entry // by id of the rule
}

// New returns a Scheduler that has not begun.
func New(engine Engine, opt Options) *Scheduler {
	if opt.Parallel == 0 {
		opt.Parallel = 4
	}
	if opt.MaxFailures == 0 {
		opt.MaxFailures = 5
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	return &Scheduler{engine: engine, opt: opt, poke: make(chan struct{}, 1), entries: map[string]*entry{}}
}

// Run runs the rules until ctx ends, then waits for those under way.
func (s *Scheduler) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	follower := s.newFollower()
	running.Go(func() { follower.follow(ctx) })
	for {
		s.refresh()
		for _, e := range s.start() {
			running.Go(func() { s.run(ctx, e) })
		}
		timer := time.NewTimer(s.untilNext())
		select {
		case <-timer.C:
		case <-s.poke:
		case <-s.opt.Changed:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		timer.Stop()
	}
}

// Trigger makes a rule run as soon as there is a place; false if it is not on.
func (s *Scheduler) Trigger(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[id]
	if ok {
		e.ask(s.opt.Now())
		s.wake()
	}
	return ok
}

// wake lets Run look again.
func (s *Scheduler) wake() {
	select {
	case s.poke <- struct{}{}:
	default: // it will look anyway
	}
}

// refresh takes over the rules that are on. A rule that is new, or another than
// before, is due at once.
func (s *Scheduler) refresh() {
	list := s.opt.Rules()
	s.mu.Lock()
	defer s.mu.Unlock()
	on := make(map[string]bool, len(list))
	for _, rule := range list {
		on[rule.ID] = true
		if e, ok := s.entries[rule.ID]; !ok {
			s.entries[rule.ID] = newEntry(rule, s.opt.Now())
		} else if e.rule != rule {
			e.replace(rule, s.opt.Now())
		}
	}
	for id, e := range s.entries {
		if !on[id] && !e.running {
			delete(s.entries, id)
		}
		e.off = !on[id]
	}
}

// run sweeps one rule.
func (s *Scheduler) run(ctx context.Context, e *entry) {
	rule, began := e.sweeps, s.opt.Now()
	report, err := s.engine.Sweep(ctx, rule, detect.Range{Live: true, MaxLateness: s.opt.MaxLateness})
	if ctx.Err() != nil {
		return // cut short, not failed
	}
	s.mu.Lock()
	e.finish(began, s.opt.Now(), report, err)
	failures := e.failures
	s.mu.Unlock()
	if s.opt.Ran != nil {
		s.opt.Ran(report)
	}
	if failures >= s.opt.MaxFailures && s.opt.SwitchOff != nil {
		s.switchOff(ctx, rule, failures, err)
	}
	s.wake()
}

// switchOff gives up on a rule.
func (s *Scheduler) switchOff(ctx context.Context, rule *rules.Rule, failures int, cause error) {
	s.opt.Logger.WarnContext(ctx, "rule switched off", "rule_id", rule.ID, "failures", failures, "err", cause)
	if err := s.opt.SwitchOff(ctx, rule, cause.Error()); err != nil {
		s.opt.Logger.ErrorContext(ctx, "rule not switched off", "rule_id", rule.ID, "err", err)
	}
}
