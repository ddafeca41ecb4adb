package kql_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
	"nephoscope/internal/store/duck"
)

// schedules are runs over the days of daysOfEvents: windows side by side,
// overlapping, with gaps between, and delayed.
func schedules() map[string]kql.Runs {
	const h = schema.TimespanValue(schema.TicksPerHour)
	of := func(every, period, delay schema.TimespanValue) kql.Runs {
		first := (start.Add(2*h) + schema.DatetimeValue(every) - 1) / schema.DatetimeValue(every) * schema.DatetimeValue(every)
		return kql.Runs{First: first, Last: first.Add(5 * 24 * h / every * every), Every: every, Period: period, Delay: delay}
	}
	return map[string]kql.Runs{
		"side by side": of(12*h, 12*h, 0), "overlapping": of(12*h, 31*h, 0),
		"gaps": of(12*h, 5*h, 0), "delayed": of(12*h, 12*h, h), "long and delayed": of(24*h, 72*h, h),
	}
}

// TestRunsAtOnceAreRunsOneByOne asks hundreds of queries for many windows at
// once and window by window; each schedule has its share of them.
func TestRunsAtOnceAreRunsOneByOne(t *testing.T) {
	db := daysOfEvents(t, duck.Options{})
	asked := askedQueries(t)
	shift := 0
	for name, runs := range schedules() {
		shift++
		t.Run(name, func(t *testing.T) {
			same, apart := 0, 0
			list := slices.Clone(runQueries)
			for i := shift; i < len(asked); i += 5 {
				list = append(list, asked[i])
			}
			for _, text := range list {
				if strings.Contains(text, "make_list") {
					continue // in any order
				}
				switch err := compareRuns(t, db, text, runs); {
				case errors.Is(err, kql.ErrApart):
					apart++
				case err != nil:
					t.Errorf("%v\n%s", err, text)
				default:
					same++
				}
			}
			t.Logf("%d queries gave the same answers, %d can only be asked window by window", same, apart)
			if same < 50 {
				t.Errorf("got %d queries that could be compared, want 50", same)
			}
		})
	}
}

// runQueries must be answered for all runs at once.
var runQueries = []string{
	"Events | where Status == 'Failed' | summarize arg_max(TimeGenerated, Bytes) by Name | project TimeGenerated, Name, Bytes",
	"let w = Events | where isnotempty(Name); let f = w | where TimeGenerated > ago(5h); f | join kind=leftanti (w | where TimeGenerated <= ago(5h) | distinct Name) on Name | extend Age = now() - TimeGenerated",
	"let w = Events | summarize n = count() by Name; w | join kind=inner (w | where n > 1 | summarize total = sum(n) by Name) on Name | sort by n desc",
	"Events | where Name in ((Events | where Status == 'Failed' | project Name)) | project Name, Status",
	"Events | where Name !in~ ((Events | where TimeGenerated < ago(7h) | project Name)) | project Name, now()",
	"Events | where Bytes in ((Events | where TimeGenerated < ago(7h) | project Bytes)) | count",
	"union (Events | project Name, Status), (Events | where TimeGenerated > ago(3h) | summarize count() by Name)",
	"Events | mv-expand t = Props.tags | summarize count() by tostring(t)",
	"Events | summarize n = count() | where n > 20",
	"Events | lookup (datatable(Name:string, Why:string)['create', 'because']) on Name | project Name, Why",
	"datatable(Name:string)['create', 'delete'] | join kind=inner Events on Name | project Name, Status",
	"let w = Events | where isnotempty(Name); w | where TimeGenerated > ago(5h) | where toscalar(w | where TimeGenerated < ago(5h) | count) >= 2 | project Name, n = toscalar(w | summarize max(Bytes) | project b = max_Bytes + 1)",
	"let w = Events | summarize n = count() by Name, Status; w | where n > toscalar(w | summarize avg(n)) | extend least = toscalar(Events | where Status == 'Failed' | summarize min(TimeGenerated))",
	"Events | where Name in ((Events | where Bytes > toscalar(Events | summarize avg(Bytes)) | project Name)) | summarize count() by Name",
	"Events | where Bytes > toscalar(Events | summarize avg(Bytes))",
	"Events | where TimeGenerated between (ago(4h) .. ago(1h)) and Bytes > 1 | join kind=leftanti (Events | where now() - 2h > TimeGenerated) on Name | project Name, TimeGenerated",
	"let w = Events | extend At = TimeGenerated; w | where ago(90m) <= TimeGenerated | where At < now(-30m) | summarize count() by Name",
	"Events | distinct Name, Status | summarize dcount(Status) by Name",
}

func TestRunsThatMustBeOneByOne(t *testing.T) {
	runs := schedules()["overlapping"]
	for _, text := range []string{
		"Events | take 5", "Events | top 3 by Bytes", "Events | sort by TimeGenerated asc | extend n = row_number()",
		"Events | where Bytes > toscalar(Events | project Bytes)", "Events | summarize n = sum(Bytes) / toscalar(Events | count) by Name", "print now()", "datatable(a:long)[1]",
		"datatable(Name:string)['a'] | join kind=leftouter Events on Name", "Events | join kind=fullouter Events on Name",
		"Events | extend k = 1 | join kind=leftouter (Events | where Bytes > 4 | summarize n = count() | extend k = 1) on k",
		"Events | summarize n = count() | extend at = now()", "Events | summarize n = count(), at = now()",
		"union Events, (print Name = 'a')", "Events | make-series n = count() on TimeGenerated from ago(1d) to now() step 1h",
	} {
		_, err := kql.Compile(text, eventsOnly{}, kql.Options{Now: now, Runs: &runs})
		if !errors.Is(err, kql.ErrApart) {
			t.Errorf("got error %v, want that it can only be asked window by window\n%s", err, text)
		}
	}
	for _, text := range runQueries {
		if _, err := kql.Compile(text, eventsOnly{}, kql.Options{Now: now, Runs: &runs}); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
}

// compareRuns returns an error that tells where the answers differ.
func compareRuns(t *testing.T, db *duck.Store, text string, runs kql.Runs) error {
	t.Helper()
	all, err := kql.Compile(text, eventsOnly{}, kql.Options{Now: now, Runs: &runs})
	if err != nil {
		return err
	}
	got, order, err := byRun(t.Context(), db, all)
	if err != nil {
		return errors.Join(err, errors.New(all.SQL))
	}
	if !slices.IsSorted(order) {
		return errors.New("the runs are not in order")
	}
	for at := runs.First; at <= runs.Last; at = at.Add(runs.Every) {
		end := at.Add(-runs.Delay)
		want, err := sortedAnswer(db, text, kql.Options{Now: at, Window: &kql.Window{From: max(0, end.Add(-runs.Period)+1), To: end + 1}})
		if err != nil {
			return err
		}
		rows := sortedTexts(got[at])
		if len(rows) == 0 && len(want) > 0 {
			if rows, err = sortedAnswer(db, text, kql.Options{Now: at, Window: &kql.Window{From: 0, To: 1}}); err != nil {
				return err
			}
		}
		if !slices.Equal(rows, want) {
			return errors.New("run of " + at.String() + ":\ngot  " + firstOther(rows, want) + "\nwant " + firstOther(want, rows) + "\n" + all.SQL)
		}
	}
	return nil
}

// byRun reads rows and the time of the run that each ends with.
func byRun(ctx context.Context, db *duck.Store, q *kql.Query) (map[schema.DatetimeValue][][]any, []schema.DatetimeValue, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cur, err := q.Run(ctx, db)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = cur.Close() }() // only read
	rows, order := map[schema.DatetimeValue][][]any{}, []schema.DatetimeValue(nil)
	for {
		row, err := cur.Next()
		if err != nil || row == nil {
			return rows, order, err
		}
		at, _ := row[len(row)-1].(schema.DatetimeValue)
		rows[at] = append(rows[at], row[:len(row)-1])
		order = append(order, at)
	}
}

// BenchmarkCompileRuns tells what making the plan of many windows costs.
func BenchmarkCompileRuns(b *testing.B) {
	runs := schedules()["overlapping"]
	text := runQueries[1]
	for b.Loop() {
		if _, err := kql.Compile(text, eventsOnly{}, kql.Options{Now: now, Runs: &runs}); err != nil {
			b.Fatal(err)
		}
	}
}
