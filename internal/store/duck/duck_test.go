package duck_test

import (
	"context"
	"testing"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
)

type catalog []*schema.Table

func (c catalog) Tables() []*schema.Table { return c }
func (c catalog) Table(name string) (*schema.Table, bool) {
	for _, t := range c {
		if t.Name == name {
			return t, true
		}
	}
	return nil, false
}

func TestFirst(t *testing.T) {
	tbl := &schema.Table{Name: "T", Version: 1, Columns: []schema.Column{
		{Name: "TimeGenerated", Type: schema.Datetime}, {Name: "S", Type: schema.String}, {Name: "D", Type: schema.Dynamic}, {Name: "B", Type: schema.Bool},
		{Name: "C", Type: schema.String, Const: "x"}, {Name: "F", Type: schema.String, Fallback: "D"}}}
	dir := t.TempDir()
	now := time.Date(2026, 11, 20, 1, 2, 3, 0, time.UTC)
	open := func() *duck.Store {
		s, err := duck.Open(t.Context(), dir, duck.Options{Catalog: catalog{tbl}, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	r := schema.NewRows(tbl)
	for i := range 5000 {
		r.SetInt(0, int64(i))
		if i%2 == 0 {
			r.SetString(1, "héllo wörld, a long string")
			r.SetJSON(2, []byte(`{"a":1}`))
		}
		r.End(schema.ID{byte(i), byte(i >> 8)})
	}
	res, err := s.Commit(context.Background(), &store.Batch{Rows: []*schema.Rows{r}, Positions: []event.Position{{Source: "a", Partition: "b", To: "1"}}})
	t.Log(res, err)
	q := func() {
		cur, err := s.Query(t.Context(), store.Statement{SQL: `SELECT * FROM "T" ORDER BY "_Sequence" LIMIT 3`, Columns: append(append([]schema.Column{}, tbl.Columns...), schema.Standard()...)})
		if err != nil {
			t.Fatal(err)
		}
		for {
			row, err := cur.Next()
			if err != nil {
				t.Fatal(err)
			}
			if row == nil {
				break
			}
			t.Log(row)
		}
		cur.Close()
	}
	q()
	t.Log(s.Close())
	now = now.Add(24 * time.Hour)
	s = open()
	q()
	t.Log(s.Position(t.Context(), "a", "b"))
	res, err = s.Commit(context.Background(), &store.Batch{Rows: []*schema.Rows{r}, Positions: []event.Position{{Source: "a", Partition: "b", From: "1", To: "2"}}})
	t.Log(res, err)
	q()
	t.Log(s.Close())
}
