package kql_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/kql"
	"nephoscope/internal/kql/ops"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables/known"
)

// withVersions makes a catalog that a store can create.
type withVersions struct{ *kql.Declared }

func (c withVersions) Tables() []*schema.Table {
	tables := c.Declared.Tables()
	for _, t := range tables {
		t.Version, t.Retention = 1, 30
	}
	return tables
}

// TestPublishedQueriesRun runs every published query that compiles on empty
// tables: whatever is bound is valid SQL.
func TestPublishedQueriesRun(t *testing.T) {
	queries := lines[struct{ ID, Query string }](t, sharedFile(t, "rule-queries.jsonl"))
	cat := declared(t)
	db := openStore(t, withVersions{cat})
	ran := 0
	for _, q := range queries {
		compiled, err := kql.Compile(q.Query, cat, kql.Options{Now: now, Known: known.Tables()})
		var list kql.Errors
		if errors.As(err, &list) {
			continue
		}
		if _, err := exhaust(compiled, db); err != nil && !errors.Is(err, ops.ErrNoExternal) {
			t.Errorf("%s: %v\n%s", q.ID, err, compiled.SQL)
		}
		ran++
	}
	t.Logf("%d of %d queries ran", ran, len(queries))
}

// exhaust reads all rows of a query and returns how many there are.
func exhaust(q *kql.Query, db kql.Querier) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cur, err := q.Run(ctx, db)
	if err != nil {
		return 0, err
	}
	defer func() { _ = cur.Close() }() // only read
	for n := 0; ; n++ {
		row, err := cur.Next()
		if err != nil || row == nil {
			return n, err
		}
	}
}

// FuzzCompile compiles any text; what compiles must be SQL that runs.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		"Events | where Name has 'x' and Count > 1 | summarize count() by bin(TimeGenerated, 1h)",
		"Events | join kind=leftouter (Events | summarize arg_max(Bytes, *) by Name) on Name | project-away *1",
		"let f = (x:long) { x + 1 }; range i from 1 to 3 step 1 | extend y = f(i) | sort by y desc | extend p = prev(y)",
		"Events | mv-expand t = Props.tags to typeof(string) | where t in ('a') | distinct Name, t",
		"Events | mv-apply t = Props.tags on (summarize make_set(t)) | take 3",
		"union withsource=T (print a=1), (print a='x') | search 'x'",
		"Events | parse Name with a ' ' b:long | top 2 by b",
		"print dynamic({'a':[1,null,\"x\"]}).a[0], datetime(2024-01-01) + 1d, split('a/b', '/')[1], iff(true, 1, 2.5)",
		"datatable(a:string, b:dynamic)['x', dynamic(null)] | extend c = tostring(b.x), d = a =~ 'X'",
		"Events | summarize make_list(Name), percentiles(Bytes, 5, 95), dcountif(Name, Ok) by Status, h = startofday(TimeGenerated)",
		"Events | sort by Bytes | serialize n = row_number(), s = row_cumsum(Count, Ok) | where n > 1",
		"let n = toscalar(Events | count); range x from 1 to n step 2 | extend y = x * 1.5",
		"print 1 | invoke x() | evaluate y | lookup (print 1) on z",
		"Events | make-graph Name --> Status with (Events | distinct Name) on Name | graph-match (a)-[e*0..2]->(b)<-[f]-(c) where all(e, Bytes > 1) project a.Name, e.Bytes, map(inner_nodes(e), Name), node_degree_in(c)",
		"Events | make-graph Name -- Status with_node_id=n | graph-mark-components kind=strong | graph-where-nodes n has 'x' | graph-shortest-paths output=all (a)-[e*1..3]-(b) project a.n",
	} {
		f.Add(seed)
	}
	db := storeOfEvents(f)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := kql.Compile(text, eventsOnly{}, kql.Options{Now: now, MaxOperators: 200})
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		cur, err := q.Run(ctx, db)
		if err != nil {
			if ctx.Err() == nil && !atRunTime(err) {
				t.Fatalf("%v\n%s\n%s", err, text, q.SQL)
			}
			return
		}
		_ = cur.Close() // rows of fuzzed queries are not looked at
	})
}

// BenchmarkCompile compiles the published queries one after the other. Beside
// the mean it reports the median over the queries, each at its best of several
// rounds: what a query takes when nothing disturbs it.
func BenchmarkCompile(b *testing.B) {
	queries := lines[struct{ Query string }](b, sharedFile(b, "rule-queries.jsonl"))
	cat := declared(b)
	opt := kql.Options{Now: now, Known: known.Tables()}
	var compiled []string
	for _, q := range queries {
		if _, err := kql.Compile(q.Query, cat, opt); err == nil {
			compiled = append(compiled, q.Query)
		}
	}
	best := make([]time.Duration, len(compiled))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		k := i % len(compiled)
		began := time.Now()
		if _, err := kql.Compile(compiled[k], cat, opt); err != nil {
			b.Fatal(err)
		}
		if took := time.Since(began); best[k] == 0 || took < best[k] {
			best[k] = took
		}
	}
	best = slices.DeleteFunc(best, func(d time.Duration) bool { return d == 0 })
	slices.Sort(best)
	b.ReportMetric(float64(best[len(best)/2].Microseconds()), "us/median")
	b.ReportMetric(float64(best[len(best)*9/10].Microseconds()), "us/p90")
}

// BenchmarkCompileOwn needs no file beside the project.
func BenchmarkCompileOwn(b *testing.B) {
	const text = `let window = 1h;
Events
| where TimeGenerated > ago(1d) and Name has_any ("delete", "create") and tostring(Props.user) != ""
| extend user = tolower(tostring(Props.user))
| summarize n = count(), latest = max(TimeGenerated), names = make_set(Name) by user, bin(TimeGenerated, window)
| join kind=leftouter (Events | summarize since = min(TimeGenerated) by user = tostring(Props.user)) on user
| where n > 3
| sort by n desc`
	b.ReportAllocs()
	for b.Loop() {
		if _, err := kql.Compile(text, eventsOnly{}, kql.Options{Now: now}); err != nil {
			b.Fatal(err)
		}
	}
}

// atRunTime tells whether an error is one of the values, which SQL can have
// for valid statements: numbers that overflow, or too much memory.
func atRunTime(err error) bool {
	for _, kind := range []string{"Out of Range Error", "Conversion Error", "Out of Memory Error", "Invalid Input Error"} {
		if strings.Contains(err.Error(), kind) {
			return true
		}
	}
	return false
}
