package tables

import (
	"encoding/binary"
	"fmt"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// A customMapping makes rows of a custom table. It does not change and is safe
// for concurrent use.
type customMapping struct {
	spec       *customSpec
	columns    []customColumn
	timeColumn int // its index in the table
}

// mapRecord appends one row. A value that does not fit its column goes to the
// column that takes the rest; without one it is an error.
func (m *customMapping) mapRecord(rec *event.Record, rows *schema.Rows) error {
	root := rec.Root()
	var misfits []event.Value
	for i := range m.columns {
		c := &m.columns[i]
		v := c.from.in(root)
		fits := c.from == nil || i != m.timeColumn && coerce(rows, i, v) || i == m.timeColumn && (blank(v) || timeOf(v).ok)
		if fits {
			continue
		}
		if m.rest() < 0 {
			rows.Discard()
			return fmt.Errorf("column %s is %s and cannot hold %.80s", c.Name, c.Type, v.Raw())
		}
		misfits = append(misfits, v)
	}
	m.mapTime(root, rows)
	m.mapRest(root, rows, misfits)
	rows.End(transportID(rec))
	return nil
}

// mapTime fills TimeGenerated: from the path of its column, else from the
// path declared as time, else from the first of the usual names that holds a
// time. When there is none it stays unset; see Arrive.
func (m *customMapping) mapTime(root event.Value, rows *schema.Rows) {
	var paths []recordPath
	if m.timeColumn < len(m.columns) {
		paths = append(paths, m.columns[m.timeColumn].from)
	}
	if m.spec.time != nil {
		paths = append(paths, m.spec.time)
	} else {
		paths = append(paths, recordPath{{key: timeColumn}}, recordPath{{key: "time"}}, recordPath{{key: "timestamp"}}, recordPath{{key: "eventTimestamp"}})
	}
	for _, path := range paths {
		if t := timeOf(path.in(root)); t.ok {
			rows.SetInt(m.timeColumn, int64(t.ticks))
			return
		}
	}
}

// rest returns the index of the column that takes what others did not, or -1.
func (m *customMapping) rest() int {
	for i := range m.columns {
		if m.columns[i].from == nil {
			return i
		}
	}
	return -1
}

// mapRest fills that column with the members no column took as a whole, and
// with those that did not fit theirs.
func (m *customMapping) mapRest(root event.Value, rows *schema.Rows, misfits []event.Value) {
	col := m.rest()
	if col < 0 {
		return
	}
	buf := append(rows.Build(col), '{')
	empty := len(buf)
	for v := root.First(); v.Exists(); v = v.Next(root) {
		if !m.takes(v.Key()) || contains(misfits, v) {
			buf = appendOwn(buf, v)
		}
	}
	if len(buf) > empty {
		rows.Built(col, closeObject(buf))
	}
}

// takes tells whether a column takes the member of that name as a whole.
func (m *customMapping) takes(key []byte) bool {
	for i := range m.columns {
		if m.columns[i].from.names(key) {
			return true
		}
	}
	return false
}

func contains(values []event.Value, v event.Value) bool {
	for _, w := range values {
		if w == v {
			return true
		}
	}
	return false
}

// transportID identifies a record by where it was and what it says: nothing is
// known about such records that would tell more.
func transportID(rec *event.Record) schema.ID {
	b := make([]byte, 0, len(rec.Text)+64)
	for _, s := range []string{rec.Source, rec.Partition} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(rec.Index))
	return hashID(append(b, rec.Text...))
}
