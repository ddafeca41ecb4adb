package journal

import (
	"errors"
	"io"
	"math"
	"sort"
	"strconv"
)

// Seek finds the sequence number of the first event to read from a start,
// which may be the next one that will be appended. A start before the first
// event kept is that event; one beyond the last is a *BeyondError, but for a
// time, behind which the next event comes.
func (j *Journal) Seek(start Start) (int64, error) {
	state := j.State()
	switch start.kind {
	case fromLatest:
		if start.inclusive && !state.Empty {
			return state.Last, nil
		}
		return state.Last + 1, nil
	case fromSequence:
		return seekSequence(state, start)
	case fromOffset:
		return j.seekOffset(state, start)
	case fromTime:
		return j.seekPoint(state, func(p point) bool { return p.enqueued < start.exclusive() })
	default:
		return state.Begin, nil
	}
}

// exclusive is the least value that is far enough.
func (s Start) exclusive() int64 {
	if s.inclusive || s.value == math.MaxInt64 {
		return s.value
	}
	return s.value + 1
}

func seekSequence(state State, start Start) (int64, error) {
	n := start.exclusive()
	if n > state.Last+1 {
		return 0, &BeyondError{
			What: "sequence number", Asked: strconv.FormatInt(start.value, 10), Last: strconv.FormatInt(state.Last, 10),
		}
	}
	return max(n, state.Begin), nil
}

func (j *Journal) seekOffset(state State, start Start) (int64, error) {
	last, err := strconv.ParseInt(state.LastOffset, 10, 64)
	if err != nil || start.value > last {
		return 0, &BeyondError{What: "offset", Asked: strconv.FormatInt(start.value, 10), Last: state.LastOffset}
	}
	return j.seekPoint(state, func(p point) bool { return p.position < start.exclusive() })
}

// seekPoint finds the first event for which before does not hold. It holds for
// all events up to some one.
func (j *Journal) seekPoint(state State, before func(point) bool) (int64, error) {
	at, err := j.locate(before)
	if err != nil {
		return 0, err
	}
	defer j.depart(at.seg)
	w := at.seg.walk(at.seg.file, at.from, at.end)
	for {
		s, err := w.next()
		if errors.Is(err, io.EOF) {
			return max(at.until, state.Begin), nil
		}
		if err != nil {
			return 0, err
		}
		if s.rec.kind == kindEvent && !before(point{s.rec.sequence, s.from, s.rec.enqueued}) {
			return max(s.rec.sequence, state.Begin), nil
		}
	}
}

// A spot is where to look for an event: in a segment, between two positions.
type spot struct {
	seg       *segment // held
	from, end int64
	// begin is the first sequence number kept, until the one at end.
	begin, until int64
}

// locate finds the spot of the first event for which before does not hold, or
// of the next to come if it holds for all. The caller departs from the spot's
// segment.
func (j *Journal) locate(before func(point) bool) (spot, error) {
	at, active, err := j.hunt(before)
	if err != nil || active {
		return at, err
	}
	x, err := j.loadIndex(at.seg, at.end)
	if err != nil {
		j.depart(at.seg)
		return spot{}, err
	}
	at.from = x.before(at.seg.head.base, before)
	return at, nil
}

// hunt finds the segment of a spot, and the rest too if that is the active one.
func (j *Journal) hunt(before func(point) bool) (at spot, active bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return spot{}, false, ErrClosed
	}
	newest := len(j.segments) - 1
	i := sort.Search(newest, func(i int) bool {
		h := j.segments[i+1].head
		return !before(point{h.first - 1, h.lastPosition, h.lastTime})
	})
	s := j.segments[i]
	at = spot{seg: s, end: s.end, begin: j.segments[0].head.first}
	if i < newest {
		at.until = j.segments[i+1].head.first
	} else {
		at.until, at.from = j.tip.next, j.index.before(s.head.base, before)
	}
	return at, i == newest, j.hold(s)
}

// depart releases a segment.
func (j *Journal) depart(s *segment) {
	j.mu.Lock()
	defer j.unlock()
	j.release(s)
}
