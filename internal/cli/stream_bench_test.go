package cli_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/hub/journal"
	"nephoscope/internal/hub/space"
	"nephoscope/internal/simulate"
)

// BenchmarkStream is the whole way: a hub in its own process holds messages of
// 100 records, and a server reads them into an empty store. It tells records
// per second by the clock, and the processor time that each record costs the
// server and the hub. BENCH_MESSAGES sets the number of messages.
func BenchmarkStream(b *testing.B) {
	for _, partitions := range []int{4, 32} {
		b.Run(strconv.Itoa(partitions), func(b *testing.B) { benchmarkStream(b, partitions) })
	}
}

func benchmarkStream(b *testing.B, partitions int) {
	messages := setting(b, "BENCH_MESSAGES", 6_000)
	for range b.N {
		b.StopTimer()
		s := newPreparedStream(b, partitions, func(ns *space.Space) { fill(b, ns, messages) })
		last := s.lasts(b)
		s.read(b)
		before := s.processorTime(b)
		b.StartTimer()
		for !s.reached(last) {
			time.Sleep(10 * time.Millisecond) // between two looks at another process
		}
		b.StopTimer()
		used := s.processorTime(b) - before
		s.serve.stop(b)
		s.hub.stop(b)
		records := float64(100 * messages)
		b.ReportMetric(records/b.Elapsed().Seconds(), "records/s")
		b.ReportMetric(used.Seconds()*1e6/records, "us/record")
		b.ReportMetric(s.hub.used().Seconds()*1e6/records, "hub-us/record")
		b.ReportMetric(s.serve.memory()/1e6, "MB")
		b.ReportMetric(float64(diskUsage(b, filepath.Join(s.dir, "store")))/records, "B/record")
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkStreamTrickle sends one event after the other into a stream that is
// idle, and tells after what time each is in the store.
func BenchmarkStreamTrickle(b *testing.B) {
	const events = 200
	s := newStream(b)
	s.read(b)
	p := s.producer(b)
	for range b.N {
		var list []time.Duration
		for body := range numbered(events) {
			time.Sleep(60 * time.Millisecond) // so that each partition has been quiet for more than batch.maxWait
			list = append(list, s.oneEvent(b, p, body))
		}
		slices.Sort(list)
		b.ReportMetric(float64(list[events/2].Microseconds())/1e3, "p50-ms")
		b.ReportMetric(float64(list[events*99/100].Microseconds())/1e3, "p99-ms")
	}
	b.ReportMetric(0, "ns/op")
}

// oneEvent sends an event and waits for it.
func (s *stream) oneEvent(b *testing.B, p *azeventhubs.ProducerClient, body []byte) time.Duration {
	b.Helper()
	batch, err := p.NewEventDataBatch(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	if err := batch.AddEventData(&azeventhubs.EventData{Body: body}, nil); err != nil {
		b.Fatal(err)
	}
	before := s.durable()
	began := time.Now()
	if err := p.SendEventDataBatch(b.Context(), batch, nil); err != nil {
		b.Fatal(err)
	}
	for s.durable() == before {
		time.Sleep(time.Millisecond) // between two looks at another process
	}
	return time.Since(began)
}

// durable counts the events that are in the store.
func (s *stream) durable() (n int64) {
	for _, c := range s.states() {
		for _, p := range c.Partitions {
			if p.Sequence != nil {
				n += *p.Sequence + 1
			}
		}
	}
	return n
}

// fill puts messages of 100 records of a made-up company into a hub.
func fill(b *testing.B, ns *space.Space, messages int) {
	b.Helper()
	h, err := ns.Hub(streamHub)
	if err != nil {
		b.Fatal(err)
	}
	parts := h.Partitions()
	errs := make(chan error, messages) // one for each
	n := 0
	for body := range companyMessages(b, messages) {
		batch := journal.Batch{Events: []journal.Event{{Body: wire.AppendData(nil, body)}}}
		done := func(_ journal.Placed, err error) { errs <- err }
		for {
			err := parts[n%len(parts)].Append(batch, done)
			if err == nil {
				break
			}
			time.Sleep(time.Millisecond) // its queue is full
		}
		n++
	}
	for range n {
		if err := <-errs; err != nil {
			b.Fatal(err)
		}
	}
}

// companyMessages yields messages as a diagnostic setting sends them.
func companyMessages(b testing.TB, messages int) iter.Seq[[]byte] {
	b.Helper()
	company, err := simulate.New(simulate.Options{Seed: 4, End: time.Date(2026, 3, 13, 0, 0, 0, 0, time.UTC), Events: 100 * messages})
	if err != nil {
		b.Fatal(err)
	}
	out, in := io.Pipe()
	go func() { _ = in.CloseWithError(writeCompany(in, company)) }() // ends with the reader
	return func(yield func([]byte) bool) {
		defer func() { _ = out.Close() }()
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 4<<20)
		for lines.Scan() {
			if !yield(bytes.Clone(lines.Bytes())) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			b.Fatal(err)
		}
	}
}

func writeCompany(out io.Writer, company *simulate.Company) error {
	w, err := simulate.NewWriter(out, simulate.ShapeHub)
	if err != nil {
		return err
	}
	for e := range company.Events() {
		if err := w.Write(e); err != nil {
			return err
		}
	}
	return w.Close()
}

// processorTime is what the server has used so far.
func (s *stream) processorTime(b *testing.B) time.Duration {
	b.Helper()
	found := regexp.MustCompile(`(?m)^process_cpu_seconds_total (.*)$`).FindStringSubmatch(s.metrics(b))
	if found == nil {
		b.Fatal("metrics do not tell the processor time")
	}
	seconds, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		b.Fatal(fmt.Errorf("processor time: %w", err))
	}
	return time.Duration(seconds * float64(time.Second))
}

// diskUsage is what the files below a directory take.
func diskUsage(b *testing.B, dir string) (n int64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		n += info.Size()
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// used is the processor time of a process that has ended.
func (p *process) used() time.Duration {
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}

// memory is the most that a process that has ended had, in bytes.
func (p *process) memory() float64 {
	usage, _ := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return float64(usage.Maxrss) * 1024
}
