package journal

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Producers are what is remembered of idempotent producers.
type producers map[int64]seen

// Seen is a producer's epoch and last sequence number, and the sequence number
// of its last event in the journal.
type seen struct {
	epoch    int16
	sequence int32
	event    int64
}

// check tells whether a batch of n events may follow what was seen of its
// producer, or repeats it.
func (s seen) check(p *Producer, n int) (duplicate bool, err error) {
	last := later(p.Sequence, n-1)
	switch {
	case p.Epoch < s.epoch:
		return false, fmt.Errorf("producer %d has epoch %d, the partition knows %d: %w", p.ID, p.Epoch, s.epoch, ErrEpochStolen)
	case p.Epoch > s.epoch || p.Sequence == later(s.sequence, 1):
		return false, nil
	case ahead(last, s.sequence) <= 0:
		return true, nil
	}
	return false, fmt.Errorf("producer %d sent sequence numbers %d to %d after %d: %w", p.ID, p.Sequence, last, s.sequence, ErrOutOfOrder)
}

// later is the sequence number n events later. Clients go on at 0 behind the
// greatest one.
func later(sequence int32, n int) int32 { return (sequence + int32(n)) & math.MaxInt32 }

// ahead is how far one sequence number is ahead of another, on the shorter way
// around.
func ahead(a, b int32) int32 { return (a - b) << 1 >> 1 }

// forget keeps the producers seen last, at most limit of them.
func (s producers) forget(limit int) {
	for len(s) > limit {
		var oldest int64
		first := true
		for id, p := range s {
			if first || p.event < s[oldest].event {
				oldest, first = id, false
			}
		}
		delete(s, oldest)
	}
}

const seenBytes = 22

// append writes all producers, for the next segment to begin with.
func (s producers) append(dst []byte) []byte {
	le := binary.LittleEndian
	for id, p := range s {
		dst = le.AppendUint64(dst, uint64(id))
		dst = le.AppendUint16(dst, uint16(p.epoch))
		dst = le.AppendUint32(dst, uint32(p.sequence))
		dst = le.AppendUint64(dst, uint64(p.event))
	}
	return dst
}

// read takes what append wrote; what follows the last whole entry is ignored.
func (s producers) read(b []byte) {
	le := binary.LittleEndian
	for ; len(b) >= seenBytes; b = b[seenBytes:] {
		s[int64(le.Uint64(b))] = seen{
			epoch: int16(le.Uint16(b[8:])), sequence: int32(le.Uint32(b[10:])), event: int64(le.Uint64(b[14:])),
		}
	}
}
