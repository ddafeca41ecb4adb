package schedule

import (
	"context"
	"time"

	"nephoscope/internal/rules"
)

const (
	// settle is the least time between two looks at what has arrived.
	settle = 500 * time.Millisecond
	// saveEvery is how often the positions of quiet rules are saved.
	saveEvery = time.Minute
)

// newFollower returns one that begins with what arrives from now on: what
// arrived before the rules see with their first sweep, which comes later.
func (s *Scheduler) newFollower() *follower {
	f := &follower{s: s, seen: s.opt.Newest(), saved: s.opt.Now()}
	s.refresh()
	s.near()
	return f
}

// follow makes near real time rules due when something arrives for them.
func (f *follower) follow(ctx context.Context) {
	for pending := false; ; {
		if !pending {
			select {
			case <-f.s.opt.Arrived:
			case <-ctx.Done():
				return
			}
		}
		err := f.look(ctx)
		if ctx.Err() != nil {
			return
		}
		pause := settle
		if pending = err != nil; pending {
			f.s.opt.Logger.WarnContext(ctx, "arrivals not looked at", "err", err)
			pause = retryFirst
		}
		sleep(ctx, pause)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// A follower is how far follow has come.
type follower struct {
	s     *Scheduler
	seen  int64
	saved time.Time
}

// look finds the rules for which something arrived since the last look.
func (f *follower) look(ctx context.Context) error {
	list := f.s.near()
	if len(list) == 0 {
		return nil
	}
	due, newest, err := f.s.engine.Arrivals(ctx, list, f.seen)
	if err != nil {
		return err
	}
	f.seen = max(f.seen, newest)
	f.s.makeDue(due)
	if now := f.s.opt.Now(); now.Sub(f.saved) >= saveEvery {
		f.saved = now
		return f.s.engine.Advance(ctx, f.s.quiet(), f.seen)
	}
	return nil
}

// near lists the near real time rules, and notes since when each is asked for:
// all that arrived before a look which it missed was there by then.
func (s *Scheduler) near() []*rules.Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*rules.Rule
	for _, e := range s.entries {
		if e.rule.Kind != rules.NRT || e.off {
			e.asked = nil
			continue
		}
		if e.asked != e.rule {
			e.asked, e.askedSince = e.rule, s.opt.Now()
		}
		list = append(list, e.rule)
	}
	return list
}

// quiet lists the near real time rules that have nothing to do: each ran since
// it is asked for, so that no row is new to it of which nobody asked.
func (s *Scheduler) quiet() []*rules.Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	var list []*rules.Rule
	for _, e := range s.entries {
		resting := !e.running && !e.off && e.lastErr == nil && e.due.After(now)
		if e.rule.Kind == rules.NRT && resting && e.asked == e.rule && e.sweeps == e.rule && !e.lastRun.Before(e.askedSince) {
			list = append(list, e.rule)
		}
	}
	return list
}

// makeDue lets rules run as soon as there is a place. One that waits after a
// failure keeps the time of its next try.
func (s *Scheduler) makeDue(list []*rules.Rule) {
	if len(list) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	for _, rule := range list {
		if e, ok := s.entries[rule.ID]; ok && (e.running || e.failures+e.retries == 0) {
			e.ask(now)
		}
	}
	s.wake()
}
