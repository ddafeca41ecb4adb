package detect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/kql"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// counted makes the world's rule count each caller's events, without their
// times.
func (w *world) counted() {
	w.columns = []schema.Column{{Name: "Caller", Type: schema.String}, {Name: "count_", Type: schema.Long}}
	w.query = func(_ Window, events []happening) []any {
		counts := map[string]int64{}
		for _, e := range events {
			counts[e.caller]++
		}
		var rows []any
		for who, n := range counts {
			rows = append(rows, []any{who, n})
		}
		return rows
	}
}

// unclosed makes the world's rule find events unless somebody closes the door
// in the same window.
func (w *world) unclosed() {
	w.query = func(_ Window, events []happening) []any {
		var rows []any
		for _, e := range events {
			if e.caller == "closed" {
				return nil
			}
			rows = append(rows, []any{e.at, e.caller})
		}
		return rows
	}
}

// alertRows lists the rows that SecurityAlert holds, in their order.
func (w *world) alertRows() []*Alert {
	table, _ := w.catalog.Table(alertTable)
	var list []*Alert
	for _, r := range w.stored[alertTable] {
		list = append(list, ReadAlert(table.Columns, r.values))
	}
	return list
}

func TestLateRowsReviseAnAlert(t *testing.T) {
	w := newWorld(t)
	w.counted()
	w.happen("ada", hour(3))
	w.happen("bob", hour(3))
	var filed []Changes
	d := w.detector(Options{Filer: filer(func(c Changes) { filed = append(filed, c) }, w)})
	r := rule(func(r *rules.Rule) { r.Override.Name = "{{Caller}} {{count_}}" })
	swept(t, d, r, Range{})
	w.happen("ada", "2026-03-02T02:30:00Z")
	report := swept(t, d, r, Range{})
	if report.Revised != 1 || report.Alerts != 0 || report.Withdrawn != 0 {
		t.Errorf("got %+v, want 1 revised alert", report)
	}
	rows := w.alertRows()
	i := slices.IndexFunc(rows, func(a *Alert) bool { return a.Name == "ada 1" })
	before, after := rows[i], rows[2]
	if len(rows) != 3 || after.Name != "ada 2" || after.ID != before.ID || after.Fingerprint == before.Fingerprint || after.Status != "New" {
		t.Errorf("got %+v after %+v, want a row of the same alert with other content", after, before)
	}
	if len(filed) != 2 || len(filed[1].Revised) != 1 || filed[1].Revised[0].ID != before.ID {
		t.Errorf("got changes %+v", filed)
	}
}

// filer hands changes over and commits.
func filer(seen func(Changes), st Store) Filer { return &watcher{seen, st} }

type watcher struct {
	seen  func(Changes)
	store Store
}

func (f *watcher) File(ctx context.Context, _ *rules.Rule, c Changes, b *store.Batch) (store.Result, error) {
	f.seen(c)
	return f.store.Commit(ctx, b)
}

func TestLateRowsWithdrawAnAlertAndRestoreIt(t *testing.T) {
	w := newWorld(t)
	w.unclosed()
	w.happen("ada", hour(3))
	d := w.detector(Options{})
	swept(t, d, rule(nil), Range{})
	w.happen("closed", "2026-03-02T02:30:00Z")
	if report := swept(t, d, rule(nil), Range{}); report.Withdrawn != 1 || report.Alerts != 0 {
		t.Errorf("got %+v, want 1 withdrawn alert", report)
	}
	w.events = slices.DeleteFunc(w.events, func(e happening) bool { return e.caller == "closed" })
	w.happen("bob", "2026-03-02T02:40:00Z")
	w.events[1].sequence = 9
	if report := swept(t, d, rule(nil), Range{}); report.Alerts != 2 {
		t.Errorf("got %+v, want the old alert and a new one", report)
	}
	var got []string
	id := w.alertRows()[0].ID
	for _, a := range w.alertRows() {
		if a.ID == id {
			got = append(got, fmt.Sprintf("%s %s %q", a.Name, a.Status, a.Withdrawn))
		}
	}
	want := []string{
		`Door opened by ada New ""`,
		`Door opened by ada Dismissed "with the events that arrived later the run of 2026-03-02T03:00:00.0000000Z does not find this"`,
		`Door opened by ada New ""`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRevisionKeepsTheStatusThatPeopleSet changes an alert's status before late
// rows change its content.
func TestRevisionKeepsTheStatusThatPeopleSet(t *testing.T) {
	w := newWorld(t)
	w.counted()
	w.happen("ada", hour(3))
	d := w.detector(Options{})
	swept(t, d, rule(nil), Range{})
	table, _ := w.catalog.Table(alertTable)
	row := &w.stored[alertTable][0]
	row.values[table.Column("Status")] = "InProgress"
	w.happen("ada", "2026-03-02T02:30:00Z")
	swept(t, d, rule(nil), Range{})
	if rows := w.alertRows(); len(rows) != 2 || rows[1].Status != "InProgress" || !rows[1].Time.After(rows[0].Time) {
		t.Errorf("got %+v, want a later row with the status kept", rows)
	}
}

// TestAlertThatMovesToAnotherRunStands: it stays what it is: another run still yields it.
func TestAlertThatMovesToAnotherRunStands(t *testing.T) {
	w := newWorld(t)
	w.unclosed()
	w.happen("ada", "2026-03-02T02:30:00Z", hour(5))
	d := w.detector(Options{})
	r := rule(func(r *rules.Rule) { r.Period = 2 * time.Hour })
	swept(t, d, r, Range{})
	w.happen("closed", "2026-03-02T01:30:00Z") // in the window of 3, not in that of 4
	if report := swept(t, d, r, Range{}); report.Withdrawn+report.Revised+report.Alerts != 0 || report.Runs != 2 {
		t.Errorf("got %+v, want two runs and no change", report)
	}
}

func TestRuleRests(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", hour(3), hour(4), hour(5), hour(6))
	r := rule(func(r *rules.Rule) { r.Suppression = 2 * time.Hour })
	d := w.detector(Options{})
	if report := swept(t, d, r, Range{}); report.Alerts != 2 || report.Runs != 2 || report.Suppressed != 2 {
		t.Errorf("got %+v, want alerts of 3 and 5", report)
	}
	w.happen("eve", hour(2))
	if report := swept(t, d, r, Range{}); report.Alerts != 1 || report.Revised != 2 || report.Withdrawn != 0 {
		t.Errorf("with a late alert of 2: got %+v, want it, and that those about ada are of 4 and 6 now", report)
	}
	var runs []string
	for _, h := range w.health() {
		runs = append(runs, fmt.Sprintf("%s %t %d", h.RunTimeUTC[11:13], h.Suppressed, len(h.Fingerprints)))
	}
	want := []string{
		"03 false 1", "04 true 0", "05 false 1", "06 true 0",
		"02 false 1", "03 true 0", "04 false 1", "05 true 0", "06 false 1",
	}
	if diff := cmp.Diff(want, runs); diff != "" {
		t.Error(diff)
	}
}

// TestRestIsWorkedOutAfterAnInterruption stops a sweep when it has filed that an
// early run yields something, and not yet what follows for the runs behind it.
func TestRestIsWorkedOutAfterAnInterruption(t *testing.T) {
	for stopped := 2; stopped <= 5; stopped++ {
		w := newWorld(t)
		w.happen("ada", hour(3), hour(4), hour(5), hour(6))
		r := rule(func(r *rules.Rule) { r.Suppression = 2 * time.Hour })
		now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
		slow := Options{Now: func() time.Time { now = now.Add(maxAge); return now }} // each run is a commit
		swept(t, w.detector(slow), r, Range{})
		w.happen("eve", hour(2))
		before := w.count
		w.commit = func(n int) (error, bool) {
			if n >= before+stopped {
				return errors.New("the disk is busy"), true
			}
			return nil, false
		}
		if _, err := w.detector(slow).Sweep(t.Context(), r, Range{}); err == nil {
			t.Fatalf("stopped at commit %d: no error", stopped)
		}
		w.commit = nil
		swept(t, w.detector(slow), r, Range{})
		runs := map[string]bool{}
		for _, h := range w.health() {
			runs[h.RunTimeUTC[11:13]] = h.Suppressed
		}
		if diff := cmp.Diff(map[string]bool{"02": false, "03": true, "04": false, "05": true, "06": false}, runs); diff != "" {
			t.Errorf("stopped at commit %d: which runs are suppressed:\n%s", stopped, diff)
		}
	}
}

// health lists what SentinelHealth says of runs, in the order of writing.
func (w *world) health() []healthProperties {
	table, _ := w.catalog.Table(healthTable)
	var list []healthProperties
	for _, r := range w.stored[healthTable] {
		var p healthProperties
		if err := json.Unmarshal([]byte(textOf(r.values[table.Column("ExtendedProperties")])), &p); err != nil {
			w.t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

func TestNRTLooksAtTheOpenMinute(t *testing.T) {
	w := newWorld(t)
	now := time.Date(2026, 3, 2, 10, 0, 20, 0, time.UTC)
	d := w.detector(Options{Now: func() time.Time { return now }})
	r := rule(func(r *rules.Rule) { r.Kind, r.Frequency, r.Period = rules.NRT, time.Minute, time.Minute })
	w.happen("ada", "2026-03-02T10:00:10Z")
	report := swept(t, d, r, Range{Live: true})
	if report.Alerts != 1 {
		t.Errorf("ten seconds after the event: got %+v, want an alert", report)
	}
	first := w.alertRows()[0]
	if first.Provider != "ASI NRT Alerts" || first.Component != "NRT Alerts" || !first.Time.Equal(now) {
		t.Errorf("got %s, %s at %s", first.Provider, first.Component, first.Time)
	}
	now = now.Add(10 * time.Second)
	w.happen("bob", "2026-03-02T10:00:25Z")
	if report := swept(t, d, r, Range{Live: true}); report.Alerts != 1 || report.Revised != 0 {
		t.Errorf("with another event of the minute: got %+v, want one more alert", report)
	}
	w.events = append(w.events, happening{at: ticks(t, "2026-03-02T10:00:26Z"), caller: "", sequence: 3, noise: true})
	written := len(w.stored[healthTable])
	if swept(t, d, r, Range{Live: true}); len(w.stored[healthTable]) != written {
		t.Error("an event that cannot matter made a run")
	}
}

func TestNRTRaisesThirtyAlertsAtMost(t *testing.T) {
	w := newWorld(t)
	for i := range 40 {
		w.happen("ada", fmt.Sprintf("2026-03-02T10:00:%02dZ", i+1))
	}
	r := rule(func(r *rules.Rule) { r.Kind, r.Frequency, r.Period = rules.NRT, time.Minute, time.Minute })
	if report := swept(t, w.detector(Options{}), r, Range{}); report.Alerts != 30 {
		t.Errorf("got %+v, want 29 alerts and one for the rest", report)
	}
}

// TestLiveRuleBeginsWithWhatMayStillArrive: what lies before is not its
// business, also when rows of that time come.
func TestLiveRuleBeginsWithWhatMayStillArrive(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", hour(3), hour(8), hour(9))
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	d := w.detector(Options{Now: func() time.Time { return now }})
	span := Range{Live: true, MaxLateness: 2 * time.Hour}
	if report := swept(t, d, rule(nil), span); report.Runs != 2 || report.Alerts != 2 {
		t.Errorf("got %+v, want the runs of 8 and 9", report)
	}
	w.happen("late", hour(4), hour(9))
	if report := swept(t, d, rule(nil), span); report.Runs != 1 || report.Alerts != 1 {
		t.Errorf("with late rows: got %+v, want the run of 9 again", report)
	}
}

// TestWaitingWritesNothing: as long as no run's time comes and no row arrives, a
// sweep leaves the store alone.
func TestWaitingWritesNothing(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", "2026-03-02T09:10:00Z")
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	d := w.detector(Options{Now: func() time.Time { return now }})
	swept(t, d, rule(nil), Range{Live: true})
	commits := w.count
	now = now.Add(time.Minute)
	if swept(t, d, rule(nil), Range{Live: true}); w.count != commits {
		t.Errorf("got %d commits, want none", w.count-commits)
	}
}

func TestRowsThatAreTooLateAreLeftOut(t *testing.T) {
	w := newWorld(t)
	now := time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC)
	d := w.detector(Options{Now: func() time.Time { return now }})
	span := Range{Live: true, MaxLateness: 48 * time.Hour}
	swept(t, d, rule(nil), span)
	now = now.AddDate(0, 0, 4)
	w.arrive(happening{at: ticks(t, hour(3)), caller: "ada", arrived: ticks(t, "2026-03-04T03:00:00Z")})
	w.arrive(happening{at: ticks(t, hour(5)), caller: "bob", arrived: ticks(t, "2026-03-04T05:00:00.0000001Z")})
	if report := swept(t, d, rule(nil), span); report.Alerts != 1 || w.names()[0] != "Door opened by ada" {
		t.Errorf("got %+v, want ada's alert only", report)
	}
}

// TestNewEditionTakesNothingBack: a rule that was changed does not withdraw what
// it raised before.
func TestNewEditionTakesNothingBack(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", hour(3))
	d := w.detector(Options{})
	swept(t, d, rule(nil), Range{})
	w.happen("late", "2026-03-02T02:30:00Z")
	changed := rule(func(r *rules.Rule) { r.Query, r.Threshold = "AzureActivity | where false", 9 })
	for range 2 {
		if report := swept(t, d, changed, Range{From: ticks(t, hour(2)).Time()}); report.Runs != 1 || report.Withdrawn+report.Alerts != 0 {
			t.Errorf("got %+v, want a run without changes", report)
		}
		d = w.detector(Options{})
	}
}

// TestAlertOutlivesItsEvents: when retention has removed what an alert was made
// of, that the run does not find it any more means nothing.
func TestAlertOutlivesItsEvents(t *testing.T) {
	for days, want := range map[int]int{89: 1, 91: 0} {
		w := newWorld(t)
		now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
		opt := Options{Now: func() time.Time { return now }}
		w.happen("ada", hour(3))
		swept(t, w.detector(opt), rule(nil), Range{})
		w.events = nil
		w.arrive(happening{at: ticks(t, "2026-03-02T02:30:00Z"), caller: "late", sequence: 2})
		w.events[0].sequence = 2
		now = now.AddDate(0, 0, days)
		if report := swept(t, w.detector(opt), rule(nil), Range{}); report.Alerts+report.Revised != 1 || report.Withdrawn+report.Revised != want {
			t.Errorf("after %d days: got %+v, want the late alert, and %d of the old one withdrawn", days, report, want)
		}
	}
}

// TestFailedRunIsRecorded: what was found before stays, the next sweep goes on,
// and the error says whether it helps to repeat.
func TestFailedRunIsRecorded(t *testing.T) {
	for _, c := range []struct {
		name      string
		opt       Options
		err       error
		permanent bool
		want      string
	}{
		{"store", Options{}, errors.New("disk full"), false, "disk full"},
		{"compile", Options{}, kql.Errors{{Line: 1, Column: 7, Message: "there is no column"}}, true, "1:7: there is no column"},
		{"rows", Options{MaxRows: 1}, nil, true, "the query returned more than 1 rows"},
	} {
		w := newWorld(t)
		w.happen("ada", hour(3), hour(5))
		w.happen("bob", hour(5))
		query := w.query
		d := w.detector(c.opt)
		d.ask = func(ctx context.Context, text string, win Window) (store.Cursor, error) {
			if c.err != nil && win.Now == ticks(t, hour(5)) {
				return nil, c.err
			}
			return w.ask(ctx, text, win)
		}
		var ran []Run
		report, err := d.Sweep(t.Context(), rule(nil), Range{Ran: func(r Run) { ran = append(ran, r) }})
		var failed *RunError
		if !errors.As(err, &failed) || failed.Permanent != c.permanent || !strings.Contains(err.Error(), c.want) || report.Alerts != 1 {
			t.Errorf("%s: got %v and %+v, want %q and one alert", c.name, err, report, c.want)
		}
		if len(ran) != 2 || ran[1].Err == nil {
			t.Errorf("%s: got runs %+v, want a good one and a failed one", c.name, ran)
		}
		table, _ := w.catalog.Table(healthTable)
		last := w.stored[healthTable][1].values
		if last[table.Column("Status")] != statusFailure || !strings.Contains(textOf(last[table.Column("Description")]), c.want) {
			t.Errorf("%s: got record %v", c.name, last)
		}
		w.query = query
		span := Range{}
		if c.opt.MaxRows > 0 { // it was passed over
			span.From = ticks(t, hour(4)).Time()
		}
		if report := swept(t, w.detector(Options{}), rule(nil), span); report.Alerts != 2 {
			t.Errorf("%s: afterwards: got %+v, want the two alerts of 5", c.name, report)
		}
	}
}

// TestRunOverItsLimitIsPassedOver: others of the rule go on, and it is not tried
// again.
func TestRunOverItsLimitIsPassedOver(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", hour(3), hour(5))
	w.happen("bob", hour(3))
	d := w.detector(Options{MaxRows: 1})
	report, err := d.Sweep(t.Context(), rule(nil), Range{})
	var failed *RunError
	if !errors.As(err, &failed) || !failed.At.Equal(ticks(t, hour(3)).Time()) || report.Alerts != 1 {
		t.Errorf("got %v and %+v, want that the run of 3 failed and an alert of 5", err, report)
	}
	if report := swept(t, d, rule(nil), Range{}); report.Runs != 0 {
		t.Errorf("again: got %+v, want no run", report)
	}
}

// TestLateRunsOverTheirLimitStopNothing: however many runs late rows have made
// too large, those to come are evaluated, and none is tried again.
func TestLateRunsOverTheirLimitStopNothing(t *testing.T) {
	w := newWorld(t)
	w.happen("ada", hour(2), hour(3), hour(4), hour(5), hour(6))
	d := w.detector(Options{MaxRows: 1})
	if report := swept(t, d, rule(nil), Range{}); report.Alerts != 5 {
		t.Fatalf("got %+v, want five alerts", report)
	}
	w.happen("bob", hour(2), hour(3), hour(4), hour(5), hour(9))
	report, err := d.Sweep(t.Context(), rule(nil), Range{})
	if err == nil || report.Alerts != 1 {
		t.Errorf("got %v and %+v, want four failures and the alert of 9", err, report)
	}
	if report := swept(t, d, rule(nil), Range{}); report.Runs != 0 {
		t.Errorf("again: got %+v, want no run", report)
	}
}

func TestRunThatTakesTooLong(t *testing.T) {
	w := newWorld(t)
	d := w.detector(Options{RunTimeout: time.Millisecond})
	d.ask = func(ctx context.Context, _ string, _ Window) (store.Cursor, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	var failed *RunError
	_, err := d.Sweep(t.Context(), rule(nil), Range{})
	if !errors.As(err, &failed) || !failed.Permanent || !strings.Contains(err.Error(), "the query ran longer than 1ms") {
		t.Errorf("got %v, want that it ran too long", err)
	}
	if len(w.stored[healthTable]) != 1 {
		t.Errorf("got %d records, want one of the failure", len(w.stored[healthTable]))
	}
}

// TestManyRowsInAnyOrder: of more rows than are kept the same ones get an alert
// of their own, whatever order they come in.
func TestManyRowsInAnyOrder(t *testing.T) {
	columns := []schema.Column{{Name: timeGenerated, Type: schema.Datetime}, {Name: "Caller", Type: schema.String}}
	at := ticks(t, "2026-03-02T09:30:00Z")
	var rows [][]any
	for i := range keptRows + 500 {
		rows = append(rows, []any{at, fmt.Sprint("caller ", i)})
	}
	d := newWorld(t).detector(Options{})
	var want []string
	for _, perResult := range []bool{true, false} {
		for round := range 2 {
			var got []string
			for _, a := range d.alertsOf(rule(func(r *rules.Rule) { r.PerResult = perResult }), resultOf(t, columns, rows...)) {
				got = append(got, a.Name+a.Fingerprint)
			}
			if round == 0 {
				want = got
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			slices.Reverse(rows)
		}
	}
}
