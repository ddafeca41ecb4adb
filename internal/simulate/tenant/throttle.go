package tenant

import (
	"math"
	"sync"
	"time"
)

// A Limit is a bucket of reads: each principal has one per subscription, and
// all principals of a subscription have one of fifteen times that together.
type Limit struct {
	Reads     int     // what the bucket holds, 250 if 0
	PerSecond float64 // how fast it fills, 25 if 0
}

// together is how many times a principal's limit a subscription has.
const together = 15

// A limiter counts reads.
type limiter struct {
	limit   Limit
	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	left float64
	seen time.Time
}

func newLimiter(limit Limit) *limiter {
	if limit.Reads == 0 {
		limit.Reads = 250
	}
	if limit.PerSecond == 0 {
		limit.PerSecond = 25
	}
	return &limiter{limit: limit, buckets: make(map[string]*bucket)}
}

// take takes a read out of the buckets. If one is empty it returns how long to
// wait, in whole seconds; else what is left in the principal's.
func (l *limiter) take(principal, subscription string, now time.Time) (left int, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.filled(principal+" "+subscription, 1, now)
	all := l.filled(subscription, together, now)
	if lacking := max(1-own.left, (1-all.left)/together); lacking > 0 {
		return 0, time.Duration(math.Ceil(lacking/l.limit.PerSecond)) * time.Second
	}
	own.left--
	all.left--
	return int(own.left), 0
}

// filled returns a bucket as it is now.
func (l *limiter) filled(key string, times int, now time.Time) *bucket {
	full := float64(times * l.limit.Reads)
	b := l.buckets[key]
	if b == nil {
		b = &bucket{left: full, seen: now}
		l.buckets[key] = b
	}
	if passed := now.Sub(b.seen).Seconds(); passed > 0 {
		b.left, b.seen = min(full, b.left+passed*float64(times)*l.limit.PerSecond), now
	}
	return b
}
