package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"nephoscope/internal/event"
	"nephoscope/internal/simulate"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
)

// hubMessages returns simulated Event Hubs messages of 100 records each.
func hubMessages(b *testing.B, seed uint64, events int) []event.Message {
	b.Helper()
	company, err := simulate.New(simulate.Options{Seed: seed, End: now, Events: events})
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	w, err := simulate.NewWriter(&out, simulate.ShapeHub)
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
	var list []event.Message
	for line := range bytes.Lines(out.Bytes()) {
		list = append(list, event.Message{Body: line, Format: event.FormatHub})
	}
	return list
}

// BenchmarkPipeline measures the conveyor in records: decode and map alone,
// through the conveyor without a store, and all the way to durable rows.
func BenchmarkPipeline(b *testing.B) {
	b.Run("decode+map", func(b *testing.B) {
		messages := hubMessages(b, 1, 10_000)
		catalog, err := tables.NewCatalog()
		if err != nil {
			b.Fatal(err)
		}
		another, err := loadsOf(catalog, Options{}.withDefaults())
		if err != nil {
			b.Fatal(err)
		}
		l := another()
		report(b, messages, func(int) {
			if err := l.fill(b.Context(), &event.Batch{Messages: messages}); err != nil {
				b.Fatal(err)
			}
			l.reset()
		})
	})
	b.Run("deliver", func(b *testing.B) {
		benchmarkDeliver(b, discard{})
	})
	b.Run("deliver+commit", func(b *testing.B) {
		catalog, err := tables.NewCatalog()
		if err != nil {
			b.Fatal(err)
		}
		st, err := duck.Open(b.Context(), b.TempDir(), duck.Options{Catalog: catalog})
		if err != nil {
			b.Fatal(err)
		}
		defer func() {
			if err := st.Close(); err != nil {
				b.Error(err)
			}
		}()
		benchmarkDeliver(b, st)
	})
}

// benchmarkDeliver delivers batches of 4,000 records, each new.
func benchmarkDeliver(b *testing.B, st Committer) {
	messages := hubMessages(b, 2, 4_000)
	c := conveyor(b, st, Options{})
	pending, from := event.Wait(func() (event.Counts, error) { return event.Counts{}, nil }), ""
	report(b, messages, func(n int) {
		renew(messages, n)
		to := strconv.Itoa(n)
		wait, err := c.Deliver(b.Context(), &event.Batch{
			Messages: messages, Position: event.Position{Source: "bench", Partition: "0", From: from, To: to},
		})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := pending(); err != nil {
			b.Fatal(err)
		}
		pending, from = wait, to
	})
	if _, err := pending(); err != nil {
		b.Fatal(err)
	}
}

// renew gives every record another correlation id, and so another identity.
func renew(messages []event.Message, n int) {
	key := []byte(`"correlationId":"`)
	digits := fmt.Appendf(nil, "%08x", n)
	for i := range messages {
		rest := messages[i].Body
		for at := bytes.Index(rest, key); at >= 0; at = bytes.Index(rest, key) {
			rest = rest[at+len(key):]
			copy(rest, digits)
		}
	}
}

// report runs fn, numbered from 1, and reports records per second of the
// clock and of the processors.
func report(b *testing.B, messages []event.Message, fn func(n int)) {
	size, n := 0, 0
	for i := range messages {
		size += len(messages[i].Body)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	used := processorTime(b)
	for b.Loop() {
		n++
		fn(n)
	}
	records := float64(n * len(messages) * 100)
	b.ReportMetric(records/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(records/(processorTime(b)-used).Seconds(), "records/cpu-s")
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

// discard commits nothing.
type discard struct{}

func (discard) Commit(context.Context, *store.Batch) (store.Result, error) {
	return store.Result{}, nil
}
