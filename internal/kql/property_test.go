package kql_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
)

// What makes a query faster must not change its answer: these tests ask
// thousands of queries twice.

// daysOfEvents is a store whose rows arrived on several days, most of them on
// the day that they tell of and some days later.
func daysOfEvents(t *testing.T, opt duck.Options) *duck.Store {
	t.Helper()
	const days, rowsADay = 5, 60
	dice := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same rows each time
	day := 0
	opt.Catalog = eventsOnly{}
	opt.Now = func() time.Time { return start.Time().AddDate(0, 0, day) }
	db, err := duck.Open(context.Background(), t.TempDir(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	for ; day < days; day++ {
		rows := schema.NewRows(events)
		for i := range rowsADay {
			happened := day
			if dice.IntN(8) == 0 {
				happened = dice.IntN(day + 1)
			}
			e := event{"TimeGenerated": start + schema.DatetimeValue(happened)*schema.TicksPerDay + schema.DatetimeValue(dice.Int64N(schema.TicksPerDay))}
			for name, v := range eventRows[dice.IntN(len(eventRows))] {
				e[name] = v
			}
			if dice.IntN(3) == 0 {
				e["Bytes"] = dice.Int64N(50)
			}
			for name, v := range e {
				if err := rows.Set(name, v); err != nil {
					t.Fatal(err)
				}
			}
			var id schema.ID
			binary.BigEndian.PutUint64(id[8:], uint64(day*rowsADay+i+1))
			rows.End(id)
		}
		if _, err := db.Commit(context.Background(), &store.Batch{Rows: []*schema.Rows{rows}}); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// TestFasterIsTheSame compares plans as they are bound with those from which
// columns and files are left out. What a query cannot answer, because of the
// values that it finds, it says in the same words both ways.
func TestFasterIsTheSame(t *testing.T) {
	db := daysOfEvents(t, duck.Options{})
	opt := kql.Options{Now: start + 4*schema.TicksPerDay}
	asWritten := opt
	asWritten.AsWritten = true
	same, refused := 0, 0
	for _, text := range askedQueries(t) {
		plain, wrong := sortedAnswer(db, text, asWritten)
		fast, err := sortedAnswer(db, text, opt)
		var late kql.Errors
		switch {
		case errors.As(wrong, &late) && err != nil && err.Error() == wrong.Error():
			refused++
		case wrong != nil || err != nil:
			t.Errorf("as written: %v\nfaster: %v\n%s", wrong, err, text)
		case !slices.Equal(plain, fast):
			t.Errorf("%d rows as written, %d rows\n%s\n%s\n%s", len(plain), len(fast), text, firstOther(plain, fast), firstOther(fast, plain))
		default:
			same++
		}
	}
	t.Logf("%d queries gave the same answer, %d the same error", same, refused)
}

// A listener hears what the store is asked.
type listener struct {
	kql.Querier
	heard store.Statement
}

func (l *listener) Query(ctx context.Context, s store.Statement) (store.Cursor, error) {
	l.heard = s
	return l.Querier.Query(ctx, s)
}

// TestSequencesAreTold tells which conditions let the store leave files out.
func TestSequencesAreTold(t *testing.T) {
	l := &listener{Querier: daysOfEvents(t, duck.Options{})}
	for text, want := range map[string]int64{
		"Events | where _Sequence > 130":                                                          130,
		"Events | where _Sequence >= 130 and Bytes > 5 | summarize count()":                       129,
		"Events | where _Sequence == 130":                                                         129,
		"Events | project _Sequence, Bytes | where _Sequence > 130":                               130,
		"union (Events | where _Sequence > 130), (Events | where _Sequence > 70 | take 2)":        70,
		"Events | where _Sequence > 130 | join kind=inner (Events | where _Sequence > 9) on Name": 9,
		"Events | where _Sequence > 130 or Bytes > 5":                                             0,
		"Events | summarize n = max(_Sequence) by Name | where n > 130":                           0,
		"Events | take 100 | where _Sequence > 130":                                               0,
		"Events | where _Sequence < 130":                                                          0,
	} {
		q, err := kql.Compile(text, eventsOnly{}, kql.Options{Now: now})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if _, err := exhaust(q, l); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
		if got := l.heard.After["Events"]; got != want {
			t.Errorf("got rows after %d, want after %d\n%s", got, want, text)
		}
	}
}

// TestBatchesOfAnySize compares the answers of stores that hand rows to Go's
// operators in pages of different sizes.
func TestBatchesOfAnySize(t *testing.T) {
	sizes := []int{8192, 1, 7, 64}
	stores := make([]*duck.Store, len(sizes))
	for i, n := range sizes {
		stores[i] = daysOfEvents(t, duck.Options{StageRows: n})
	}
	opt := kql.Options{Now: now, External: func(context.Context, string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("a,1\nb,2\nc,3\n")), nil
	}}
	for _, text := range stageQueries {
		want, err := sortedAnswer(stores[0], text, opt)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		if len(want) == 0 {
			t.Errorf("returns nothing:\n%s", text)
		}
		for i, db := range stores[1:] {
			got, err := sortedAnswer(db, text, opt)
			if err != nil {
				t.Errorf("pages of %d: %v\n%s", sizes[i+1], err, text)
			} else if !slices.Equal(got, want) {
				t.Errorf("pages of %d: %d rows, want %d\n%s", sizes[i+1], len(got), len(want), text)
			}
		}
	}
}

// stageQueries use what runs in Go between two statements, each operator of it
// once at least.
var stageQueries = []string{
	"Events | where isnotempty(Name) | reduce by Name with threshold=0.05",
	"Events | reduce kind=source by Name | summarize count() by Pattern",
	"Events | sort by TimeGenerated asc, _ItemId asc | scan declare (total:long=0) with (step s: true => total = total + coalesce(Bytes, 0);) | project TimeGenerated, total",
	"Events | sort by TimeGenerated asc, _ItemId asc | scan with_match_id=m with (step a: Name =~ 'create'; step b: Status == 'Failed' and TimeGenerated - a.TimeGenerated < 1d;) | summarize count() by m",
	"Events | sort by TimeGenerated asc, _ItemId asc | extend s = row_window_session(TimeGenerated, 1h, 10m) | summarize count() by s",
	"Events | project Name, Status, Ok | evaluate basket(0.1)",
	"Events | where isnotempty(Name) | make-graph Name --> Status with_node_id=n | graph-mark-components | graph-to-table nodes | summarize make_set(n) by ComponentId",
	"Events | project Name, Status, Ok | evaluate autocluster(0.6)",
	"externaldata (Name:string, n:long) ['https://example.org/list.csv'] | join kind=rightouter (Events | project Name = substring(Name, 3, 1), Bytes) on Name | summarize count() by n",
}

// sortedAnswer runs a query and returns its rows as texts, sorted.
func sortedAnswer(db *duck.Store, text string, opt kql.Options) ([]string, error) {
	q, err := kql.Compile(text, eventsOnly{}, opt)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cur, err := q.Run(ctx, db)
	if err != nil {
		return nil, err
	}
	defer func() { _ = cur.Close() }() // only read
	var rows [][]any
	for {
		row, err := cur.Next()
		if err != nil {
			return nil, err
		}
		if row == nil {
			return sortedTexts(rows), nil
		}
		rows = append(rows, row)
	}
}

// askedQueries are the golden ones that run and have one answer only, and some
// that are put together at random.
func askedQueries(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	var list []string
	for _, path := range files {
		for _, c := range readGolden(t, path) {
			if _, err := kql.Compile(c.query, eventsOnly{}, kql.Options{Now: now}); err == nil && hasOneAnswer(c.query) {
				list = append(list, c.query)
			}
		}
	}
	g := &queries{rand.New(rand.NewPCG(3, 4))} //nolint:gosec // the same queries each time
	for range 600 {
		list = append(list, g.query())
	}
	return list
}

// hasOneAnswer tells whether a query may not return one rows or others.
func hasOneAnswer(text string) bool {
	for _, word := range []string{"sample", "take", "limit", "top ", "any(", "rand(", "row_", "prev(", "next(", "innerunique", "new_guid", "partition", "scan"} {
		if strings.Contains(text, word) {
			return false
		}
	}
	return !strings.Contains(text, "join") || strings.Contains(text, "kind")
}

// queries makes up queries over Events.
type queries struct{ *rand.Rand }

func (g *queries) one(of ...string) string { return of[g.IntN(len(of))] }

func (g *queries) query() string {
	switch g.IntN(4) {
	case 0:
		return "let T = " + g.one("materialize(", "(") + g.pipe(2) + ");\nT | union (T" + g.filter() + ")" + g.end()
	case 1:
		return g.pipe(2) + "\n| join kind=" + g.one("inner", "leftouter", "rightouter", "fullouter", "leftanti", "leftsemi", "rightanti", "rightsemi") +
			" (" + g.pipe(2) + ") on " + g.one("Name", "Status", "$left.Name == $right.Status") + g.filter() + g.end()
	case 2:
		return "union withsource=From (" + g.pipe(2) + "), (" + g.pipe(1) + ")" + g.filter() + g.end()
	}
	return g.pipe(4) + g.end()
}

// pipe is a table with some operators; Name, Status and TimeGenerated stay.
func (g *queries) pipe(most int) string {
	text := "Events"
	for range g.IntN(most + 1) {
		text += g.operator()
	}
	return text
}

func (g *queries) filter() string {
	return "\n| where TimeGenerated " + g.one("> ago(1d)", "< ago(2d)", ">= ago(3d)", "between (ago(3d) .. ago(1d))", "== ago(1d)", "<= now()", "> startofday(ago(2d))")
}

func (g *queries) operator() string {
	switch g.IntN(9) {
	case 0, 1, 2:
		return g.filter()
	case 3:
		return "\n| where " + g.one("Name has 'create'", "Status == 'Failed'", "isnotempty(Props.user)", "Bytes > 20 and "+"TimeGenerated > ago(2d)", "_Sequence > 130 and isnotempty(Status)", "_Sequence between (90 .. 200)", "Name in ((Events | where TimeGenerated < ago(3d) | project Name))")
	case 4:
		return "\n| extend X" + fmt.Sprint(g.IntN(3)) + " = " + g.one("Bytes * 2", "tostring(Props.user)", "bin(TimeGenerated, 1d)", "strlen(Name)", "toscalar(Events | where TimeGenerated > ago(1d) | count)")
	case 5:
		return "\n| project TimeGenerated, Name, Status, Bytes, Props, User = tostring(Props.user)"
	case 6:
		return "\n| mv-expand Tag = Props.tags"
	case 7:
		return "\n| sort by TimeGenerated asc, Name asc, Status asc, Bytes asc, tostring(Props) asc | extend N = row_number()"
	}
	return "\n| summarize Bytes = sum(Bytes), Props = make_bag(dynamic({})) by TimeGenerated, Name, Status"
}

func (g *queries) end() string {
	return g.one("", "\n| count", "\n| summarize count(), max(TimeGenerated) by Name", "\n| summarize n = count() by Status | project n", "\n| distinct Name", "\n| project Name", "\n| where TimeGenerated > ago(2d) | summarize dcount(Name)")
}
