package tables

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// clashes is where a member goes whose name is taken in Properties_d by
// another value.
const clashes = "record"

// appendKept appends the members that have no column under their own names.
func (a *activity) appendKept(dst []byte) []byte {
	var taken []event.Value
	for i := range a.count + len(a.more) {
		v := a.keptAt(i)
		same, there := a.details.has(v)
		switch {
		case same:
		case there || isAdded(v.Key()):
			taken = append(taken, v)
		default:
			dst = appendOwn(dst, v)
		}
	}
	if len(taken) == 0 {
		return dst
	}
	dst = append(appendKey(dst, clashes), '{')
	for _, v := range taken {
		dst = appendOwn(dst, v)
	}
	return append(closeObject(dst), ',')
}

func (a *activity) keptAt(i int) event.Value {
	if i < a.count {
		return a.kept[i]
	}
	return a.more[i-a.count]
}

// isAdded tells whether a diagnostic setting adds a key of that name, or the
// name is that of the clashes.
func isAdded(key []byte) bool {
	switch string(key) {
	case "caller", "eventDataId", "eventSubmissionTimestamp", "httpRequest", "resource", "resourceGroup",
		"resourceProviderValue", "subscriptionId", "activityStatusValue", "activitySubstatusValue", clashes:
		return true
	default:
		return false
	}
}

// rowID identifies the event. The REST API tells an id, which is taken with
// time, operation and status; elsewhere the content of the record is all there
// is, so a record that comes twice is one row and two records that differ in
// anything are two.
func (a *activity) rowID(operation, status text) schema.ID {
	if a.rec.Shape != event.ShapeREST {
		return contentID(a.rec)
	}
	id := a.eventDataID.or(plain(a.by[fieldID]))
	if id.empty() {
		return contentID(a.rec)
	}
	var space [512]byte
	b := appendLower(space[:0], id.b)
	b = binary.BigEndian.AppendUint64(append(b, 0), uint64(a.time.ticks))
	b = append(appendLower(b, operation.b), 0)
	return hashID(appendLower(b, status.b))
}

// contentID hashes a record, white space between its tokens aside.
func contentID(rec *event.Record) schema.ID {
	if !rec.Root().Spaced() {
		return hashID(rec.Text)
	}
	return hashID(appendTidy(make([]byte, 0, len(rec.Text)), rec.Text, false))
}

func hashID(b []byte) schema.ID { return xxh3.Hash128(b).Bytes() }
