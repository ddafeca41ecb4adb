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
	newest   schema.DatetimeValue // TimeGenerated of the newest row, rounded up to a run
	buckets  []bucket             // in order of time
}

// calendar looks at the rule's tables. Rows above s.sequence count as late. All
// rows count if s is the zero state.
func (d *Detector) calendar(ctx context.Context, rule *rules.Rule, s state) (calendar, error) {
	var c calendar
	late := map[schema.DatetimeValue]bool{}
	for _, table := range d.tablesOf(rule.Query) {
		if err := d.mark(ctx, rule, table, s, &c, late); err != nil {
			return c, fmt.Errorf("look for rows of %s: %w", table, err)
		}
	}
	for start, isLate := range late {
		c.buckets = append(c.buckets, bucket{start, isLate})
		c.newest = max(c.newest, start+step(rule))
	}
	slices.SortFunc(c.buckets, func(a, b bucket) int { return cmp.Compare(a.start, b.start) })
	return c, nil
}

// mark adds the buckets of one table. A bucket begins just behind a run time
// and ends with the next, hence the tick.
func (d *Detector) mark(ctx context.Context, rule *rules.Rule, table string, s state, c *calendar, late map[schema.DatetimeValue]bool) error {
	since := max(0, s.run-schema.DatetimeValue(schema.TimespanOf(rule.Period)))
	query := fmt.Sprintf(`%s
| where _Sequence > %d or TimeGenerated > %s
| summarize Newest = max(_Sequence), Late = countif(_Sequence > %d) by Start = bin(TimeGenerated - time(00:00:00.0000001), time(%s))`,
		table, s.sequence, literal(since), s.sequence, timespan(rule.Frequency))
	cursor, err := d.ask(ctx, query, everything(schema.DatetimeOf(d.opt.Now())))
	if err != nil {
		return err
	}
	defer func() { _ = cursor.Close() }()
	columns := cursor.Columns()
	for {
		values, err := cursor.Next()
		if err != nil || values == nil {
			return err
		}
		res := &result{columns: columns}
		r := row{values: values}
		start, ok := res.value(r, "Start").(schema.DatetimeValue)
		if !ok {
			continue // rows without a time are in no window
		}
		newest, _ := res.value(r, "Newest").(int64)
		n, _ := res.value(r, "Late").(int64)
		c.sequence = max(c.sequence, newest)
		late[start] = late[start] || n > 0
	}
}

// tablesOf lists the catalog's tables whose names occur in a query. That a name
// may occur in a text or comment only costs a look at the table.
func (d *Detector) tablesOf(query string) []string {
	var names []string
	for _, t := range d.catalog.Tables() {
		if containsWord(query, t.Name) && t.Column(timeGenerated) >= 0 {
			names = append(names, t.Name)
		}
	}
	return names
}

func containsWord(text, word string) bool {
	for i := 0; i+len(word) <= len(text); i++ {
		if text[i:i+len(word)] != word {
			continue
		}
		if (i == 0 || !isWordByte(text[i-1])) && (i+len(word) == len(text) || !isWordByte(text[i+len(word)])) {
			return true
		}
	}
	return false
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
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
