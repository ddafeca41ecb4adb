package output_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"nephoscope/internal/output"
	"nephoscope/internal/store"
)

// unruly is an output on which everything goes wrong now and then.
type unruly struct {
	mu    sync.Mutex
	dice  *rand.Rand
	bad   map[string]bool // names that are never taken
	first []string        // names in the order in which they were first taken
	taken map[string]bool
}

func (u *unruly) Deliver(ctx context.Context, b *output.Batch) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	chance := u.dice.Float64()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case chance < 0.1:
		return errors.New("no network")
	case chance < 0.2:
		return output.RetryAfter(errors.New("throttled"), time.Duration(u.dice.IntN(90))*time.Second)
	case chance < 0.3: // some arrive, and the answer is lost
		u.take(b, u.dice.IntN(len(b.Rows)))
		return errors.New("the connection was cut")
	}
	var refused []output.Refusal
	for i, row := range b.Rows {
		if u.bad[row.Values[1].(string)] {
			refused = append(refused, output.Refusal{Row: i, Reason: output.Refused, Detail: "no"})
		}
	}
	if len(refused) > 0 && chance < 0.6 {
		return output.Permanent(errors.New("something in it is bad"))
	}
	u.take(b, len(b.Rows))
	if len(refused) > 0 {
		return &output.RefusedError{Rows: refused}
	}
	return nil
}

func (u *unruly) take(b *output.Batch, n int) {
	for _, row := range b.Rows[:n] {
		if name := row.Values[1].(string); !u.bad[name] && !u.taken[name] {
			u.taken[name] = true
			u.first = append(u.first, name)
		}
	}
}

// TestWhateverGoesWrong: rows arrive while deliveries fail in all ways, commits
// fail, and the runner is stopped and started again. In the end each row was
// taken, in order, or has a dead letter.
func TestWhateverGoesWrong(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			s := newScene(t)
			dice := rand.New(rand.NewPCG(seed, 1))
			u := &unruly{dice: rand.New(rand.NewPCG(seed, 2)), bad: map[string]bool{}, taken: map[string]bool{}}
			failing := rand.New(rand.NewPCG(seed, 3))
			var commits sync.Mutex
			s.Fail = func(b *store.Batch) error {
				commits.Lock()
				defer commits.Unlock()
				if len(b.Positions) > 0 && failing.Float64() < 0.1 {
					return errors.New("the disk is full")
				}
				return nil
			}
			for range 6 {
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error)
				r := s.runner(u, func(f *output.Feed) { f.Rows = int64(1 + dice.IntN(15)) })
				go func() { done <- r.Run(ctx) }()
				for range 1 + dice.IntN(3) {
					for n := s.n; n < s.n+20; n++ {
						u.mu.Lock()
						u.bad[fmt.Sprintf("r%d", n)] = dice.Float64() < 0.05
						u.mu.Unlock()
					}
					s.add(1 + dice.IntN(20))
					s.Skip(int64(dice.IntN(1000)))
					time.Sleep(time.Duration(dice.IntN(120)) * time.Second)
				}
				cancel()
				if err := <-done; !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want an error that says it was told to stop", err)
				}
			}
			s.drain(s.runner(u, nil))
			u.check(t, seed, s)
		})
	}
}

func (u *unruly) check(t *testing.T, seed uint64, s *scene) {
	t.Helper()
	var good, dead []string
	for _, row := range s.Rows("Deliveries").Rows {
		if u.bad[row.Values[1].(string)] {
			dead = append(dead, row.ID)
		} else {
			good = append(good, row.Values[1].(string))
		}
	}
	if !slices.Equal(u.first, good) {
		t.Errorf("seed %d: taken %v, want %v", seed, u.first, good)
	}
	var letters []string
	for _, row := range s.Rows("DeadLetter").Rows {
		letters = append(letters, row.Values[3].(string))
	}
	if !slices.Equal(letters, dead) {
		t.Errorf("seed %d: dead letters %v, want %v", seed, letters, dead)
	}
}
