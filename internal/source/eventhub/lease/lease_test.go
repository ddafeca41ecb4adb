package lease_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/source/eventhub/lease"
)

// ledger is positions in memory.
type ledger struct {
	mu     sync.Mutex
	tokens map[string]string
	steps  int
	// meddle is called before each step.
	meddle func()
}

func newLedger() *ledger { return &ledger{tokens: map[string]string{}} }

func (l *ledger) Position(_ context.Context, source, partition string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tokens[source+"/"+partition], nil
}

func (l *ledger) Step(_ context.Context, steps ...event.Position) error {
	if l.meddle != nil {
		l.meddle()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.steps++
	for _, p := range steps {
		if l.tokens[p.Source+"/"+p.Partition] != p.From {
			return fmt.Errorf("step %+v: %w", p, event.ErrMoved)
		}
	}
	for _, p := range steps {
		l.tokens[p.Source+"/"+p.Partition] = p.To
	}
	return nil
}

func partitions(n int) (list []string) {
	for i := range n {
		list = append(list, strconv.Itoa(i))
	}
	return list
}

func reader(l *ledger, owner string) *lease.Shared {
	return lease.New(l, "hub", lease.Options{Owner: owner})
}

// balance plays one round and returns the epochs by partition.
func balance(t *testing.T, o lease.Owners, n int) map[string]int64 {
	t.Helper()
	claims, err := o.Balance(t.Context(), partitions(n))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, c := range claims {
		got[c.Partition] = c.Epoch
	}
	return got
}

func TestOneReaderHasAllAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		if got := balance(t, reader(l, "a"), 32); len(got) != 32 || got["7"] != 1 {
			t.Errorf("got %v, want all with epoch 1", got)
		}
		// It was killed: what it had is its own again at once, above the dead one.
		if got := balance(t, reader(l, "a"), 32); len(got) != 32 || got["7"] != 2 {
			t.Errorf("after a crash: got %v, want all with epoch 2", got)
		}
	})
}

func TestNewPartitionsAreClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := reader(newLedger(), "a")
		balance(t, a, 2)
		if got := balance(t, a, 5); len(got) != 5 || got["0"] != 1 || got["4"] != 1 {
			t.Errorf("got %v, want five, none of them anew", got)
		}
	})
}

func TestNewcomersGetTheirShareWithinOneRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		a, b, c := reader(l, "a"), reader(l, "b"), reader(l, "c")
		balance(t, a, 8)
		if got := balance(t, b, 8); len(got) != 4 {
			t.Errorf("second: got %v, want 4", got)
		}
		if got := balance(t, a, 8); len(got) != 4 {
			t.Errorf("first: got %v, want 4 left", got)
		}
		if got := len(balance(t, c, 8)); got < 2 || got > 3 {
			t.Errorf("third: got %d, want 2 or 3", got)
		}
		sum := map[string]bool{}
		for _, o := range []lease.Owners{a, b, c} {
			for p := range balance(t, o, 8) {
				if sum[p] {
					t.Errorf("partition %s has two owners", p)
				}
				sum[p] = true
			}
		}
		if len(sum) != 8 {
			t.Errorf("got %d partitions owned, want 8", len(sum))
		}
	})
}

func TestStolenPartitionHasAHigherEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		a, b := reader(l, "a"), reader(l, "b")
		before := balance(t, a, 4)
		for p, epoch := range balance(t, b, 4) {
			if epoch <= before[p] {
				t.Errorf("partition %s: got epoch %d, want it above %d", p, epoch, before[p])
			}
		}
	})
}

func TestPartitionsOfADeadReaderAreTakenWhenTheirTermEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		dead, b := reader(l, "dead"), reader(l, "b")
		balance(t, dead, 4)
		balance(t, b, 4)
		for range 2 {
			time.Sleep(lease.Period)
			if got := balance(t, b, 4); len(got) != 2 {
				t.Errorf("got %v, want no more than its share while the other may live", got)
			}
		}
		time.Sleep(lease.Period + time.Millisecond)
		if got := balance(t, b, 4); len(got) != 4 {
			t.Errorf("got %v, want all", got)
		}
	})
}

func TestReleasedPartitionsNeedNoWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		a, b := reader(l, "a"), reader(l, "b")
		balance(t, a, 4)
		balance(t, b, 4)
		if err := a.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := balance(t, b, 4)
		if len(got) != 4 {
			t.Errorf("got %v, want all", got)
		}
		for p, epoch := range got {
			if epoch < 1 || epoch > 2 {
				t.Errorf("partition %s: got epoch %d, want it to have gone on from the one released", p, epoch)
			}
		}
	})
}

func TestLostLeaseIsNoticedAndTheOthersAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		a := reader(l, "a")
		balance(t, a, 8)
		time.Sleep(time.Second)
		l.meddle = func() { // between reading and renewing
			l.meddle = nil
			l.tokens["lease:hub/5"] = "1:9:99999999999999:other"
		}
		got := balance(t, a, 8)
		if _, ok := got["5"]; ok || len(got) != 7 {
			t.Errorf("got %v, want all but 5", got)
		}
	})
}

// TestARenewalDoesNotKeepAPartition lets two readers balance at the same time,
// round after round, as they do when they were started together: the one with
// too many always renews between the other's look and its step.
func TestARenewalDoesNotKeepAPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		a, b := reader(l, "a"), reader(l, "b")
		balance(t, a, 4)
		time.Sleep(lease.Period)
		l.meddle = func() {
			l.meddle = nil
			balance(t, a, 4)
		}
		if got := balance(t, b, 4); len(got) != 2 {
			t.Errorf("got %v, want the half of four", got)
		}
		if got := balance(t, a, 4); len(got) != 2 {
			t.Errorf("got %v, want the other half left", got)
		}
	})
}

func TestAFasterClaimIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		balance(t, reader(l, "a"), 2)
		l.meddle = func() {
			l.meddle = nil
			l.tokens["lease:hub/0"] = "1:9:99999999999999:other"
		}
		if got := balance(t, reader(l, "b"), 2); len(got) != 0 {
			t.Errorf("got %v, want nothing: another was faster", got)
		}
	})
}

// TestReadersAgree lets readers come, go and die in any order: no partition
// has two owners at any time, and in the end each reader has its share.
func TestReadersAgree(t *testing.T) {
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) { agree(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

func agree(t *testing.T, dice *rand.Rand) {
	const n = 7
	l := newLedger()
	alive := map[string]*lease.Shared{}
	owned := map[string]map[string]int64{}
	for round := range 60 {
		name := strconv.Itoa(dice.IntN(5))
		switch what := dice.IntN(10); {
		case round > 50 || what > 3:
		case alive[name] == nil:
			alive[name] = reader(l, name)
		case what == 0: // killed
			delete(alive, name)
			delete(owned, name)
		default:
			if err := alive[name].Release(t.Context()); err != nil {
				t.Fatal(err)
			}
			delete(alive, name)
			delete(owned, name)
		}
		for name, o := range alive {
			owned[name] = balance(t, o, n)
		}
		time.Sleep(lease.Period)
	}
	epochs := map[string]int64{}
	for name, o := range alive {
		got := balance(t, o, n)
		if low, high := n/len(alive), (n+len(alive)-1)/len(alive); len(got) < low || len(got) > high {
			t.Errorf("reader %s of %d has %d of %d partitions, want %d to %d", name, len(alive), len(got), n, low, high)
		}
		for p, epoch := range got {
			if _, twice := epochs[p]; twice {
				t.Errorf("partition %s has two owners", p)
			}
			epochs[p] = epoch
		}
	}
	if len(alive) > 0 && len(epochs) != n {
		t.Errorf("got %d partitions owned, want %d", len(epochs), n)
	}
}

func TestAloneHasAll(t *testing.T) {
	if got := balance(t, lease.Alone{}, 3); len(got) != 3 || got["1"] >= 0 {
		t.Errorf("got %v, want three without an epoch", got)
	}
	if err := (lease.Alone{}).Release(t.Context()); err != nil {
		t.Error(err)
	}
}
