package journal

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
)

// mustRoll tells whether the next group goes into a new segment. Once it says
// so it does until there is one: nothing may be written behind the place where
// a segment that was begun, perhaps, begins. Callers hold j.writing.
func (j *Journal) mustRoll() bool {
	s := j.active()
	return j.spoilt || s.offset(s.end) >= j.opt.SegmentBytes
}

// roll ends the active segment and begins the next, if it must. Callers hold
// j.writing.
func (j *Journal) roll(must bool) error {
	if !must {
		return nil
	}
	j.spoilt = true // should this fail
	old := j.active()
	s, err := j.createSegment(j.nextHead(), j.producers.append(nil))
	if err != nil {
		return err
	}
	j.seal(old, j.index)
	j.mu.Lock()
	defer j.unlock()
	j.spoilt, j.reserved, j.index = false, 0, nil
	j.tip.position = s.end
	if s.head.base == old.head.base { // nothing was in it; its file has been replaced
		old.dropped = true
		j.segments = j.segments[:len(j.segments)-1]
	}
	j.segments = append(j.segments, s)
	j.release(old)
	return nil
}

// nextHead continues where the journal ends.
func (j *Journal) nextHead() head {
	base := j.tip.position
	if s := j.active(); s.head.first == j.tip.next {
		base = s.head.base // the active segment holds no event: its place is taken
	}
	return head{
		salt: newSalt(), base: base, first: j.tip.next,
		lastPosition: j.tip.lastPosition, lastTime: j.tip.lastTime, created: j.opt.Now().UnixMilli(),
	}
}

func newSalt() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return binary.LittleEndian.Uint64(b[:])
}

// seal cuts a segment that has ended, and is held, behind its last record and
// puts its index there. Readers can do without.
func (j *Journal) seal(s *segment, x index) {
	b := x.append(nil)
	end := s.offset(s.end)
	err := s.file.settle(end)
	if err == nil {
		_, err = s.file.WriteAt(b, end)
	}
	if err != nil {
		j.opt.Logger.Warn("segment ends without an index", "file", s.path, "err", err)
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	s.bytes = end + int64(len(b))
}

// loadIndex reads the index of a segment that has ended and is held, or makes
// it anew.
func (j *Journal) loadIndex(s *segment, end int64) (index, error) {
	x, err := readIndex(s.file, s.offset(end))
	if errors.Is(err, errIndex) {
		return walkIndex(s.walk(s.file, s.head.base, end))
	}
	return x, err
}
