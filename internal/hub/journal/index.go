package journal

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"sort"
)

// An index has a point at an event every indexBytes of a segment, and so finds
// the way to any event by reading no more than that. The active segment's is
// in memory; others have theirs at the end of the file.
type index []point

type point struct{ sequence, position, enqueued int64 }

const indexBytes = 64 << 10

// note adds an event, if the last point is far enough away.
func (x index) note(p point) index {
	if len(x) > 0 && p.position-x[len(x)-1].position < indexBytes {
		return x
	}
	return append(x, p)
}

// before is the position of the last point for which is holds, or the base.
// Points are in order, and so is what is tells about them.
func (x index) before(base int64, is func(point) bool) int64 {
	i := sort.Search(len(x), func(i int) bool { return !is(x[i]) })
	if i == 0 {
		return base
	}
	return x[i-1].position
}

const indexMagic = 0x9de71cb6

// append writes the index as it stands in a file: magic, number of points,
// check of these, then the points.
func (x index) append(dst []byte) []byte {
	le := binary.LittleEndian
	start := len(dst)
	dst = le.AppendUint32(dst, indexMagic)
	dst = le.AppendUint32(dst, uint32(len(x)))
	dst = le.AppendUint32(dst, 0)
	points := len(dst)
	for _, p := range x {
		dst = le.AppendUint64(dst, uint64(p.sequence))
		dst = le.AppendUint64(dst, uint64(p.position))
		dst = le.AppendUint64(dst, uint64(p.enqueued))
	}
	le.PutUint32(dst[start+8:], crc32.Checksum(dst[points:], castagnoli))
	return dst
}

const pointBytes = 24

var errIndex = errors.New("segment has no good index")

// readIndex reads what append wrote at an offset of a file.
func readIndex(f file, offset int64) (index, error) {
	size, err := f.size()
	if err != nil {
		return nil, err
	}
	if size-offset < 12 {
		return nil, errIndex
	}
	b := make([]byte, size-offset)
	if n, err := f.ReadAt(b, offset); n < len(b) {
		return nil, errors.Join(errIndex, err)
	}
	return parseIndex(b)
}

func parseIndex(b []byte) (index, error) {
	le := binary.LittleEndian
	if len(b) < 12 || le.Uint32(b) != indexMagic {
		return nil, errIndex
	}
	points := b[12:]
	n := le.Uint32(b[4:])
	if uint64(len(points)) != uint64(n)*pointBytes || le.Uint32(b[8:]) != crc32.Checksum(points, castagnoli) {
		return nil, errIndex
	}
	x := make(index, n)
	for i := range x {
		p := points[i*pointBytes:]
		x[i] = point{int64(le.Uint64(p)), int64(le.Uint64(p[8:])), int64(le.Uint64(p[16:]))}
	}
	return x, nil
}

// walkIndex makes the index of a segment anew.
func walkIndex(w *walk) (index, error) {
	var x index
	for {
		s, err := w.next()
		if errors.Is(err, io.EOF) {
			return x, nil
		}
		if err != nil {
			return nil, err
		}
		if s.rec.kind == kindEvent && !s.damaged {
			x = x.note(point{s.rec.sequence, s.from, s.rec.enqueued})
		}
	}
}
