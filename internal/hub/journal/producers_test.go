package journal

import (
	"errors"
	"fmt"
	"math"
	"syscall"
	"testing"
)

// from makes a batch one of an idempotent producer.
func from(id int64, epoch int16, sequence int32, b Batch) Batch {
	b.Producer = &Producer{ID: id, Epoch: epoch, Sequence: sequence}
	return b
}

func TestIdempotentProducer(t *testing.T) {
	opt := Options{SegmentBytes: 1 << 10}
	dir := t.TempDir()
	j := mustOpen(t, dir, opt)
	good := func(b Batch) {
		t.Helper()
		if p := mustAppend(t, j, b); p.Duplicate {
			t.Fatalf("got %+v, want a new one", p)
		}
	}
	repeated := func(b Batch) {
		t.Helper()
		if p := mustAppend(t, j, b); p != (Placed{Duplicate: true}) {
			t.Fatalf("got %+v, want a duplicate", p)
		}
	}
	refused := func(b Batch, want error) {
		t.Helper()
		if _, err := try(j, b); !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
	}
	good(from(7, 0, 10, say("a", "b")))
	for name, reopen := range map[string]func(){
		"as it is": func() {},
		"closed":   func() { mustClose(t, j); j = mustOpen(t, dir, opt) },
		"crashed":  func() { dir = copyDir(t, dir); j = mustOpen(t, dir, opt) },
		"many segments later": func() {
			for range 20 {
				mustAppend(t, j, say("filler that fills a segment after a while"))
			}
			if j.State().Segments < 3 {
				t.Fatal("no new segments")
			}
			mustClose(t, j)
			j = mustOpen(t, dir, opt)
		},
	} {
		reopen()
		p, ok := j.Producer(7)
		if !ok || p.ID != 7 || p.Epoch != 0 {
			t.Fatalf("%s: got %+v, %v", name, p, ok)
		}
		last := p.Sequence
		repeated(from(7, 0, last, say("b")))
		repeated(from(7, 0, last-1, say("a", "b")))
		refused(from(7, 0, last+2, say("d")), ErrOutOfOrder)
		refused(from(7, 0, last, say("b", "c")), ErrOutOfOrder) // half of it is new
		refused(from(7, -1, last+1, say("c")), ErrEpochStolen)
		good(from(7, 0, last+1, say("c")))
	}
	good(from(7, 1, 0, say("new epoch")))
	refused(from(7, 0, 100, say("old epoch")), ErrEpochStolen)
	good(from(8, 0, 5, say("other producer")))
	if _, ok := j.Producer(9); ok {
		t.Error("a producer is known that never was")
	}
}

// TestProducerSequenceWraps: behind the greatest number comes 0, also within a
// batch.
func TestProducerSequenceWraps(t *testing.T) {
	j := mustOpen(t, t.TempDir(), Options{})
	mustAppend(t, j, from(1, 0, math.MaxInt32-1, say("a", "b", "c")))
	if p, _ := j.Producer(1); p.Sequence != 0 {
		t.Errorf("got %+v, want sequence number 0", p)
	}
	mustAppend(t, j, from(1, 0, 1, say("d")))
	for _, b := range []Batch{from(1, 0, math.MaxInt32-1, say("a", "b", "c")), from(1, 0, 0, say("c")), from(1, 0, 1, say("d"))} {
		if p := mustAppend(t, j, b); !p.Duplicate {
			t.Errorf("%+v: got %+v, want a duplicate", b.Producer, p)
		}
	}
	wantTexts(t, j, 0, "0:a 1:b 2:c 3:d")
}

// TestProducersInOneGroup: batches that queue up see each other.
func TestProducersInOneGroup(t *testing.T) {
	j := mustOpen(t, t.TempDir(), Options{})
	j.writing.Lock()
	answers := make(chan string, 3)
	for _, sequence := range []int32{0, 0, 2} {
		err := j.Append(from(1, 0, sequence, say("a")), func(p Placed, err error) {
			answers <- fmt.Sprint(p.Duplicate, errors.Is(err, ErrOutOfOrder))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	j.writing.Unlock()
	for i, want := range []string{"false false", "true false", "false true"} {
		if got := <-answers; got != want {
			t.Errorf("answer %d: got %s, want %s", i, got, want)
		}
	}
}

// TestProducerOfFailedBatch: what was not kept is not a duplicate.
func TestProducerOfFailedBatch(t *testing.T) {
	j, disk := openFaulty(t, t.TempDir(), Options{})
	mustAppend(t, j, from(1, 0, 0, say("a")))
	disk.fail(func(d *faultyDisk) { d.writes = syscall.ENOSPC })
	wantFull(t, j, from(1, 0, 1, say("b")), syscall.ENOSPC)
	disk.mend()
	if p := mustAppend(t, j, from(1, 0, 1, say("b"))); p.Duplicate || p.First != 1 {
		t.Errorf("got %+v, want number 1", p)
	}
}

func TestProducersAreBounded(t *testing.T) {
	dir := t.TempDir()
	opt := Options{MaxProducers: 10, SegmentBytes: 4 << 10}
	j := mustOpen(t, dir, opt)
	for id := range int64(100) {
		mustAppend(t, j, from(id, 0, 0, say("a")))
	}
	check := func() {
		t.Helper()
		for id := range int64(100) {
			if _, ok := j.Producer(id); ok != (id >= 90) {
				t.Errorf("producer %d: got known %v", id, ok)
			}
		}
	}
	check()
	mustClose(t, j)
	j = mustOpen(t, dir, opt)
	check()
}
