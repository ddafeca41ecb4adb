package outputtest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/output"
	"nephoscope/internal/output/outputtest"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
)

// everything is a table with a column of each kind.
func everything() *schema.Table {
	return &schema.Table{Name: "Every", Version: 1, Retention: 30, Columns: []schema.Column{
		{Name: "TimeGenerated", Type: schema.Datetime},
		{Name: "Bool", Type: schema.Bool},
		{Name: "Int", Type: schema.Int},
		{Name: "Long", Type: schema.Long},
		{Name: "Real", Type: schema.Real},
		{Name: "Decimal", Type: schema.Decimal},
		{Name: "String", Type: schema.String},
		{Name: "Timespan", Type: schema.Timespan},
		{Name: "GUID", Type: schema.GUID},
		{Name: "Own", Type: schema.String, Fallback: "Dynamic"},
		{Name: "Dynamic", Type: schema.Dynamic},
		{Name: "Kind", Type: schema.String, Const: "every"},
		{Name: "Hidden", Type: schema.String, Hidden: true},
		{Name: "_Hot", Type: schema.String, Hidden: true, Path: &schema.Path{Column: "Dynamic", Keys: []string{"n"}}},
	}}
}

// fill makes rows with all values, some values and none.
func fill(t *testing.T, from, n int) *schema.Rows {
	t.Helper()
	rows := schema.NewRows(everything())
	for i := from; i < from+n; i++ {
		values := map[string]any{
			"TimeGenerated": schema.DatetimeValue(638_000_000_000_000_000 + int64(i)), "Bool": i%2 == 0, "Int": int32(-i), "Long": int64(i) << 40,
			"Real": float64(i) / 7, "Decimal": schema.DecimalValue(fmt.Sprintf("%d.5", i)), "String": fmt.Sprintf("text %d ü", i),
			"Timespan": schema.TimespanValue(i), "GUID": schema.GUIDValue(fmt.Sprintf("%08d-0000-0000-0000-000000000000", i)),
			"Dynamic": schema.DynamicValue(fmt.Sprintf(`{"n":%d}`, i)), "Hidden": "h", "_Hot": fmt.Sprint(i), "Own": "",
		}
		for name, v := range values {
			skip := i%3 == 2 && name != "TimeGenerated" || i%3 == 1 && name == "Dynamic"
			if name == "Own" && i%3 == 1 {
				v, skip = "own text", false
			}
			if skip {
				continue
			}
			if err := rows.Set(name, v); err != nil {
				t.Fatal(err)
			}
		}
		rows.End(schema.ID{14: byte(i >> 8), 15: byte(i)})
	}
	return rows
}

// pair is the real store and the one in memory, with the same rows.
type pair struct {
	real, memory output.Log
	both         []interface {
		Commit(context.Context, *store.Batch) (store.Result, error)
	}
}

func open(t *testing.T) *pair {
	catalog, err := tables.NewCatalog(everything())
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	now := start
	tick := func() time.Time { now = now.Add(time.Millisecond); return now }
	st, err := duck.Open(t.Context(), t.TempDir(), duck.Options{Catalog: catalog, Now: tick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	memory := outputtest.NewMemory(catalog, schema.DatetimeOf(start))
	p := &pair{real: output.NewLog(catalog, st, tick), memory: memory}
	p.both = append(p.both, st, memory)
	return p
}

func (p *pair) commit(t *testing.T, rows ...*schema.Rows) {
	t.Helper()
	for _, s := range p.both {
		if _, err := s.Commit(t.Context(), &store.Batch{Rows: rows}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLogsAgree: what is read from the store is what BatchOf says of the same
// rows, and both are found in the same order.
func TestLogsAgree(t *testing.T) {
	p := open(t)
	letter := schema.NewRows(tables.DeadLetter())
	if err := tables.AppendDeadLetter(letter, tables.DeadLetterEntry{ItemID: "x"}); err != nil {
		t.Fatal(err)
	}
	p.commit(t, fill(t, 0, 5))
	p.commit(t, letter, fill(t, 5, 4))
	for _, r := range []output.Range{
		{After: -1, Upto: 100, Bytes: 1 << 20},
		{After: 0, Upto: 3, Bytes: 1 << 20},
		{After: 3, Upto: 7, Bytes: 1 << 20},
		{After: 50, Upto: 100, Bytes: 1 << 20},
	} {
		r.Table = "Every"
		got, reached, err := p.real.Read(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		want, wantReached, _ := p.memory.Read(t.Context(), r)
		for i := range want.Rows { // the clocks differ
			want.Rows[i].Arrived, got.Rows[i].Arrived = 0, 0
		}
		if diff := cmp.Diff(want.Rows, got.Rows); diff != "" || reached != wantReached {
			t.Errorf("range %+v: reached %d, want %d (-want +got):\n%s", r, reached, wantReached, diff)
		}
	}
	for _, after := range []int64{-1, 2, 9, 10} {
		got, err := p.real.Look(t.Context(), "Every", after)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := p.memory.Look(t.Context(), "Every", after)
		got.Oldest, want.Oldest = 0, 0
		if got != want {
			t.Errorf("after %d: got %+v, want %+v", after, got, want)
		}
	}
}

func TestBytesEndARange(t *testing.T) {
	p := open(t)
	p.commit(t, fill(t, 0, 9))
	r := output.Range{Selection: output.Selection{Table: "Every"}, After: -1, Upto: 8, Bytes: 1}
	for want := int64(0); want < 9; want++ {
		b, reached, err := p.real.Read(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Rows) != 1 || reached != want || b.Rows[0].Sequence != want {
			t.Fatalf("after %d: got %d rows up to %d, want row %d", r.After, len(b.Rows), reached, want)
		}
		r.After = reached
	}
}

func TestConditions(t *testing.T) {
	p := open(t)
	p.commit(t, fill(t, 0, 9))
	for _, c := range []struct {
		where, wrong string
		rows         int
	}{
		{"", "", 9},
		{"Long > 0 // a comment", "", 5},
		{"Hidden == 'h' and Dynamic.n == 3", "", 1},
		{"TimeGenerated < now()", "", 9},
		{"ingestion_time() > ago(1h)", "", 9},
		{"Bool == true) or (Int == -1", "", 4},
		{"Nope == 1", `Nope`, 0},
		{"Long >", "expression", 0},
		{"true) | take 1 | where (true", "on the row alone", 0},
		{"String in (Every | project String)", "on the row alone", 0},
		{"String in (Every)", "on the row alone", 0},
		{"Long == toscalar(Every | count)", "on the row alone", 0},
		{"true); Every | where (true", "on the row alone", 0},
		{"rand() > 0.5", "on the row alone", 0},
	} {
		s := output.Selection{Table: "Every", Where: c.where}
		err := p.real.Check(s)
		if (err != nil) != (c.wrong != "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("condition %q: got %v, want an error with %q", c.where, err, c.wrong)
		}
		if err != nil {
			continue
		}
		b, reached, err := p.real.Read(t.Context(), output.Range{Selection: s, After: -1, Upto: 8, Bytes: 1 << 20})
		if err != nil || len(b.Rows) != c.rows || reached != 8 {
			t.Errorf("condition %q: got %v, %v up to %d, want %d rows", c.where, b, err, reached, c.rows)
		}
	}
	if err := p.real.Check(output.Selection{Table: "Nowhere"}); err == nil {
		t.Error("a table that is not there: want an error")
	}
}

// TestTheWholeWay feeds an output from the real store.
func TestTheWholeWay(t *testing.T) {
	catalog, err := tables.NewCatalog(everything())
	if err != nil {
		t.Fatal(err)
	}
	st, err := duck.Open(t.Context(), t.TempDir(), duck.Options{Catalog: catalog, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }() // the test is over
	var got []string
	out := outputFunc(func(_ context.Context, b *output.Batch) error {
		if len(b.Rows) > 1 && b.Rows[0].Sequence == 0 {
			return output.Permanent(fmt.Errorf("not the first in company"))
		}
		if b.Rows[0].Sequence == 0 {
			return output.Permanent(fmt.Errorf("not the first at all"))
		}
		for _, row := range b.Rows {
			got = append(got, fmt.Sprint(row.Sequence))
		}
		return nil
	})
	runner, err := output.New(st, output.NewLog(catalog, st, time.Now), catalog, output.Options{}, output.Feed{
		Name: "whole", Output: out, Start: output.Earliest, Rows: 3, Follow: []output.Selection{{Table: "Every"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, err := st.Commit(t.Context(), &store.Batch{Rows: []*schema.Rows{fill(t, i*4, 4)}}); err != nil {
			t.Fatal(err)
		}
		if err := runner.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// Sequence 4 is the dead letter's, committed after the first four rows.
	if want := "[1 2 3 5 6 7 8 9 10 11 12]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	position, err := st.Position(t.Context(), "output:whole", "Every")
	if err != nil || position != "12" {
		t.Errorf("position %q, %v, want 12", position, err)
	}
	letters, _, err := output.NewLog(catalog, st, time.Now).Read(t.Context(), output.Range{
		Selection: output.Selection{Table: "DeadLetter", Where: "OutputName == 'whole' and Reason == 'refused' and ItemSequence == 0"}, After: -1, Upto: 100, Bytes: 1 << 20,
	})
	if err != nil || len(letters.Rows) != 1 {
		t.Errorf("dead letters %v, %v, want one", letters, err)
	}
}

type outputFunc func(context.Context, *output.Batch) error

func (f outputFunc) Deliver(ctx context.Context, b *output.Batch) error { return f(ctx, b) }
