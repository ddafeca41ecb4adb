package output

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

// A Backoff tells how long to wait before a delivery is tried again. The zero
// value waits a second at first and two minutes at most.
type Backoff struct {
	First, Most time.Duration
	// Random returns a number from 0 to 1, 1 excluded; math/rand's if nil.
	Random func() float64
}

// longestAsked bounds what a receiver can ask for: a wrong answer must not
// stop an output for days.
const longestAsked = time.Hour

// Delay returns the wait after that many failures in a row, one or more, of
// which err is the last. The time doubles up to Most; a random part of it, up
// to half, is left out so that many that failed together do not return
// together. What the receiver asked for is the least, and up to a quarter is
// put on top of it.
func (b Backoff) Delay(failures int, err error) time.Duration {
	first, most, random := b.First, b.Most, b.Random
	if first <= 0 {
		first = time.Second
	}
	if most <= 0 {
		most = 2 * time.Minute
	}
	if random == nil {
		random = rand.Float64
	}
	d := min(first, most)
	for i := 1; i < failures && d < most; i++ {
		d = min(2*d, most)
	}
	d -= time.Duration(random() * float64(d) / 2)
	if asked := min(askedFor(err), longestAsked); asked > 0 {
		d = max(d, asked+time.Duration(random()*float64(asked)/4))
	}
	return d
}
