package cli_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/Azure/go-amqp"
	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/app"
	"nephoscope/internal/config"
	"nephoscope/internal/decode/decodetest"
	"nephoscope/internal/event"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/pipeline"
	"nephoscope/internal/store"
	"nephoscope/internal/tables"
)

// TestStreamPoison puts everything that breaks something in the middle of a
// stream of good messages: the decoder's awkward bodies, what is no JSON at
// all, bodies of every kind that AMQP has, and messages that the client library
// of the source cannot take apart. All records that there are must arrive, the
// rest must be in quarantine with its reason, and no partition may stay behind.
func TestStreamPoison(t *testing.T) {
	s := newStream(t)
	s.read(t)
	want := newExpected(t)
	s.publish(t, want.good(t, 0, 400))
	s.publish(t, want.awkward(t))
	s.publish(t, want.good(t, 400, 800))
	s.sendBare(t, want)
	s.publish(t, want.good(t, 800, 1200))
	s.drain(t)
	s.checkLag(t)
	s.serve.stop(t)
	want.check(t, filepath.Join(s.dir, "store"))
}

// publish sends each body as a message, to one partition after the other.
func (s *stream) publish(t testing.TB, bodies []string) {
	t.Helper()
	p := s.producer(t)
	for partition := range 4 {
		id := strconv.Itoa(partition)
		batch, err := p.NewEventDataBatch(t.Context(), &azeventhubs.EventDataBatchOptions{PartitionID: &id})
		if err != nil {
			t.Fatal(err)
		}
		for i := partition; i < len(bodies); i += 4 {
			if err := batch.AddEventData(&azeventhubs.EventData{Body: []byte(bodies[i])}, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.SendEventDataBatch(t.Context(), batch, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// sendBare sends what only a bare client can.
func (s *stream) sendBare(t *testing.T, want *expected) {
	t.Helper()
	login, err := access.ParseConnectionString(s.login)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, err := amqp.Dial(ctx, fmt.Sprintf("amqp://%s:%d", login.Host, login.Port), &amqp.ConnOptions{
		SASLType: amqp.SASLTypePlain(login.KeyName, login.Key),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	session, err := conn.NewSession(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	for partition := range 4 { // each of them has to get over all of it
		sender, err := session.NewSender(ctx, fmt.Sprintf("%s/Partitions/%d", streamHub, partition), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range want.bare(t, partition) {
			if err := sender.Send(ctx, m, nil); err != nil {
				t.Errorf("message %d: %v", i, err)
			}
		}
	}
}

// checkLag wants all partitions to be at their end, by the API and by metrics.
func (s *stream) checkLag(t *testing.T) {
	t.Helper()
	states := s.states()
	if len(states) != 1 || len(states[0].Partitions) != 4 {
		t.Fatalf("got sources %+v, want one with four partitions", states)
	}
	for _, p := range states[0].Partitions {
		if p.State != "running" || p.LagEvents == nil || *p.LagEvents != 0 || *p.LagSeconds != 0 {
			t.Errorf("partition %s: got %+v, want it running and without a lag", p.Partition, p)
		}
		if p.Missed != 3 {
			t.Errorf("partition %s: got %d events missed, want the 3 that no client for Go can read", p.Partition, p.Missed)
		}
	}
	text := s.metrics(t)
	for partition := range 4 {
		for _, metric := range []string{"lag_events", "lag_seconds"} {
			line := fmt.Sprintf("nephoscope_source_%s{partition=\"%d\",source=\"activity\"} 0\n", metric, partition)
			if !strings.Contains(text, line) {
				t.Errorf("metrics have no line %s", line)
			}
		}
	}
}

// metrics asks the server for them.
func (s *stream) metrics(t testing.TB) string {
	t.Helper()
	answer, err := http.Get("http://" + s.api + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// expected is what a store must hold in the end: it is told records, one by
// one, and what is to be refused.
type expected struct {
	conveyor *pipeline.Conveyor
	rows     map[string]string // the records by the _ItemId of their rows
	held     []string          // reason and bytes of what is in quarantine
	present  string            // the record that is mapped
}

func newExpected(t *testing.T) *expected {
	t.Helper()
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	e := &expected{rows: map[string]string{}}
	if e.conveyor, err = pipeline.New(e, catalog, pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.conveyor.Close)
	return e
}

// Commit implements pipeline.Committer.
func (e *expected) Commit(_ context.Context, b *store.Batch) (store.Result, error) {
	for _, rows := range b.Rows {
		for _, id := range rows.IDs {
			if rows.Table.Name == "Quarantine" { // no table has such records
				e.refuse("unrouted", e.present)
			} else {
				e.rows[id.String()] = e.present
			}
		}
	}
	return store.Result{}, nil
}

// record expects one record, as it is to be read, in its place.
func (e *expected) record(t testing.TB, text string) {
	t.Helper()
	e.present = text
	wait, err := e.conveyor.Deliver(t.Context(), &event.Batch{Messages: []event.Message{{Body: []byte(text)}}})
	if err != nil {
		t.Fatal(err)
	}
	if counts, err := wait(); err != nil || counts.Read != 1 {
		t.Fatalf("%q is %d records: %v", text, counts.Read, err)
	}
}

// refuse expects something in quarantine.
func (e *expected) refuse(reason, raw string) { e.held = append(e.held, reason+" "+raw) }

// good makes messages of one record each.
func (e *expected) good(t testing.TB, from, to int) (bodies []string) {
	t.Helper()
	for i := from; i < to; i++ {
		text := recordOf(fmt.Sprintf("good-%d", i))
		e.record(t, text)
		bodies = append(bodies, text)
	}
	return bodies
}

// recordOf is a record as Azure Monitor sends them.
func recordOf(name string) string {
	return fmt.Sprintf(`{"time":"2026-03-12T10:00:00Z","category":"Administrative","correlationId":%q}`, name)
}

// awkward are the bodies that break something, with records of their own each.
func (e *expected) awkward(t testing.TB) (bodies []string) {
	t.Helper()
	names := func(i int) []decodetest.Case {
		record := func(letter string) string { return recordOf(fmt.Sprintf("awkward-%d-%s", i, letter)) }
		return decodetest.Awkward(record("a"), record("b"), record("c"))
	}
	for i := range names(0) {
		c := names(i)[i]
		bodies = append(bodies, c.Body)
		for _, o := range c.Want {
			if o.What == "" || o.What == decodetest.Mended {
				e.record(t, o.Text)
			} else {
				e.refuse(o.What, o.Text)
			}
		}
	}
	for reason, poison := range map[string]string{"encoding": "\x1f\x8b\x08 no gzip", "syntax": strings.Repeat("{", 100_000)} {
		e.refuse(reason, poison)
		bodies = append(bodies, poison)
	}
	return append(bodies, "") // of which nothing is to come
}

// bare are messages with bodies other than one section of bytes.
func (e *expected) bare(t testing.TB, partition int) []*amqp.Message {
	t.Helper()
	name := func(i int) string { return fmt.Sprintf("bare-%d-%d", partition, i) }
	fields := func(i int) map[string]any {
		// As JSON writes it, by the keys' order.
		e.record(t, fmt.Sprintf(`{"category":"Administrative","correlationId":%q,"time":"2026-03-12T10:00:00Z"}`, name(i)))
		return map[string]any{"time": "2026-03-12T10:00:00Z", "category": "Administrative", "correlationId": name(i)}
	}
	for i := range 3 {
		e.record(t, recordOf(name(i)))
	}
	e.refuse("not_object", "7")
	for range 3 {
		e.refuse("encoding", "") // their bytes cannot be had
	}
	return []*amqp.Message{
		{Value: recordOf(name(0))},
		{Value: []byte(recordOf(name(1)))},
		{Data: [][]byte{[]byte(recordOf(name(2))[:10]), []byte(recordOf(name(2))[10:])}},
		{Value: fields(3)},
		{Value: map[string]any{"records": []any{fields(4), fields(5)}}},
		{Sequence: [][]any{{fields(6), fields(7)}, {fields(8)}}},
		{Value: int64(7)},
		{Data: [][]byte{{}}},
		{Header: &amqp.MessageHeader{Durable: true}}, // without a body
		unreadable(),
		{Value: fields(9)},
		unreadable(),
		unreadable(), // so that nothing follows the last one for now
	}
}

// unreadable is a batch of one message, or two, with values that AMQP has and
// the client library for Go has not.
func unreadable() *amqp.Message {
	character := wire.AppendSection(nil, wire.SectionValue, wire.Char('x'))
	return &amqp.Message{Format: wire.FormatBatch, Data: [][]byte{character}}
}

// check compares with a store.
func (e *expected) check(t *testing.T, data string) {
	t.Helper()
	var rows, held []string
	for row := range answers(t, data, "AzureActivity | project _ItemId") {
		rows = append(rows, row[0].(string))
	}
	for row := range answers(t, data, "Quarantine | project Reason, Raw, RawBase64") {
		raw := row[1].(string)
		if exact, err := base64.StdEncoding.DecodeString(row[2].(string)); err == nil && len(exact) > 0 {
			raw = string(exact)
		}
		held = append(held, row[0].(string)+" "+raw)
	}
	for _, id := range rows {
		if _, ok := e.rows[id]; !ok {
			t.Errorf("row %s is of no record that was sent", id)
		}
	}
	for id, record := range e.rows {
		if !slices.Contains(rows, id) {
			t.Errorf("record %.300s did not arrive", record)
		}
	}
	slices.Sort(held)
	slices.Sort(e.held)
	if diff := cmp.Diff(e.held, held); diff != "" {
		t.Errorf("quarantine differs (-want +got):\n%s", diff)
	}
	t.Logf("%d records arrived, %d are in quarantine", len(rows), len(held))
}

// answers yields the rows that a query gives over a store.
func answers(t testing.TB, data, query string) func(yield func([]any) bool) {
	t.Helper()
	return func(yield func([]any) bool) {
		cfg := config.Default()
		cfg.Data = data
		a, err := app.Open(t.Context(), cfg, app.Options{Existing: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		}()
		cursor, err := a.Query(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = cursor.Close() }()
		for {
			row, err := cursor.Next()
			if err != nil {
				t.Fatal(err)
			}
			if row == nil || !yield(row) {
				return
			}
		}
	}
}
