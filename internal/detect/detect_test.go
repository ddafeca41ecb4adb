package detect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

func TestWindowAt(t *testing.T) {
	at := ticks(t, "2026-03-02T12:00:00Z")
	r := rule(func(r *rules.Rule) { r.Period = 2 * time.Hour })
	w := windowAt(r, at, 0)
	for text, want := range map[string]bool{
		"2026-03-02T10:00:00Z": false, "2026-03-02T10:00:00.0000001Z": true,
		"2026-03-02T12:00:00Z": true, "2026-03-02T12:00:00.0000001Z": false,
	} {
		if got := w.has(ticks(t, text)); got != want {
			t.Errorf("%s in the window: got %t, want %t", text, got, want)
		}
	}
	if w.Now != at {
		t.Errorf("now: got %s, want %s", w.Now, at)
	}
	late := windowAt(r, at, 5*time.Minute)
	if got, want := late.To, ticks(t, "2026-03-02T11:55:00.0000001Z"); got != want || late.Now != at {
		t.Errorf("delayed: got end %s and now %s, want end %s", got, late.Now, want)
	}
	if got := windowAt(rule(func(r *rules.Rule) { r.Period = 14 * 24 * time.Hour }), schema.TicksPerDay, 0); got.From != 0 {
		t.Errorf("before the beginning of time: got %d, want 0", got.From)
	}
}

func TestRunTimes(t *testing.T) {
	const h = schema.DatetimeValue(schema.TicksPerHour)
	for _, c := range []struct {
		name       string
		period     int // hours
		delay      time.Duration
		buckets    []bucket
		done, last schema.DatetimeValue
		want       []schema.DatetimeValue
	}{
		{"each bucket once", 1, 0, []bucket{{1 * h, true}, {2 * h, true}, {7 * h, true}}, 0, 10 * h, []schema.DatetimeValue{2 * h, 3 * h, 8 * h}},
		{"windows overlap", 3, 0, []bucket{{1 * h, true}, {2 * h, true}}, 0, 10 * h, []schema.DatetimeValue{2 * h, 3 * h, 4 * h, 5 * h}},
		{"not beyond the last", 3, 0, []bucket{{1 * h, true}}, 0, 3 * h, []schema.DatetimeValue{2 * h, 3 * h}},
		{"done stays done", 1, 0, []bucket{{1 * h, false}, {2 * h, true}, {5 * h, false}}, 4 * h, 10 * h, []schema.DatetimeValue{3 * h, 6 * h}},
		{"old rows in new windows", 3, 0, []bucket{{3 * h, false}}, 4 * h, 10 * h, []schema.DatetimeValue{5 * h, 6 * h}},
		{"late rows behind others that reach beyond done", 3, 0, []bucket{{3 * h, false}, {4 * h, true}}, 5 * h, 10 * h, []schema.DatetimeValue{5 * h, 6 * h, 7 * h}},
		{"delay", 1, 5 * time.Minute, []bucket{{1 * h, true}}, 0, 10 * h, []schema.DatetimeValue{2 * h, 3 * h}},
		{"nothing", 1, 0, nil, 0, 10 * h, nil},
	} {
		r := rule(func(r *rules.Rule) { r.Period = time.Duration(c.period) * time.Hour })
		if diff := cmp.Diff(c.want, runTimes(r, c.delay, c.buckets, c.done, c.last)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestSweepTakesTheEdgeOnce(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", "2026-03-02T10:00:00Z", "2026-03-02T10:00:00.0000001Z", "2026-03-02T11:00:00Z")
	report := swept(t, w.detector(Options{}), rule(nil), Range{})
	if report.Runs != 2 || report.Alerts != 3 || report.Rows != 3 {
		t.Errorf("got %+v, want 2 runs, 3 rows and 3 alerts", report)
	}
}

func swept(t *testing.T, d *Detector, r *rules.Rule, span Range) Report {
	t.Helper()
	report, err := d.Sweep(context.Background(), r, span)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestSweepTwiceAlertsOnce(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", hour(3), hour(9))
	d := w.detector(Options{})
	swept(t, d, rule(nil), Range{})
	if again := swept(t, d, rule(nil), Range{}); again.Runs != 0 || again.Alerts != 0 {
		t.Errorf("second sweep: got %+v, want no run", again)
	}
	whole := Range{From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)}
	if forced := swept(t, d, rule(nil), whole); forced.Runs != 2 || forced.Alerts != 0 {
		t.Errorf("forced sweep: got %+v, want 2 runs and no new alert", forced)
	}
	if got, want := w.names(), []string{"Door opened by ada", "Door opened by ada"}; !cmp.Equal(got, want) {
		t.Errorf("got alerts %v, want %v", got, want)
	}
}

func TestSweepFollowsLateRows(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", hour(3), hour(9))
	d := w.detector(Options{})
	swept(t, d, rule(nil), Range{})
	w.happen("late", hour(5))
	w.happen("next", hour(11))
	report := swept(t, d, rule(nil), Range{})
	if report.Runs != 2 || report.Alerts != 2 {
		t.Errorf("got %+v, want 2 runs and 2 alerts", report)
	}
	want := []string{"Door opened by ada", "Door opened by ada", "Door opened by late", "Door opened by next"}
	if diff := cmp.Diff(want, w.names()); diff != "" {
		t.Error(diff)
	}
}

func TestLiveSweepWaitsForTheClock(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", hour(3), hour(9))
	now := time.Date(2026, 3, 2, 3, 30, 0, 0, time.UTC)
	d := w.detector(Options{Now: func() time.Time { return now }})
	if early := swept(t, d, rule(nil), Range{Live: true}); early.Runs != 1 || early.Alerts != 1 {
		t.Errorf("before the second window ends: got %+v, want 1 run and 1 alert", early)
	}
	now = time.Date(2026, 3, 2, 8, 59, 59, 0, time.UTC)
	if early := swept(t, d, rule(nil), Range{Live: true}); early.Runs != 0 || early.Alerts != 0 {
		t.Errorf("a second before it ends: got %+v, want nothing", early)
	}
	now = now.Add(2 * time.Second)
	if due := swept(t, d, rule(nil), Range{Live: true}); due.Runs != 1 || due.Alerts != 1 {
		t.Errorf("after it: got %+v, want 1 run and 1 alert", due)
	}
}

func TestSweepWithinARange(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", hour(3), hour(5), hour(9))
	d := w.detector(Options{})
	span := Range{From: ticks(t, hour(3)).Time(), To: ticks(t, hour(8)).Time()}
	if report := swept(t, d, rule(nil), span); report.Runs != 1 || report.Alerts != 1 {
		t.Errorf("got %+v, want 1 run and 1 alert", report)
	}
	if at, err := d.state(t.Context(), rule(nil)); err != nil || at.sequence != 0 || at.run != 0 {
		t.Errorf("got state %+v and %v, want that the rule has come nowhere", at, err)
	}
	if report := swept(t, d, rule(nil), Range{}); report.Alerts != 2 {
		t.Errorf("afterwards: got %+v, want the 2 other alerts", report)
	}
}

// TestOverlappingWindows: rows that carry their time alert once however many
// windows they are in; rows that do not alert once a period.
func TestOverlappingWindows(t *testing.T) {
	for _, c := range []struct {
		name  string
		timed bool
		want  int
	}{{"timed", true, 3}, {"timeless", false, 2}} {
		w := newWorld(t)
		w.happen("ada", "2026-03-02T00:10:00Z", "2026-03-02T00:20:00Z", "2026-03-02T20:10:00Z")
		if !c.timed {
			w.columns = []schema.Column{{Name: "Caller", Type: schema.String}, {Name: "count_", Type: schema.Long}, {Name: "At", Type: schema.Datetime}}
			w.query = func(win Window, events []happening) []any {
				if len(events) == 0 {
					return nil
				}
				return []any{[]any{"ada", int64(1), win.Now}}
			}
		}
		r := rule(func(r *rules.Rule) { r.Period = 6 * time.Hour })
		if report := swept(t, w.detector(Options{}), r, Range{}); report.Alerts != c.want {
			t.Errorf("%s: got %+v, want %d alerts", c.name, report, c.want)
		}
	}
}

// TestNoAlertIsLostOrDoubled lets each commit in turn fail before or after it
// happened, sweeps again as after a restart, and expects the undisturbed
// alerts.
func TestNoAlertIsLostOrDoubled(t *testing.T) {
	story := func(w *world) {
		w.happen("ada", hour(1), hour(3), hour(4), hour(9))
		w.happen("bob", hour(4), hour(9), hour(12))
	}
	calm := newWorld(t)
	story(calm)
	swept(t, calm.detector(Options{}), rule(nil), Range{})
	want := calm.names()
	for _, before := range []bool{true, false} {
		for n := 1; n <= calm.count; n++ {
			w := newWorld(t)
			story(w)
			w.commit = func(count int) (error, bool) {
				if count == n {
					return errors.New("power cut"), before
				}
				return nil, false
			}
			if _, err := w.detector(Options{}).Sweep(context.Background(), rule(nil), Range{}); err == nil {
				t.Errorf("commit %d: got no error", n)
			}
			w.commit = nil
			w.happen("eve", hour(2))
			swept(t, w.detector(Options{}), rule(nil), Range{})
			if diff := cmp.Diff(append(want[:len(want):len(want)], "Door opened by eve"), w.names()); diff != "" {
				t.Errorf("commit %d failed (before %t): %s", n, before, diff)
			}
		}
	}
}

func TestSilenceAlerts(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", hour(1), hour(4))
	r := rule(func(r *rules.Rule) { r.Operator, r.Threshold = rules.LessThan, 1 })
	report := swept(t, w.detector(Options{}), r, Range{})
	if report.Runs != 4 || report.Alerts != 2 {
		t.Errorf("got %+v, want 4 runs and an alert for hours 2 and 3", report)
	}
}

func TestRuleThatFailsLeavesTheOthers(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", hour(3))
	broken := rule(func(r *rules.Rule) { r.ID, r.Name = "b", "broken" })
	w.query = func(win Window, events []happening) []any {
		if len(events) == 0 {
			return nil
		}
		return []any{"broken"}
	}
	reports := w.detector(Options{Parallel: 1}).SweepAll(context.Background(), []*rules.Rule{broken, broken}, Range{})
	for _, r := range reports {
		if r.Err == nil || !strings.Contains(r.Error, `rule "broken": run of 2026-03-02T03:00:00.0000000Z: read the result: broken result`) {
			t.Errorf("got error %q", r.Error)
		}
	}
}

func TestSweepCanBeCancelled(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", hour(3), hour(5), hour(9))
	ctx, cancel := context.WithCancel(context.Background())
	span := Range{Progress: func(p Progress) {
		if p.Done == 2 {
			cancel()
		}
	}}
	d := w.detector(Options{})
	report, err := d.Sweep(ctx, rule(nil), span)
	if !errors.Is(err, context.Canceled) || report.Runs != 2 || report.Alerts != 2 {
		t.Errorf("got %+v and %v, want 2 runs and the context's error", report, err)
	}
	if rest := swept(t, d, rule(nil), Range{}); rest.Runs != 1 || rest.Alerts != 1 {
		t.Errorf("afterwards: got %+v, want the last run", rest)
	}
}

// resultOf makes a result of hour 10 by hand.
func resultOf(t *testing.T, columns []schema.Column, rows ...[]any) *result {
	t.Helper()
	res := &result{window: windowAt(rule(nil), ticks(t, hour(10)), 0), columns: columns}
	for _, r := range rows {
		res.add(r)
	}
	return res
}

func TestAlertsOf(t *testing.T) {
	w := newWorld(t)
	d := w.detector(Options{})
	columns := []schema.Column{{Name: "Caller"}, {Name: "N"}}
	many := func(n int) *result {
		var rows [][]any
		for i := range n {
			rows = append(rows, []any{fmt.Sprintf("user%d@x.example", i), int64(i)})
		}
		return resultOf(t, columns, rows...)
	}
	for _, c := range []struct {
		rows      int
		perResult bool
		want      int
	}{{0, true, 0}, {0, false, 0}, {1, true, 1}, {3, true, 3}, {3, false, 1}, {150, true, 150}, {151, true, 150}, {12_000, true, 150}, {12_000, false, 1}} {
		alerts := d.alertsOf(rule(func(r *rules.Rule) { r.PerResult = c.perResult }), many(c.rows))
		total := 0
		for _, a := range alerts {
			total += a.Rows
		}
		if len(alerts) != c.want || total != c.rows {
			t.Errorf("%d rows, per result %t: got %d alerts of %d rows, want %d alerts", c.rows, c.perResult, len(alerts), total, c.want)
		}
	}
	last := d.alertsOf(rule(nil), many(200))[149]
	if last.Rows != 51 || len(last.Entities) != 51 {
		t.Errorf("the alert for the rest: got %d rows and %d entities, want 51", last.Rows, len(last.Entities))
	}
}

func TestFingerprint(t *testing.T) {
	columns := []schema.Column{{Name: "TimeGenerated"}, {Name: "Set"}, {Name: "Mean"}, {Name: "_TimeReceived"}}
	at := ticks(t, "2026-03-02T09:30:00Z")
	base := resultOf(t, columns, []any{at, schema.DynamicValue(`["a","b"]`), 0.1 + 0.2, at}, []any{at + 1, nil, nil, at})
	id := func(res *result) schema.ID { return fingerprint(rule(nil), res, res.rows, true) }
	same := map[string]*result{
		"rows in another order":   resultOf(t, columns, []any{at + 1, nil, nil, at}, []any{at, schema.DynamicValue(`["a","b"]`), 0.1 + 0.2, at}),
		"list in another order":   resultOf(t, columns, []any{at, schema.DynamicValue(`["b", "a"]`), 0.1 + 0.2, at}, []any{at + 1, nil, nil, at}),
		"last digits of a sum":    resultOf(t, columns, []any{at, schema.DynamicValue(`["a","b"]`), 0.3, at}, []any{at + 1, nil, nil, at}),
		"another time of arrival": resultOf(t, columns, []any{at, schema.DynamicValue(`["a","b"]`), 0.3, at + 7}, []any{at + 1, nil, nil, at + 9}),
	}
	for name, res := range same {
		if id(res) != id(base) {
			t.Errorf("%s: got another fingerprint", name)
		}
	}
	other := map[string]*result{
		"another element": resultOf(t, columns, []any{at, schema.DynamicValue(`["a","c"]`), 0.3, at}, []any{at + 1, nil, nil, at}),
		"one row less":    resultOf(t, columns, []any{at, schema.DynamicValue(`["a","b"]`), 0.3, at}),
		"a row twice":     resultOf(t, columns, []any{at, schema.DynamicValue(`["a","b"]`), 0.3, at}, []any{at + 1, nil, nil, at}, []any{at + 1, nil, nil, at}),
	}
	for name, res := range other {
		if id(res) == id(base) {
			t.Errorf("%s: got the same fingerprint", name)
		}
	}
	if fingerprint(rule(func(r *rules.Rule) { r.ID = "other" }), base, base.rows, true) == id(base) {
		t.Error("another rule: got the same fingerprint")
	}
}

func TestOverride(t *testing.T) {
	d := newWorld(t).detector(Options{})
	columns := []schema.Column{{Name: "Who"}, {Name: "Level"}, {Name: "Stage"}, {Name: "Score"}, {Name: "Empty"}}
	res := resultOf(t, columns, []any{"ada", "high", schema.DynamicValue(`["Persistence","Nonsense","initial access"]`), 0.75, ""})
	a := d.alertsOf(rule(func(r *rules.Rule) {
		r.Override = rules.Override{
			Name: "{{Who}} did {{Missing}}it", Description: "{{Empty}}", Severity: "Level", Tactics: "Stage",
			Properties: []rules.Property{{Name: "ConfidenceScore", Column: "Score"}, {Name: "AlertLink", Column: "Who"}, {Name: "ProductName", Column: "Empty"}},
		}
	}), res)[0]
	if a.Name != "ada did it" || a.Description != "A door was opened." || a.Severity != rules.High || a.Link != "ada" || a.Product != "Azure Sentinel" {
		t.Errorf("got name %q, description %q, severity %s, link %q, product %q", a.Name, a.Description, a.Severity, a.Link, a.Product)
	}
	if diff := cmp.Diff([]string{"Persistence", "InitialAccess"}, a.Tactics); diff != "" {
		t.Error(diff)
	}
	if a.Confidence == nil || *a.Confidence != 0.75 {
		t.Errorf("got confidence %v, want 0.75", a.Confidence)
	}
	wrong := d.alertsOf(rule(func(r *rules.Rule) { r.Override = rules.Override{Name: "{{Empty}} ", Severity: "Who", Tactics: "Who"} }), res)[0]
	if wrong.Name != "Door opened" || wrong.Severity != rules.Medium || wrong.Tactics[0] != "Impact" {
		t.Errorf("got %q, %s, %v, want the rule's own", wrong.Name, wrong.Severity, wrong.Tactics)
	}
}

func TestAlertSpanAndDetails(t *testing.T) {
	d := newWorld(t).detector(Options{})
	at := ticks(t, "2026-03-02T09:30:00Z")
	res := resultOf(t, []schema.Column{{Name: "StartTime"}, {Name: "EndTime"}, {Name: "Caller"}, {Name: "Tool"}},
		[]any{at, at + 50, "ada", "curl"}, []any{at + 10, at + 90, "bob", "curl"}, []any{at + 20, at + 30, "ada", ""})
	a := d.alertsOf(rule(func(r *rules.Rule) {
		r.PerResult = false
		r.CustomDetails = []rules.CustomDetail{{Key: "Tool", Column: "Tool"}, {Key: "Who", Column: "Caller"}}
	}), res)[0]
	if a.Start != at.Time() || a.End != (at+90).Time() || a.Time != ticks(t, hour(10)).Time() {
		t.Errorf("got %s to %s at %s", a.Start, a.End, a.Time)
	}
	want := []Detail{{"Tool", []string{"curl"}}, {"Who", []string{"ada", "bob"}}}
	if diff := cmp.Diff(want, a.Details); diff != "" {
		t.Error(diff)
	}
	timeless := d.alertsOf(rule(nil), resultOf(t, []schema.Column{{Name: "Caller"}}, []any{"ada"}))[0]
	if timeless.Start != ticks(t, "2026-03-02T09:00:00.0000001Z").Time() || timeless.End != ticks(t, hour(10)).Time() {
		t.Errorf("got %s to %s, want the window", timeless.Start, timeless.End)
	}
	early := newWorld(t).detector(Options{Now: func() time.Time { return at.Time() }})
	if got := early.alertsOf(rule(nil), res)[0].Time; got != at.Time() {
		t.Errorf("got %s, want not later than the clock", got)
	}
}

// TestAlertRowReadsBack writes an alert as a row and reads it again.
func TestAlertRowReadsBack(t *testing.T) {
	d := newWorld(t).detector(Options{WorkspaceID: "11111111-2222-4333-8444-555555555555"})
	at := ticks(t, "2026-03-02T09:30:00Z")
	res := resultOf(t, []schema.Column{{Name: "TimeGenerated"}, {Name: "Caller"}, {Name: "Bag"}},
		[]any{at, "ada@x.example", schema.DynamicValue(`{"a":[1,"<&>"]}`)})
	r := rule(func(r *rules.Rule) {
		r.Connectors = []rules.Connector{{ID: "AzureActivity", DataTypes: []string{"AzureActivity"}}}
		r.CustomDetails = []rules.CustomDetail{{Key: "Bag", Column: "Bag"}}
	})
	want := d.alertsOf(r, res)[0]
	rows := schema.NewRows(d.alerts)
	if err := d.appendAlert(rows, r, want); err != nil {
		t.Fatal(err)
	}
	columns, values := rowOf(rows, 0)
	got := ReadAlert(columns, values)
	want.window, want.id, want.res, want.rows = Window{}, schema.ID{}, nil, nil
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Alert{})); diff != "" {
		t.Error(diff)
	}
	cell := func(name string) string { return textOf(values[d.alerts.Column(name)]) }
	for column, text := range map[string]string{
		"AlertType":         "11111111-2222-4333-8444-555555555555_0d9b1b7e-1f0e-4a57-8f52-25f1f6b3d4aa",
		"Techniques":        `["T1098","T1485"]`,
		"SubTechniques":     `["T1098.003"]`,
		"Tactics":           "Impact",
		"CompromisedEntity": "ada@x.example",
		"Entities":          `[{"$id":"3","Name":"ada","UPNSuffix":"x.example","Type":"account"}]`,
		"ProductName":       "Azure Sentinel", "VendorName": "Microsoft", "Status": "New",
	} {
		if cell(column) != text {
			t.Errorf("%s: got %s, want %s", column, cell(column), text)
		}
	}
	var properties map[string]string
	if err := json.Unmarshal([]byte(cell("ExtendedProperties")), &properties); err != nil {
		t.Fatalf("ExtendedProperties: %v, all values must be texts", err)
	}
	for key, text := range map[string]string{
		"Query Period": "01:00:00", "Trigger Operator": "GreaterThan", "Trigger Threshold": "0",
		"Query Start Time UTC": "2026-03-02 09:00:00Z", "Query End Time UTC": "2026-03-02 10:00:00Z",
		"Data Sources": `["AzureActivity"]`, "Event Grouping": "AlertPerResult", "Search Query Results Overall Count": "1",
		"Analytic Rule Ids": `["0d9b1b7e-1f0e-4a57-8f52-25f1f6b3d4aa"]`, "ProcessedBySentinel": "True",
		"Query": "set query_now = datetime(2026-03-02T10:00:00.0000000Z);\nAzureActivity | where true",
	} {
		if properties[key] != text {
			t.Errorf("%s: got %q, want %q", key, properties[key], text)
		}
	}
}

// rowOf takes a row out of a batch as a cursor would return it.
func rowOf(rows *schema.Rows, i int) ([]schema.Column, []any) {
	var values []any
	for c := range rows.Columns {
		v := &rows.Columns[c]
		switch {
		case v.Type != schema.String && !v.Valid[i]:
			values = append(values, nil)
		case v.Type == schema.String:
			values = append(values, string(v.Bytes(i)))
		case v.Type == schema.Datetime:
			values = append(values, schema.DatetimeValue(v.Ints[i]))
		case v.Type == schema.Int:
			values = append(values, int32(v.Ints[i]))
		case v.Type == schema.Bool:
			values = append(values, v.Ints[i] == 1)
		case v.Type == schema.Real:
			values = append(values, v.Reals[i])
		default:
			values = append(values, schema.DynamicValue(v.Bytes(i)))
		}
	}
	return rows.Table.Columns, values
}

func TestState(t *testing.T) {
	at := ticks(t, hour(3))
	for _, s := range []state{{}, {sequence: 5}, {sequence: 7, run: at}, {sequence: 7, run: at, version: 2}, {run: at, first: at}} {
		got, err := parseState(s.token())
		if err != nil || got != s {
			t.Errorf("%q: got %v and %v, want %v", s.token(), got, err, s)
		}
	}
	for _, token := range []string{"x", "1", "1@", "@1", "1@x", "1@1@1@1@1"} {
		if _, err := parseState(token); err == nil {
			t.Errorf("%q: got no error", token)
		}
	}
}
