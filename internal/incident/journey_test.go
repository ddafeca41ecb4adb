package incident_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/app"
	"nephoscope/internal/decode"
	"nephoscope/internal/detect"
	"nephoscope/internal/event"
	"nephoscope/internal/incident"
	"nephoscope/internal/kql"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/simulate"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
)

// A site is everything from the decoder to the incidents, over a real store.
type site struct {
	t        testing.TB
	catalog  *tables.Catalog
	store    store.Store
	keeper   *incident.Keeper
	detector *detect.Detector
	files    int
}

// clock stands still after everything that the tests let happen.
func clock() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

func newSite(t testing.TB) *site {
	t.Helper()
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	db, err := duck.Open(t.Context(), t.TempDir(), duck.Options{Catalog: catalog, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := &site{t: t, catalog: catalog, store: db}
	s.wire()
	return s
}

// wire builds keeper and detector over the store.
func (s *site) wire() {
	s.t.Helper()
	var err error
	ask := askOf(s.catalog, s.store)
	options := incident.Options{BaseURL: "https://nephoscope.example", Now: clock}
	if s.keeper, err = incident.New(s.catalog, s.store, ask, options); err != nil {
		s.t.Fatal(err)
	}
	if s.detector, err = detect.New(s.catalog, s.store, ask, detect.Options{Filer: s.keeper, Now: clock}); err != nil {
		s.t.Fatal(err)
	}
}

// askOf compiles queries and runs them on a store.
func askOf(catalog schema.Catalog, db store.Store) detect.Ask {
	return func(ctx context.Context, text string, w detect.Window) (store.Cursor, error) {
		q, err := kql.Compile(text, catalog, kql.Options{Now: w.Now, Window: &kql.Window{From: w.From, To: w.To}})
		if err != nil {
			return nil, err
		}
		return q.Run(ctx, db)
	}
}

// ingest decodes, maps and commits records.
func (s *site) ingest(format event.Format, records [][]byte) {
	s.t.Helper()
	s.files++
	rows := map[string]*schema.Rows{}
	take := func(rec *event.Record) error {
		table := s.catalog.Route(rec)
		if table == nil {
			return fmt.Errorf("no table for %s", rec.Text)
		}
		if rows[table.Name] == nil {
			rows[table.Name] = schema.NewRows(table)
		}
		return table.Map(rec, rows[table.Name])
	}
	refuse := func(r *decode.Reject) error { return fmt.Errorf("rejected: %s %s", r.Reason, r.Detail) }
	message := &event.Message{Body: bytes.Join(records, []byte("\n")), Format: format}
	if err := decode.New(decode.Options{}).Decode(message, "test", fmt.Sprint(s.files), take, refuse); err != nil {
		s.t.Fatal(err)
	}
	var batch store.Batch
	for _, r := range rows {
		batch.Rows = append(batch.Rows, r)
	}
	result, err := s.store.Commit(s.t.Context(), &batch)
	if err != nil {
		s.t.Fatal(err)
	}
	if got := result.Committed["AzureActivity"]; got != len(records) {
		s.t.Fatalf("committed %d of %d records", got, len(records))
	}
}

func builtin(t testing.TB) []*rules.Rule {
	t.Helper()
	set, err := rules.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return set.Rules
}

func TestBuiltinRulesLintClean(t *testing.T) {
	set, err := rules.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set.Lint(app.CompileRule(catalog, time.Now())) {
		t.Error(f)
	}
}

// TestBuiltinRules plays the cases of every built-in rule, as hub records and
// as REST events, through the whole journey. The cases share a store; each has
// its own weeks.
func TestBuiltinRules(t *testing.T) {
	for form, records := range map[event.Format]func(*rules.Case) [][]byte{
		event.FormatHub: (*rules.Case).Hub, event.FormatREST: (*rules.Case).REST,
	} {
		s := newSite(t)
		offset := time.Duration(0)
		for _, rule := range builtin(t) {
			cases, err := rules.BuiltinCases(rule)
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(filepath.Base(rule.Path), ".yaml")
			for _, c := range cases {
				offset -= 40 * 24 * time.Hour
				shift(&c, offset)
				t.Run(fmt.Sprintf("%s/%s/%s", name, c.Name, form), func(t *testing.T) {
					s.t = t
					s.ingest(form, records(&c))
					s.expect(rule, c)
				})
			}
		}
	}
}

func shift(c *rules.Case, by time.Duration) {
	for i := range c.Events {
		c.Events[i].At = c.Events[i].At.Add(by)
	}
}

// span returns the run times of the case's last day; what lies before it is a
// past that rules look back on.
func span(c rules.Case) detect.Range {
	r := detect.Range{From: c.Events[0].At, To: c.Events[0].At}
	for _, e := range c.Events {
		last := e.At.Add(time.Duration(e.Repeat) * e.Every)
		if e.At.Before(r.From) {
			r.From = e.At
		}
		if last.After(r.To) {
			r.To = last
		}
	}
	r.From, r.To = r.From.Add(-time.Hour), r.To.Add(2*time.Hour)
	if dayBefore := r.To.Add(-27 * time.Hour); r.From.Before(dayBefore) {
		r.From = dayBefore
	}
	return r
}

// expect sweeps the rule and compares what it raised.
func (s *site) expect(rule *rules.Rule, c rules.Case) {
	s.t.Helper()
	during := span(c)
	report, err := s.detector.Sweep(s.t.Context(), rule, during)
	if err != nil {
		s.t.Fatal(err)
	}
	got := slices.DeleteFunc(s.alerts(), func(a *detect.Alert) bool { return a.Time.Before(during.From) || a.Time.After(during.To) })
	if len(got) != len(c.Alerts) || report.Alerts != len(c.Alerts) {
		s.t.Fatalf("got %d alerts %v, want %d", len(got), names(got), len(c.Alerts))
	}
	for i, want := range c.Alerts {
		compareAlert(s.t, got[i], want)
	}
	list := s.incidents(incident.Filter{CreatedAfter: during.From, CreatedBefore: during.To})
	if c.Incidents > 0 && len(list) != c.Incidents {
		s.t.Errorf("got %d incidents, want %d", len(list), c.Incidents)
	}
}

func compareAlert(t testing.TB, got *detect.Alert, want rules.CaseAlert) {
	t.Helper()
	if want.Name != "" && got.Name != want.Name {
		t.Errorf("got name %q, want %q", got.Name, want.Name)
	}
	if want.Severity != "" && got.Severity != want.Severity {
		t.Errorf("got severity %s, want %s", got.Severity, want.Severity)
	}
	if want.Rows > 0 && got.Rows != want.Rows {
		t.Errorf("got %d rows, want %d", got.Rows, want.Rows)
	}
	if len(want.Entities) == 0 {
		return
	}
	var entities []string
	for _, e := range got.Entities {
		entities = append(entities, e.Type+" "+e.Title())
	}
	for i, e := range want.Entities {
		typ, title, _ := strings.Cut(e, " ")
		if typ == "azure-resource" {
			want.Entities[i] = typ + " " + strings.ToLower(title)
		}
	}
	slices.Sort(entities)
	slices.Sort(want.Entities)
	if diff := cmp.Diff(want.Entities, entities); diff != "" {
		t.Error(diff)
	}
}

// alerts reads all alerts by their first activity.
func (s *site) alerts() []*detect.Alert {
	s.t.Helper()
	var list []*detect.Alert
	for _, row := range s.query("SecurityAlert | order by StartTime asc, DisplayName asc") {
		list = append(list, detect.ReadAlert(row.columns, row.values))
	}
	return list
}

type queryRow struct {
	columns []schema.Column
	values  []any
}

func (s *site) query(text string) []queryRow {
	s.t.Helper()
	cursor, err := askOf(s.catalog, s.store)(s.t.Context(), text, detect.Window{To: schema.MaxDatetime, Now: schema.DatetimeOf(time.Now())})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = cursor.Close() }()
	var rows []queryRow
	for {
		values, err := cursor.Next()
		if err != nil {
			s.t.Fatal(err)
		}
		if values == nil {
			return rows
		}
		rows = append(rows, queryRow{cursor.Columns(), values})
	}
}

func (s *site) incidents(f incident.Filter) []*incident.Incident {
	s.t.Helper()
	list, err := s.keeper.List(context.Background(), f)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func names(alerts []*detect.Alert) []string {
	var list []string
	for _, a := range alerts {
		list = append(list, a.Name)
	}
	return list
}

// recordsOf writes the company's events, one record a line.
func recordsOf(t testing.TB, company *simulate.Company) [][]byte {
	t.Helper()
	var text bytes.Buffer
	w, err := simulate.NewWriter(&text, simulate.ShapeStorage)
	if err != nil {
		t.Fatal(err)
	}
	for e := range company.Events() {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(text.Bytes()), []byte("\n"))
}

// BenchmarkSweep runs the built-in rules over 14 days of a company.
func BenchmarkSweep(b *testing.B) {
	s := newSite(b)
	company, err := simulate.New(simulate.Options{End: clock(), Events: 24_000})
	if err != nil {
		b.Fatal(err)
	}
	s.ingest(event.FormatStorage, recordsOf(b, company))
	fortnight := detect.Range{From: clock().AddDate(0, 0, -14), To: clock()}
	for b.Loop() {
		for _, report := range s.detector.SweepAll(b.Context(), builtin(b), fortnight) {
			if report.Err != nil {
				b.Fatal(report.Err)
			}
		}
	}
}
