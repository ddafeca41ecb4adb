package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"nephoscope/internal/event"
	"nephoscope/internal/store"
)

// gated is a memory whose first commit waits to be let go.
type gated struct {
	*memory
	began, goOn chan struct{}
	refuse      func(b *store.Batch) error
}

func newGated() *gated {
	return &gated{memory: newMemory(), began: make(chan struct{}), goOn: make(chan struct{}), refuse: func(*store.Batch) error { return nil }}
}

func (g *gated) Commit(ctx context.Context, b *store.Batch) (store.Result, error) {
	if g.commits == 0 {
		close(g.began)
		<-g.goOn
	}
	if err := g.refuse(b); err != nil {
		return store.Result{}, err
	}
	return g.memory.Commit(ctx, b)
}

// of is a batch of a partition.
func of(partition, from, to string, bodies ...string) *event.Batch {
	b := batch(from, to, bodies...)
	b.Position.Partition = partition
	return b
}

// queued delivers a first batch, whose commit hangs, and then the others.
func queued(ctx context.Context, t *testing.T, g *gated, c *Conveyor, batches ...*event.Batch) (waits []event.Wait) {
	t.Helper()
	first, err := c.Deliver(t.Context(), of("first", "", "1", record("first")))
	if err != nil {
		t.Fatal(err)
	}
	<-g.began
	for _, b := range batches {
		wait, err := c.Deliver(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait)
	}
	close(g.goOn)
	if _, err := first(); err != nil {
		t.Fatal(err)
	}
	return waits
}

// TestWhatGathersIsOneCommit: batches of several partitions, and several of
// one, that come while another is committed.
func TestWhatGathersIsOneCommit(t *testing.T) {
	g := newGated()
	c := conveyor(t, g, Options{})
	waits := queued(t.Context(), t, g, c,
		of("a", "", "1", record("a"), record("a"), `[1]`), of("b", "", "1", record("b")), of("a", "1", "2", record("b"), record("c")))
	want := []event.Counts{{Read: 3, Committed: 1, Duplicate: 1, Quarantined: 1}, {Read: 1, Committed: 1}, {Read: 2, Committed: 1, Duplicate: 1}}
	var sum, all event.Counts
	for i, wait := range waits {
		got, err := wait()
		if err != nil || got.Read != want[i].Read || got.Read != got.Committed+got.Duplicate+got.Quarantined {
			t.Errorf("batch %d: got %+v, %v, want %+v", i, got, err, want[i])
		}
		sum.Add(got)
		all.Add(want[i])
	}
	sum.Shapes = all.Shapes
	if sum != all {
		t.Errorf("got %+v, want %+v", sum, all)
	}
	if g.commits != 2 || g.positions["a"] != "2" || g.positions["b"] != "1" {
		t.Errorf("got %d commits and positions %v, want what has gathered in one", g.commits, g.positions)
	}
}

// TestCommitsHaveABound: what has enough rows or bytes is not added to.
func TestCommitsHaveABound(t *testing.T) {
	g := newGated()
	c := conveyor(t, g, Options{})
	many := strings.Repeat("1,", commitRows)
	large := `"` + strings.Repeat("x", commitBytes/2) + `"`
	waits := queued(t.Context(), t, g, c,
		of("a", "", "1", "["+many+record("a")+"]"),                     // one commit
		of("b", "", "1", "["+large+"]"), of("c", "", "1", record("c")), // one more
		of("d", "", "1", "["+large+"]")) // and another
	for i, wait := range waits {
		if _, err := wait(); err != nil {
			t.Errorf("batch %d: %v", i, err)
		}
	}
	if g.commits != 4 {
		t.Errorf("got %d commits, want 4", g.commits)
	}
}

// TestRefusedBatchCostsTheOthersNothing: it is refused alone, and so is what
// starts where it was to end.
func TestRefusedBatchCostsTheOthersNothing(t *testing.T) {
	g := newGated()
	bad := errors.New("this cannot be stored")
	g.refuse = func(b *store.Batch) error {
		for _, p := range b.Positions {
			if p.To == "bad" {
				return bad
			}
		}
		return nil
	}
	c := conveyor(t, g, Options{})
	waits := queued(t.Context(), t, g, c,
		of("a", "", "1", record("a")), of("b", "", "bad", record("b")), of("b", "bad", "2", record("c")), of("a", "1", "2", record("d")))
	for i, want := range []error{nil, bad, event.ErrMoved, nil} {
		if _, err := waits[i](); !errors.Is(err, want) {
			t.Errorf("batch %d: got %v, want %v", i, err, want)
		}
	}
	if rows := strings.Join(g.rows["AzureActivity"], "\n"); strings.Count(rows, "\n") != 2 || g.positions["a"] != "2" || g.positions["b"] != "" {
		t.Errorf("got positions %v and rows\n%s", g.positions, rows)
	}
}

// TestWhatNobodyWantsIsNotCommitted: its source was told to stop.
func TestWhatNobodyWantsIsNotCommitted(t *testing.T) {
	g := newGated()
	c := conveyor(t, g, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	g.refuse = func(*store.Batch) error { cancel(); return nil } // while the first is committed
	waits := queued(ctx, t, g, c, of("a", "", "1", record("a")))
	if _, err := waits[0](); !errors.Is(err, context.Canceled) || g.positions["a"] != "" {
		t.Errorf("got %v and position %q, want context.Canceled and none", err, g.positions["a"])
	}
}

// TestRoomIsBounded: with the room full a delivery waits, before it is decoded.
func TestRoomIsBounded(t *testing.T) {
	g := newGated()
	c := conveyor(t, g, Options{Room: 10 * len(record("a"))})
	var waits []event.Wait
	for i := range 9 { // each takes a byte more than its record
		wait, err := c.Deliver(t.Context(), of(fmt.Sprint(i), "", "1", record("a")))
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait)
	}
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Deliver(impatient, of("9", "", "1", record("a"))); !errors.Is(err, context.Canceled) {
		t.Errorf("the tenth: got %v, want it to wait for room until it is told to stop", err)
	}
	close(g.goOn)
	for i, wait := range waits {
		if _, err := wait(); err != nil {
			t.Errorf("batch %d: %v", i, err)
		}
	}
	if _, err := deliver(t, c, of("9", "", "1", record("a"))); err != nil {
		t.Errorf("with room again: %v", err)
	}
}
