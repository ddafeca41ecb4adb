// Package retry says when something is tried again: how long to wait after
// failures, by which clock. It stands beside the journey and knows nothing of
// it; whoever tries keeps count.
package retry

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
// value waits a second at first and two minutes at most.
type Backoff struct {
	First, Most time.Duration
	// Random returns a number from 0 to 1, 1 excluded; math/rand's if nil.
	Random func() float64
}

// longestAsked bounds what a peer can ask for: a wrong answer must not stop
// anything for days.
const longestAsked = time.Hour

// Delay returns the time to wait after that many failures in a row, one or
// more: it doubles each time up to Most, and is then shortened by up to a
// quarter at random, so that many that failed together do not return together.
// What the peer asked for, 0 for nothing, is the least, and up to a quarter is
// put on top of it.
func (b Backoff) Delay(failures int, asked time.Duration) time.Duration {
	b = b.whole()
	d := min(b.First, b.Most)
	for i := 1; i < failures && d < b.Most; i++ {
		d = min(2*d, b.Most)
	}
	d -= b.quarter(d)
	if asked = min(asked, longestAsked); asked > 0 {
		d = max(d, asked+b.quarter(asked))
	}
	return d
}

// quarter is a random part of d, up to a quarter.
func (b Backoff) quarter(d time.Duration) time.Duration {
	return time.Duration(b.Random() * float64(d) / 4)
}

// whole fills in what is not set.
func (b Backoff) whole() Backoff {
	if b.First <= 0 {
		b.First = time.Second
	}
	if b.Most <= 0 {
		b.Most = 2 * time.Minute
	}
	if b.Random == nil {
		b.Random = rand.Float64
	}
	return b
}
