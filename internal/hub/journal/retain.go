package journal

import (
	"errors"
	"fmt"
	"time"
)

// retainSteps is into how many segments the retention time is cut at least, so
// that an event outlives it by no more than such a step.
const retainSteps = 8

// Retain removes segments of which every event is older than the retention
// time, and the oldest beyond the size limit. It ends the active segment if
// what it holds is old. Call it now and then.
func (j *Journal) Retain(now time.Time) error {
	dropped, err := j.retain(now)
	failed := []error{err}
	for _, s := range dropped {
		j.opt.Logger.Info("segment removed by retention", "file", s.path, "bytes", s.bytes, "first", s.head.first)
		failed = append(failed, j.disk.remove(s.path))
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	return nil
}

// retain ends the active segment if it should, and takes the segments that are
// no longer kept out of the journal.
func (j *Journal) retain(now time.Time) ([]*segment, error) {
	j.writing.Lock()
	defer j.writing.Unlock()
	select {
	case <-j.finished:
		return nil, ErrClosed
	default:
	}
	err := j.roll(j.old(now))
	return j.drop(now), err
}

// old tells whether the active segment holds events and the last of them is
// too old, or the first has been there for a step of the retention time.
func (j *Journal) old(now time.Time) bool {
	if j.opt.Retention == 0 || len(j.index) == 0 {
		return false
	}
	oldest, newest := fromMillis(j.index[0].enqueued), fromMillis(j.tip.lastTime)
	return now.Sub(newest) > j.opt.Retention || now.Sub(oldest) > j.opt.Retention/retainSteps
}

// drop takes the segments that are no longer kept out of the journal. Callers
// hold writing.
func (j *Journal) drop(now time.Time) []*segment {
	j.mu.Lock()
	defer j.mu.Unlock()
	bytes := int64(0)
	for _, s := range j.segments {
		bytes += s.bytes
	}
	n := 0
	for n < len(j.segments)-1 && (j.expired(n, now) || j.opt.MaxBytes > 0 && bytes > j.opt.MaxBytes) {
		j.segments[n].dropped = true
		bytes -= j.segments[n].bytes
		n++
	}
	dropped := j.segments[:n:n]
	j.segments = append([]*segment(nil), j.segments[n:]...)
	return dropped
}

// expired tells whether the last event of a segment is too old. The head of
// the one behind it says when that came.
func (j *Journal) expired(i int, now time.Time) bool {
	last := fromMillis(j.segments[i+1].head.lastTime)
	return j.opt.Retention > 0 && now.Sub(last) > j.opt.Retention
}
