// Package storetest holds the suite that every store passes. A store's own
// test is a call of Run, and tests of what only that store promises.
//
// Invariant: the suite uses nothing but the contract, and SQL that every
// dialect has.
package storetest

import (
	"context"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// An Open opens a store that keeps its files below dir. The suite opens the
// same folder more than once: after Close, with another catalogue, and to see
// that it must not.
type Open func(dir string, catalog schema.Catalog, now func() time.Time) (store.Store, error)

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*harness)
	}{
		{"empty store", testEmpty},
		{"values come back", testValues},
		{"columns that are not stored", testShown},
		{"a commit is all or nothing", testAtomic},
		{"positions are conditional", testPositions},
		{"positions survive", testPositionsSurvive},
		{"rows are recognised", testRecognised},
		{"rows are recognised over days and restarts", testRecognisedLater},
		{"many rows are recognised", testRecognisedMany},
		{"sequence", testSequence},
		{"following the sequence", testFollow},
		{"days", testDays},
		{"the clock goes back", testClockBack},
		{"retention", testRetention},
		{"retention of everything", testRetentionOfAll},
		{"what stands outlives retention", testStanding},
		{"retention beside a reader", testRetentionBesideReader},
		{"retention beside a writer", testRetentionBesideWriter},
		{"disk comes back", testDisk},
		{"a column is added", testColumnAdded},
		{"a column is added to the day's rows", testColumnAddedToday},
		{"a column is removed", testColumnRemoved},
		{"a table is added", testTableAdded},
		{"a newer version wrote it", testNewer},
		{"a type has changed", testTypeChanged},
		{"a second opener", testSecond},
		{"stages", testStages},
		{"cancel", testCancel},
		{"a cursor outlives nothing", testClose},
		{"readers beside a writer", testConcurrent},
		{"a wrong statement", testWrong},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := &harness{T: t, open: open, dir: t.TempDir(), catalog: Catalog{events(), notes()}, now: morning}
			h.start()
			defer h.stop()
			c.test(h)
		})
	}
}

// morning is when the suite's stores begin.
var morning = time.Date(2026, 11, 20, 9, 30, 0, 123_456_700, time.UTC)

// Catalog is a catalogue for tests: its tables, in order of name.
type Catalog []*schema.Table

// Tables returns the catalogue.
func (c Catalog) Tables() []*schema.Table { return c }

// Table returns a table by name.
func (c Catalog) Table(name string) (*schema.Table, bool) {
	for _, t := range c {
		if t.Name == name {
			return t, true
		}
	}
	return nil, false
}

func events() *schema.Table {
	return &schema.Table{Name: "Events", Version: 1, Retention: 30, Columns: []schema.Column{
		{Name: "TimeGenerated", Type: schema.Datetime},
		{Name: "Name", Type: schema.String},
		{Name: "Count", Type: schema.Long},
		{Name: "Details", Type: schema.Dynamic},
	}}
}

func notes() *schema.Table {
	return &schema.Table{Name: "Notes", Version: 1, Retention: 7, Columns: []schema.Column{
		{Name: "Text", Type: schema.String},
	}}
}

// A harness is one test with its store.
type harness struct {
	*testing.T
	open    Open
	dir     string
	catalog Catalog
	now     time.Time
	s       store.Store
}

func (h *harness) start() {
	h.Helper()
	s, err := h.tryOpen(h.catalog)
	if err != nil {
		h.Fatalf("open: %v", err)
	}
	h.s = s
}

func (h *harness) tryOpen(c schema.Catalog) (store.Store, error) {
	return h.open(h.dir, c, func() time.Time { return h.now })
}

func (h *harness) stop() {
	h.Helper()
	if h.s == nil {
		return
	}
	if err := h.s.Close(); err != nil {
		h.Errorf("close: %v", err)
	}
	h.s = nil
}

// restart closes the store and opens it again.
func (h *harness) restart() {
	h.Helper()
	h.stop()
	h.start()
}

// id makes an identity from a number.
func id(n int) (id schema.ID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

// rows makes rows of a table whose first string or long column is filled from
// the number that also makes the identity.
func (h *harness) rows(table string, numbers ...int) *schema.Rows {
	h.Helper()
	t, _ := h.catalog.Table(table)
	r := schema.NewRows(t)
	for _, n := range numbers {
		if table == "Events" {
			r.SetInt(t.Column("TimeGenerated"), int64(schema.DatetimeOf(h.now))+int64(n))
			r.SetInt(t.Column("Count"), int64(n))
		} else {
			r.SetString(t.Column("Text"), "note")
		}
		r.End(id(n))
	}
	return r
}

func upTo(from, to int) []int {
	var list []int
	for n := from; n < to; n++ {
		list = append(list, n)
	}
	return list
}

func step(partition, from, to string) event.Position {
	return event.Position{Source: "test", Partition: partition, From: from, To: to}
}

// commit commits rows of one table without a position and returns how many
// were new.
func (h *harness) commit(r *schema.Rows, steps ...event.Position) int {
	h.Helper()
	res, err := h.s.Commit(context.Background(), &store.Batch{Rows: []*schema.Rows{r}, Positions: steps})
	if err != nil {
		h.Fatalf("commit: %v", err)
	}
	if got, want := res.Committed[r.Table.Name]+res.Duplicate[r.Table.Name], r.Len(); got != want {
		h.Errorf("the result accounts for %d rows, want %d: %+v", got, want, res)
	}
	return res.Committed[r.Table.Name]
}

// query reads all rows of a statement.
func (h *harness) query(sql string, cols ...schema.Column) [][]any {
	h.Helper()
	rows, err := read(context.Background(), h.s, sql, cols...)
	if err != nil {
		h.Fatalf("query %s: %v", sql, err)
	}
	return rows
}

func read(ctx context.Context, s store.Store, sql string, cols ...schema.Column) ([][]any, error) {
	return readAll(ctx, s, store.Statement{SQL: sql, Columns: cols})
}

func long(name string) schema.Column { return schema.Column{Name: name, Type: schema.Long} }

func text(name string) schema.Column { return schema.Column{Name: name, Type: schema.String} }

// numbers returns the Count column of Events in order of arrival.
func (h *harness) numbers() []int {
	h.Helper()
	list := []int{}
	for _, row := range h.query(`SELECT "Count" FROM "Events" ORDER BY "_Sequence"`, long("Count")) {
		list = append(list, int(row[0].(int64)))
	}
	return list
}

// count returns the number of rows of a table.
func (h *harness) count(table string) int {
	h.Helper()
	return int(h.query(`SELECT count(*) FROM "`+table+`"`, long("n"))[0][0].(int64))
}

func (h *harness) position(partition, want string) {
	h.Helper()
	got, err := h.s.Position(context.Background(), "test", partition)
	if err != nil || got != want {
		h.Errorf("position of %s: got %q, %v, want %q", partition, got, err, want)
	}
}

func (h *harness) equal(what string, got, want any) {
	h.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		h.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// mentions checks that an error names all of the words.
func (h *harness) mentions(err error, words ...string) {
	h.Helper()
	if err == nil {
		h.Errorf("no error, want one that mentions %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			h.Errorf("error %q does not mention %q", err, w)
		}
	}
}
