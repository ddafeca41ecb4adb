package journal

import (
	"encoding/binary"
	"hash/crc32"
)

// A record is a head of fixed size and a body. All numbers are little-endian.
//
//	 0  magic, 4 bytes
//	 4  check of the head: CRC-32C over bytes 8 to 55, begun with a value made
//	    of the segment's salt and the record's position
//	 8  check of the body: CRC-32C
//	12  length of the body
//	16  sequence number of the event; in other records, of the next event
//	24  enqueued time, milliseconds since 1970
//	32  how many records of the same batch follow
//	36  how many bytes before this record everything was durable when it was
//	    written
//	40  producer: id (8), sequence number (4), epoch (2)
//	54  kind
//	55  1 if there is a producer
//
// The salt is random and leaves the disk with no message, and the position is
// the record's own: bytes that a publisher sent, or that lie in a wrong place,
// are never taken for a record.
const recordHead = 56

const recordMagic = 0x9de71cb5

// The kinds of record.
const (
	kindEvent     = 1 + iota // its body is the wire message
	kindProducers            // at the start of a segment: what is remembered of producers
	kindEnd                  // behind the last event of a journal that was closed; the next append overwrites it
)

type record struct {
	kind     byte
	length   uint32
	sum      uint32
	sequence int64
	enqueued int64
	left     uint32
	back     uint32
	// producer counts only if idempotent.
	idempotent bool
	producer   Producer
}

// size is what the record takes on disk.
func (r *record) size() int64 { return recordHead + int64(r.length) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A stamp is the check of a segment's salt, with which all checks of heads
// begin.
type stamp uint32

func newStamp(salt uint64) stamp {
	return stamp(crc32.Update(0, castagnoli, binary.LittleEndian.AppendUint64(nil, salt)))
}

// check is over the salt, the position and the rest of a head.
func (s stamp) check(head []byte, position int64) uint32 {
	seed := uint32(s) ^ uint32(position) ^ uint32(position>>32)
	return crc32.Update(seed, castagnoli, head[8:recordHead])
}

// put writes the head of a record into b, whose body follows there already.
func (s stamp) put(b []byte, position int64, r record) {
	le := binary.LittleEndian
	body := b[recordHead:]
	le.PutUint32(b, recordMagic)
	le.PutUint32(b[8:], crc32.Checksum(body, castagnoli))
	le.PutUint32(b[12:], uint32(len(body)))
	le.PutUint64(b[16:], uint64(r.sequence))
	le.PutUint64(b[24:], uint64(r.enqueued))
	le.PutUint32(b[32:], r.left)
	le.PutUint32(b[36:], r.back)
	clear(b[40:recordHead])
	if p := r.producer; r.idempotent {
		le.PutUint64(b[40:], uint64(p.ID))
		le.PutUint32(b[48:], uint32(p.Sequence))
		le.PutUint16(b[52:], uint16(p.Epoch))
		b[55] = 1
	}
	b[54] = r.kind
	le.PutUint32(b[4:], s.check(b, position))
}

// take reads the head at the beginning of b; false if it is none.
func (s stamp) take(b []byte, position int64) (record, bool) {
	le := binary.LittleEndian
	if len(b) < recordHead || le.Uint32(b) != recordMagic || le.Uint32(b[4:]) != s.check(b, position) {
		return record{}, false
	}
	r := record{
		kind: b[54], length: le.Uint32(b[12:]), sum: le.Uint32(b[8:]),
		sequence: int64(le.Uint64(b[16:])), enqueued: int64(le.Uint64(b[24:])),
		left: le.Uint32(b[32:]), back: le.Uint32(b[36:]),
	}
	if r.idempotent = b[55] == 1; r.idempotent {
		r.producer = Producer{ID: int64(le.Uint64(b[40:])), Sequence: int32(le.Uint32(b[48:])), Epoch: int16(le.Uint16(b[52:]))}
	}
	return r, true
}
