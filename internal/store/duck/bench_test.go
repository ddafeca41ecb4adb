package duck_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/store/storetest"
)

// BenchmarkCommit is the store's part of ingestion: rows of 3 KB, shaped like
// AzureActivity, committed with their position. Rows are ready before the
// clock starts; checkpoints and the one at close are in.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1000, 2500, 10_240} {
		b.Run(fmt.Sprint(size), func(b *testing.B) { benchmarkCommit(b, size) })
	}
}

func benchmarkCommit(b *testing.B, size int) {
	total := 122_880
	if v, err := strconv.Atoi(os.Getenv("BENCH_ROWS")); err == nil {
		total = v
	}
	c := newCompany(1)
	var batches []*schema.Rows
	for n := 0; n < total; n += size {
		batches = append(batches, c.rows(size))
	}
	var last string
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		s, err := duck.Open(b.Context(), dir, duck.Options{Catalog: storetest.Catalog{c.table}})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		cpu, start := cpuTime(), time.Now()
		var took []time.Duration
		for i, rows := range batches {
			t := time.Now()
			if _, err := s.Commit(context.Background(), batch(rows, i)); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(t))
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		report(b, len(batches)*size, time.Since(start), cpuTime()-cpu, took)
		last = dir
	}
	b.ReportMetric(float64(diskUsage(b, last))/float64(len(batches)*size), "B/row")
	b.ReportMetric(float64(batches[0].Bytes())/float64(size), "text-B/row")
}

func batch(rows *schema.Rows, i int) *store.Batch {
	from := ""
	if i > 0 {
		from = strconv.Itoa(i)
	}
	return &store.Batch{
		Rows:      []*schema.Rows{rows},
		Positions: []event.Position{{Source: "bench", Partition: "0", From: from, To: strconv.Itoa(i + 1)}},
	}
}

func report(b *testing.B, rows int, elapsed, cpu time.Duration, took []time.Duration) {
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(float64(rows)/elapsed.Seconds(), "rows/s")
	b.ReportMetric(float64(cpu.Nanoseconds())/1000/float64(rows), "cpu-us/row")
	b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
	b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
	b.ReportMetric(ms(took[len(took)-1]), "max-ms")
}

func cpuTime() time.Duration {
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru); err != nil {
		panic(err)
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

func diskUsage(t testing.TB, dir string) (n int64) {
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				n += info.Size()
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// BenchmarkPaced is a busy hub: 10,000 events a second, a commit each quarter
// of a second, for as long as it takes to see a few checkpoints. What counts
// is how long the slowest commits take.
func BenchmarkPaced(b *testing.B) {
	const size, commits = 2500, 80
	c := newCompany(1)
	batches := make([]*schema.Rows, commits)
	for i := range batches {
		batches[i] = c.rows(size)
	}
	for b.Loop() {
		s, err := duck.Open(b.Context(), b.TempDir(), duck.Options{Catalog: storetest.Catalog{c.table}})
		if err != nil {
			b.Fatal(err)
		}
		cpu, start := cpuTime(), time.Now()
		var took []time.Duration
		tick := time.NewTicker(250 * time.Millisecond)
		for i, rows := range batches {
			<-tick.C
			t := time.Now()
			if _, err := s.Commit(context.Background(), batch(rows, i)); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(t))
		}
		tick.Stop()
		report(b, commits*size, time.Since(start), cpuTime()-cpu, took)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
