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
	if err := j.endOld(now); err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	var failed []error
	for _, s := range j.drop(now) {
		j.opt.Logger.Info("segment removed by retention", "file", s.path, "bytes", s.bytes, "first", s.head.first)
		failed = append(failed, j.disk.remove(s.path))
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	return nil
}

// endOld ends the active segment if its last event is too old, or if it has
// held events for a step of the retention time.
func (j *Journal) endOld(now time.Time) error {
	if j.opt.Retention == 0 {
		return nil
	}
	j.writing.Lock()
	defer j.writing.Unlock()
	if len(j.index) == 0 {
		return nil // it holds no event
	}
	oldest, newest := fromMillis(j.index[0].enqueued), fromMillis(j.tip.lastTime)
	old := now.Sub(newest) > j.opt.Retention || now.Sub(oldest) > j.opt.Retention/retainSteps
	return j.roll(old)
}

// drop takes the segments that are no longer kept out of the journal.
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
