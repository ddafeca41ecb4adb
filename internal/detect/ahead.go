package detect

import (
	"context"
	"iter"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// leastAhead is how many runs to come make one statement for all of them worth
// while.
const leastAhead = 12

// An ahead has the results of many runs, read in one statement, for who asks
// for them one by one and in order of time. What it does not have is to be
// evaluated by itself: so is everything if the statement fails.
type ahead struct {
	next        func() (*result, error, bool)
	stop        func()
	first, last schema.DatetimeValue // the runs that it covers and that were not asked for
	held        *result              // the next that has rows, nil if it was not read yet
	ended       bool
}

// lookAhead reads the results of the runs at times, which are in order. It
// returns nil if that is not worth while. The rule may not alert on silence.
func (d *Detector) lookAhead(ctx context.Context, rule *rules.Rule, times []schema.DatetimeValue) *ahead {
	if len(times) < leastAhead || d.opt.AskMany == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.opt.RunTimeout)
	a := &ahead{first: times[0], last: times[len(times)-1]}
	next, stop := iter.Pull2(d.joint(ctx, rule, a.first, a.last))
	a.next = next
	a.stop = func() {
		stop()
		cancel()
	}
	return a
}

// at returns the result of the run at t, nil if it must be evaluated.
func (a *ahead) at(rule *rules.Rule, d *Detector, t schema.DatetimeValue) *result {
	if a == nil || t < a.first || t > a.last {
		return nil
	}
	a.first = t + 1
	for !a.ended && (a.held == nil || a.held.window.Now < t) {
		res, err, ok := a.next()
		if err != nil {
			a.last = 0 // it has no more results
			return nil
		}
		a.held, a.ended = res, !ok
	}
	if !a.ended && a.held.window.Now == t {
		return a.held
	}
	return &result{window: windowAt(rule, t, d.opt.Delay)}
}

// close ends the reading.
func (a *ahead) close() {
	if a != nil {
		a.stop()
	}
}
