package decode

import (
	"bytes"

	"nephoscope/internal/event"
)

// maxAsked is how often an object may have the key of a list that is none:
// looking costs as much as there are keys before it.
const maxAsked = 16

// A list is an array whose elements are records.
type list uint8

const (
	notList list = iota
	records      // records: hub message, old storage blob
	page         // value: REST page
	tables       // tables: query response; its elements are tables
	rows         // rows: one table of a query response; its elements are arrays
)

// A watch is the set of lists at which a scan stops.
type watch uint8

// allLists are watched whatever the format: a format that was forced on the
// wrong data must not make one record of a whole envelope.
const allLists watch = 1<<records | 1<<page | 1<<tables | 1<<rows

// listOf returns what list a member with that key is.
func (w watch) listOf(key []byte) list {
	var l list
	switch len(key) {
	case len("rows"):
		if fold(key, "rows") {
			l = rows
		}
	case len("value"):
		if string(key) == "value" {
			l = page
		}
	case len("tables"):
		if fold(key, "tables") {
			l = tables
		}
	case len("records"):
		if fold(key, "records") {
			l = records
		}
	}
	if w&(1<<l) == 0 {
		return notList
	}
	return l
}

// watched tells whether the array at i, the member n of the object that nodes
// describe so far, is a list. It is not if the keys before it say that the
// object is itself a record; rows are one only after their columns.
func (s *scanner) watched(b []byte, i int, n event.Node, nodes []event.Node) bool {
	l := s.watch.listOf(b[n.KeyStart:n.KeyEnd])
	if l == notList || nodes[0].Kind != event.Object || s.asked == maxAsked {
		return false
	}
	s.asked++
	if l == rows && columnsOf(b, nodes) == 0 || (l == page || l == tables) && !mayHoldObjects(b, i) {
		return false
	}
	if shapeOf(b, nodes, event.ShapeUnknown) != event.ShapeUnknown {
		return false
	}
	s.found = l
	return true
}

// mayHoldObjects tells whether the first element of the array at i, as far as
// b shows it, can be an object: "value" and "tables" are too common to go by
// the name alone.
func mayHoldObjects(b []byte, i int) bool {
	i = skipSpace(b, i+1)
	return i >= len(b) || bytes.IndexByte([]byte(`"[-0123456789tf`), b[i]) < 0
}

// columnsOf returns the node that holds a table's columns, 0 if none does.
func columnsOf(text []byte, nodes []event.Node) int32 {
	for i := int32(1); int(i) < len(nodes); i = nodes[i].Next {
		n := &nodes[i]
		if n.Kind == event.Array && fold(text[n.KeyStart:n.KeyEnd], "columns") {
			return i
		}
	}
	return 0
}
