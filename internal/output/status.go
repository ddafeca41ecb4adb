package output

import (
	"log/slog"
	"sync"
	"time"

	"nephoscope/internal/retry"
	"nephoscope/internal/schema"
)

// A status is a State under a lock, with what is needed to keep it.
type status struct {
	clock retry.Clock
	log   *slog.Logger

	mu     sync.Mutex
	state  State
	oldest schema.DatetimeValue // arrival of the first waiting row
}

func (s *status) init(clock retry.Clock, log *slog.Logger, state State) {
	s.clock, s.log, s.state = clock, log, state
	s.state.Phase, s.state.Since = Starting, clock.Now()
}

// enter notes a phase, and logs it where it is news.
func (s *status) enter(p Phase) {
	s.mu.Lock()
	before := s.state.Phase
	if before != p {
		s.state.Phase, s.state.Since, s.state.Reason, s.state.Retry = p, s.clock.Now(), "", time.Time{}
	}
	s.mu.Unlock()
	switch {
	case before == p:
	case p == Stopped:
		s.log.Info("output stopped")
	case before == Starting || before == Stopped:
		s.log.Info("output started")
	}
}

// failed notes an attempt that failed, of which the next is at retry.
func (s *status) failed(err error, retry time.Time) {
	s.mu.Lock()
	first := s.state.Phase != Waiting
	if first {
		s.state.Since = s.clock.Now()
	}
	s.state.Phase, s.state.Reason, s.state.Retry = Waiting, err.Error(), retry
	s.state.LastError, s.state.LastErrorAt = err.Error(), s.clock.Now()
	s.state.Failures++
	s.mu.Unlock()
	if first {
		s.log.Warn("output failed, is tried again", "err", err, "retry", retry)
	}
}

// passed notes that deliveries work again.
func (s *status) passed() {
	s.enter(Running)
	s.log.Info("output works again")
}

func (s *status) reached(sequence int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Sequence = sequence
}

func (s *status) ahead(a Ahead) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.LagRows, s.oldest = a.Rows, a.Oldest
}

// moved notes a step of the cursor.
func (s *status) moved(b *Batch, refused int, reached int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Sequence = reached
	if b == nil || len(b.Rows) == 0 {
		return
	}
	n := int64(len(b.Rows))
	s.state.Batches++
	s.state.Delivered += n - int64(refused)
	s.state.Refused += int64(refused)
	s.state.LagRows = max(0, s.state.LagRows-n)
	s.oldest = b.Rows[n-1].Arrived
	if refused > 0 {
		s.log.Warn("rows became dead letters", "rows", refused)
	}
}

func (s *status) snapshot() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.state
	if state.LagRows > 0 {
		state.Lag = max(0, s.clock.Now().Sub(s.oldest.Time()))
	}
	return state
}
