package eventhub

import (
	"bytes"
	"testing"
	"time"

	"nephoscope/internal/output"
	"nephoscope/internal/remote/remotetest"
	"nephoscope/internal/simulate"
)

// BenchmarkDeliver publishes batches of 4,000 events, with a hub in memory that
// only counts, and with our own on the disk behind Microsoft's client; one
// operation is one event.
func BenchmarkDeliver(b *testing.B) {
	batch := activityBatch(b, simulated(b, 4000))
	b.Run("no hub", func(b *testing.B) {
		hub := &memoryHub{limit: 1 << 20}
		out := hub.open(func(c *Config) { c.Envelope = Hub })
		deliver(b, out, batch, func() { hub.got = nil })
	})
	b.Run("our hub", func(b *testing.B) {
		s := remotetest.Serve(b)
		out := open(b, func(c *Config) {
			c.ConnectionString = s.Policy(b, "all", all).Text()
		})
		deliver(b, out, batch, func() {})
	})
	b.Run("our hub, a key for each subscription", func(b *testing.B) {
		s := remotetest.Serve(b)
		out := open(b, func(c *Config) {
			c.ConnectionString, c.PartitionKey = s.Policy(b, "all", all).Text(), SubscriptionKey
		})
		deliver(b, out, batch, func() {})
	})
}

func deliver(b *testing.B, out *Output, batch *output.Batch, after func()) {
	b.Helper()
	sent := 0
	b.ResetTimer()
	for sent < b.N {
		if err := out.Deliver(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		sent += len(batch.Rows)
		after()
	}
	b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "events/s")
}

func simulated(b *testing.B, events int) string {
	b.Helper()
	company, err := simulate.New(simulate.Options{Seed: 7, End: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Events: events})
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
	return out.String()
}
