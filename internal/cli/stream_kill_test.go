package cli_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
)

// TestStreamKill sends events of 2 KB through a hub into a store, each in a
// process of its own, and kills both in turn with SIGKILL at random moments.
// In the end every event must be in the store once. NEPHOSCOPE_KILL_ROUNDS sets
// how often each is killed, NEPHOSCOPE_KILL_EVENTS the number of events.
func TestStreamKill(t *testing.T) {
	rounds, events := 4, 20_000
	if testing.Short() {
		rounds, events = 1, 2_000
	}
	rounds, events = setting(t, "NEPHOSCOPE_KILL_ROUNDS", rounds), setting(t, "NEPHOSCOPE_KILL_EVENTS", events)
	s := newStream(t)
	s.read(t)
	sent := make(chan error, 1)
	go func() { sent <- send(t.Context(), s.producer(t), numbered(events)) }()
	dice := rand.New(rand.NewPCG(2, uint64(time.Now().UnixNano())))
	for range rounds {
		for _, p := range []*process{s.hub, s.serve} {
			time.Sleep(time.Duration(dice.IntN(2000)) * time.Millisecond) // how long it lives is the test's dice
			p.kill(t)
			p.start(t)
		}
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	s.drain(t)
	s.serve.stop(t)
	s.hub.stop(t)
	rows, different, least, most := s.numbers(t)
	if want := int64(events); rows != want || different != want || least != 0 || most != want-1 {
		t.Errorf("got %d rows, %d different events from %d to %d, want each of %d once", rows, different, least, most, want)
	}
	t.Logf("%d events, hub and source killed %d times each", events, rounds)
}

// setting reads a number from the environment.
func setting(t testing.TB, name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// numbered yields that many events of 2 KB, each with its number for a
// correlation id.
func numbered(events int) iter.Seq[[]byte] {
	filler := strings.Repeat("abcdefghijklmnopqrstuvwxyz012345", 50)
	return func(yield func([]byte) bool) {
		for i := range events {
			body := fmt.Appendf(nil, `{"records":[{"time":"2026-03-12T10:00:00.0000000Z","resourceId":"/SUBSCRIPTIONS/A/RESOURCEGROUPS/B",`+
				`"operationName":"MICROSOFT.RESOURCES/SUBSCRIPTIONS/RESOURCEGROUPS/WRITE","category":"Administrative","resultType":"Success",`+
				`"resultSignature":"Succeeded.OK","durationMs":"0","callerIpAddress":"192.0.2.1","correlationId":"%d","level":"Informational",`+
				`"properties":{"message":%q}}]}`, i, filler)
			if !yield(body) {
				return
			}
		}
	}
}

// numbers says which events are in the store.
func (s *stream) numbers(t *testing.T) (rows, different, least, most int64) {
	t.Helper()
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	st, err := duck.Open(t.Context(), filepath.Join(s.dir, "store"), duck.Options{Catalog: catalog})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	column := func(name string) schema.Column { return schema.Column{Name: name, Type: schema.Long} }
	cursor, err := st.Query(t.Context(), store.Statement{
		SQL:     `SELECT count(*), count(DISTINCT "CorrelationId"), min(CAST("CorrelationId" AS BIGINT)), max(CAST("CorrelationId" AS BIGINT)) FROM "AzureActivity"`,
		Columns: []schema.Column{column("rows"), column("different"), column("least"), column("most")},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cursor.Close() }()
	row, err := cursor.Next()
	if err != nil || row == nil {
		t.Fatalf("count: %v, %v", row, err)
	}
	return row[0].(int64), row[1].(int64), row[2].(int64), row[3].(int64)
}
