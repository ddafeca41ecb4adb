package source

import (
	"math/rand/v2"
	"time"
)

// A Clock tells the time and lets it pass.
type Clock interface {
	Now() time.Time
	// After returns a channel that gets the time once d has passed.
	After(d time.Duration) <-chan time.Time
}

// Wall is the real clock.
type Wall struct{}

// Now returns the time.
func (Wall) Now() time.Time { return time.Now() }

// After is time.After.
func (Wall) After(d time.Duration) <-chan time.Time { return time.After(d) }

// A Backoff tells how long to wait before something is tried again. The zero
// value waits a second at first and five minutes at most.
type Backoff struct {
	First, Most time.Duration
	// Random returns a number from 0 to 1, 1 excluded; math/rand's if nil.
	Random func() float64
}

// Delay returns the time to wait after that many failures in a row, one or
// more: it doubles each time up to Most, and is then shortened by up to a
// quarter at random, so that many that failed together do not return together.
func (b Backoff) Delay(failures int) time.Duration {
	first, most, random := b.First, b.Most, b.Random
	if first <= 0 {
		first = time.Second
	}
	if most <= 0 {
		most = 5 * time.Minute
	}
	if random == nil {
		random = rand.Float64
	}
	d := first
	for range failures - 1 {
		if d >= most/2 {
			d = most
			break
		}
		d *= 2
	}
	d = min(d, most)
	return d - time.Duration(random()*float64(d)/4)
}
