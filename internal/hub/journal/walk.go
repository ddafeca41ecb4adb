package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
)

// walkBytes is how much a walk reads at a time if nobody says otherwise.
const walkBytes = 256 << 10

// A walk goes through the records of a segment, whatever state they are in.
type walk struct {
	src   io.ReaderAt
	stamp stamp
	base  int64

	pos, end int64 // positions: of the next record, and where records end
	want     int64 // how much to read at a time

	buf []byte // bytes of the file from position at on
	at  int64
}

// A step is what a walk finds next.
type step struct {
	from, to int64
	rec      record // its kind is 0 if the head is damaged
	body     []byte // good until the walk moves on
	damaged  bool   // the head, or else the body, is not what was written
}

// held is what the buffer has from the walk's position on.
func (w *walk) held() []byte {
	if w.pos < w.at || w.pos > w.at+int64(len(w.buf)) {
		return nil
	}
	return w.buf[w.pos-w.at:]
}

// fill reads from the walk's position on: need bytes or what is wanted, or
// what there is until the end.
func (w *walk) fill(need int64) error {
	n := min(max(need, w.want), w.end-w.pos)
	if held := int64(cap(w.buf)); held < n || held > 4*max(n, walkBytes) {
		w.buf = make([]byte, max(4<<10, 1<<bits.Len64(uint64(n-1)))) // doubles, as files grow event by event
	}
	w.buf, w.at = w.buf[:n], w.pos
	got, err := w.src.ReadAt(w.buf, headBytes+w.pos-w.base)
	w.buf = w.buf[:got]
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read records: %w", err)
	}
	return nil
}

// look tells what lies at the walk's position, without moving. If the buffer
// holds too little of it, need is how many bytes it takes. A head that is
// damaged is told as a step of no length.
func (w *walk) look() (s step, need int64) {
	s = step{from: w.pos, to: w.pos, damaged: true}
	b, left := w.held(), w.end-w.pos
	if int64(len(b)) < min(recordHead, left) {
		return s, recordHead
	}
	rec, ok := w.stamp.take(b, w.pos)
	if !ok || rec.size() > left {
		return s, 0
	}
	if int64(len(b)) < rec.size() {
		return s, rec.size()
	}
	body := b[recordHead:rec.size()]
	return step{
		from: w.pos, to: w.pos + rec.size(), rec: rec, body: body,
		damaged: crc32.Checksum(body, castagnoli) != rec.sum,
	}, 0
}

// next moves over what lies at the walk's position and returns it; io.EOF at
// the end. Where a head is damaged it moves to the next good one.
func (w *walk) next() (step, error) {
	if w.pos >= w.end {
		return step{}, io.EOF
	}
	s, need := w.look()
	for need > 0 {
		if err := w.fill(need); err != nil {
			return step{}, err
		}
		if int64(len(w.held())) < need {
			break // the file is shorter than it should be
		}
		s, need = w.look()
	}
	if need == 0 && s.to > s.from {
		w.pos = s.to
		return s, nil
	}
	err := w.resync()
	s.to = w.pos
	return s, err
}

// resync moves to the next good head behind the walk's position, or to the
// end.
func (w *walk) resync() error {
	var magic [4]byte
	binary.LittleEndian.PutUint32(magic[:], recordMagic)
	for w.pos++; w.end-w.pos >= recordHead; {
		if len(w.held()) < recordHead {
			if err := w.fill(recordHead); err != nil {
				return err
			}
		}
		b := w.held()
		if len(b) < recordHead {
			break // the file is shorter than it should be
		}
		i := bytes.Index(b, magic[:])
		switch {
		case i < 0:
			w.pos += int64(len(b) - len(magic) + 1)
		case i > len(b)-recordHead:
			w.pos += int64(i)
		default:
			w.pos += int64(i)
			if rec, ok := w.stamp.take(b[i:], w.pos); ok && rec.size() <= w.end-w.pos {
				return nil
			}
			w.pos++
		}
	}
	w.pos = w.end
	return nil
}
