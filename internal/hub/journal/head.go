package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A segment file begins with its head, twice, so that no single damage takes
// a whole segment. Records follow; behind those of a segment that is no
// longer the last there is its index.
const (
	headCopy  = 64
	headBytes = 2 * headCopy
)

const (
	headMagic   = "NPHJRNL\n"
	headVersion = 1
)

// A head says where a segment stands in the journal.
type head struct {
	// salt makes the checks of this segment unlike those of any other.
	salt uint64
	// base is the position of the segment's first byte behind the head.
	base int64
	// first is the sequence number of its first event.
	first int64
	// lastPosition and lastTime are of the event before, -1 and 0 for none.
	lastPosition, lastTime int64
	// created is in milliseconds since 1970.
	created int64
}

var errHead = errors.New("both copies of the segment's head are damaged")

func (h head) append(dst []byte) []byte {
	le := binary.LittleEndian
	b := append([]byte(nil), headMagic...)
	b = le.AppendUint32(b, headVersion)
	b = le.AppendUint32(b, 0) // check
	for _, n := range []int64{int64(h.salt), h.base, h.first, h.lastPosition, h.lastTime, h.created} {
		b = le.AppendUint64(b, uint64(n))
	}
	le.PutUint32(b[12:], headCheck(b))
	return append(append(dst, b...), b...)
}

// headCheck is over everything but the check itself.
func headCheck(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:12], castagnoli), castagnoli, b[16:headCopy])
}

// readHead reads a segment's head from whichever copy is good. An error that
// is not of the file system wraps errHead or names a version we do not know.
func readHead(f io.ReaderAt) (head, error) {
	b := make([]byte, headBytes)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return head{}, err
	}
	for b = b[:n]; len(b) >= headCopy; b = b[headCopy:] {
		h, err := parseHead(b[:headCopy])
		if !errors.Is(err, errHead) {
			return h, err
		}
	}
	return head{}, errHead
}

func parseHead(b []byte) (head, error) {
	le := binary.LittleEndian
	if !bytes.HasPrefix(b, []byte(headMagic)) || le.Uint32(b[12:]) != headCheck(b) {
		return head{}, errHead
	}
	if v := le.Uint32(b[8:]); v != headVersion {
		return head{}, fmt.Errorf("segment has version %d, this program reads version %d: use the program that wrote it", v, headVersion)
	}
	n := func(i int) int64 { return int64(le.Uint64(b[16+8*i:])) }
	h := head{salt: uint64(n(0)), base: n(1), first: n(2), lastPosition: n(3), lastTime: n(4), created: n(5)}
	if h.base < 0 || h.first < 0 {
		return head{}, errHead
	}
	return h, nil
}
