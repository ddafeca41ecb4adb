package kql_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
	"nephoscope/internal/store/duck"
)

// noTables is a catalog without tables.
type noTables struct{}

func (noTables) Table(string) (*schema.Table, bool) { return nil, false }
func (noTables) Tables() []*schema.Table            { return nil }

func openStore(t testing.TB, cat schema.Catalog) *duck.Store {
	t.Helper()
	db, err := duck.Open(context.Background(), t.TempDir(), duck.Options{Catalog: cat})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// run compiles and runs a query and returns its columns and rows.
func run(t testing.TB, db kql.Querier, cat schema.Catalog, text string) ([]schema.Column, [][]any, error) {
	t.Helper()
	q, err := kql.Compile(text, cat, kql.Options{Now: now})
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cur, err := q.Run(ctx, db)
	if err != nil {
		return nil, nil, fmt.Errorf("%w\n%s", err, q.SQL)
	}
	defer func() { _ = cur.Close() }() // only read
	var rows [][]any
	for {
		row, err := cur.Next()
		if err != nil {
			return nil, nil, fmt.Errorf("%w\n%s", err, q.SQL)
		}
		if row == nil {
			return cur.Columns(), rows, nil
		}
		rows = append(rows, row)
	}
}

type docsCase struct {
	ID, Category, Query, Match string
	Columns                    []string
	Rows                       [][]any
}

func compare(c docsCase, cols []schema.Column, rows [][]any) error {
	if len(cols) != len(c.Columns) {
		return fmt.Errorf("columns %v, want %v", cols, c.Columns)
	}
	place := make([]int, len(cols))
	for i, name := range c.Columns {
		place[i] = i
		if c.Match == "position" {
			continue
		}
		place[i] = slices.IndexFunc(cols, func(c schema.Column) bool { return c.Name == name })
		if place[i] < 0 {
			return fmt.Errorf("columns %v, want %v", cols, c.Columns)
		}
	}
	if len(rows) != len(c.Rows) {
		return fmt.Errorf("%d rows, want %d: %v, want %v", len(rows), len(c.Rows), rows, c.Rows)
	}
	used := make([]bool, len(rows))
	for _, want := range c.Rows {
		found := false
		for i, row := range rows {
			if used[i] {
				continue
			}
			same := true
			for j := range want {
				same = same && sameValue(row[place[j]], want[j])
			}
			if same {
				used[i], found = true, true
				break
			}
		}
		if !found {
			return fmt.Errorf("no row equals %q; rows are %v", want, rows)
		}
	}
	return nil
}

func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case fmt.Stringer:
		return v.String()
	}
	return fmt.Sprint(v)
}

func sameValue(got, wantAny any) bool {
	want, _ := wantAny.(string)
	if wantAny == nil {
		want = ""
	} else if _, ok := wantAny.(string); !ok {
		b, _ := json.Marshal(wantAny)
		want = string(b)
	}
	g := show(got)
	if g == want || strings.TrimSpace(g) == strings.TrimSpace(want) {
		return true
	}
	if got == nil && (want == "null" || want == "(null)" || want == "") {
		return true
	}
	switch got := got.(type) {
	case bool:
		return strings.EqualFold(strings.TrimSpace(want), g) || want == "1" && got || want == "0" && !got
	case schema.DatetimeValue:
		return normalTime(want) == g
	case schema.TimespanValue:
		return normalSpan(want) == g
	}
	a, errA := strconv.ParseFloat(g, 64)
	b, errB := strconv.ParseFloat(strings.TrimSpace(want), 64)
	if errA == nil && errB == nil {
		return close12(a, b)
	}
	var x, y any
	if json.Unmarshal([]byte(g), &x) == nil {
		if json.Unmarshal([]byte(want), &y) == nil || json.Unmarshal([]byte(strings.ReplaceAll(want, "'", `"`)), &y) == nil {
			return sameJSON(x, y)
		}
		s, ok := x.(string)
		return ok && s == want
	}
	return false
}

func close12(a, b float64) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return math.IsNaN(a) && math.IsNaN(b)
	}
	return a == b || math.Abs(a-b) <= 1e-12*math.Max(math.Abs(a), math.Abs(b))
}

func sameJSON(a, b any) bool {
	switch a := a.(type) {
	case float64:
		f, ok := b.(float64)
		return ok && close12(a, f)
	case []any:
		l, ok := b.([]any)
		if !ok || len(l) != len(a) {
			return false
		}
		for i := range a {
			if !sameJSON(a[i], l[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		m, ok := b.(map[string]any)
		if !ok || len(m) != len(a) {
			return false
		}
		for k := range a {
			if _, ok := m[k]; !ok || !sameJSON(a[k], m[k]) {
				return false
			}
		}
		return true
	case string:
		s, ok := b.(string)
		return ok && (s == a || normalTime(s) == normalTime(a))
	}
	return reflect.DeepEqual(a, b)
}

func normalTime(s string) string {
	for _, layout := range []string{"2006-01-02T15:04:05Z", "2006-01-02 15:04:05Z", "2006-01-02 15:04:05", "2006-01-02", "1/2/2006 3:04:05 PM", "2006-01-02 15:04"} {
		if at, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return schema.DatetimeOf(at).String()
		}
	}
	return s
}

func normalSpan(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.LastIndexByte(s, '.'); i > strings.LastIndexByte(s, ':') && strings.Contains(s, ":") {
		s = s + strings.Repeat("0", max(0, 7-(len(s)-i-1)))
	}
	return s
}
