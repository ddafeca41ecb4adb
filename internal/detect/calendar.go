package detect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"nephoscope/internal/detect/sieve"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// silenceReach is how far back a rule that alerts on silence is evaluated when
// it never ran before.
const silenceReach = schema.DatetimeValue(14 * schema.TicksPerDay)

// silenceHolds is how long it is taken for granted whether a rule alerts on
// silence: people may change the watchlists and functions that it uses.
const silenceHolds = 10 * time.Minute

// anywhere is the reach of rows that may lie anywhere in the window.
const anywhere = schema.TimespanValue(schema.MaxDatetime)

// A calendar says which windows of a rule hold rows, so that a sweep can pass
// over the others.
type calendar struct {
	sequence int64                // of the newest row
	newest   schema.DatetimeValue // the first run time that sees the newest row
	any      []bucket             // with rows, in order of time
	matter   []bucket             // with rows that can matter to the rule
	// trigger are the buckets with rows without which a run has no result, and
	// how long before it they may lie.
	trigger map[schema.DatetimeValue]schema.TimespanValue
}

// A tally counts the rows of one bucket.
type tally struct {
	late, matter, matterLate int64
	reach                    schema.TimespanValue // of rows that must be there, 0 for none
}

// may leaves out the run times behind done whose windows have no row that must
// be there: without one a run has no result. Of the windows up to done a calendar
// knows the late rows only, so that all of them stay.
func (c *calendar) may(rule *rules.Rule, delay time.Duration, done schema.DatetimeValue, times []schema.DatetimeValue) []schema.DatetimeValue {
	met := map[schema.DatetimeValue]bool{}
	for start, reach := range c.trigger {
		end := start + step(rule)
		for t := end; t < end.Add(min(reach+1, schema.TimespanOf(rule.Period+delay))); t += step(rule) {
			met[t] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(times), func(t schema.DatetimeValue) bool { return t > done && !met[t] })
}

// calendar looks at the rule's tables. Rows above s.sequence count as late; of
// the others those matter that lie in windows still to come. All rows are late
// if s is the zero state.
func (d *Detector) calendar(ctx context.Context, rule *rules.Rule, s state, pick []*sieve.Sieve) (calendar, error) {
	c := calendar{trigger: map[schema.DatetimeValue]schema.TimespanValue{}}
	tallies := map[schema.DatetimeValue]*tally{}
	for _, p := range pick {
		if err := d.count(ctx, rule, p, s, &c, tallies); err != nil {
			return c, fmt.Errorf("look for rows of %s: %w", p.Table, err)
		}
	}
	for start, n := range tallies {
		c.newest = max(c.newest, start+step(rule))
		c.any = append(c.any, bucket{start, n.late > 0})
		if n.reach > 0 {
			c.trigger[start] = n.reach
		}
		if n.matter > 0 {
			c.matter = append(c.matter, bucket{start, n.matterLate > 0})
		}
	}
	byStart := func(a, b bucket) int { return cmp.Compare(a.start, b.start) }
	slices.SortFunc(c.any, byStart)
	slices.SortFunc(c.matter, byStart)
	return c, nil
}

// count tallies the rows of one table: those that are late, whenever they were
// generated, and those of windows to come, whenever they arrived. Two questions,
// because the store leaves out what one condition on the sequence or on the
// time refuses, and cannot with either.
func (d *Detector) count(ctx context.Context, rule *rules.Rule, pick *sieve.Sieve, s state, c *calendar, tallies map[schema.DatetimeValue]*tally) error {
	since := max(0, s.run-schema.DatetimeValue(schema.TimespanOf(rule.Period+d.opt.Delay)))
	looks := []string{
		fmt.Sprintf("_Sequence > %d", s.sequence),
		fmt.Sprintf("_Sequence <= %d and TimeGenerated > %s", s.sequence, literal(since)),
	}
	if s.sequence == 0 && since == 0 {
		looks = []string{"true"}
	}
	for _, look := range looks {
		if err := d.tally(ctx, pick, tallyQuery(rule, pick, s, look), c, tallies); err != nil {
			return err
		}
	}
	return nil
}

// tallyQuery asks for the rows of each bucket. A bucket begins just behind a run
// time and ends with the next, hence the tick.
func tallyQuery(rule *rules.Rule, pick *sieve.Sieve, s state, look string) string {
	return fmt.Sprintf(`%s%s
| where %s
| extend Late = _Sequence > %d, Matter = %s
| summarize max(_Sequence), countif(Late), countif(Matter), countif(Late and Matter), countif(%s) by bin(TimeGenerated - time(00:00:00.0000001), time(%s))`,
		pick.Table, s.condition(), look, s.sequence, pick.Condition(), must(pick), timespan(rule.Frequency))
}

// must is what a calendar asks of rows that must be there.
func must(pick *sieve.Sieve) string {
	if pick.Trigger() == pick.Condition() {
		return "Matter"
	}
	return pick.Trigger()
}

func (d *Detector) tally(ctx context.Context, pick *sieve.Sieve, query string, c *calendar, tallies map[schema.DatetimeValue]*tally) error {
	return d.each(ctx, query, func(_ []schema.Column, values []any) error {
		start, ok := values[0].(schema.DatetimeValue)
		if !ok {
			return nil // rows without a time are in no window
		}
		n := tallies[start]
		if n == nil {
			n = &tally{}
			tallies[start] = n
		}
		c.sequence = max(c.sequence, whole(values[1]))
		n.late += whole(values[2])
		n.matter += whole(values[3])
		n.matterLate += whole(values[4])
		if whole(values[5]) > 0 {
			n.reach = max(n.reach, cmp.Or(pick.Reach, anywhere))
		}
		return nil
	})
}

// whole reads a long that is there.
func whole(v any) int64 {
	n, _ := v.(int64)
	return n
}

// silent tells whether the rule can alert without any row: then no window may
// be passed over.
func (d *Detector) silent(ctx context.Context, rule *rules.Rule) (bool, error) {
	answers, err := d.answersNothing(ctx, rule)
	return answers || rule.Operator.Triggers(0, rule.Threshold), err
}

// answersNothing tells whether the rule's query has result rows where there are
// no events. An empty window answers it.
func (d *Detector) answersNothing(ctx context.Context, rule *rules.Rule) (bool, error) {
	nowhere := windowAt(rule, step(rule), 0)
	nowhere.From, nowhere.To = 0, 1
	res, err := d.run(ctx, rule.Query, nowhere)
	if err != nil {
		return false, err
	}
	return res.total > 0, nil
}
