package tables

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// rowID identifies the event. The REST API tells an id, which is taken with
// time, operation and status; elsewhere the content of the record is all there
// is, so a record that comes twice is one row and two records that differ in
// anything are two.
func (a *activity) rowID(operation, status text) schema.ID {
	if a.rec.Shape != event.ShapeREST {
		return contentID(a.rec)
	}
	id := plain(a.by[fieldEventDataID]).or(plain(a.by[fieldID]))
	if id.empty() {
		return contentID(a.rec)
	}
	var space [512]byte
	b := append(space[:0], id.b...)
	b = binary.BigEndian.AppendUint64(append(b, 0), uint64(a.time.ticks))
	b = append(append(b, operation.b...), 0)
	return hashID(append(b, status.b...))
}

// contentID hashes a record, white space between its tokens aside.
func contentID(rec *event.Record) schema.ID {
	if !rec.Root().Spaced() {
		return hashID(rec.Text)
	}
	return hashID(appendTidy(make([]byte, 0, len(rec.Text)), rec.Text, false))
}

func hashID(b []byte) schema.ID { return xxh3.Hash128(b).Bytes() }
