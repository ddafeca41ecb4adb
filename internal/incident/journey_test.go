package incident_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

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
	leavers  []string // of the watchlist TerminatedUsers
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
	ask := s.ask
	options := incident.Options{BaseURL: "https://nephoscope.example", Now: clock}
	if s.keeper, err = incident.New(s.catalog, s.store, ask, options); err != nil {
		s.t.Fatal(err)
	}
	if s.detector, err = detect.New(s.catalog, s.store, ask, detect.Options{Filer: s.keeper, Now: clock}); err != nil {
		s.t.Fatal(err)
	}
}

// ask is askOf with the site's watchlist.
func (s *site) ask(ctx context.Context, text string, w detect.Window) (store.Cursor, error) {
	q, err := kql.Compile(text, s.catalog, kql.Options{Now: w.Now, Window: &kql.Window{From: w.From, To: w.To}, Watchlist: s.watchlist})
	if err != nil {
		return nil, err
	}
	return q.Run(ctx, s.store)
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
	return set.Queries()
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
