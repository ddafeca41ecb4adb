package eventhub

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/event"
	"nephoscope/internal/retry"
	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub/lease"
	"nephoscope/internal/source/eventhub/wire"
	"nephoscope/internal/source/sourcetest"
)

func TestSuite(t *testing.T) {
	for _, partitions := range []int{1, 4} {
		h := filled(t, partitions, 200)
		sourcetest.Run(t, sourcetest.Case{
			Records: 200,
			Open: func(_ *testing.T, positions source.Positions) source.Source {
				return sourceOf(h, positions, Options{UntilCaughtUp: true})
			},
		})
	}
}

// runs is a source that runs in a goroutine of the test.
type runs struct {
	*Source
	sink *sourcetest.Sink
	stop context.CancelFunc
	done chan error
}

// begin runs a source of h until stop.
func begin(t *testing.T, h *fakeHub, sink *sourcetest.Sink, opt Options) *runs {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &runs{Source: sourceOf(h, sink, opt), sink: sink, stop: cancel, done: make(chan error, 1)} // it never waits for the test
	go func() { r.done <- r.Run(ctx, sink.Deliver) }()
	return r
}

// end stops the source and waits for it.
func (r *runs) end(t *testing.T) {
	t.Helper()
	r.stop()
	if err := <-r.done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// pass lets the time pass, in a bubble of synctest.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (r *runs) partition(t *testing.T, name string) source.PartitionState {
	t.Helper()
	for _, p := range r.Partitions() {
		if p.Partition == name {
			return p
		}
	}
	t.Fatalf("no partition %s in %+v", name, r.Partitions())
	return source.PartitionState{}
}

func TestTrickleArrivesSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newFakeHub(1)
		r := begin(t, h, sourcetest.NewSink(), Options{})
		pass(time.Minute)
		for i := range 3 {
			h.publish("0", body(i))
			pass(250 * time.Millisecond)
			if n := r.sink.Count(); n != i+1 {
				t.Errorf("got %d records a quarter of a second after event %d, want %d", n, i, i+1)
			}
		}
		state := r.partition(t, "0")
		if state.Phase != source.Running || state.Sequence != 2 || state.Offset != "o2" || state.Events != 3 || state.Lag.Events != 0 {
			t.Errorf("got %+v, want it running at sequence 2 with no lag", state)
		}
		r.end(t)
	})
}

func TestPositionTellsWhereToGoOn(t *testing.T) {
	h := filled(t, 2, 40)
	sink := sourcetest.NewSink()
	run := func(more int) {
		for i := range more {
			h.publish("1", body(1000+i))
		}
		if err := sourceOf(h, sink, Options{UntilCaughtUp: true}).Run(t.Context(), sink.Deliver); err != nil {
			t.Fatal(err)
		}
	}
	run(0)
	run(5)
	if sink.Count() != 45 {
		t.Errorf("got %d records, want 45", sink.Count())
	}
	if got := h.opened[len(h.opened)-1]; got != "1@-1 after 19" {
		t.Errorf("got %q, want partition 1 opened after the stored event", got)
	}
}

func TestStartWithoutPosition(t *testing.T) {
	for start, want := range map[string]int{"earliest": 6, "latest": 1, "2000-01-01T00:10:00Z": 4} {
		synctest.Test(t, func(t *testing.T) {
			h := newFakeHub(1)
			for i := range 5 { // synctest begins with the year 2000
				h.publish("0", body(i))
				time.Sleep(5 * time.Minute)
			}
			sink := sourcetest.NewSink()
			s := sourceOf(h, sink, Options{})
			s.cfg.StartAt = start
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1) // it never waits for the test
			go func() { done <- s.Run(ctx, sink.Deliver) }()
			synctest.Wait()
			h.publish("0", body(5))
			pass(time.Second)
			if sink.Count() != want {
				t.Errorf("start at %s: got %d records, want %d", start, sink.Count(), want)
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want context.Canceled", err)
			}
		})
	}
}

// TestLatestIsWhereItWasFirst: what comes between two runs is read, although
// nothing had come in the first.
func TestLatestIsWhereItWasFirst(t *testing.T) {
	h := filled(t, 1, 5)
	h.add("1") // with nothing in it
	sink := sourcetest.NewSink()
	run := func() {
		s := sourceOf(h, sink, Options{UntilCaughtUp: true})
		s.cfg.StartAt = "latest"
		if err := s.Run(t.Context(), sink.Deliver); err != nil {
			t.Fatal(err)
		}
	}
	run()
	h.publish("0", body(5))
	h.publish("1", body(6))
	run()
	if sink.Count() != 2 {
		t.Errorf("got %d records, want those that came after the first run", sink.Count())
	}
}

func TestCaughtUpNeedsNoEvents(t *testing.T) {
	for _, start := range []string{"earliest", "latest", "2999-01-01T00:00:00Z"} {
		h := newFakeHub(2)
		h.publish("0", body(1))
		sink := sourcetest.NewSink()
		s := sourceOf(h, sink, Options{UntilCaughtUp: true})
		s.cfg.StartAt = start
		if err := s.Run(t.Context(), sink.Deliver); err != nil {
			t.Errorf("start at %s: %v", start, err)
		}
	}
}

func TestHubThatIsMissingIsSaidToBe(t *testing.T) {
	h := newFakeHub(1)
	h.list = func() error { return &wire.Error{Kind: wire.NotFound, Err: errors.New("404")} }
	err := sourceOf(h, sourcetest.NewSink(), Options{}).Run(t.Context(), sourcetest.NewSink().Deliver)
	if err == nil || source.IsPermanent(err) || !strings.Contains(source.HintOf(err), "first event") {
		t.Errorf("got %v, want an error that passes, with a hint", err)
	}
}

// TestPartitionIsOpenedAgain: whatever happens to one partition, it waits,
// says why, and goes on; the other is not disturbed.
func TestPartitionIsOpenedAgain(t *testing.T) {
	for kind, hint := range map[wire.Kind]string{
		wire.Lost: "", wire.Stolen: "consumer group of its own", wire.Unauthorized: "Listen",
		wire.NotFound: "consumer group", wire.Crowded: "five readers", wire.Disabled: "Active", wire.Busy: "throughput",
	} {
		synctest.Test(t, func(t *testing.T) {
			h := newFakeHub(2)
			var broken atomic.Bool
			h.receive = func(partition string) error {
				if partition == "0" && broken.Load() {
					return &wire.Error{Kind: kind, Err: errors.New("the hub said so")}
				}
				return nil
			}
			r := begin(t, h, sourcetest.NewSink(), Options{})
			broken.Store(true)
			h.publish("0", body(1))
			h.publish("1", body(2))
			pass(300 * time.Millisecond)
			state := r.partition(t, "0")
			if state.Phase != source.Waiting || !strings.Contains(state.Reason, string(kind)) || !strings.Contains(state.Hint, hint) || state.Retry.IsZero() {
				t.Errorf("%s: got %+v, want it waiting, with reason and hint", kind, state)
			}
			if r.sink.Count() != 1 {
				t.Errorf("%s: got %d records, want the one of the other partition", kind, r.sink.Count())
			}
			broken.Store(false)
			pass(time.Minute)
			if got := r.partition(t, "0"); got.Phase != source.Running || got.Restarts == 0 || got.Reason != "" || r.sink.Count() != 2 {
				t.Errorf("%s: got %+v and %d records, want it running again", kind, got, r.sink.Count())
			}
			r.end(t)
		})
	}
}

func TestWatchdogRestartsAReaderThatGetsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newFakeHub(1)
		r := begin(t, h, sourcetest.NewSink(), Options{})
		pass(time.Second)
		h.deafen("0")
		pass(time.Second)
		h.publish("0", body(1))
		pass(time.Minute)
		if state := r.partition(t, "0"); state.Stalls != 0 || state.Lag.Events != 1 || state.Lag.Time < time.Minute || state.Lag.Time > 63*time.Second {
			t.Errorf("got %+v, want a lag of one event for a minute and no restart yet", state)
		}
		pass(2 * time.Minute)
		state := r.partition(t, "0")
		if state.Stalls != 1 || state.Restarts != 1 || r.sink.Count() != 1 || state.Lag.Events != 0 {
			t.Errorf("got %+v and %d records, want one restart and the record", state, r.sink.Count())
		}
		r.end(t)
	})
}

func TestQuietPartitionIsNotRestarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := filled(t, 1, 5)
		r := begin(t, h, sourcetest.NewSink(), Options{})
		pass(24 * time.Hour)
		if state := r.partition(t, "0"); state.Restarts != 0 || state.Stalls != 0 || state.Lag != (source.Lag{Known: true}) {
			t.Errorf("got %+v, want nothing to have happened", state)
		}
		r.end(t)
	})
}

// TestLagOfWhatCameIntoAnEmptyHub: the hub is asked now and then only, and it
// was empty the last time.
func TestLagOfWhatCameIntoAnEmptyHub(t *testing.T) {
	s := newStatus("0", retry.Wall{})
	s.observe(wire.Properties{First: 5, Last: 4, Empty: true})
	if lag := s.snapshot().Lag; lag != (source.Lag{Known: true}) {
		t.Errorf("empty: got %+v, want no lag", lag)
	}
	s.receive([]wire.Event{{Sequence: 5}, {Sequence: 6}})
	if lag := s.snapshot().Lag; lag.Events != 2 {
		t.Errorf("received: got %+v, want a lag of 2 events", lag)
	}
	s.durable(mark{sequence: 6}, time.Now())
	if lag := s.snapshot().Lag; lag.Events != 0 {
		t.Errorf("durable: got %+v, want no lag", lag)
	}
}

func TestSlowStoreIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := filled(t, 1, 5)
		sink := sourcetest.NewSink()
		s := sourceOf(h, sink, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1) // it never waits for the test
		go func() {
			done <- s.Run(ctx, func(ctx context.Context, b *event.Batch) (event.Wait, error) {
				time.Sleep(time.Hour)
				return sink.Deliver(ctx, b)
			})
		}()
		synctest.Wait()
		h.publish("0", body(9))
		pass(50 * time.Minute)
		if p := s.Partitions()[0]; p.Restarts != 0 || p.Lag.Events != 6 {
			t.Errorf("got %+v, want no restart and a lag of 6", p)
		}
		pass(2 * time.Hour)
		if sink.Count() != 6 {
			t.Errorf("got %d records, want 6", sink.Count())
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
}

func TestNewPartitionsArePickedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := filled(t, 1, 2)
		r := begin(t, h, sourcetest.NewSink(), Options{})
		pass(time.Second)
		h.add("1")
		h.publish("1", body(7))
		pass(2 * time.Minute)
		if r.sink.Count() != 3 || len(r.Partitions()) != 2 {
			t.Errorf("got %d records and %+v, want the new partition read", r.sink.Count(), r.Partitions())
		}
		r.end(t)
	})
}

func TestMissingEventsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := filled(t, 1, 5)
		sink := sourcetest.NewSink()
		r := begin(t, h, sink, Options{})
		pass(time.Second)
		r.end(t)
		for i := range 10 {
			h.publish("0", body(10+i))
		}
		h.expire("0", 8)
		r = begin(t, h, sink, Options{})
		pass(time.Second)
		if state := r.partition(t, "0"); state.Missed != 3 || sink.Count() != 12 || state.Lag.Events != 0 {
			t.Errorf("got %+v and %d records, want 3 missed and 12 records", state, sink.Count())
		}
		r.end(t)
	})
}

func TestHubThatWasMadeAnewIsReadFromItsStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := sourcetest.NewSink()
		r := begin(t, filled(t, 1, 50), sink, Options{})
		pass(time.Second)
		r.end(t)
		h := newFakeHub(1)
		h.publish("0", body(100), body(101))
		r = begin(t, h, sink, Options{})
		pass(time.Second)
		if sink.Count() != 52 {
			t.Errorf("got %d records, want 52", sink.Count())
		}
		r.end(t)
	})
}

func TestOffsetThatTheHubRefusesIsLeftForTheEarliest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, sink := filled(t, 1, 5), sourcetest.NewSink()
		r := begin(t, h, sink, Options{})
		pass(time.Second)
		r.end(t)
		h.publish("0", body(5))
		h.open = func(_ string, opt wire.Opening) error {
			if opt.Start.After {
				return &wire.Error{Kind: wire.BadOffset, Err: errors.New("geo-replication has another offset")}
			}
			return nil
		}
		r = begin(t, h, sink, Options{})
		pass(10 * time.Second)
		if state := r.partition(t, "0"); state.Sequence != 5 || len(sink.Records) != 6 {
			t.Errorf("got %+v and %d different records, want all", state, len(sink.Records))
		}
		r.end(t)
	})
}

func TestUnreadableEventIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := filled(t, 1, 30)
		n := 0
		h.receive = func(string) error {
			if n++; n%3 == 0 {
				return &wire.Error{Kind: wire.Unreadable, Err: errors.New("partition key is no string")}
			}
			return nil
		}
		r := begin(t, h, sourcetest.NewSink(), Options{})
		pass(time.Minute)
		state := r.partition(t, "0")
		if state.Missed == 0 || state.Restarts != 0 || r.sink.Count() != 30 {
			t.Errorf("got %+v and %d records, want them to be 30 with those missed, which are rejected", state, r.sink.Count())
		}
		r.end(t)
	})
}

// TestUnbearableEventsArePassedOver: at the beginning, two in a row, and the
// last one, behind which nothing comes.
func TestUnbearableEventsArePassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := filled(t, 1, 30)
		h.partitions["0"].unbearable = map[int64]bool{0: true, 7: true, 8: true, 29: true}
		r := begin(t, h, sourcetest.NewSink(), Options{})
		pass(time.Minute)
		state := r.partition(t, "0")
		if state.Missed != 4 || r.sink.Count() != 30 || state.Sequence != 29 || state.Lag != (source.Lag{Known: true}) {
			t.Errorf("got %+v and %d records, want 30 of which 4 are rejected", state, r.sink.Count())
		}
		pass(time.Hour)
		if again := r.partition(t, "0"); again.Restarts != state.Restarts || again.Phase != source.Running {
			t.Errorf("an hour later: got %+v, want it undisturbed", again)
		}
		r.end(t)
	})
}

// TestReaderThatBearsNothingIsHeldToBeAtFault: events are not passed over
// without end.
func TestReaderThatBearsNothingIsHeldToBeAtFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := filled(t, 1, 2*unreadables)
		h.receive = func(string) error { return &wire.Error{Kind: wire.Unbearable, Err: errors.New("no idea")} }
		r := begin(t, h, sourcetest.NewSink(), Options{})
		pass(time.Hour)
		if state := r.partition(t, "0"); state.Missed != unreadables || state.Phase != source.Waiting {
			t.Errorf("got %+v, want it to wait after %d events", state, unreadables)
		}
		r.end(t)
	})
}

func TestEveryBodyGoesOn(t *testing.T) {
	h := newFakeHub(1)
	h.publish("0", body(1), "", "\x00", "not json", `{"records":[{"time": oops}]}`, "[", "\xff\xfe", `"text"`, `{"records":[]}`, strings.Repeat("[", 100_000), body(2))
	sink := sourcetest.NewSink()
	s := sourceOf(h, sink, Options{UntilCaughtUp: true})
	if err := s.Run(t.Context(), sink.Deliver); err != nil {
		t.Fatal(err)
	}
	good := 0
	for record := range sink.Records {
		if strings.Contains(record, `"correlationId"`) && !strings.HasPrefix(record, "reject") {
			good++
		}
	}
	if good != 2 || s.Partitions()[0].Sequence != 10 {
		t.Errorf("got %d good records and %+v, want 2 and the partition at its end", good, s.Partitions()[0])
	}
}

func TestBatchesAreBoundedInBytes(t *testing.T) {
	h := newFakeHub(4)
	for i := range 400 {
		h.publish(fmt.Sprint(i%4), fmt.Sprintf(`{"n":%d,"pad":%q}`, i, strings.Repeat("x", 100_000)))
	}
	sink := sourcetest.NewSink()
	s := sourceOf(h, sink, Options{UntilCaughtUp: true})
	s.cfg.Memory, s.cfg.Batch.Events = 8<<20, 10_000 // two megabytes for each partition, half of them for a batch
	h.most = 3                                       // as much as a reader may hold
	var largest atomic.Int64
	err := s.Run(t.Context(), func(ctx context.Context, b *event.Batch) (event.Wait, error) {
		size := int64(0)
		for i := range b.Messages {
			size += int64(len(b.Messages[i].Body))
		}
		largest.Store(max(largest.Load(), size))
		return sink.Deliver(ctx, b)
	})
	if err != nil || sink.Count() != 400 {
		t.Fatalf("got %v and %d records, want 400", err, sink.Count())
	}
	if n := largest.Load(); n > 1<<20+300_000 {
		t.Errorf("got a batch of %d bytes, want a megabyte and what one reading may add to it", n)
	}
}

// ledger is the sink's positions with steps of their own.
type ledger struct{ *sourcetest.Sink }

func (l ledger) Step(ctx context.Context, steps ...event.Position) error {
	for _, p := range steps {
		wait, err := l.Deliver(ctx, &event.Batch{Position: p})
		if err != nil {
			return err
		}
		if _, err := wait(); err != nil {
			return err
		}
	}
	return nil
}

func TestReadersShareAHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, sink := newFakeHub(4), sourcetest.NewSink()
		reader := func(name string) *runs {
			return begin(t, h, sink, Options{Owners: func(source string) lease.Owners {
				return lease.New(ledger{sink}, source, lease.Options{Owner: name})
			}})
		}
		publish := func(from int) {
			for i := range 40 {
				h.publish(fmt.Sprint(i%4), body(from+i))
			}
		}
		count := func(r *runs) map[source.Phase]int {
			phases := map[source.Phase]int{}
			for _, p := range r.Partitions() {
				phases[p.Phase]++
			}
			return phases
		}
		a := reader("a")
		pass(time.Second)
		publish(0)
		b := reader("b")
		publish(100)
		pass(30 * time.Second)
		publish(200)
		pass(30 * time.Second)
		want := map[source.Phase]int{source.Running: 2, source.Idle: 2}
		if diff := cmp.Diff(want, count(a)) + cmp.Diff(want, count(b)); diff != "" {
			t.Errorf("shares differ (-want +got):\n%s", diff)
		}
		a.end(t)
		publish(300)
		pass(15 * time.Second)
		if got := count(b)[source.Running]; got != 4 {
			t.Errorf("after the other stopped: got %d partitions, want 4", got)
		}
		records := 0
		for r, n := range sink.Records {
			if n != 1 {
				t.Errorf("record %.60s arrived %d times, want once", r, n)
			}
			records += n
		}
		if records != 160 {
			t.Errorf("got %d records, want 160", records)
		}
		b.end(t)
	})
}
