package duck_test

import (
	"context"
	"testing"
	"time"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/store/storetest"
)

// arrivals commits one fact a day, which tells of the day itself but for the
// third, which tells of the first.
func arrivals(tb testing.TB, days int) *duck.Store {
	tb.Helper()
	now := day1
	s, err := duck.Open(context.Background(), tb.TempDir(), duck.Options{Catalog: storetest.Catalog{facts()}, Now: func() time.Time { return now }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	for i := range days {
		now = day1.AddDate(0, 0, i)
		happened := now
		if i == 2 {
			happened = day1
		}
		r := schema.NewRows(facts())
		r.SetInt(0, int64(schema.DatetimeOf(happened)))
		r.End(schema.ID{15: byte(i + 1)})
		if _, err := s.Commit(context.Background(), &store.Batch{Rows: []*schema.Rows{r}}); err != nil {
			tb.Fatal(err)
		}
	}
	return s
}

// within counts the facts that a statement sees which asks for no rows outside
// of a span.
func within(tb testing.TB, s *duck.Store, spans map[string]store.Span) int64 {
	tb.Helper()
	return seen(tb, s, store.Statement{Within: spans})
}

// seen counts the facts that a statement sees.
func seen(tb testing.TB, s *duck.Store, st store.Statement) int64 {
	tb.Helper()
	st.SQL, st.Columns = `SELECT count(*) FROM "Facts"`, []schema.Column{{Name: "n", Type: schema.Long}}
	cur, err := s.Query(context.Background(), st)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = cur.Close() }() // only read
	row, err := cur.Next()
	if err != nil {
		tb.Fatal(err)
	}
	return row[0].(int64)
}

func dayOf(n int) store.Span {
	from := schema.DatetimeOf(day1.AddDate(0, 0, n).Truncate(24 * time.Hour))
	return store.Span{From: from, To: from + schema.TicksPerDay - 1}
}

// TestFilesOutsideOfASpanAreNotRead counts rows without a condition, so that
// only what is left out can make a difference.
func TestFilesOutsideOfASpanAreNotRead(t *testing.T) {
	s := arrivals(t, 6)
	for _, c := range []struct {
		name string
		span map[string]store.Span
		want int64
	}{
		{"no span", nil, 6},
		{"another table's", map[string]store.Span{"Other": dayOf(1)}, 6},
		{"one day and the newest file", map[string]store.Span{"Facts": dayOf(1)}, 2},
		{"a day of which a late file tells, too", map[string]store.Span{"Facts": dayOf(0)}, 3},
		{"several days", map[string]store.Span{"Facts": {From: dayOf(1).From, To: dayOf(4).To}}, 4},
		{"an empty span", map[string]store.Span{"Facts": {From: 2, To: 1}}, 1},
		{"everything", map[string]store.Span{"Facts": {From: 0, To: schema.MaxDatetime}}, 6},
	} {
		if got := within(t, s, c.span); got != c.want {
			t.Errorf("%s: %d rows are seen, want %d", c.name, got, c.want)
		}
	}
}

// TestFilesBehindASequenceAreNotRead: the facts have the sequences from the
// first one's on, one in each file.
func TestFilesBehindASequenceAreNotRead(t *testing.T) {
	s := arrivals(t, 6)
	first := firstSequence(t, s)
	for _, c := range []struct {
		name string
		st   store.Statement
		want int64
	}{
		{"another table's", store.Statement{After: map[string]int64{"Other": first + 3}}, 6},
		{"before the first", store.Statement{After: map[string]int64{"Facts": first - 1}}, 6},
		{"after the first", store.Statement{After: map[string]int64{"Facts": first}}, 5},
		{"after the fourth", store.Statement{After: map[string]int64{"Facts": first + 3}}, 2},
		{"after the last, and the newest file", store.Statement{After: map[string]int64{"Facts": first + 5}}, 1},
		{"with a span", store.Statement{After: map[string]int64{"Facts": first}, Within: map[string]store.Span{"Facts": dayOf(0)}}, 2},
	} {
		if got := seen(t, s, c.st); got != c.want {
			t.Errorf("%s: %d rows are seen, want %d", c.name, got, c.want)
		}
	}
}

func firstSequence(t *testing.T, s *duck.Store) int64 {
	t.Helper()
	cur, err := s.Query(context.Background(), store.Statement{
		SQL: `SELECT min("_Sequence") FROM "Facts"`, Columns: []schema.Column{{Name: "n", Type: schema.Long}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cur.Close() }() // only read
	row, err := cur.Next()
	if err != nil {
		t.Fatal(err)
	}
	return row[0].(int64)
}

// BenchmarkFollow asks a table of ninety files for what is new, with and
// without saying behind which sequence.
func BenchmarkFollow(b *testing.B) {
	s := arrivals(b, 90)
	for name, after := range map[string]map[string]int64{"all": nil, "after": {"Facts": 1 << 40}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				seen(b, s, store.Statement{After: after})
			}
		})
	}
}

// BenchmarkDays asks a table of ninety files, with and without saying that one
// day is enough.
func BenchmarkDays(b *testing.B) {
	s := arrivals(b, 90)
	for name, spans := range map[string]map[string]store.Span{"all": nil, "one day": {"Facts": dayOf(40)}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				within(b, s, spans)
			}
		})
	}
}
