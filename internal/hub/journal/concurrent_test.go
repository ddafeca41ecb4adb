package journal

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestConcurrent has senders, readers, a clock that runs and retention work on
// one journal at a time. Each reader must see the numbers rise without a gap
// but for what retention removed, and never half a batch.
func TestConcurrent(t *testing.T) {
	c := newClock()
	j := mustOpen(t, t.TempDir(), Options{Now: c.Now, SegmentBytes: 32 << 10, MaxBytes: 256 << 10, Retention: time.Hour})
	const senders, batches = 4, 150
	var sending, reading, waiting sync.WaitGroup
	for s := range senders {
		sending.Go(func() {
			for n := range batches {
				size := 1 + (n+s)%3
				b := say(make([]string, size)...)
				for i := range b.Events {
					b.Events[i].Body = dataSection(fmt.Appendf(nil, "%d/%d/%s", i, size, strings.Repeat("r", 50*(n%20))))
				}
				if _, err := try(j, b); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var total atomic.Int64
	for s := range senders {
		for n := range batches {
			total.Add(int64(1 + (n+s)%3))
		}
	}
	for range 6 {
		reading.Go(func() { readAlongside(t, j, total.Load()) })
	}
	stop := make(chan struct{})
	waiting.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			mustRetain(t, j, c.advance(time.Second))
			if s := j.State(); s.Begin > s.Last+1 || s.Segments < 1 {
				t.Errorf("state %+v", s)
			}
			if _, err := j.Seek(AtTime(c.Now().Add(-time.Minute), true)); err != nil {
				t.Error(err)
			}
			runtime.Gosched()
		}
	})
	sending.Wait()
	reading.Wait()
	close(stop)
	waiting.Wait()
	if s := j.State(); s.Last != total.Load()-1 {
		t.Errorf("got %+v, want %d events", s, total.Load())
	}
}

// readAlongside reads until it has seen the event before end.
func readAlongside(t *testing.T, j *Journal, end int64) {
	r := j.Reader(0)
	defer r.Close()
	var p Page
	left := 0
	for r.Next() < end {
		changed := j.Changed()
		before := r.Next()
		if err := r.Read(&p, 4<<10); err != nil {
			t.Error(err)
			return
		}
		if len(p.Events) == 0 {
			<-changed
			continue
		}
		if p.Events[0].Sequence != before { // retention went by, and removes whole batches
			if begin := j.State().Begin; p.Events[0].Sequence < before || p.Events[0].Sequence > begin {
				t.Errorf("got %d after %d, kept from %d on", p.Events[0].Sequence, before, begin)
			}
			left = 0
		}
		for i, e := range p.Events {
			var at, of int
			if _, err := fmt.Sscanf(textOf(e), "%d/%d/", &at, &of); err != nil {
				t.Errorf("event %d is %q", e.Sequence, textOf(e))
				return
			}
			if left == 0 && at != 0 || left > 0 && at != of-left || i > 0 && e.Sequence != p.Events[i-1].Sequence+1 {
				t.Errorf("event %d is %d of %d, %d were left", e.Sequence, at, of, left)
				return
			}
			left = of - at - 1
		}
	}
	if left != 0 {
		t.Errorf("%d events of a batch are missing", left)
	}
}

// TestBusy fills the queue while nothing can be written.
func TestBusy(t *testing.T) {
	j := mustOpen(t, t.TempDir(), Options{QueueBytes: 10 << 10})
	j.writing.Lock()
	answers := make(chan error, 100)
	taken := 0
	for {
		err := j.Append(say(strings.Repeat("q", 700)), func(_ Placed, err error) { answers <- err })
		if err != nil {
			if err != ErrBusy { //nolint:errorlint // it is returned as it is
				t.Errorf("got %v, want ErrBusy", err)
			}
			break
		}
		taken++
	}
	if taken < 8 || taken > 14 {
		t.Errorf("took %d batches of 700 bytes into 10 KiB", taken)
	}
	j.writing.Unlock()
	for range taken {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	if _, err := try(j, say("again")); err != nil {
		t.Error(err)
	}
	if q := j.State().QueuedBytes; q < 0 || q > 1000 {
		t.Errorf("%d bytes are queued", q)
	}
}

// TestNothingLeaks opens, uses and closes journals, and wants all goroutines
// and descriptors back.
func TestNothingLeaks(t *testing.T) {
	descriptors := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skipf("descriptors are counted in /proc: %v", err)
		}
		return len(entries)
	}
	use := func() {
		dir := t.TempDir()
		j, err := Open(dir, Options{SegmentBytes: 1 << 10, MaxBytes: 4 << 10})
		if err != nil {
			t.Fatal(err)
		}
		var readers []*Reader
		for i := range 40 {
			mustAppend(t, j, say(strings.Repeat("l", 200)))
			r := j.Reader(int64(i))
			if err := r.Read(new(Page), 1); err != nil {
				t.Fatal(err)
			}
			readers = append(readers, r)
		}
		mustRetain(t, j, noon)
		if _, err := j.Seek(AtTime(noon, true)); err != nil {
			t.Fatal(err)
		}
		for _, r := range readers[:20] {
			r.Close()
		}
		mustClose(t, j)
		for _, r := range readers[20:] {
			r.Close()
			r.Close() // twice does no harm
		}
		for _, path := range segmentFiles(t, dir) {
			mustWriteFile(t, path, mustReadFile(t, path)[:headCopy-1])
		}
		if _, err := Open(dir, Options{}); err == nil {
			t.Fatal("opened a journal without heads")
		}
	}
	use()
	goroutines, files := runtime.NumGoroutine(), descriptors()
	for range 5 {
		use()
	}
	if got := descriptors(); got != files {
		t.Errorf("%d descriptors became %d", files, got)
	}
	if got := runtime.NumGoroutine(); got != goroutines {
		t.Errorf("%d goroutines became %d", goroutines, got)
	}
}
