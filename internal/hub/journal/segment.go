package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A segment is a stretch of the journal in a file of its own. What can change
// is guarded by the journal's mutex.
type segment struct {
	path  string
	head  head
	stamp stamp

	// end is the position behind its last durable record.
	end int64
	// bytes is what the file takes.
	bytes int64
	// dropped tells readers that retention has removed it.
	dropped bool

	// file is open while anyone holds the segment.
	file  file
	holds int
}

const (
	segmentSuffix = ".segment"
	newSuffix     = ".new" // of a segment that is not ready yet
)

// segmentPath names a segment by its base, so that names sort.
func segmentPath(dir string, base int64) string {
	return filepath.Join(dir, fmt.Sprintf("%020d%s", base, segmentSuffix))
}

// segmentBase is the base in a file's name.
func segmentBase(name string) (int64, bool) {
	digits, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(digits) != 20 {
		return 0, false
	}
	base, err := strconv.ParseInt(digits, 10, 64)
	return base, err == nil && base >= 0
}

// offset is the place of a position in the segment's file.
func (s *segment) offset(position int64) int64 { return headBytes + position - s.head.base }

// walk goes through the segment's records from a position to another. The
// caller holds the segment.
func (s *segment) walk(f file, from, to int64) *walk {
	return &walk{src: f, stamp: s.stamp, base: s.head.base, pos: from, end: to, want: walkBytes}
}

// hold opens the segment's file, or joins those who have it open already.
// Callers hold the journal's mutex.
func (j *Journal) hold(s *segment) error {
	if s.holds == 0 {
		f, err := j.disk.open(s.path, 0)
		if err != nil {
			return fmt.Errorf("open segment: %w", err)
		}
		s.file = f
	}
	s.holds++
	return nil
}

// release undoes hold. Callers hold the journal's mutex, and end with unlock.
func (j *Journal) release(s *segment) {
	s.holds--
	if s.holds == 0 {
		j.unused = append(j.unused, s.file)
		s.file = nil
	}
}

// unlock unlocks the journal's mutex and closes the files that nobody holds any
// more: where one has been removed, that may take a while.
func (j *Journal) unlock() {
	unused := j.unused
	j.unused = nil
	j.mu.Unlock()
	for _, f := range unused {
		if err := f.Close(); err != nil { // all that counts has been synced
			j.opt.Logger.Warn("segment was not closed", "dir", j.dir, "err", err)
		}
	}
}

// createSegment makes a segment that holds a first record, if there is one,
// and nothing else. Its file gets its name only when it is whole and durable.
// The segment is held once.
func (j *Journal) createSegment(h head, producers []byte) (_ *segment, err error) {
	s := &segment{path: segmentPath(j.dir, h.base), head: h, stamp: newStamp(h.salt), holds: 1}
	b := h.append(nil)
	if len(producers) > 0 {
		b = append(append(b, make([]byte, recordHead)...), producers...)
		s.stamp.put(b[headBytes:], h.base, record{kind: kindProducers, sequence: h.first, enqueued: h.lastTime})
	}
	s.end, s.bytes = h.base+int64(len(b)-headBytes), int64(len(b))

	temporary := s.path + newSuffix
	if s.file, err = j.disk.open(temporary, os.O_CREATE|os.O_TRUNC); err != nil {
		return nil, fmt.Errorf("create segment: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("create segment: %w", errors.Join(err, s.file.Close()))
			_ = j.disk.remove(temporary) // or Open does it
		}
	}()
	if _, err := s.file.WriteAt(b, 0); err != nil {
		return nil, err
	}
	if err := s.file.sync(); err != nil {
		return nil, err
	}
	if err := j.disk.rename(temporary, s.path); err != nil {
		return nil, err
	}
	return s, j.disk.syncDir(j.dir)
}
