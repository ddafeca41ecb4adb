package listen

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const quietFor = time.Minute

// A quietLog writes a message of one kind at most once in a minute, with the
// number of those left out: who floods us with connections must not flood the
// log. Kinds must be few.
type quietLog struct {
	out *slog.Logger

	mu   sync.Mutex
	seen map[string]*silence
}

type silence struct {
	since   time.Time
	omitted int
}

func newQuietLog(out *slog.Logger) *quietLog {
	return &quietLog{out: out, seen: make(map[string]*silence)}
}

func (q *quietLog) warn(kind, what string, args ...any) {
	if omitted, ok := q.due(kind, time.Now()); ok {
		q.out.With("omitted", omitted).Warn(what, args...) //nolint:sloglint // the callers' texts are constant
	}
}

// due says whether a message is to be written, and how many of its kind were
// not since the last one.
func (q *quietLog) due(kind string, now time.Time) (omitted int, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.seen[kind]
	if s == nil {
		q.seen[kind] = &silence{since: now}
		return 0, true
	}
	if now.Sub(s.since) < quietFor {
		s.omitted++
		return 0, false
	}
	omitted, s.omitted, s.since = s.omitted, 0, now
	return omitted, true
}

// A backoff waits longer each time, up to a second.
type backoff struct{ last time.Duration }

func (b *backoff) reset() { b.last = 0 }

func (b *backoff) wait(ctx context.Context) {
	b.last = min(max(2*b.last, 5*time.Millisecond), time.Second)
	timer := time.NewTimer(b.last)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
