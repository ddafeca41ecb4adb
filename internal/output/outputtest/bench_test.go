package outputtest_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/output"
	"nephoscope/internal/schema"
	"nephoscope/internal/simulate"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
)

// BenchmarkDrain reads the events of a made-up company from the store, batch
// by batch, to an output that takes everything; one operation is one event.
func BenchmarkDrain(b *testing.B) {
	const events = 40_000
	catalog, err := tables.NewCatalog()
	if err != nil {
		b.Fatal(err)
	}
	st, err := duck.Open(b.Context(), b.TempDir(), duck.Options{Catalog: catalog, Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }() // the benchmark is over
	for _, rows := range activity(b, events) {
		if _, err := st.Commit(b.Context(), &store.Batch{Rows: []*schema.Rows{rows}}); err != nil {
			b.Fatal(err)
		}
	}
	log := output.NewLog(catalog, st, time.Now)
	got := 0
	out := outputFunc(func(_ context.Context, batch *output.Batch) error {
		got += len(batch.Rows)
		return nil
	})
	b.ResetTimer()
	for i := 0; got < b.N; i++ {
		runner, err := output.New(st, log, catalog, output.Options{}, output.Feed{
			Name: time.Now().String(), Output: out, Start: output.Earliest, Follow: []output.Selection{{Table: "AzureActivity"}},
		})
		if err != nil {
			b.Fatal(err)
		}
		if err := runner.Drain(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(got)/b.Elapsed().Seconds(), "rows/s")
}

// activity returns events of a made-up company, 10,000 in a batch.
func activity(b *testing.B, n int) (list []*schema.Rows) {
	b.Helper()
	company, err := simulate.New(simulate.Options{Seed: 7, End: time.Now(), Events: n})
	if err != nil {
		b.Fatal(err)
	}
	var text bytes.Buffer
	w, err := simulate.NewWriter(&text, simulate.ShapeStorage)
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
	m := event.Message{Body: text.Bytes(), Format: event.FormatStorage}
	err = decode.New(decode.Options{}).Decode(&m, "bench", "0", func(rec *event.Record) error {
		if len(list) == 0 || list[len(list)-1].Len() == 10_000 {
			list = append(list, schema.NewRows(tables.AzureActivity()))
		}
		return tables.AzureActivity().Map(rec, list[len(list)-1])
	}, func(*decode.Reject) error { return nil })
	if err != nil {
		b.Fatal(err)
	}
	return list
}
