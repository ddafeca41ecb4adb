package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/tables"
)

var now = time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)

// memory is a store that keeps what matters here: ids, positions and texts.
type memory struct {
	mu        sync.Mutex
	positions map[string]string
	ids       map[schema.ID]bool
	rows      map[string][]string // by table: TimeGenerated and all text
	commits   int
	fail      error
}

func newMemory() *memory {
	return &memory{positions: map[string]string{}, ids: map[schema.ID]bool{}, rows: map[string][]string{}}
}

func (m *memory) Commit(_ context.Context, b *store.Batch) (store.Result, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return store.Result{}, m.fail
	}
	moved := maps.Clone(m.positions)
	for _, p := range b.Positions {
		if stored := moved[p.Partition]; stored != p.From {
			return store.Result{}, &store.PositionError{Position: p, Stored: stored}
		}
		moved[p.Partition] = p.To
	}
	m.positions = moved
	result := store.Result{Committed: map[string]int{}, Duplicate: map[string]int{}}
	for _, rows := range b.Rows {
		for i, id := range rows.IDs {
			if m.ids[id] {
				result.Duplicate[rows.Table.Name]++
				continue
			}
			m.ids[id] = true
			result.Committed[rows.Table.Name]++
			m.rows[rows.Table.Name] = append(m.rows[rows.Table.Name], textOf(rows, i))
		}
	}
	m.commits++
	return result, nil
}

// textOf joins the time and the textual cells of a row.
func textOf(rows *schema.Rows, i int) string {
	var b strings.Builder
	for c := range rows.Columns {
		v := &rows.Columns[c]
		switch {
		case rows.Table.Columns[c].Name == "TimeGenerated":
			b.WriteString(schema.DatetimeValue(v.Ints[i]).String())
		case len(v.Ends) > 0:
			b.WriteString(" " + string(v.Bytes(i)))
		}
	}
	return b.String()
}

func conveyor(t testing.TB, st Committer, opt Options) *Conveyor {
	t.Helper()
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	opt.Now = func() time.Time { return now }
	c, err := New(st, catalog, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func batch(from, to string, bodies ...string) *event.Batch {
	b := &event.Batch{Position: event.Position{Source: "test", Partition: "p", From: from, To: to}}
	for _, body := range bodies {
		b.Messages = append(b.Messages, event.Message{Body: []byte(body), Format: event.FormatAuto})
	}
	return b
}

func deliver(t testing.TB, c *Conveyor, b *event.Batch) (event.Counts, error) {
	t.Helper()
	wait, err := c.Deliver(t.Context(), b)
	if err != nil {
		return event.Counts{}, err
	}
	return wait()
}

// record returns a hub record of the resource group named group.
func record(group string) string {
	return `{"time":"2026-05-04T07:00:00.1234567Z","resourceId":"/SUBSCRIPTIONS/11111111-2222-3333-4444-555555555555/RESOURCEGROUPS/` + group +
		`","operationName":"MICROSOFT.RESOURCES/SUBSCRIPTIONS/RESOURCEGROUPS/WRITE","category":"Administrative","resultType":"Success","correlationId":"` + group + `"}`
}

func TestEveryRecordBecomesOneRow(t *testing.T) {
	m := newMemory()
	c := conveyor(t, m, Options{})
	signIn := `{"time":"2026-05-04T07:00:00Z","category":"SignInLogs","operationName":"Sign-in activity"}`
	got, err := deliver(t, c, batch("", "1",
		`{"records":[`+record("a")+`,`+record("b")+`,`+record("a")+`]}`, signIn, `{"records":[`+record("c")+`,{"time": oops},`+record("d")+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := event.Counts{Read: 7, Committed: 4, Duplicate: 1, Quarantined: 2}
	if got.Read != want.Read || got.Committed != want.Committed || got.Duplicate != want.Duplicate || got.Quarantined != want.Quarantined {
		t.Errorf("got %+v, want %+v", got, want)
	}
	held := strings.Join(m.rows["Quarantine"], "\n")
	for _, part := range []string{"unrouted", "syntax", "SignInLogs", "oops"} {
		if !strings.Contains(held, part) {
			t.Errorf("quarantine has no %q:\n%s", part, held)
		}
	}
}

func TestMissingTimeIsTheTimeOfArrival(t *testing.T) {
	m := newMemory()
	c := conveyor(t, m, Options{})
	timeless := strings.Replace(record("a"), `"time":"2026-05-04T07:00:00.1234567Z",`, "", 1)
	if _, err := deliver(t, c, batch("", "1", timeless)); err != nil {
		t.Fatal(err)
	}
	row := strings.Join(m.rows["AzureActivity"], "")
	if want := "2026-05-04T08:00:00.0000000Z"; !strings.Contains(row, want) {
		t.Errorf("row is %q, want it to have %q", row, want)
	}
}

func TestCompletedRecordLeavesQuarantine(t *testing.T) {
	m := newMemory()
	c := conveyor(t, m, Options{})
	half := record("a")[:80]
	b := batch("", "1", half)
	b.Path = "exports/PT1H.json"
	got, err := deliver(t, c, b)
	if err != nil || got.Quarantined != 1 {
		t.Fatalf("half a record: got %+v, %v, want one in quarantine", got, err)
	}
	b = batch("1", "2", half, record("a"))
	b.Messages[0].Completed = true
	got, err = deliver(t, c, b)
	if err != nil || got.Read != 1 || got.Committed != 1 || got.Quarantined != 0 || got.Duplicate != 0 {
		t.Errorf("the rest: got %+v, %v, want one row and nothing else", got, err)
	}
	held := m.rows["Quarantine"]
	if len(held) != 2 || !strings.Contains(held[0], "Held") || !strings.Contains(held[0], "exports/PT1H.json") || !strings.Contains(held[1], "Replayed") {
		t.Errorf("quarantine has %q, want a row Held with its path and a row Replayed", held)
	}
}

func TestReplayOfARowHasItsHeader(t *testing.T) {
	m := newMemory()
	header, row := "TimeGenerated,OperationNameValue,CorrelationId\n", "2026-05-04T07:00:00Z,A/B/WRITE,c-9"
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReplayer(m, catalog, Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Replay(t.Context(), []tables.QuarantineEntry{
		{Source: "file", Partition: "p", Index: 4, Offset: 400, Format: "hub", Reason: "syntax", Raw: []byte(row), Header: header},
		{Source: "file", Partition: "p", Index: 5, Offset: 500, Format: "rest", Reason: "unrouted", Raw: []byte(`{"records":[` + record("a") + `]}`)},
		{Source: "file", Partition: "p", Index: 6, Offset: 900, Reason: "syntax", Raw: []byte(row)},
	})
	if want := (Replayed{Tried: 3, Replayed: 2, Held: 1}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if text := strings.Join(m.rows["AzureActivity"], "\n"); !strings.Contains(text, "c-9") || !strings.Contains(text, "2026-05-04T07:00:00") {
		t.Errorf("rows are %q, want one of c-9 with its time", text)
	}
}

func TestOrderIsKeptWhileDeliveriesOverlap(t *testing.T) {
	m := newMemory()
	c := conveyor(t, m, Options{})
	var waits []event.Wait
	for i := range 50 {
		b := batch(position(i), position(i+1), record(fmt.Sprint("g", i)))
		wait, err := c.Deliver(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		clear(b.Messages[0].Body) // it is the source's again
		waits = append(waits, wait)
	}
	for i, wait := range waits {
		if _, err := wait(); err != nil {
			t.Fatalf("batch %d: %v", i, err)
		}
	}
	for i, row := range m.rows["AzureActivity"] {
		if want := fmt.Sprint("g", i); !strings.Contains(strings.ToLower(row), want) {
			t.Fatalf("row %d is %q, want it to be of %s", i, row, want)
		}
	}
}

func position(i int) string {
	if i == 0 {
		return ""
	}
	return fmt.Sprint(i)
}

func TestFailedCommitIsReportedAndDoesNotBlock(t *testing.T) {
	m := newMemory()
	c := conveyor(t, m, Options{})
	m.fail = errors.New("disk full")
	if _, err := deliver(t, c, batch("", "1", record("a"))); !errors.Is(err, m.fail) {
		t.Fatalf("got %v, want %v", err, m.fail)
	}
	m.fail = nil
	got, err := deliver(t, c, batch("", "1", record("a")))
	if err != nil || got.Committed != 1 {
		t.Errorf("after the failure: got %+v, %v, want one row", got, err)
	}
	var wrong *store.PositionError
	if _, err := deliver(t, c, batch("", "2", record("b"))); !errors.As(err, &wrong) {
		t.Errorf("replay: got %v, want a *store.PositionError", err)
	}
}

func TestCancelledDeliveryReturns(t *testing.T) {
	c := conveyor(t, newMemory(), Options{Room: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 5 {
		if _, err := c.Deliver(ctx, batch("", "1", record("a"))); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	}
}

func TestMetricsCount(t *testing.T) {
	registry := prometheus.NewRegistry()
	m, err := NewMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	c := conveyor(t, newMemory(), Options{Metrics: m})
	if _, err := deliver(t, c, batch("", "1", record("a"), record("a"), `[1]`)); err != nil {
		t.Fatal(err)
	}
	page := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`nephoscope_records_read_total{source="test"} 3`,
		`nephoscope_rows_committed_total{table="AzureActivity"} 1`,
		`nephoscope_rows_duplicate_total{table="AzureActivity"} 1`,
		`nephoscope_records_quarantined_total{reason="not_object"} 1`,
		`nephoscope_commit_seconds_count 1`,
	} {
		if !strings.Contains(page.Body.String(), want+"\n") {
			t.Errorf("metrics have no line %q:\n%s", want, page.Body)
		}
	}
}
