package tables

import (
	"bytes"
	"strings"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// A flattening makes rows of a table whose columns are named as custom logs
// name them: the names of nested members joined by _, with a suffix for the
// type. It does not change and is safe for concurrent use.
type flattening struct {
	table      *schema.Table
	columns    map[string]int // by joined name without suffix
	time, rest int            // the columns TimeGenerated and RawData
}

func newFlattening(t *schema.Table) *flattening {
	f := &flattening{columns: make(map[string]int), table: t, time: t.Column(timeColumn), rest: t.Column("RawData")}
	for i, c := range t.Columns {
		if last := len(c.Name) - 2; last > 0 && c.Name[last] == '_' && strings.Contains("sdbtg", c.Name[last+1:]) {
			f.columns[c.Name[:last]] = i
		}
	}
	return f
}

// mapRecord appends one row, from an activity as its API answers it or from an
// exported row. What has no column, or does not fit it, goes to RawData.
func (f *flattening) mapRecord(rec *event.Record, rows *schema.Rows) error {
	w := flatRow{flattening: f, rows: rows, set: make([]bool, len(f.table.Columns))}
	w.members(rec.Root(), nil)
	w.writeTime(rec.Root())
	w.writeRest()
	rows.End(activityID(rec))
	return nil
}

// activityID identifies an activity by the id that the product gave it.
func activityID(rec *event.Record) schema.ID {
	for _, key := range []string{"_id", "uid", "_id_s", "uid_s"} {
		if id := plain(rec.Get(key)); !id.empty() {
			return hashID(append([]byte(mcasActivityTable+"\x00"), id.b...))
		}
	}
	return contentID(rec)
}

// A flatRow is one row while it is made.
type flatRow struct {
	*flattening
	rows   *schema.Rows
	set    []bool // the columns that have their value
	others []byte // members of RawData, each with its comma
}

// members puts the members of an object into their columns. The prefix is the
// joined name of the object, with its _.
func (w *flatRow) members(object event.Value, prefix []byte) {
	for v := object.First(); v.Exists(); v = v.Next(object) {
		name := append(prefix[:len(prefix):len(prefix)], v.Key()...)
		w.member(name, v, len(prefix) == 0)
	}
}

func (w *flatRow) member(name []byte, v event.Value, top bool) {
	col, known := w.columns[string(name)]
	if !known && top {
		name = bytes.TrimSuffix(name, []byte(" [UTC]"))
		col = w.table.Column(string(name)) // an exported row
		known = col >= 0
	}
	switch {
	case blank(v), top && string(name) == "$table":
	case known && w.fill(col, v):
	case v.Kind() == event.Object && !known:
		w.members(v, append(name, '_'))
	default:
		w.others = append(appendJSON(append(appendQuoted(w.others, name), ':'), v), ',')
	}
}

// fill sets a column, once: a second value for it has to go elsewhere.
func (w *flatRow) fill(col int, v event.Value) bool {
	c := &w.table.Columns[col]
	switch {
	case c.Const != "":
		return string(plain(v).b) == c.Const
	case col == w.rest:
		return w.keepRest(v)
	case w.set[col] || !coerce(w.rows, col, v):
		return false
	}
	w.set[col] = true
	return true
}

// keepRest takes the members of an exported RawData over.
func (w *flatRow) keepRest(v event.Value) bool {
	inner := embedded(v)
	if inner.Kind() != event.Object {
		return false
	}
	w.others = appendMembers(w.others, inner)
	return true
}

// writeTime fills TimeGenerated from the time of the activity if the row has
// none. Without any it stays unset; see Arrive.
func (w *flatRow) writeTime(root event.Value) {
	if w.set[w.time] {
		return
	}
	for _, key := range []string{"timestamp", "timestamp_d"} {
		if t := timeOf(root.Get(key)); t.ok {
			w.rows.SetInt(w.time, int64(t.ticks))
			return
		}
	}
}

func (w *flatRow) writeRest() {
	if len(w.others) > 0 {
		w.rows.SetText(w.rest, closeObject(append([]byte{'{'}, w.others...)))
	}
}
