package detect

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// silenceReach is how far back a rule that alerts on silence is evaluated when
// it never ran before.
const silenceReach = schema.DatetimeValue(14 * schema.TicksPerDay)

// A calendar says which windows of a rule hold rows, so that a sweep can pass
// over the others.
type calendar struct {
	sequence int64                // of the newest row
	newest   schema.DatetimeValue // the first run time that sees the newest row
	any      []bucket             // with rows, in order of time
	matter   []bucket             // with rows that can matter to the rule
}

// A tally counts the rows of one bucket.
type tally struct{ late, matter, matterLate int64 }

// calendar looks at the rule's tables. Rows above s.sequence count as late; of
// the others those matter that lie in windows still to come. All rows are late
// if s is the zero state.
func (d *Detector) calendar(ctx context.Context, rule *rules.Rule, s state, pick []*sieve) (calendar, error) {
	var c calendar
	tallies := map[schema.DatetimeValue]*tally{}
	for _, p := range pick {
		if err := d.count(ctx, rule, p, s, &c, tallies); err != nil {
			return c, fmt.Errorf("look for rows of %s: %w", p.table, err)
		}
	}
	for start, n := range tallies {
		c.newest = max(c.newest, start+step(rule))
		c.any = append(c.any, bucket{start, n.late > 0})
		if n.matter > 0 {
			c.matter = append(c.matter, bucket{start, n.matterLate > 0})
		}
	}
	byStart := func(a, b bucket) int { return cmp.Compare(a.start, b.start) }
	slices.SortFunc(c.any, byStart)
	slices.SortFunc(c.matter, byStart)
	return c, nil
}

// count tallies the rows of one table. A bucket begins just behind a run time
// and ends with the next, hence the tick.
func (d *Detector) count(ctx context.Context, rule *rules.Rule, pick *sieve, s state, c *calendar, tallies map[schema.DatetimeValue]*tally) error {
	since := max(0, s.run-schema.DatetimeValue(schema.TimespanOf(rule.Period)))
	query := fmt.Sprintf(`%s%s
| where _Sequence > %d or TimeGenerated > %s
| extend Late = _Sequence > %d, Matter = %s
| summarize max(_Sequence), countif(Late), countif(Matter), countif(Late and Matter) by bin(TimeGenerated - time(00:00:00.0000001), time(%s))`,
		pick.table, s.condition(), s.sequence, literal(since), s.sequence, pick.condition(), timespan(rule.Frequency))
	cursor, err := d.ask(ctx, query, everything(schema.DatetimeOf(d.opt.Now())))
	if err != nil {
		return err
	}
	defer func() { _ = cursor.Close() }()
	for {
		values, err := cursor.Next()
		if err != nil || values == nil {
			return err
		}
		start, ok := values[0].(schema.DatetimeValue)
		if !ok {
			continue // rows without a time are in no window
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
	}
}

// whole reads a long that is there.
func whole(v any) int64 {
	n, _ := v.(int64)
	return n
}

// silent tells whether the rule can alert without any row: then no window may
// be passed over. An empty window answers it.
func (d *Detector) silent(ctx context.Context, rule *rules.Rule) (bool, error) {
	nowhere := windowAt(rule, step(rule), 0)
	nowhere.From, nowhere.To = 0, 1
	res, err := d.run(ctx, rule.Query, nowhere)
	if err != nil {
		return false, err
	}
	return res.total > 0 || rule.Operator.Triggers(0, rule.Threshold), nil
}
