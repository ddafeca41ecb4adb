package eventhub

import (
	"sync"
	"time"

	"nephoscope/internal/retry"
	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub/wire"
)

// settled is how long a reader must not have been refused to count as running
// with nothing received: the client library does not tell that a link is up,
// but refusals come at once.
const settled = 5 * time.Second

// A status is how a partition stands, for those who look, and for the watchdog.
type status struct {
	clock retry.Clock

	mu    sync.Mutex
	state source.PartitionState
	begun bool // before, so that the next beginning is a restart
	// received is the sequence number of the last event that was received; the
	// mark of the position at first.
	received int64
	// hungry is since when the reader waits for events, zero if it does not.
	hungry time.Time
	// hub is what the hub said last; asked tells that it said anything, and
	// level when it was last known to have nothing that is not durable.
	hub   wire.Properties
	asked bool
	level time.Time
	// behind is since when the hub has had events that were not received while
	// the reader waited for them.
	behind time.Time
}

func newStatus(partition string, clock retry.Clock) *status {
	return &status{
		clock: clock, received: -1,
		state: source.PartitionState{Partition: partition, Phase: source.Idle, Since: clock.Now(), Sequence: -1},
	}
}

// enter notes a change of phase.
func (s *status) enter(phase source.Phase, reason, hint string, retry time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if phase == source.Starting {
		if s.begun {
			s.state.Restarts++
		}
		s.begun = true
	}
	s.state.Phase, s.state.Since = phase, s.clock.Now()
	s.state.Reason, s.state.Hint, s.state.Retry = reason, hint, retry
	s.hungry, s.behind = time.Time{}, time.Time{}
}

// resume notes where reading goes on.
func (s *status) resume(m mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received, s.state.Sequence, s.state.Offset = m.sequence, m.sequence, m.offset
}

// wait notes that the reader waits for events from now on, or no more.
func (s *status) wait(waits bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hungry, s.behind = time.Time{}, time.Time{}
	if waits {
		s.hungry = s.clock.Now()
	}
}

// receive notes events that came.
func (s *status) receive(events []wire.Event) {
	n := 0
	for i := range events {
		n += len(events[i].Body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Events += int64(len(events))
	s.state.Bytes += int64(n)
	s.received = events[len(events)-1].Sequence
	if s.state.Phase != source.Running {
		s.state.Phase, s.state.Since, s.state.Reason, s.state.Hint = source.Running, s.clock.Now(), "", ""
	}
}

// pass notes that events are missing: not kept any more, or not readable.
func (s *status) pass(events int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Missed += events
}

// skip notes that an event came which could not be read.
func (s *status) skip(sequence int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Missed++
	s.received = sequence
}

// durable notes that everything up to m is.
func (s *status) durable(m mark, enqueued time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Sequence, s.state.Offset = m.sequence, m.offset
	if !enqueued.IsZero() {
		s.state.LastEvent = enqueued
	}
	if s.asked && m.sequence >= s.hub.Last {
		s.level = s.clock.Now()
	}
}

// observe notes what the hub says, and tells for how long the reader has got
// nothing although there was something.
func (s *status) observe(p wire.Properties) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	s.hub, s.asked = p, true
	if p.Last <= s.state.Sequence || p.Empty {
		s.level = now
	}
	switch {
	case s.hungry.IsZero() || p.Empty || p.Last <= s.received:
		s.behind = time.Time{}
		return 0
	case s.behind.IsZero():
		s.behind = now
	}
	return now.Sub(s.behind)
}

// unanswered notes that the hub did not say how far it is.
func (s *status) unanswered(reason, hint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Phase == source.Running || s.state.Phase == source.Starting {
		s.state.Reason, s.state.Hint = reason, hint
	}
}

// stall counts a restart by the watchdog.
func (s *status) stall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Stalls++
}

// snapshot returns the state for others.
func (s *status) snapshot() source.PartitionState {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, now := s.state, s.clock.Now()
	if state.Phase == source.Starting && !s.hungry.IsZero() && now.Sub(s.hungry) >= settled {
		state.Phase, state.Since = source.Running, s.hungry
	}
	state.Lag = s.lag(now)
	return state
}

// lag compares with what the hub said last. What is missing cannot be older
// than the last durable event, nor than the last time when nothing was.
func (s *status) lag(now time.Time) source.Lag {
	if !s.asked {
		return source.Lag{}
	}
	last := s.received // what has come since the hub was empty
	if !s.hub.Empty {
		last = max(last, s.hub.Last)
	}
	first := max(s.state.Sequence, s.hub.First-1)
	if last <= first {
		return source.Lag{Known: true}
	}
	since := s.state.LastEvent
	if s.level.After(since) {
		since = s.level
	}
	lag := source.Lag{Known: true, Events: last - first}
	if !since.IsZero() {
		lag.Time = max(0, now.Sub(since))
	}
	return lag
}
