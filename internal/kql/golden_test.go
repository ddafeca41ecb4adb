package kql_test

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

var update = flag.Bool("update", false, "rewrite the expected SQL and rows")

// events is a table of every type, with nulls, a hot path and a fallback.
var events = &schema.Table{
	Name: "Events", Version: 1, Retention: 30,
	Columns: []schema.Column{
		{Name: "TimeGenerated", Type: schema.Datetime},
		{Name: "Name", Type: schema.String},
		{Name: "Status", Type: schema.String},
		{Name: "Count", Type: schema.Int},
		{Name: "Bytes", Type: schema.Long},
		{Name: "Score", Type: schema.Real},
		{Name: "Ok", Type: schema.Bool},
		{Name: "Took", Type: schema.Timespan},
		{Name: "Id", Type: schema.GUID},
		{Name: "Props", Type: schema.Dynamic},
		{Name: "PropsUser", Type: schema.String, Path: &schema.Path{Column: "Props", Keys: []string{"user"}}},
	},
}

type eventsOnly struct{}

func (eventsOnly) Table(name string) (*schema.Table, bool) { return events, name == events.Name }
func (eventsOnly) Tables() []*schema.Table                 { return []*schema.Table{events} }

// start is the time of the first event; they come an hour apart.
const start = schema.DatetimeValue(638_447_616_000_000_000) // 2024-02-29

type event map[string]any

var eventRows = []event{
	{"Name": "create", "Status": "Succeeded", "Count": int32(1), "Bytes": int64(100), "Score": 1.5, "Ok": true, "Took": schema.TimespanValue(15_000_000), "Props": schema.DynamicValue(`{"user":"ann","tags":["a","b"],"n":1}`), "PropsUser": "ann"},
	{"Name": "Create", "Status": "Failed", "Count": int32(2), "Bytes": int64(-7), "Score": 2.5, "Ok": false, "Props": schema.DynamicValue(`{"user":"bob","tags":[],"n":2.5,"in":{"deep":[1,{"x":"y"}]}}`), "PropsUser": "bob"},
	{"Name": "delete vm-1", "Status": "Succeeded", "Bytes": int64(50), "Id": schema.GUIDValue("0a1b2c3d-1111-2222-3333-445566778899"), "Props": schema.DynamicValue(`["x",null,3]`)},
	{"Name": "delete_vm", "Count": int32(4), "Score": -0.5, "Ok": true, "Took": schema.TimespanValue(-36_000_000_000)},
	{"Status": "Failed", "Count": int32(1), "Bytes": int64(100)},
}

func storeOfEvents(t testing.TB) store.Store {
	t.Helper()
	db := openStore(t, eventsOnly{})
	rows := schema.NewRows(events)
	for i, e := range eventRows {
		if err := rows.Set("TimeGenerated", start+schema.DatetimeValue(i*schema.TicksPerHour)); err != nil {
			t.Fatal(err)
		}
		for name, v := range e {
			if err := rows.Set(name, v); err != nil {
				t.Fatal(err)
			}
		}
		var id schema.ID
		binary.BigEndian.PutUint64(id[8:], uint64(i+1))
		rows.End(id)
	}
	if _, err := db.Commit(context.Background(), &store.Batch{Rows: []*schema.Rows{rows}}); err != nil {
		t.Fatal(err)
	}
	return db
}

// A goldenCase is a query with what becomes of it. In a file, cases are
// separated by lines of =, the parts of a case by lines of -.
type goldenCase struct{ title, query, sql, rows string }

const (
	caseLine = "================================================================\n"
	partLine = "----------------------------------------------------------------\n"
)

func readGolden(t *testing.T, path string) []goldenCase {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var cases []goldenCase
	for part := range strings.SplitSeq(string(text), caseLine) {
		title, rest, _ := strings.Cut(part, "\n")
		parts := strings.SplitN(rest, partLine, 3)
		c := goldenCase{title: title, query: parts[0]}
		if len(parts) == 3 {
			c.sql, c.rows = parts[1], parts[2]
		}
		cases = append(cases, c)
	}
	return cases
}

func writeGolden(t *testing.T, path string, cases []goldenCase) {
	t.Helper()
	parts := make([]string, len(cases))
	for i, c := range cases {
		parts[i] = c.title + "\n" + c.query + partLine + c.sql + partLine + c.rows
	}
	if err := os.WriteFile(path, []byte(strings.Join(parts, caseLine)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestGolden runs the case files. Rows of queries that do not sort come in
// any order and are compared sorted.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no case files: %v", err)
	}
	db := storeOfEvents(t)
	for _, path := range paths {
		cases := readGolden(t, path)
		for i, want := range cases {
			t.Run(filepath.Base(path)+"/"+want.title, func(t *testing.T) {
				got := answer(t, db, want)
				if *update {
					cases[i] = got
					return
				}
				if diff := cmp.Diff(want.sql, got.sql); diff != "" {
					t.Errorf("SQL (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(want.rows, got.rows); diff != "" {
					t.Errorf("rows (-want +got):\n%s", diff)
				}
			})
		}
		if *update {
			writeGolden(t, path, cases)
		}
	}
}

func answer(t *testing.T, db kql.Querier, c goldenCase) goldenCase {
	t.Helper()
	window := &kql.Window{From: start, To: start + 100*schema.TicksPerHour}
	opt := kql.Options{Now: start + 24*schema.TicksPerHour}
	if strings.Contains(c.title, "window") {
		opt.Window = window
	}
	q, err := kql.Compile(c.query, eventsOnly{}, opt)
	if err != nil {
		return goldenCase{c.title, c.query, "", err.Error() + "\n"}
	}
	cur, err := q.Run(context.Background(), db)
	var late kql.Errors
	if errors.As(err, &late) {
		return goldenCase{c.title, c.query, "", err.Error() + "\n"}
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, q.SQL)
	}
	defer func() { _ = cur.Close() }() // only read
	q = cur.Query
	var head, rows []string
	for _, col := range q.Columns() {
		head = append(head, col.Name+":"+col.Type.String())
	}
	for {
		row, err := cur.Next()
		if err != nil {
			t.Fatalf("%v\n%s", err, q.SQL)
		}
		if row == nil {
			break
		}
		shown := texts(row)
		for i, v := range row {
			if v == nil {
				shown[i] = "null"
			}
		}
		rows = append(rows, strings.TrimRight(strings.Join(shown, " | "), " "))
	}
	if !strings.Contains(c.query, "sort by") && !strings.Contains(c.query, "order by") && !strings.Contains(c.query, "top ") {
		sort.Strings(rows)
	}
	text := strings.Join(head, " ") + "\n" + strings.Join(rows, "\n") + "\n"
	return goldenCase{c.title, c.query, q.SQL + "\n", fmt.Sprint(text)}
}
