package detect

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/tables"
)

// A world is a store and a query engine in memory. It keeps the contract of
// both for the few questions that detection asks by itself; what the rule's
// query returns is a Go function over the events of the window.
type world struct {
	t         *testing.T
	catalog   schema.Catalog
	events    []happening
	query     func(w Window, events []happening) []any
	columns   []schema.Column
	alerts    map[string][]string    // SystemAlertId to Name of each row
	stored    map[string][]storedRow // by table
	sequence  int64
	positions map[string]string
	queries   int // of rules
	// commit is asked before each commit: an error with before false is
	// returned after the commit has happened.
	commit func(n int) (err error, before bool)
	count  int
}

// A storedRow is a row that was committed, with its place in the order.
type storedRow struct {
	id       schema.ID
	values   []any
	sequence int64
}

// A happening is one row of the table that the tests' rules look at.
type happening struct {
	at       schema.DatetimeValue
	caller   string
	sequence int64
	arrived  schema.DatetimeValue // 0 for at once
	noise    bool                 // cannot matter to the rule
}

func newWorld(t *testing.T) *world {
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return &world{
		t: t, catalog: catalog, alerts: map[string][]string{}, stored: map[string][]storedRow{}, positions: map[string]string{},
		columns: []schema.Column{{Name: "TimeGenerated", Type: schema.Datetime}, {Name: "Caller", Type: schema.String}},
		query: func(_ Window, events []happening) []any {
			var rows []any
			for _, e := range events {
				rows = append(rows, []any{e.at, e.caller})
			}
			return rows
		},
	}
}

// happen adds rows in the order of their arrival.
func (w *world) happen(caller string, times ...string) {
	for _, at := range times {
		w.events = append(w.events, happening{at: ticks(w.t, at), caller: caller, sequence: int64(len(w.events) + 1)})
	}
}

func (w *world) detector(opt Options) *Detector {
	w.t.Helper()
	if opt.Now == nil {
		opt.Now = func() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }
	}
	d, err := New(w.catalog, w, w.ask, opt)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) Position(_ context.Context, source, partition string) (string, error) {
	return w.positions[source+"/"+partition], nil
}

func (w *world) Commit(_ context.Context, b *store.Batch) (store.Result, error) {
	w.count++
	var failure error
	if w.commit != nil {
		err, before := w.commit(w.count)
		if before {
			return store.Result{}, err
		}
		failure = err
	}
	for _, p := range b.Positions {
		if stored := w.positions[p.Source+"/"+p.Partition]; stored != p.From {
			return store.Result{}, &store.PositionError{Position: p, Stored: stored}
		}
	}
	for _, p := range b.Positions {
		w.positions[p.Source+"/"+p.Partition] = p.To
	}
	for _, rows := range b.Rows {
		w.keep(rows)
	}
	return store.Result{}, failure
}

// keep stores rows that are not known yet.
func (w *world) keep(rows *schema.Rows) {
	name := rows.Table.Name
	for i := range rows.Len() {
		if slices.ContainsFunc(w.stored[name], func(r storedRow) bool { return r.id == rows.IDs[i] }) {
			continue
		}
		w.sequence++
		columns, values := rowOf(rows, i)
		r := storedRow{rows.IDs[i], values, w.sequence}
		w.stored[name] = append(w.stored[name], r)
		if name == alertTable {
			id := cellOf(columns, values, "SystemAlertId")
			w.alerts[id] = append(w.alerts[id], cellOf(columns, values, "DisplayName"))
		}
	}
}

func cellOf(columns []schema.Column, values []any, name string) string {
	i := slices.IndexFunc(columns, func(c schema.Column) bool { return c.Name == name })
	return textOf(values[i])
}

func (w *world) ask(_ context.Context, query string, win Window) (store.Cursor, error) {
	switch {
	case strings.HasPrefix(query, "let ids = SecurityAlert"):
		return w.filed(query), nil
	case strings.HasPrefix(query, "SentinelHealth"):
		return w.records(query), nil
	case strings.Contains(query, "countif(Late and Matter)"):
		return w.buckets(query), nil
	}
	w.queries++
	var inside []happening
	for _, e := range w.events {
		if win.has(e.at) {
			inside = append(inside, e)
		}
	}
	return &rowsCursor{w.columns, w.query(win, inside)}, nil
}

// filed answers with the newest row of each alert that ever had one of the ids.
func (w *world) filed(query string) store.Cursor {
	table, _ := w.catalog.Table(alertTable)
	asked := map[string]bool{}
	for _, id := range regexp.MustCompile(`[0-9a-f-]{36}`).FindAllString(query, -1) {
		asked[id] = true
	}
	met, newest := map[string]bool{}, map[string]storedRow{}
	at := func(r storedRow, column string) any { return r.values[table.Column(column)] }
	for _, r := range w.stored[alertTable] {
		id := textOf(at(r, "SystemAlertId"))
		met[id] = met[id] || asked[id] || asked[textOf(at(r, "VendorOriginalId"))]
		before, ok := newest[id]
		if !ok || textOf(at(r, timeGenerated)) > textOf(at(before, timeGenerated)) {
			newest[id] = r
		}
	}
	var rows []any
	for id, r := range newest {
		if met[id] {
			rows = append(rows, r.values)
		}
	}
	return &rowsCursor{table.Columns, rows}
}

// records answers with the newest record of each run of a rule.
func (w *world) records(query string) store.Cursor {
	table, _ := w.catalog.Table(healthTable)
	m := regexp.MustCompile(`SentinelResourceId == "([^"]*)" and Status == "Success" and _RunTime >= datetime\(([^)]*)\)`).FindStringSubmatch(query)
	if m == nil {
		w.t.Fatalf("not the question for records: %s", query)
	}
	newest := map[schema.DatetimeValue][]any{}
	for _, r := range w.stored[healthTable] {
		at := func(column string) any { return r.values[table.Column(column)] }
		if run, _ := at("_RunTime").(schema.DatetimeValue); at("SentinelResourceId") == m[1] && at("Status") == statusSuccess && run >= ticks(w.t, m[2]) {
			newest[run] = []any{run, at("ExtendedProperties"), at(timeGenerated)}
		}
	}
	var rows []any
	for _, r := range newest {
		rows = append(rows, r)
	}
	return &rowsCursor{nil, rows}
}

// buckets answers the question of a calendar.
func (w *world) buckets(query string) store.Cursor {
	m := regexp.MustCompile(`\n\| where (true|_Sequence > \d+|_Sequence <= \d+ and TimeGenerated > datetime\(([^)]*)\))\n\| extend Late = _Sequence > (\d+)(?s:.*)time\(([0-9.:]+)\)\)$`).FindStringSubmatch(query)
	if m == nil {
		w.t.Fatalf("not the calendar's question: %s", query)
	}
	sequence, _ := strconv.ParseInt(m[3], 10, 64)
	asked := func(e happening) bool { return m[1] == "true" || e.sequence > sequence }
	if m[2] != "" {
		since := ticks(w.t, m[2])
		asked = func(e happening) bool { return e.sequence <= sequence && e.at > since }
	}
	size, err := rules.ParseDuration(strings.SplitN(m[4], ".0000", 2)[0])
	if err != nil {
		w.t.Fatal(err)
	}
	floor, lateness := boundsOf(w.t, query)
	type cell struct{ newest, rows, late, matter, matterLate int64 }
	cells := map[schema.DatetimeValue]*cell{}
	for _, e := range w.events {
		if !asked(e) || e.at <= floor || e.arrived-e.at > lateness {
			continue
		}
		step := schema.DatetimeValue(schema.TimespanOf(size))
		start := (e.at - 1) / step * step
		if cells[start] == nil {
			cells[start] = &cell{}
		}
		cells[start].rows++
		cells[start].newest = max(cells[start].newest, e.sequence)
		late, matters := int64(0), int64(1)
		if e.sequence > sequence {
			late = 1
		}
		if e.noise {
			matters = 0
		}
		cells[start].late += late
		cells[start].matter += matters
		cells[start].matterLate += matters * late
	}
	var rows []any
	for start, c := range cells {
		rows = append(rows, []any{start, c.newest, c.late, c.matter, c.matterLate, c.matter})
	}
	return &rowsCursor{nil, rows}
}

// boundsOf reads which rows the question of a calendar leaves out.
func boundsOf(t *testing.T, query string) (floor, lateness schema.DatetimeValue) {
	lateness = schema.MaxDatetime
	if m := regexp.MustCompile(`\| where TimeGenerated > datetime\(([^)]*)\)`).FindStringSubmatch(query); m != nil {
		floor = ticks(t, m[1])
	}
	if m := regexp.MustCompile(`_TimeReceived - TimeGenerated <= time\(([^)]*)\)`).FindStringSubmatch(query); m != nil {
		span, err := rules.ParseDuration(m[1])
		if err != nil {
			t.Fatal(err)
		}
		lateness = schema.DatetimeValue(schema.TimespanOf(span))
	}
	return floor, lateness
}

// names lists the names of all alert rows in order.
func (w *world) names() []string {
	var names []string
	for _, rows := range w.alerts {
		names = append(names, rows...)
	}
	slices.Sort(names)
	return names
}

type rowsCursor struct {
	columns []schema.Column
	rows    []any
}

func (c *rowsCursor) Columns() []schema.Column { return c.columns }

func (c *rowsCursor) Next() ([]any, error) {
	if len(c.rows) == 0 {
		return nil, nil
	}
	r, ok := c.rows[0].([]any)
	if !ok {
		return nil, errors.New("broken result")
	}
	c.rows = c.rows[1:]
	return r, nil
}

func (c *rowsCursor) Close() error { return nil }

// ticks reads a time such as 2026-03-02T10:30:00Z.
func ticks(t *testing.T, text string) schema.DatetimeValue {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return schema.DatetimeOf(at)
}

// rule is a rule over AzureActivity; change adapts it.
func rule(change func(*rules.Rule)) *rules.Rule {
	r := &rules.Rule{
		ID: "0d9b1b7e-1f0e-4a57-8f52-25f1f6b3d4aa", Name: "Door opened", Description: "A door was opened.",
		Kind: rules.Scheduled, Severity: rules.Medium, Frequency: time.Hour, Period: time.Hour,
		Operator: rules.GreaterThan, Query: "AzureActivity | where true", PerResult: true,
		Tactics: []string{"Impact"}, Techniques: []string{"T1098.003", "T1485"},
		Entities: []rules.EntityMapping{{Type: "Account", Fields: []rules.FieldMapping{{Identifier: "FullName", Column: "Caller"}}}},
		Override: rules.Override{Name: "Door opened by {{Caller}}"},
		Incident: rules.IncidentConfig{Create: true},
	}
	if change != nil {
		change(r)
	}
	return r
}

func hour(n int) string { return fmt.Sprintf("2026-03-02T%02d:00:00Z", n) }
