package journal

import (
	"strconv"
	"time"
)

// State is where a journal stands. Only durable events count.
type State struct {
	// Begin is the sequence number of the first event kept; Last+1 if none is.
	Begin int64
	// Last is the sequence number of the last event ever, -1 if there was none.
	Last int64
	// LastOffset is the offset of that event, "-1" if there was none.
	LastOffset string
	// LastEnqueued is the enqueued time of that event, zero if there was none.
	LastEnqueued time.Time
	// Empty tells that no event is kept.
	Empty bool
	// Bytes is what the segment files take; Segments is their number.
	Bytes    int64
	Segments int
	// QueuedBytes is what waits to be written.
	QueuedBytes int64
	// Failing is the last append's write error, nil once one went well.
	Failing error
	// Lost counts the events found damaged since the journal was opened.
	Lost int64
}

// State tells where the journal stands.
func (j *Journal) State() State {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := State{
		Begin: j.segments[0].head.first, Last: j.tip.next - 1,
		LastOffset: strconv.FormatInt(j.tip.lastPosition, 10), LastEnqueued: fromMillis(j.tip.lastTime),
		Segments: len(j.segments), QueuedBytes: j.queue.queued(), Failing: j.failing, Lost: j.lost,
	}
	s.Empty = s.Begin > s.Last
	for _, segment := range j.segments {
		s.Bytes += segment.bytes
	}
	return s
}

// fromMillis is a time as records have it, 0 for none.
func fromMillis(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}
