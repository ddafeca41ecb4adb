package output_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/output"
	"nephoscope/internal/output/outputtest"
	"nephoscope/internal/retry"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/tables"
)

// A scene is a store in memory with numbered rows.
type scene struct {
	*testing.T
	*outputtest.Memory
	catalog schema.Catalog
	n       int
}

func newScene(t *testing.T) *scene {
	catalog, err := tables.NewCatalog(outputtest.Table())
	if err != nil {
		t.Fatal(err)
	}
	return &scene{T: t, catalog: catalog, Memory: outputtest.NewMemory(catalog, schema.DatetimeOf(time.Now()))}
}

// add commits n rows named r0, r1 and so on.
func (s *scene) add(n int) {
	s.Helper()
	rows := schema.NewRows(outputtest.Table())
	for range n {
		rows.SetString(1, fmt.Sprintf("r%d", s.n))
		rows.End(schema.ID{13: byte(s.n >> 16), 14: byte(s.n >> 8), 15: byte(s.n)})
		s.n++
	}
	if _, err := s.Commit(s.Context(), &store.Batch{Rows: []*schema.Rows{rows}}); err != nil {
		s.Fatal(err)
	}
}

func (s *scene) runner(out output.Output, change func(*output.Feed)) *output.Runner {
	s.Helper()
	feed := output.Feed{Name: "out", Output: out, Start: output.Earliest, Rows: 10, Follow: []output.Selection{{Table: "Deliveries"}}}
	if change != nil {
		change(&feed)
	}
	r, err := output.New(s.Memory, s.Memory, s.catalog, output.Options{}, feed)
	if err != nil {
		s.Fatal(err)
	}
	return r
}

func (s *scene) drain(r *output.Runner) {
	s.Helper()
	if err := r.Drain(s.Context()); err != nil {
		s.Fatal(err)
	}
}

// take is an output that notes names, in batches.
type take struct {
	mu      sync.Mutex
	batches [][]string
	err     func(attempt int, b *output.Batch) error // asked before each attempt
	tried   int
}

func (k *take) Deliver(_ context.Context, b *output.Batch) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tried++
	if k.err != nil {
		if err := k.err(k.tried, b); err != nil {
			return err
		}
	}
	var names []string
	for _, row := range b.Rows {
		names = append(names, row.Values[1].(string))
	}
	k.batches = append(k.batches, names)
	return nil
}

func (k *take) names() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Concat(k.batches...)
}

func names(from, to int) []string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf("r%d", i))
	}
	return list
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestLatestBeginsWithWhatArrivesThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.add(5)
		out := &take{}
		latest := func(f *output.Feed) { f.Start = output.Latest }
		s.drain(s.runner(out, latest))
		s.add(3)
		s.drain(s.runner(out, latest))
		equal(t, "names", out.names(), names(5, 8))
	})
}

func TestLatestOfAnEmptyTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		out := &take{}
		latest := func(f *output.Feed) { f.Start = output.Latest }
		s.drain(s.runner(out, latest))
		s.add(3) // the very first row of the store is among them
		s.drain(s.runner(out, latest))
		equal(t, "names", out.names(), names(0, 3))
	})
}

func TestGapsArePassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		for range 4 {
			s.Skip(1_000_000_000)
			s.add(12)
		}
		out := &take{}
		s.drain(s.runner(out, nil))
		equal(t, "names", out.names(), names(0, 48))
		equal(t, "attempts", out.tried, 8)
	})
}

func TestConditionsChoose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.Chosen = func(where string, _ *output.Batch, row *output.Row) bool {
			return strings.HasSuffix(row.Values[1].(string), where)
		}
		s.add(100)
		out := &take{}
		r := s.runner(out, func(f *output.Feed) { f.Follow[0].Where = "7" })
		s.drain(r)
		equal(t, "names", out.names(), []string{"r7", "r17", "r27", "r37", "r47", "r57", "r67", "r77", "r87", "r97"})
		position, _ := s.Position(t.Context(), "output:out", "Deliveries")
		equal(t, "position", position, "99")
		equal(t, "rows behind the cursor", r.States()[0].LagRows, 0)
	})
}

func TestBatchesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.add(25)
		out := &take{}
		s.drain(s.runner(out, func(f *output.Feed) { f.Bytes = 4 }))
		equal(t, "names", out.names(), names(0, 25))
		for i, b := range out.batches {
			if len(b) > 4 {
				t.Errorf("batch %d has %d rows, want 4 at most", i, len(b))
			}
		}
	})
}

func TestFailuresWaitLongerAndLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.add(1)
		var at []time.Duration
		began := time.Now()
		out := &take{err: func(attempt int, _ *output.Batch) error {
			at = append(at, time.Since(began))
			switch {
			case attempt == 3:
				return output.RetryAfter(errors.New("throttled"), 30*time.Second)
			case attempt < 6:
				return errors.New("no network")
			}
			return nil
		}}
		r, err := output.New(s.Memory, s.Memory, s.catalog, output.Options{Backoff: retry.Backoff{Random: func() float64 { return 0 }}},
			output.Feed{Name: "out", Output: out, Start: output.Earliest, Follow: []output.Selection{{Table: "Deliveries"}}})
		if err != nil {
			t.Fatal(err)
		}
		s.drain(r)
		equal(t, "attempts", at, []time.Duration{0, 1 * time.Second, 3 * time.Second, 33 * time.Second, 41 * time.Second, 57 * time.Second})
		state := r.States()[0]
		equal(t, "failures", state.Failures, 5)
		equal(t, "last error", state.LastError, "no network")
		equal(t, "phase", state.Phase, output.Stopped)
	})
}

func TestStateWhileItFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.add(3)
		out := &take{err: func(int, *output.Batch) error { return errors.New("no network") }}
		r := s.runner(out, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		time.Sleep(10 * time.Second)
		s.add(4)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		state := r.States()[0]
		equal(t, "phase", state.Phase, output.Waiting)
		equal(t, "reason", state.Reason, "no network")
		equal(t, "rows waiting", state.LagRows, 7)
		if state.Lag < 10*time.Minute || state.Lag > 11*time.Minute || !state.Retry.After(time.Now()) {
			t.Errorf("got state %+v, want a lag of ten minutes and a retry to come", state)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the end of the context", err)
		}
	})
}

func TestADeliveryThatHangsIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.add(1)
		inner := &take{}
		r := s.runner(hangs{inner}, nil)
		s.drain(r)
		equal(t, "names", inner.names(), names(0, 1))
		if last := r.States()[0].LastError; !strings.Contains(last, "did not answer within 2m") {
			t.Errorf("last error %q, want one that tells the time", last)
		}
	})
}

// hangs is an output whose first delivery does not come back.
type hangs struct{ *take }

func (h hangs) Deliver(ctx context.Context, b *output.Batch) error {
	h.mu.Lock()
	h.tried++
	first := h.tried == 1
	h.mu.Unlock()
	if first {
		<-ctx.Done()
		return fmt.Errorf("send: %w", ctx.Err())
	}
	return h.take.Deliver(ctx, b)
}

func TestACommitThatFailsIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.add(15)
		failures := 0
		s.Fail = func(*store.Batch) error {
			if failures++; failures <= 2 {
				return errors.New("the disk is full")
			}
			return nil
		}
		out := &take{}
		s.drain(s.runner(out, nil))
		first := names(0, 10)
		equal(t, "names", out.names(), slices.Concat(first, first, first, names(10, 15)))
	})
}

func TestAnotherOwnerIsRespected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.add(30)
		out := &take{err: func(attempt int, _ *output.Batch) error {
			if attempt == 2 { // rows 10 to 19, which the other delivered first
				_, err := s.Commit(t.Context(), &store.Batch{Positions: []event.Position{{Source: "output:out", Partition: "Deliveries", From: "9", To: "19"}}})
				return err
			}
			return nil
		}}
		r := s.runner(out, nil)
		s.drain(r)
		equal(t, "names", out.names(), names(0, 30))
		if last := r.States()[0].LastError; !strings.Contains(last, "another process feeds this output") {
			t.Errorf("last error %q, want one that names the other process", last)
		}
	})
}

func TestARefusalThatMakesNoSenseIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.add(3)
		out := &take{err: func(attempt int, _ *output.Batch) error {
			if attempt == 1 {
				return &output.RefusedError{Rows: []output.Refusal{{Row: 3}}}
			}
			return nil
		}}
		r := s.runner(out, nil)
		s.drain(r)
		equal(t, "names", out.names(), names(0, 3))
		equal(t, "dead letters", len(s.Rows("DeadLetter").Rows), 0)
	})
}

// TestDeadLettersOfDeadLetters: two outputs that follow the table of dead
// letters and take nothing do not write to each other forever.
func TestDeadLettersOfDeadLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.add(2)
		never := &take{err: func(int, *output.Batch) error { return output.Permanent(errors.New("no")) }}
		follow := []output.Selection{{Table: "Deliveries"}, {Table: "DeadLetter"}}
		r, err := output.New(s.Memory, s.Memory, s.catalog, output.Options{},
			output.Feed{Name: "a", Output: never, Start: output.Earliest, Follow: follow},
			output.Feed{Name: "b", Output: never, Start: output.Earliest, Follow: follow})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			s.drain(r)
		}
		equal(t, "dead letters", len(s.Rows("DeadLetter").Rows), 4)
	})
}

func TestFeedsThatCannotBeFed(t *testing.T) {
	s := newScene(t)
	for _, c := range []struct {
		follow []output.Selection
		want   string
	}{
		{[]output.Selection{{Table: "Nothing"}}, `output x: there is no table "Nothing"`},
		{[]output.Selection{{Table: "Deliveries", Where: "a"}, {Table: "Deliveries"}}, "output x: table Deliveries is followed twice"},
	} {
		_, err := output.New(s.Memory, s.Memory, s.catalog, output.Options{}, output.Feed{Name: "x", Follow: c.follow})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %q", c.follow, err, c.want)
		}
	}
}
