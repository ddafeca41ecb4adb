package detect

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// A Window is what a query looks at: rows with TimeGenerated in [From, To), and
// the time that now() is. Rules look at (t-P, t]; in ticks of 100 ns that is
// [t-P+1, t+1), so that every event is in exactly one of the windows of a rule
// whose period is its frequency.
type Window struct {
	From, To schema.DatetimeValue
	Now      schema.DatetimeValue
}

// everything is the window that restricts nothing.
func everything(now schema.DatetimeValue) Window {
	return Window{From: 0, To: schema.MaxDatetime, Now: now}
}

// windowAt returns the window of a run at t. The delay moves its end, and its
// start with it.
func windowAt(rule *rules.Rule, t schema.DatetimeValue, delay time.Duration) Window {
	end := t.Add(-schema.TimespanOf(delay))
	from := max(0, end.Add(-schema.TimespanOf(rule.Period))+1)
	return Window{From: from, To: end + 1, Now: t}
}

// has tells whether the window holds a moment.
func (w Window) has(t schema.DatetimeValue) bool { return w.From <= t && t < w.To }

// step is a rule's frequency in ticks. Runs are at its multiples since the
// beginning of time, so that every process has the same.
func step(rule *rules.Rule) schema.DatetimeValue {
	return schema.DatetimeValue(schema.TimespanOf(rule.Frequency))
}

// errNoQuery refuses to run a rule of a kind that does not ask.
var errNoQuery = errors.New("the rule asks no query: rules of its kind do not run")

// roundUp returns the first run time at or after t.
func roundUp(t, step schema.DatetimeValue) schema.DatetimeValue {
	return (t + step - 1) / step * step
}

// A bucket is the span (start, start+step] of TimeGenerated that holds rows.
type bucket struct {
	start schema.DatetimeValue
	late  bool // holds rows that arrived since the last sweep
}

// runTimes lists, in order, the run times up to last whose windows hold rows:
// beyond done those with any, up to done those with late rows only.
func runTimes(rule *rules.Rule, delay time.Duration, buckets []bucket, done, last schema.DatetimeValue) []schema.DatetimeValue {
	size := step(rule)
	reach := size + schema.DatetimeValue(schema.TimespanOf(rule.Period+delay))
	var again, next []schema.DatetimeValue
	for _, b := range buckets {
		end := min(b.start+reach-1, last)
		if b.late {
			again = extend(again, b.start+size, min(end, done), size)
		}
		next = extend(next, max(b.start+size, roundUp(done+1, size)), end, size)
	}
	return append(again, next...)
}

// extend adds the run times from one to another, but for those that a list in
// order has already.
func extend(times []schema.DatetimeValue, from, to, size schema.DatetimeValue) []schema.DatetimeValue {
	if n := len(times); n > 0 {
		from = max(from, times[n-1]+size)
	}
	for t := from; t <= to; t += size {
		times = append(times, t)
	}
	return times
}

// allTimes lists every run time in (from, last].
func allTimes(rule *rules.Rule, from, last schema.DatetimeValue) []schema.DatetimeValue {
	var times []schema.DatetimeValue
	for t := roundUp(from+1, step(rule)); t <= last; t += step(rule) {
		times = append(times, t)
	}
	return times
}

// merge joins two lists of run times that are in order.
func merge(a, b []schema.DatetimeValue) []schema.DatetimeValue {
	if len(b) == 0 {
		return a
	}
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// literal writes a moment as KQL.
func literal(t schema.DatetimeValue) string { return fmt.Sprintf("datetime(%s)", t) }
