package duck_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	duckdb "github.com/duckdb/duckdb-go-bindings"
	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(dir string, catalog schema.Catalog, now func() time.Time) (store.Store, error) {
		return duck.Open(context.Background(), dir, duck.Options{Catalog: catalog, Now: now})
	})
}

var day1 = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

func facts() *schema.Table {
	return &schema.Table{Name: "Facts", Version: 1, Retention: 30, Columns: []schema.Column{
		{Name: "TimeGenerated", Type: schema.Datetime},
		{Name: "Took", Type: schema.Timespan},
		{Name: "Name", Type: schema.String},
		{Name: "Claims", Type: schema.String, Fallback: "Claims_d"},
		{Name: "Claims_d", Type: schema.Dynamic},
	}}
}

// open opens a store at a time; the test closes it.
func open(t *testing.T, dir string, now time.Time, opt duck.Options) *duck.Store {
	t.Helper()
	s, err := tryOpen(dir, now, opt)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func tryOpen(dir string, now time.Time, opt duck.Options) (*duck.Store, error) {
	if opt.Catalog == nil {
		opt.Catalog = storetest.Catalog{facts()}
	}
	opt.Now = func() time.Time { return now }
	return duck.Open(context.Background(), dir, opt)
}

// fill commits n facts and closes the store.
func fill(t *testing.T, dir string, now time.Time, from, n int) {
	t.Helper()
	s := open(t, dir, now, duck.Options{})
	commit(t, s, named(from, n))
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func named(from, n int) *schema.Rows {
	r := schema.NewRows(facts())
	for i := from; i < from+n; i++ {
		r.SetInt(0, int64(schema.DatetimeOf(day1.Add(time.Duration(i)*time.Second))))
		r.SetInt(1, int64(i)*schema.TicksPerSecond)
		r.SetString(2, fmt.Sprint("name ", i))
		r.SetJSON(4, []byte(`{"a":1}`))
		r.End(schema.ID{1, byte(i >> 16), byte(i >> 8), byte(i)})
	}
	return r
}

func commit(t *testing.T, s *duck.Store, r *schema.Rows) store.Result {
	t.Helper()
	res, err := s.Commit(context.Background(), &store.Batch{Rows: []*schema.Rows{r}})
	if err != nil {
		t.Fatalf("commit: %v", err)
	}
	return res
}

// ask returns the rows of a statement, all columns as text.
func ask(t *testing.T, s *duck.Store, sql string, columns int) [][]any {
	t.Helper()
	cols := make([]schema.Column, columns)
	for i := range cols {
		cols[i].Type = schema.String
	}
	cur, err := s.Query(context.Background(), store.Statement{SQL: sql, Columns: cols})
	if err != nil {
		t.Fatalf("query: %v", err)
	}
	defer cur.Close() //nolint:errcheck // the reading is what counts
	var rows [][]any
	for {
		row, err := cur.Next()
		if err != nil {
			t.Fatalf("query: %v", err)
		}
		if row == nil {
			return rows
		}
		rows = append(rows, row)
	}
}

func countFacts(t *testing.T, s *duck.Store) string {
	t.Helper()
	return ask(t, s, `SELECT count(*)::VARCHAR FROM "Facts"`, 1)[0][0].(string)
}

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that mentions %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not mention %q", err, w)
		}
	}
}

// TestInUse: the error names the other process and says what to do; a lock
// file that a dead process left blocks nobody.
func TestInUse(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, day1, duck.Options{})
	_, err := tryOpen(dir, day1, duck.Options{})
	if !errors.Is(err, store.ErrInUse) {
		t.Fatalf("second open: got %v, want ErrInUse", err)
	}
	wantError(t, err, "pid "+strconv.Itoa(os.Getpid()), filepath.Base(os.Args[0]), "--data")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "store", "lock"), []byte("1 long gone\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, dir, day1, duck.Options{})
}

// TestDamaged: a file that cannot be read is named, with what to do; without
// it the rest of the store opens.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, day1, 0, 5000)
	fill(t, dir, day1.AddDate(0, 0, 1), 5000, 10)
	path := filepath.Join(dir, "store", "2026-11-20.duckdb")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, content := range map[string][]byte{
		"empty": {}, "short": whole[:1000], "half": whole[:len(whole)/2], "no database": []byte(strings.Repeat("text ", 5000)),
	} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := tryOpen(dir, day1, duck.Options{})
		if err == nil {
			t.Errorf("%s file: got %s facts, want an error", what, countFacts(t, s))
			s.Close() //nolint:errcheck // the error is reported above
			continue
		}
		wantError(t, err, path, "backup")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, day1, duck.Options{})
	if got := countFacts(t, s); got != "10" {
		t.Errorf("facts without the damaged file: got %s, want 10", got)
	}
}

// TestLeftovers: what a crash can leave in the folder is tidied away: files
// that were not finished, and editions that were already replaced.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, day1, 0, 100)
	file := func(name string) string { return filepath.Join(dir, "store", name) }
	content, err := os.ReadFile(file("2026-11-20.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"2026-11-20.2.duckdb", "2026-11-20.10.duckdb", "2026-11-21.duckdb.new", "2026-11-21.duckdb.new.wal", "2026-11-20.11.duckdb.new"} {
		if err := os.WriteFile(file(name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file("notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, day1, duck.Options{})
	if got := countFacts(t, s); got != "100" {
		t.Errorf("facts: got %s, want 100", got)
	}
	entries, err := os.ReadDir(file(""))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{"2026-11-20.10.duckdb", "lock", "notes.txt", "tmp"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestInvalidText: bytes that are no UTF-8 cost their own place only.
func TestInvalidText(t *testing.T) {
	s := open(t, t.TempDir(), day1, duck.Options{})
	r := named(0, 3)
	r.SetText(2, []byte("good \xff\xfe bad, and longer than twelve"))
	r.End(schema.ID{9})
	r.SetText(2, []byte("\xe2\x98"))
	r.SetJSON(4, []byte("\"\xc3\""))
	r.End(schema.ID{10})
	commit(t, s, r)
	got := ask(t, s, `SELECT "Name", "Claims" FROM "Facts" ORDER BY "_Sequence"`, 2)
	want := [][]any{
		{"name 0", `{"a":1}`},
		{"name 1", `{"a":1}`},
		{"name 2", `{"a":1}`},
		{"good \uFFFD bad, and longer than twelve", ""},
		{"\uFFFD", "\"\uFFFD\""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if res := commit(t, s, r); res.Committed["Facts"] != 0 {
		t.Errorf("the same rows again: got %v, want all known", res)
	}
}

// TestPruning: a filter on time or sequence reads only the row groups that
// can match, through the view and over all files.
func TestPruning(t *testing.T) {
	dir := t.TempDir()
	const days, perDay = 3, 30_720
	for day := range days {
		fill(t, dir, day1.AddDate(0, 0, day), day*perDay, perDay)
	}
	s := open(t, dir, day1, duck.Options{})
	ticks := func(row int) int64 { return int64(schema.DatetimeOf(day1.Add(time.Duration(row) * time.Second))) }
	for name, where := range map[string]string{
		"sequence": `"_Sequence" BETWEEN 40000 AND 40010`,
		"time":     fmt.Sprintf(`"TimeGenerated" >= %d AND "TimeGenerated" < %d`, ticks(40_000), ticks(40_011)),
	} {
		plan := ask(t, s, `EXPLAIN (ANALYZE, FORMAT JSON) SELECT max("Name") FROM "Facts" WHERE `+where, 2)
		m := regexp.MustCompile(`"cumulative_rows_scanned": (\d+)`).FindStringSubmatch(plan[0][1].(string))
		if m == nil {
			t.Fatalf("no count of rows in the plan %v", plan)
		}
		if n, _ := strconv.Atoi(m[1]); n > 10_240 {
			t.Errorf("a filter on %s read %d rows of %d, want one row group", name, n, days*perDay)
		}
	}
}

// TestReadableFile: a day file opened on its own, wherever it was moved, shows
// the tables with times as TIMESTAMP and INTERVAL.
func TestReadableFile(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, day1, 0, 2)
	moved := filepath.Join(dir, "copy.duckdb")
	if err := os.Rename(filepath.Join(dir, "store", "2026-11-20.duckdb"), moved); err != nil {
		t.Fatal(err)
	}
	var db duckdb.Database
	if duckdb.Open(moved, &db) == duckdb.StateError {
		t.Fatal("cannot open the file")
	}
	defer duckdb.Close(&db)
	var conn duckdb.Connection
	duckdb.Connect(db, &conn)
	defer duckdb.Disconnect(&conn)
	var res duckdb.Result
	sql := `SELECT count(*) FROM Facts WHERE TimeGenerated = TIMESTAMP '2026-11-20 09:30:01' AND Took = INTERVAL 1 SECOND
		AND Claims = '{"a":1}' AND _TimeReceived = TIMESTAMP '2026-11-20 09:30:00' AND Name = 'name 1'`
	if duckdb.Query(conn, sql, &res) == duckdb.StateError {
		t.Fatal(duckdb.ResultError(&res))
	}
	defer duckdb.DestroyResult(&res)
	chunk := duckdb.FetchChunk(res)
	defer duckdb.DestroyDataChunk(&chunk)
	if n := *(*int64)(duckdb.VectorGetData(duckdb.DataChunkGetVector(chunk, 0))); n != 1 {
		t.Errorf("rows: got %d, want 1", n)
	}
}

func TestRetentionOption(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, day1, 0, 10)
	later := day1.AddDate(0, 0, 40)
	s := open(t, dir, later, duck.Options{Retention: map[string]int{"Facts": 0}})
	if dropped, err := s.Retain(context.Background(), later); err != nil || dropped != nil {
		t.Errorf("kept for ever: got %v, %v, want nothing dropped", dropped, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, later, duck.Options{Retention: map[string]int{"Facts": 39}})
	dropped, err := s.Retain(context.Background(), later)
	want := []store.Dropped{{Table: "Facts", Day: "2026-11-20", Rows: 10}}
	if diff := cmp.Diff(want, dropped); err != nil || diff != "" {
		t.Errorf("kept for 39 days: %v (-want +got):\n%s", err, diff)
	}
}

// TestLockedDown: statements reach nothing outside the store.
func TestLockedDown(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(dir, "outside.csv")
	if err := os.WriteFile(outside, []byte("a,b\n1,2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, filepath.Join(dir, "data"), day1, duck.Options{})
	commit(t, s, named(0, 1))
	for _, sql := range []string{
		"SELECT * FROM read_csv(" + quote(outside) + ")",
		"SELECT * FROM " + quote(outside),
		"SELECT content FROM read_text('/etc/passwd')",
		"COPY (SELECT 1) TO " + quote(filepath.Join(dir, "made.csv")),
		"ATTACH " + quote(filepath.Join(dir, "made.duckdb")),
		"INSTALL httpfs",
		"LOAD httpfs",
		"SET enable_external_access = true",
		`DELETE FROM d20261120.data."Facts"`,
		`DROP VIEW "Facts"`,
	} {
		cur, err := s.Query(context.Background(), store.Statement{SQL: sql, Columns: []schema.Column{{Name: "a", Type: schema.Long}}})
		if err == nil {
			_, err = cur.Next()
			cur.Close() //nolint:errcheck // nothing was read
		}
		if err == nil {
			t.Errorf("%s: no error", sql)
		}
	}
	if got := countFacts(t, s); got != "1" {
		t.Errorf("facts: got %s, want 1", got)
	}
}

func quote(s string) string { return "'" + s + "'" }
