package space

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// MaxSeats is how many receivers without an epoch may read a partition for the
// same consumer group.
const MaxSeats = 5

// Seats say who reads a partition. Of the receivers of a consumer group either
// one has an epoch and is alone, or up to MaxSeats have none. The zero value
// is ready.
type Seats struct {
	mu     sync.Mutex
	groups map[string][]*Seat
}

// A Seat is one receiver's.
type Seat struct {
	Group string // in any case
	Name  string // what the receiver calls itself, for texts
	// Epoch counts only with HasEpoch.
	Epoch    int64
	HasEpoch bool
	// Evict tells the receiver that another one with epoch by took its seat.
	// It is called once at most, with no lock held, and must not block.
	Evict func(by *Seat)
}

// An OutrankedError refuses a receiver because of one with a higher epoch, or
// one without an epoch because of any that has one.
type OutrankedError struct{ Seat, By *Seat }

func (e *OutrankedError) Error() string {
	if !e.Seat.HasEpoch {
		return fmt.Sprintf("receiver %q has epoch %d: one without an epoch cannot read beside it", e.By.Name, e.By.Epoch)
	}
	return fmt.Sprintf("receiver %q has epoch %d, which is higher than %d", e.By.Name, e.By.Epoch, e.Seat.Epoch)
}

// A CrowdedError refuses a receiver without an epoch because as many as may be
// are there.
type CrowdedError struct{ Names []string }

func (e *CrowdedError) Error() string {
	return fmt.Sprintf("%d receivers without an epoch read this partition for the consumer group, which is the most allowed: %s",
		len(e.Names), strings.Join(e.Names, ", "))
}

// Take gives a receiver its seat. Those that have to go for it have been
// evicted when Take returns; else the error is an *OutrankedError or a
// *CrowdedError.
func (s *Seats) Take(seat *Seat) error {
	evicted, err := s.take(seat)
	for _, old := range evicted {
		old.Evict(seat)
	}
	return err
}

func (s *Seats) take(seat *Seat) (evicted []*Seat, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.ToLower(seat.Group)
	present := s.groups[key]
	if seat.HasEpoch {
		if len(present) > 0 && present[0].HasEpoch && present[0].Epoch > seat.Epoch {
			return nil, &OutrankedError{seat, present[0]}
		}
		evicted, present = present, nil
	} else if err := refuseBeside(present, seat); err != nil {
		return nil, err
	}
	if s.groups == nil {
		s.groups = make(map[string][]*Seat)
	}
	s.groups[key] = append(slices.Clip(present), seat)
	return evicted, nil
}

func refuseBeside(present []*Seat, seat *Seat) error {
	if len(present) > 0 && present[0].HasEpoch {
		return &OutrankedError{seat, present[0]}
	}
	if len(present) < MaxSeats {
		return nil
	}
	e := new(CrowdedError)
	for _, p := range present {
		e.Names = append(e.Names, fmt.Sprintf("%q", p.Name))
	}
	return e
}

// Leave gives a seat back. One that was evicted, or has left, may leave again.
func (s *Seats) Leave(seat *Seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.ToLower(seat.Group)
	left := slices.DeleteFunc(slices.Clone(s.groups[key]), func(p *Seat) bool { return p == seat })
	if len(left) == 0 {
		delete(s.groups, key)
		return
	}
	s.groups[key] = left
}

// Count is how many receivers there are, of all groups.
func (s *Seats) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, seats := range s.groups {
		n += len(seats)
	}
	return n
}
