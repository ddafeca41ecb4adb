package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

func schemaTicks(d schema.DatetimeValue) string { return strconv.FormatInt(int64(d), 10) }

// everything is a table with a column of each type.
func everything() *schema.Table {
	t := &schema.Table{Name: "Everything", Version: 1}
	for typ := schema.Bool; typ <= schema.Dynamic; typ++ {
		t.Columns = append(t.Columns, schema.Column{Name: "c_" + typ.String(), Type: typ})
	}
	return t
}

// samples lists, per type, values worth a look. The first of each is nothing.
func samples() map[schema.Type][]any {
	return map[schema.Type][]any{
		schema.Bool:     {nil, true, false},
		schema.Int:      {nil, int32(0), int32(-1), int32(math.MaxInt32), int32(math.MinInt32)},
		schema.Long:     {nil, int64(0), int64(-1), int64(math.MaxInt64), int64(math.MinInt64), int64(1<<53 + 1)},
		schema.Real:     {nil, 0.0, -1.5, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), 0.1},
		schema.Decimal:  {nil, schema.DecimalValue("0"), schema.DecimalValue("-12345678901234567890.0123456789")},
		schema.Datetime: {nil, schema.DatetimeValue(0), schema.MaxDatetime, schema.DatetimeOf(morning), schema.DatetimeOf(morning) + 1},
		schema.Timespan: {nil, schema.TimespanValue(0), schema.TimespanValue(1), schema.TimespanValue(math.MinInt64), schema.TimespanValue(math.MaxInt64)},
		schema.GUID:     {nil, schema.GUIDValue("74be27de-1e4e-49d9-b579-fe0b331d3642")},
		schema.String: {
			"", "a", "twelve bytes", "thirteen byte", "  blanks  ", "with\x00nul", "line\r\nfeed", "quote ' \" \\",
			"ünïcödé ☃ 🌩️ \U0010FFFF", strings.Repeat("long ", 3000), strings.Repeat("☃", 100_000), "NULL", "\ufeffbom",
		},
		schema.Dynamic: {
			nil, schema.DynamicValue(`{}`), schema.DynamicValue(`null`), schema.DynamicValue(`"text"`),
			schema.DynamicValue(`{"n":123456789012345678901234567890,"s":"☃\u0000"}`),
			schema.DynamicValue(`[` + strings.Repeat(`{"key":"value"},`, 5000) + `1]`),
		},
	}
}

// testValues writes every sample, alone and among others, over several chunks
// and both before and after a restart, and wants each back as it was.
func testValues(h *harness) {
	h.stop()
	t := everything()
	h.catalog = Catalog{t}
	h.start()
	all := samples()
	rows := schema.NewRows(t)
	var want [][]any
	for n := range 5000 {
		row := make([]any, len(t.Columns))
		for i, c := range t.Columns {
			list := all[c.Type]
			if v := list[n%len(list)]; n < 100 || n%(i+2) == 0 && len(fmt.Sprint(v)) < 1000 {
				row[i] = v
			} else {
				row[i] = list[0]
			}
			if err := rows.Set(c.Name, row[i]); err != nil {
				h.Fatal(err)
			}
		}
		rows.End(id(n))
		want = append(want, row)
	}
	h.commit(rows)
	sql := `SELECT * FROM "Everything" ORDER BY "_Sequence"`
	cols := append(append([]schema.Column{}, t.Columns...), schema.Standard()...)
	for range 2 {
		for i, row := range h.query(sql, cols...) {
			h.equal(fmt.Sprintf("row %d", i), row[:len(t.Columns)], want[i])
			h.equal("identity", row[len(t.Columns)], any(id(i).String()))
		}
		h.restart()
	}
}

// testShown: constants, texts that fall back on a dynamic column, and hidden
// columns are there under their names and in their order.
func testShown(h *harness) {
	h.stop()
	t := &schema.Table{Name: "Shown", Version: 1, Columns: []schema.Column{
		{Name: "Type", Type: schema.String, Const: "Shown"},
		{Name: "Billable", Type: schema.Bool, Const: "false"},
		{Name: "Claims", Type: schema.String, Fallback: "Claims_d"},
		{Name: "Claims_d", Type: schema.Dynamic},
		{Name: "_Claims_appid", Type: schema.String, Hidden: true, Path: &schema.Path{Column: "Claims_d", Keys: []string{"appid"}}},
	}}
	h.catalog = Catalog{t}
	h.start()
	h.equal("rows", h.count("Shown"), 0)
	rows := schema.NewRows(t)
	rows.SetJSON(3, []byte(`{"appid":"x"}`))
	rows.SetString(4, "x")
	rows.End(id(1))
	rows.SetString(2, "as text")
	rows.SetJSON(3, []byte(`{}`))
	rows.End(id(2))
	rows.End(id(3))
	h.commit(rows)
	got := h.query(`SELECT * FROM "Shown" ORDER BY "_Sequence"`, append(append([]schema.Column{}, t.Columns...), schema.Standard()...)...)
	for i := range got {
		got[i] = got[i][:5]
	}
	h.equal("rows", got, [][]any{
		{"Shown", false, `{"appid":"x"}`, schema.DynamicValue(`{"appid":"x"}`), "x"},
		{"Shown", false, "as text", schema.DynamicValue(`{}`), ""},
		{"Shown", false, "", nil, ""},
	})
}

// testCancel: a statement that would run for hours ends when its context does.
func testCancel(h *harness) {
	h.commit(h.rows("Events", upTo(0, 20_000)...))
	endless := `SELECT count(*) FROM "Events" a, "Events" b, "Events" c WHERE a."Count" + b."Count" <> c."Count"`
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := read(ctx, h.s, endless, long("n"))
	if !errors.Is(err, context.DeadlineExceeded) {
		h.Errorf("a query past its deadline: got %v, want %v", err, context.DeadlineExceeded)
	}
	if d := time.Since(start); d > 10*time.Second {
		h.Errorf("cancelling took %v", d)
	}
	ctx, cancel = context.WithCancel(context.Background())
	cur, err := h.s.Query(ctx, store.Statement{SQL: `SELECT "Count" FROM "Events"`, Columns: []schema.Column{long("Count")}})
	if err != nil {
		h.Fatal(err)
	}
	defer cur.Close() //nolint:errcheck // the reading is what counts
	cancel()
	for err == nil {
		var row []any
		if row, err = cur.Next(); row == nil && err == nil {
			h.Fatal("a cancelled cursor came to its end")
		}
	}
	if !errors.Is(err, context.Canceled) {
		h.Errorf("a cancelled cursor: got %v, want %v", err, context.Canceled)
	}
	if _, err := read(ctx, h.s, `SELECT 1`, long("n")); !errors.Is(err, context.Canceled) {
		h.Errorf("a query begun too late: got %v, want %v", err, context.Canceled)
	}
	if _, err := h.s.Commit(ctx, &store.Batch{}); !errors.Is(err, context.Canceled) {
		h.Errorf("a commit begun too late: got %v, want %v", err, context.Canceled)
	}
	h.equal("rows", h.count("Events"), 20_000)
}

// testClose: closing a store ends its cursors, and nothing works after it.
func testClose(h *harness) {
	h.commit(h.rows("Events", upTo(0, 10_000)...))
	s := h.s
	cur, err := s.Query(context.Background(), store.Statement{SQL: `SELECT "Count" FROM "Events"`, Columns: []schema.Column{long("Count")}})
	if err != nil {
		h.Fatal(err)
	}
	h.stop()
	if row, err := cur.Next(); err == nil {
		h.Errorf("cursor after close: got %v, want an error", row)
	}
	for range 2 {
		if err := cur.Close(); err != nil {
			h.Errorf("close of a cursor: %v", err)
		}
	}
	if _, err := s.Commit(context.Background(), &store.Batch{}); err == nil {
		h.Error("commit after close: no error")
	}
	if _, err := read(context.Background(), s, `SELECT 1`, long("n")); err == nil {
		h.Error("query after close: no error")
	}
	if err := s.Close(); err != nil {
		h.Errorf("second close: %v", err)
	}
}

// testConcurrent: readers see whole commits only, of both tables together, and
// positions never run ahead of rows.
func testConcurrent(h *harness) {
	const commits, size = 60, 700
	ctx, cancel := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				h.glance(size)
			}
		})
	}
	token := func(i int) string { return strconv.Itoa(i * size) }
	for i := range commits {
		from := ""
		if i > 0 {
			from = token(i)
		}
		if i%20 == 19 {
			h.s.Retain(ctx, h.now) //nolint:errcheck // nothing is due; it only must not disturb
		}
		_, err := h.s.Commit(ctx, &store.Batch{
			Rows:      []*schema.Rows{h.rows("Events", upTo(i*size, (i+1)*size)...), h.rows("Notes", upTo(i*size, (i+1)*size)...)},
			Positions: []event.Position{step("0", from, token(i+1))},
		})
		if err != nil {
			h.Errorf("commit: %v", err)
			break
		}
	}
	cancel()
	readers.Wait()
	h.equal("rows", h.numbers(), upTo(0, commits*size))
}

func (h *harness) glance(size int64) {
	token, err := h.s.Position(context.Background(), "test", "0")
	if err != nil {
		h.Errorf("position: %v", err)
	}
	reached, _ := strconv.ParseInt(token, 10, 64)
	rows, err := read(context.Background(), h.s, `SELECT (SELECT count(*) FROM "Events"), (SELECT count(*) FROM "Notes")`, long("e"), long("n"))
	if err != nil {
		h.Errorf("query: %v", err)
		return
	}
	e, n := rows[0][0].(int64), rows[0][1].(int64)
	if e != n || e%size != 0 || e < reached {
		h.Errorf("a reader saw %d events and %d notes at position %d, want whole commits of %d", e, n, reached, size)
	}
}

func testWrong(h *harness) {
	for sql, cols := range map[string][]schema.Column{
		`SELECT nothing FROM "Nowhere"`: {long("n")},
		`SELECT`:                        {long("n")},
		`SELECT 1, 2`:                   {long("n")},
		`SELECT 'text'`:                 {long("n")},
		`SELECT CAST(9223372036854775807 AS BIGINT)`:   {{Name: "n", Type: schema.Int}},
		`INSERT INTO "Events" ("Count") VALUES (1)`:    {long("n")},
		`SELECT count(*) FROM "Events" WHERE "No" = 1`: {long("n")},
	} {
		if rows, err := read(context.Background(), h.s, sql, cols...); err == nil {
			h.Errorf("%s: got %v, want an error", sql, rows)
		}
	}
	h.commit(h.rows("Events", 1))
	h.equal("rows", h.numbers(), []int{1})
}
