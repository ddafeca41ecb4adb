package tables

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/simulate"
)

const (
	benchMessages = 8
	perMessage    = 100
)

// simulatedHub returns hub messages of 100 records of about 3.1 KB each, which
// is the size of those that people cause: 1.3 KB of it are claims, 0.5 KB each
// the authorization and the properties.
func simulatedHub(b *testing.B) []event.Message {
	b.Helper()
	company, err := simulate.New(simulate.Options{
		Seed: 1, End: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Events: 3 * benchMessages * perMessage,
	})
	if err != nil {
		b.Fatal(err)
	}
	var lines bytes.Buffer
	w, err := simulate.NewWriter(&lines, simulate.ShapeStorage)
	if err != nil {
		b.Fatal(err)
	}
	for e := range company.Events() {
		if err := w.Write(e); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return hubMessages(b, lines.Bytes())
}

// hubMessages puts those of the lines that have the size into messages.
func hubMessages(b *testing.B, lines []byte) []event.Message {
	b.Helper()
	var records [][]byte
	for line := range bytes.Lines(lines) {
		if len(line) > 2_900 && len(line) < 3_400 {
			records = append(records, bytes.TrimSpace(line))
		}
	}
	list := make([]event.Message, benchMessages)
	for i := range list {
		if len(records) < perMessage {
			b.Fatal("too few simulated records")
		}
		body := append([]byte(`{"records":[`), bytes.Join(records[:perMessage], []byte(","))...)
		list[i] = event.Message{Body: append(body, "]}"...), Format: event.FormatHub}
		records = records[perMessage:]
	}
	return list
}

// BenchmarkMapHub is the mapping alone: records that are decoded already.
func BenchmarkMapHub(b *testing.B) {
	messages := simulatedHub(b)
	var recs []event.Record
	keep := func(rec *event.Record) error {
		own := *rec
		own.Nodes = append([]event.Node(nil), rec.Nodes...)
		recs = append(recs, own)
		return nil
	}
	if err := decode.New(decode.Options{}).Decode(&messages[0], "bench", "0", keep, refused); err != nil {
		b.Fatal(err)
	}
	take, rows := mapper(b)
	report(b, messages, func() {
		rows.Reset()
		for i := range recs {
			if err := take(&recs[i]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkDecodeAndMap is the way from a hub message of 100 records to
// columns that are ready to commit.
func BenchmarkDecodeAndMap(b *testing.B) {
	messages := simulatedHub(b)
	take, rows := mapper(b)
	decoder, n := decode.New(decode.Options{}), 0
	report(b, messages, func() {
		rows.Reset()
		if err := decoder.Decode(&messages[n%len(messages)], "bench", "0", take, refused); err != nil {
			b.Fatal(err)
		}
		n++
	})
}

// mapper returns a callback that routes and maps a record, and where to.
func mapper(b *testing.B) (take func(*event.Record) error, rows *schema.Rows) {
	b.Helper()
	catalog, err := NewCatalog()
	if err != nil {
		b.Fatal(err)
	}
	table, _ := catalog.Table("AzureActivity")
	rows = schema.NewRows(table)
	return func(rec *event.Record) error {
		if to := catalog.Route(rec); to != table {
			return fmt.Errorf("routed to %v", to)
		}
		return table.Map(rec, rows)
	}, rows
}

func refused(r *decode.Reject) error { return fmt.Errorf("rejected: %s", r.Detail) }

// report runs fn, which takes the records of one message, and reports events
// per second of the clock and the processor time of one event.
func report(b *testing.B, messages []event.Message, fn func()) {
	b.SetBytes(int64(len(messages[0].Body)))
	b.ReportAllocs()
	fn() // the memory grows
	used, n := processorTime(b), 0
	for b.Loop() {
		fn()
		n += perMessage
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric((processorTime(b)-used).Seconds()*1e6/float64(n), "cpu-us/event")
}

// processorTime returns what this process has used of all processors.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var use unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
