package space

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// A row of seats remembers who was evicted by whom.
type row struct {
	Seats
	evicted []string
}

func (r *row) seat(group, name string, epoch ...int64) *Seat {
	s := &Seat{Group: group, Name: name}
	if len(epoch) > 0 {
		s.Epoch, s.HasEpoch = epoch[0], true
	}
	s.Evict = func(by *Seat) { r.evicted = append(r.evicted, name+" by "+by.Name) }
	return s
}

func TestSeats(t *testing.T) {
	r := new(row)
	take := func(s *Seat, want string, evicted ...string) {
		t.Helper()
		r.evicted = nil
		got := "in"
		if err := r.Take(s); err != nil {
			got = fmt.Sprintf("%T", err)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", s.Name, got, want)
		}
		if fmt.Sprint(r.evicted) != fmt.Sprint(evicted) {
			t.Errorf("%s: evicted %q, want %q", s.Name, r.evicted, evicted)
		}
	}
	const in, outranked, crowded = "in", "*space.OutrankedError", "*space.CrowdedError"

	take(r.seat("g", "a"), in)
	take(r.seat("G", "b"), in)
	take(r.seat("other", "x", 7), in) // groups know nothing of one another
	zero := r.seat("g", "zero", 0)
	take(zero, in, "a by zero", "b by zero")
	take(r.seat("g", "late"), outranked)
	same := r.seat("g", "same", 0)
	take(same, in, "zero by same")
	take(r.seat("g", "five", 5), in, "same by five")
	take(r.seat("g", "four", 4), outranked)
	six := r.seat("g", "six", 6)
	take(six, in, "five by six")

	r.Leave(same) // was evicted long ago
	take(r.seat("g", "late"), outranked)
	r.Leave(six)
	r.Leave(six)
	for i := range MaxSeats {
		take(r.seat("g", fmt.Sprint("n", i)), in)
	}
	take(r.seat("g", "sixth"), crowded)
	if got := r.Count(); got != MaxSeats+1 {
		t.Errorf("Count = %d, want %d", got, MaxSeats+1)
	}
}

// What a refused receiver is told names the others.
func TestSeatsTexts(t *testing.T) {
	r := new(row)
	if err := r.Take(r.seat("g", "owner-1", 3)); err != nil {
		t.Fatal(err)
	}
	var outranked *OutrankedError
	err := r.Take(r.seat("g", "owner-2", 2))
	if !errors.As(err, &outranked) || outranked.By.Name != "owner-1" {
		t.Errorf("Take = %v, want an *OutrankedError by owner-1", err)
	}
	for _, word := range []string{"owner-1", "3", "2"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
	r = new(row)
	for i := range MaxSeats {
		if err := r.Take(r.seat("g", fmt.Sprint("reader-", i))); err != nil {
			t.Fatal(err)
		}
	}
	err = r.Take(r.seat("g", "one too many"))
	for i := range MaxSeats {
		if name := fmt.Sprint("reader-", i); !strings.Contains(fmt.Sprint(err), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}

// Many claim one seat with the same epoch: exactly one has it in the end, and
// all the others were evicted once.
func TestSeatsRace(t *testing.T) {
	const claims = 200
	var (
		seats   Seats
		all     sync.WaitGroup
		mu      sync.Mutex
		evicted = make(map[int]int)
	)
	for i := range claims {
		all.Go(func() {
			s := &Seat{Group: "g", HasEpoch: true}
			s.Evict = func(*Seat) {
				mu.Lock()
				defer mu.Unlock()
				evicted[i]++
			}
			if err := seats.Take(s); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if seats.Count() != 1 || len(evicted) != claims-1 {
		t.Errorf("%d have a seat and %d were evicted, want 1 and %d", seats.Count(), len(evicted), claims-1)
	}
	for i, n := range evicted {
		if n != 1 {
			t.Errorf("claim %d was evicted %d times", i, n)
		}
	}
}
