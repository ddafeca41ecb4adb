package detect

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"nephoscope/internal/detect/sieve"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// plan finds the run times to evaluate, in order: those that hold late rows,
// and those to come.
func (s *sweep) plan(ctx context.Context) ([]schema.DatetimeValue, error) {
	var err error
	if s.saved, err = s.d.state(ctx, s.rule); err != nil {
		return nil, err
	}
	silent, err := s.silent(ctx)
	if err != nil {
		return nil, err
	}
	pick, err := s.sieves(ctx)
	if err != nil {
		return nil, err
	}
	from := s.start()
	s.kept = s.d.retention(pick)
	known, err := s.d.newest(ctx, pick, s.saved.sequence)
	if err != nil {
		return nil, err
	}
	c, err := s.d.calendar(ctx, s.rule, from, pick)
	if err != nil {
		return nil, err
	}
	s.newest = max(min(c.sequence, known), s.saved.sequence)
	s.last = s.end(c, silent)
	if silent {
		return s.silentRuns(c, from), nil
	}
	times := c.may(s.rule, s.d.opt.Delay, from.run, s.times(c.matter, from))
	s.report.Skipped = len(s.times(c.any, from)) - len(times)
	return times, nil
}

// retention is how long all of the tables keep rows.
func (d *Detector) retention(pick []*sieve.Sieve) schema.DatetimeValue {
	least := schema.MaxDatetime / schema.TicksPerDay
	for _, p := range pick {
		days, ok := d.opt.Retention[p.Table]
		if table, known := d.catalog.Table(p.Table); known && !ok {
			days = table.Retention
		}
		if days > 0 { // else they stay for ever
			least = min(least, schema.DatetimeValue(days))
		}
	}
	return least * schema.TicksPerDay
}

// newest bounds the sequence that a calendar of several tables may claim to have
// seen. It asks one table after the other, and rows can come into the first
// while it looks at the last: what is newer than all tables were before the
// calendar was begun is left for the next one.
func (d *Detector) newest(ctx context.Context, pick []*sieve.Sieve, after int64) (int64, error) {
	if len(pick) < 2 {
		return math.MaxInt64, nil
	}
	newest := after
	for _, p := range pick {
		query := fmt.Sprintf("%s | where _Sequence > %d | summarize max(_Sequence)", p.Table, after)
		err := d.each(ctx, query, func(_ []schema.Column, values []any) error {
			newest = max(newest, whole(values[0]))
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("look for the newest row of %s: %w", p.Table, err)
		}
	}
	return newest, nil
}

// silent tells whether the rule can alert on silence. To ask is also to find
// out that its query cannot run at all: that is what the run due now failed of.
func (s *sweep) silent(ctx context.Context) (bool, error) {
	began := s.d.opt.Now()
	if s.memory.asked == s.edition && began.Before(s.memory.silentUntil) {
		return s.memory.silent, nil
	}
	silent, err := s.d.silent(ctx, s.rule)
	if err == nil {
		s.memory.asked, s.memory.silent, s.memory.silentUntil = s.edition, silent, began.Add(silenceHolds)
		return silent, nil
	}
	return false, s.cannot(ctx, began, err)
}

// sieves are those of the rule's query.
func (s *sweep) sieves(ctx context.Context) ([]*sieve.Sieve, error) {
	began := s.d.opt.Now()
	pick, _, err := s.d.sieves(ctx, s.rule.Query)
	if err != nil {
		return nil, s.cannot(ctx, began, err)
	}
	return pick, nil
}

// cannot records that the run due now failed because of the rule's query.
func (s *sweep) cannot(ctx context.Context, began time.Time, err error) error {
	due := schema.DatetimeOf(began) / step(s.rule) * step(s.rule)
	e := s.evaluation(due, began)
	e.run.Err = runError(e.run.At, err)
	return s.stop(ctx, e, e.run.Err)
}

// start is the state that the calendar begins from. A rule that begins in a
// live sweep begins with what may still arrive; what lies before is not its
// business.
func (s *sweep) start() state {
	s.first = s.saved.first
	if s.bounded() {
		return state{}
	}
	if s.span.Live && !s.saved.began() && s.span.MaxLateness > 0 {
		s.first = schema.DatetimeOf(s.d.opt.Now().Add(-max(s.rule.Period, s.span.MaxLateness)))
	}
	from := s.saved
	from.lateness = schema.TimespanOf(s.span.MaxLateness)
	if s.span.Live && s.first > 0 {
		from.floor = max(0, s.first-schema.DatetimeValue(schema.TimespanOf(s.rule.Period+s.d.opt.Delay)))
	}
	return from
}

// end is the last run time to evaluate. The window of an NRT rule's run may be
// open still: the rows to come are late ones.
func (s *sweep) end(c calendar, silent bool) schema.DatetimeValue {
	now := schema.DatetimeOf(s.d.opt.Now())
	if s.rule.Kind == rules.NRT {
		now += step(s.rule) - 1
	}
	last := roundUp(c.newest+schema.DatetimeValue(schema.TimespanOf(s.d.opt.Delay)), step(s.rule))
	if !s.span.To.IsZero() {
		last = schema.DatetimeOf(s.span.To)
	}
	switch {
	case silent && s.span.Live && !s.bounded():
		last = now
	case silent || s.span.Live:
		last = min(last, now)
	}
	return last / step(s.rule) * step(s.rule) // so that waiting moves no position
}

// times lists the run times of buckets.
func (s *sweep) times(buckets []bucket, from state) []schema.DatetimeValue {
	times := runTimes(s.rule, s.d.opt.Delay, buckets, from.run, max(s.last, from.run))
	return s.own(times)
}

// own leaves out the run times that are not the sweep's.
func (s *sweep) own(times []schema.DatetimeValue) []schema.DatetimeValue {
	after := s.first
	if s.bounded() {
		after = 0
		if !s.span.From.IsZero() {
			after = schema.DatetimeOf(s.span.From)
		}
	}
	return slices.DeleteFunc(times, func(t schema.DatetimeValue) bool {
		return t <= after || s.bounded() && t > s.last
	})
}

// silentRuns lists the runs of a rule that can alert on silence: every one up
// to the last, from the oldest row on, and not from the beginning of time.
func (s *sweep) silentRuns(c calendar, from state) []schema.DatetimeValue {
	oldest := s.last
	if len(c.any) > 0 {
		oldest = c.any[0].start
	}
	oldest = max(oldest, s.last-silenceReach)
	if s.bounded() {
		if !s.span.From.IsZero() {
			oldest = schema.DatetimeOf(s.span.From)
		}
		return allTimes(s.rule, oldest, s.last)
	}
	var earlier []schema.DatetimeValue
	switch {
	case s.span.Live && !s.saved.began(): // that it was silent before there was a rule is no news
		s.first = schema.DatetimeOf(s.d.opt.Now().Add(-s.rule.Period))
	case s.first == 0:
		s.first = oldest
	case oldest < s.first && !s.span.Live:
		earlier = allTimes(s.rule, oldest, s.first)
		s.first = oldest
	}
	late := s.own(runTimes(s.rule, s.d.opt.Delay, c.matter, from.run, from.run))
	return merge(merge(earlier, late), allTimes(s.rule, max(s.first, from.run), s.last))
}

// sieves finds the tables that a query looks at, in order of name. What is in
// saved functions is not followed: all rows of all tables matter to a query
// that calls one, which is composed then.
func (d *Detector) sieves(ctx context.Context, query string) (list []*sieve.Sieve, composed bool, err error) {
	var tables []string
	if d.opt.Unfolded != nil {
		if tables, err = d.opt.Unfolded(ctx, query); err != nil {
			return nil, false, err
		}
	}
	if len(tables) == 0 {
		return sieve.Of(query, d.catalog), false, nil
	}
	list = slices.DeleteFunc(sieve.Nothing(d.catalog), func(s *sieve.Sieve) bool { return !slices.Contains(tables, s.Table) })
	return list, true, nil
}
