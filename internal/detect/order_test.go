package detect

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// A chance is a random story: a rule, its events, and how they arrive.
type chance struct {
	*rand.Rand
	rule    *rules.Rule
	query   func(w Window, events []happening) []any
	columns []schema.Column
	events  []happening // in order of time
	shape   string
}

// origin is when the stories begin.
func origin() time.Time { return time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) }

func newChance(seed uint64) *chance {
	c := &chance{Rand: rand.New(rand.NewPCG(seed, 5))}
	c.rule = rule(func(r *rules.Rule) {
		r.Period = r.Frequency * time.Duration(pick(c, 1, 1, 2, 5))
		r.PerResult = pick(c, true, false)
		r.Suppression = r.Frequency * time.Duration(pick(c, 0, 0, 0, 2, 5)) * 3 / 4
		if pick(c, true, false, false, false) {
			r.Operator, r.Threshold = rules.LessThan, 1
		} else {
			r.Threshold = pick(c, 0, 0, 1, 2)
		}
		if pick(c, true, false, false) {
			r.Kind, r.Frequency, r.Period, r.Operator, r.Threshold = rules.NRT, time.Minute, time.Minute, rules.GreaterThan, 0
			r.Suppression /= 60
		}
	})
	c.chooseQuery()
	c.chooseEvents()
	return c
}

func pick[T any](c *chance, list ...T) T { return list[c.IntN(len(list))] }

// chooseQuery picks one of the shapes that rules' queries have.
func (c *chance) chooseQuery() {
	caller := schema.Column{Name: "Caller", Type: schema.String}
	at := schema.Column{Name: timeGenerated, Type: schema.Datetime}
	count := schema.Column{Name: "count_", Type: schema.Long}
	c.shape = pick(c, "rows", "count", "counted since", "left open")
	c.columns = map[string][]schema.Column{
		"rows": {at, caller}, "count": {caller, count}, "counted since": {caller, count, {Name: "Since", Type: schema.Datetime}}, "left open": {at, caller},
	}[c.shape]
	c.query = func(_ Window, events []happening) []any {
		rows := []any{}
		for _, who := range []string{"ada", "bob", "eve"} {
			rows = append(rows, c.about(events, who)...)
		}
		return rows
	}
}

// about lists the result rows about one caller. "ada closed" closes whatever
// ada did before.
func (c *chance) about(events []happening, who string) []any {
	var mine []happening
	closed := schema.DatetimeValue(0)
	for _, e := range events {
		switch e.caller {
		case who:
			mine = append(mine, e)
		case who + " closed":
			closed = max(closed, e.at)
		}
	}
	if len(mine) == 0 {
		return nil
	}
	since := slices.MinFunc(mine, func(a, b happening) int { return int(a.at - b.at) }).at
	switch c.shape {
	case "count":
		return []any{[]any{who, int64(len(mine))}}
	case "counted since":
		return []any{[]any{who, int64(len(mine)), since}}
	}
	var rows []any
	for _, e := range mine {
		if c.shape == "rows" || e.at > closed {
			rows = append(rows, []any{e.at, who})
		}
	}
	return rows
}

// chooseEvents spreads events over about forty runs.
func (c *chance) chooseEvents() {
	long := 40 * int64(step(c.rule))
	for range 3 + c.IntN(25) {
		at := schema.DatetimeOf(origin()) + schema.DatetimeValue(c.Int64N(long))
		if pick(c, true, false, false) {
			at = roundUp(at, step(c.rule)) // the edge of a window
		}
		e := happening{at: at, caller: pick(c, "ada", "bob", "eve", "ada closed", "bob closed", "nobody")}
		e.noise = e.caller == "nobody"
		c.events = append(c.events, e)
	}
	slices.SortFunc(c.events, func(a, b happening) int { return int(a.at - b.at) })
}

// world is a world in which nothing has happened yet.
func (c *chance) world(t *testing.T) *world {
	w := newWorld(t)
	w.query, w.columns = c.query, c.columns
	return w
}

// arrive lets an event arrive.
func (w *world) arrive(e happening) {
	e.sequence = int64(len(w.events) + 1)
	w.events = append(w.events, e)
}

// standing lists the fingerprints of the alerts that stand, each as often as it
// stands.
func (w *world) standing() []string {
	table, _ := w.catalog.Table(alertTable)
	newest := map[string]*Alert{}
	for _, r := range w.stored[alertTable] {
		a := ReadAlert(table.Columns, r.values)
		if old := newest[a.ID]; old != nil && !a.Time.After(old.Time) {
			w.t.Errorf("alert %s: a row of %s follows one of %s", a.ID, a.Time, old.Time)
		}
		newest[a.ID] = a
	}
	list := []string{}
	for _, a := range newest {
		if a.Withdrawn == "" {
			list = append(list, a.Fingerprint)
		}
	}
	slices.Sort(list)
	return list
}

// expected is what the runs in (after, last] yield on all the data, worked out
// one after the other.
func (w *world) expected(r *rules.Rule, after, last schema.DatetimeValue) []string {
	d := w.detector(Options{})
	yields, list := map[schema.DatetimeValue]bool{}, []string{}
	for _, t := range allTimes(r, after, last) {
		rests := false
		for earlier := range yields {
			rests = rests || t-earlier < schema.DatetimeValue(schema.TimespanOf(r.Suppression))
		}
		alerts, _, err := d.Evaluate(w.t.Context(), r, t.Time())
		if err != nil {
			w.t.Fatal(err)
		}
		if rests || len(alerts) == 0 {
			continue
		}
		yields[t] = true
		for _, a := range alerts {
			list = append(list, a.Fingerprint)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// disturb lets commits fail now and then, before or after they happen.
func (c *chance) disturb(w *world, often float64) {
	w.commit = func(int) (error, bool) {
		if c.Float64() < often {
			return errors.New("power cut"), c.IntN(2) == 0
		}
		return nil, false
	}
}

// sweep sweeps once; what goes wrong is as if the program ended.
func (c *chance) sweep(w *world, d *Detector, span Range, opt Options) *Detector {
	_, err := d.Sweep(w.t.Context(), c.rule, span)
	if err != nil || c.IntN(5) == 0 {
		return w.detector(opt)
	}
	return d
}

func (c *chance) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s, every %s over %s, %s %d, per result %t, rests %s\n",
		c.rule.Kind, c.shape, c.rule.Frequency, c.rule.Period, c.rule.Operator, c.rule.Threshold, c.rule.PerResult, c.rule.Suppression)
	for _, e := range c.events {
		fmt.Fprintf(&b, "  %s %s after %s\n", e.at, e.caller, schema.TimespanValue(max(0, e.arrived-e.at)))
	}
	return b.String()
}

// rounds is how many random stories a test tells.
func rounds() int {
	if testing.Short() {
		return 100
	}
	return 500
}

// TestAnyOrder lets events arrive in any order, with sweeps over stored data in
// between that fail or are restarted, and expects the alerts of all the data.
func TestAnyOrder(t *testing.T) {
	for seed := range uint64(rounds()) {
		c := newChance(seed)
		w := c.world(t)
		d := w.detector(Options{})
		c.disturb(w, 0.2)
		events := slices.Clone(c.events)
		if pick(c, true, true, false) {
			c.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		}
		for _, e := range events {
			w.arrive(e)
			if c.IntN(3) == 0 {
				d = c.sweep(w, d, Range{}, Options{})
			}
		}
		w.commit = nil
		swept(t, d, c.rule, Range{})
		oldest, newest := c.events[0].at, c.events[len(c.events)-1].at
		want := w.expected(c.rule, (oldest-1)/step(c.rule)*step(c.rule), roundUp(newest, step(c.rule)))
		if diff := cmp.Diff(want, w.standing()); diff != "" {
			t.Fatalf("seed %d: %s%s", seed, c, diff)
		}
	}
}

// TestAnyDelay lets events arrive up to 40 hours late by a clock that live
// sweeps follow.
func TestAnyDelay(t *testing.T) {
	for seed := range uint64(rounds()) {
		c := newChance(seed)
		w := c.world(t)
		now := origin().Add(-time.Hour)
		opt := Options{Now: func() time.Time { return now }}
		span := Range{Live: true, MaxLateness: 48 * time.Hour}
		d := w.detector(opt)
		swept(t, d, c.rule, span)
		first := schema.DatetimeOf(now.Add(-max(c.rule.Period, span.MaxLateness)))
		if c.rule.Operator == rules.LessThan {
			first = schema.DatetimeOf(now.Add(-c.rule.Period))
		}
		c.disturb(w, 0.1)
		for i := range c.events {
			e := &c.events[i]
			e.arrived = e.at + schema.DatetimeValue(float64(40*schema.TicksPerHour)*c.Float64()*c.Float64()*pick(c, 0.0, 0.01, 1))
		}
		events := slices.Clone(c.events)
		slices.SortStableFunc(events, func(a, b happening) int { return int(a.arrived - b.arrived) })
		for _, e := range events {
			for now.Before(e.arrived.Time()) {
				left := e.arrived.Time().Sub(now)
				if now = now.Add(time.Duration(c.Int64N(int64(2*c.rule.Frequency)) + 1)); now.Sub(e.arrived.Time()) > 0 || left > 20*c.rule.Frequency {
					now = e.arrived.Time()
				}
				if c.IntN(4) == 0 {
					d = c.sweep(w, d, span, opt)
				}
			}
			w.arrive(e)
		}
		w.commit = nil
		now = now.Add(time.Duration(c.Int64N(int64(3 * c.rule.Frequency))))
		swept(t, d, c.rule, span)
		want := w.expected(c.rule, first, c.lastLive(now))
		if diff := cmp.Diff(want, w.standing()); diff != "" {
			t.Fatalf("seed %d: at %s %s%s", seed, now, c, diff)
		}
	}
}

// lastLive is the last run time that a live sweep at a moment evaluates.
func (c *chance) lastLive(now time.Time) schema.DatetimeValue {
	last := schema.DatetimeOf(now)
	if c.rule.Kind == rules.NRT {
		return last + step(c.rule) - 1
	}
	if c.rule.Operator != rules.LessThan {
		last = min(last, roundUp(c.events[len(c.events)-1].at, step(c.rule)))
	}
	return last
}

// TestRowsThatComeWhileTheCalendarIsMade: a rule looks at two tables, one after
// the other. A row comes into the first when that has been looked at, and a
// later one into the second before.
func TestRowsThatComeWhileTheCalendarIsMade(t *testing.T) {
	w := newWorld(t)
	w.happen("first table", hour(3))
	d := w.detector(Options{})
	of := func(table string) []happening {
		want := map[string]string{"AzureActivity": "first table", "SecurityAlert": "second table"}[table]
		return slices.DeleteFunc(slices.Clone(w.events), func(e happening) bool { return e.caller != want })
	}
	d.ask = func(ctx context.Context, query string, win Window) (store.Cursor, error) {
		table, rest, _ := strings.Cut(query, " ")
		table, _, _ = strings.Cut(table, "\n")
		switch {
		case strings.HasSuffix(rest, "| summarize max(_Sequence)"):
			newest := int64(0)
			for _, e := range of(table) {
				newest = max(newest, e.sequence)
			}
			return &rowsCursor{nil, []any{[]any{newest}}}, nil
		case strings.Contains(query, "countif(Late and Matter)"):
			all := w.events
			w.events = of(table)
			cursor, err := w.ask(ctx, query, win)
			if w.events = all; table == "AzureActivity" && len(all) == 1 {
				w.happen("first table", hour(4))
				w.happen("second table", hour(5))
			}
			return cursor, err
		}
		return w.ask(ctx, query, win)
	}
	r := rule(func(r *rules.Rule) { r.Query = "AzureActivity | union SecurityAlert" })
	swept(t, d, r, Range{})
	if swept(t, d, r, Range{}); len(w.standing()) != 3 {
		t.Errorf("got alerts %v, want all three", w.names())
	}
}
