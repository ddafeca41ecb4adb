package journal

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

// benchEvent is an event of a size on the wire, about.
func benchEvent(size int) Batch {
	return Batch{Events: []Event{{Body: dataSection(bytes.Repeat([]byte(`{"records":[]} `), size/15))}}}
}

// BenchmarkAppend appends events one by one until each is durable: senders
// have a number of them in flight together, each sender on its own.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{2 << 10, 300 << 10} {
		for _, senders := range []int{1, 8, 64, 1024} {
			if size*senders > 32<<20 {
				continue
			}
			b.Run(fmt.Sprintf("%dKB/%d", size>>10, senders), func(b *testing.B) {
				j := mustOpen(b, b.TempDir(), Options{})
				batch := benchEvent(size)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				appendAll(b, []*Journal{j}, batch, senders)
			})
		}
	}
}

// BenchmarkAppendPartitions is BenchmarkAppend with 1,024 events of 2 KB in
// flight over four partitions.
func BenchmarkAppendPartitions(b *testing.B) {
	journals := make([]*Journal, 4)
	for i := range journals {
		journals[i] = mustOpen(b, b.TempDir(), Options{})
	}
	b.SetBytes(2 << 10)
	b.ReportAllocs()
	appendAll(b, journals, benchEvent(2<<10), 256)
}

// appendAll keeps a number of events in flight in each journal.
func appendAll(b *testing.B, journals []*Journal, batch Batch, flight int) {
	slots := make(chan struct{}, flight*len(journals))
	var answered sync.WaitGroup
	b.ResetTimer()
	for n := 0; n < b.N; n++ {
		slots <- struct{}{}
		answered.Add(1)
		err := journals[n%len(journals)].Append(batch, func(_ Placed, err error) {
			if err != nil {
				b.Error(err)
			}
			<-slots
			answered.Done()
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	answered.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// fill appends events until a journal has so many bytes.
func fill(b *testing.B, j *Journal, size int, bytes int64) {
	b.Helper()
	slots := make(chan struct{}, max(1, (16<<20)/size))
	var answered sync.WaitGroup
	for range bytes / int64(size) {
		slots <- struct{}{}
		answered.Add(1)
		err := j.Append(benchEvent(size), func(_ Placed, err error) {
			if err != nil {
				b.Error(err)
			}
			<-slots
			answered.Done()
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	answered.Wait()
}

// BenchmarkRead reads from end to end, 256 KiB at a time.
func BenchmarkRead(b *testing.B) {
	for _, size := range []int{2 << 10, 300 << 10} {
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			j := mustOpen(b, b.TempDir(), Options{})
			fill(b, j, size, 256<<20)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			b.ResetTimer()
			r := j.Reader(0)
			var p Page
			for n := 0; n < b.N; n += len(p.Events) {
				if err := r.Read(&p, 256<<10); err != nil {
					b.Fatal(err)
				}
				if len(p.Events) == 0 {
					r.Close()
					r = j.Reader(0)
				}
			}
			r.Close()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkOpen opens a journal of 1 GiB that was not closed.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	j := mustOpen(b, dir, Options{})
	fill(b, j, 2<<10, 1<<30)
	copied := copyDir(b, dir)
	mustClose(b, j)
	b.ResetTimer()
	for range b.N {
		j, err := Open(copied, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		j.spoilt = true // so that it is not marked as closed
		mustClose(b, j)
		b.StartTimer()
	}
}

// BenchmarkSeekTime looks for times all over a journal of 256 MiB.
func BenchmarkSeekTime(b *testing.B) {
	c := newClock()
	j := mustOpen(b, b.TempDir(), Options{Now: c.Now, SegmentBytes: 16 << 20})
	for range 64 {
		fill(b, j, 2<<10, 4<<20)
		c.advance(time.Minute)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if _, err := j.Seek(AtTime(noon.Add(time.Duration(i%64)*time.Minute), true)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIdleMemory opens journals and reports what each takes on the heap.
func BenchmarkIdleMemory(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	journals := make([]*Journal, 64)
	for i := range journals {
		journals[i] = mustOpen(b, b.TempDir(), Options{})
		mustAppend(b, journals[i], benchEvent(2<<10))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		_ = journals[0].State()
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(journals)), "B/journal")
}
