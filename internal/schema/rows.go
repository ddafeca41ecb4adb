package schema

import (
	"encoding/hex"
	"fmt"
	"math"
)

// An ID identifies a row: 128 bits of a hash over what identifies the event.
type ID [16]byte

// String returns the ID as GUID text, the form _ItemId has in KQL.
func (id ID) String() string {
	var b [36]byte
	hex.Encode(b[:8], id[:4])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	hex.Encode(b[9:13], id[4:6])
	hex.Encode(b[14:18], id[6:8])
	hex.Encode(b[19:23], id[8:10])
	hex.Encode(b[24:], id[10:])
	return string(b[:])
}

// A Vector is one column of Rows. Which slice is used follows from the type:
//
//	bool, int, long, datetime, timespan   Ints
//	real                                  Reals
//	string, dynamic, guid, decimal        Text and Ends
//
// Strings have no nulls: an empty string is the null of KQL. For the other
// types Valid tells which values are there.
type Vector struct {
	Type  Type
	Ints  []int64
	Reals []float64
	Text  []byte   // all values one after the other
	Ends  []uint32 // Ends[i] is where value i ends in Text
	Valid []bool
}

// Len returns the number of values.
func (v *Vector) Len() int {
	switch v.Type {
	case Bool, Int, Long, Datetime, Timespan:
		return len(v.Ints)
	case Real:
		return len(v.Reals)
	default:
		return len(v.Ends)
	}
}

// Bytes returns value i of a textual vector. It aliases Text.
func (v *Vector) Bytes(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = v.Ends[i-1]
	}
	return v.Text[start:v.Ends[i]]
}

func (v *Vector) textual() bool {
	const types = 1<<String | 1<<Dynamic | 1<<GUID | 1<<Decimal
	return 1<<v.Type&types != 0
}

// pad appends a nothing-value unless the vector has n values. It is called
// for every column of every row.
func (v *Vector) pad(n int) {
	switch {
	case v.Type == String:
		if len(v.Ends) < n {
			v.Ends = append(v.Ends, uint32(len(v.Text)))
		}
		return
	case len(v.Valid) >= n:
		return
	case v.textual():
		v.Ends = append(v.Ends, uint32(len(v.Text)))
	case v.Type == Real:
		v.Reals = append(v.Reals, 0)
	default:
		v.Ints = append(v.Ints, 0)
	}
	v.Valid = append(v.Valid, false)
}

// cut drops values from n on.
func (v *Vector) cut(n int) {
	if v.Len() <= n {
		return
	}
	switch {
	case v.textual():
		end := uint32(0)
		if n > 0 {
			end = v.Ends[n-1]
		}
		v.Text, v.Ends = v.Text[:end], v.Ends[:n]
	case v.Type == Real:
		v.Reals = v.Reals[:n]
	default:
		v.Ints = v.Ints[:n]
	}
	if v.Type != String {
		v.Valid = v.Valid[:n]
	}
}

// Rows is a columnar batch of one table. A row is built by setting columns in
// any order, each at most once, and ended by End or dropped by Discard.
// Columns that were not set are empty. Rows is not safe for concurrent use;
// Reset keeps the memory.
type Rows struct {
	Table   *Table
	IDs     []ID
	Columns []Vector // parallel to Table.Columns
}

// NewRows returns an empty batch of t.
func NewRows(t *Table) *Rows {
	r := &Rows{Table: t, Columns: make([]Vector, len(t.Columns))}
	for i := range t.Columns {
		r.Columns[i].Type = t.Columns[i].Type
	}
	return r
}

// Len returns the number of ended rows.
func (r *Rows) Len() int { return len(r.IDs) }

// Bytes returns the size of all text in the batch, the bulk of its memory.
func (r *Rows) Bytes() int {
	n := 0
	for i := range r.Columns {
		n += len(r.Columns[i].Text)
	}
	return n
}

// Reset drops all rows and keeps the memory.
func (r *Rows) Reset() {
	r.IDs = r.IDs[:0]
	r.Discard()
}

// End completes the row under construction.
func (r *Rows) End(id ID) {
	r.IDs = append(r.IDs, id)
	n := len(r.IDs)
	for i := range r.Columns {
		r.Columns[i].pad(n)
	}
}

// Discard drops what was set since the last End.
func (r *Rows) Discard() {
	for i := range r.Columns {
		r.Columns[i].cut(len(r.IDs))
	}
}

// SetText sets a string column. Text must be valid UTF-8.
func (r *Rows) SetText(col int, text []byte) {
	v := &r.Columns[col]
	v.Text = append(v.Text, text...)
	v.end()
}

// SetString is SetText for a string.
func (r *Rows) SetString(col int, text string) {
	v := &r.Columns[col]
	v.Text = append(v.Text, text...)
	v.end()
}

// SetJSON sets a dynamic column to compact JSON text; empty text is null.
func (r *Rows) SetJSON(col int, text []byte) {
	if len(text) > 0 {
		r.SetText(col, text)
	}
}

// Build returns column col's text buffer for appending a value in place. The
// caller appends and hands the buffer back with Built.
func (r *Rows) Build(col int) []byte { return r.Columns[col].Text }

// Built ends a value begun with Build.
func (r *Rows) Built(col int, text []byte) {
	v := &r.Columns[col]
	v.Text = text
	v.end()
}

func (v *Vector) end() {
	v.Ends = append(v.Ends, uint32(len(v.Text)))
	if v.Type != String {
		v.Valid = append(v.Valid, true)
	}
}

// SetInt sets a bool (0 or 1), int, long, datetime or timespan column.
func (r *Rows) SetInt(col int, n int64) {
	v := &r.Columns[col]
	v.Ints = append(v.Ints, n)
	v.Valid = append(v.Valid, true)
}

// SetReal sets a real column.
func (r *Rows) SetReal(col int, f float64) {
	v := &r.Columns[col]
	v.Reals = append(v.Reals, f)
	v.Valid = append(v.Valid, true)
}

// Set sets a column by name from a value of the types listed in value.go, a
// plain int or a []byte of text. It is meant for rows that are made one at a
// time; mappings on the hot path use the typed setters.
func (r *Rows) Set(name string, value any) error {
	col := r.Table.Column(name)
	if col < 0 {
		return fmt.Errorf("table %s has no column %q", r.Table.Name, name)
	}
	typ := r.Columns[col].Type
	switch x := value.(type) {
	case nil:
		return nil
	case bool:
		n := int64(0)
		if x {
			n = 1
		}
		return r.setInt(col, n, typ == Bool)
	case int:
		return r.setInt(col, int64(x), typ == Long || typ == Int && x >= math.MinInt32 && x <= math.MaxInt32)
	case int32:
		return r.setInt(col, int64(x), typ == Int || typ == Long)
	case int64:
		return r.setInt(col, x, typ == Long || typ == Int && x >= math.MinInt32 && x <= math.MaxInt32)
	case DatetimeValue:
		return r.setInt(col, int64(x), typ == Datetime)
	case TimespanValue:
		return r.setInt(col, int64(x), typ == Timespan)
	case float64:
		if typ != Real {
			return r.mismatch(col, value)
		}
		r.SetReal(col, x)
		return nil
	case string:
		return r.setText(col, x, typ == String)
	case []byte:
		return r.setText(col, string(x), r.Columns[col].textual())
	case DynamicValue:
		return r.setText(col, string(x), typ == Dynamic)
	case GUIDValue:
		return r.setText(col, string(x), typ == GUID)
	case DecimalValue:
		return r.setText(col, string(x), typ == Decimal)
	}
	return r.mismatch(col, value)
}

func (r *Rows) setInt(col int, n int64, fits bool) error {
	if !fits {
		return r.mismatch(col, n)
	}
	r.SetInt(col, n)
	return nil
}

func (r *Rows) setText(col int, s string, fits bool) error {
	if !fits {
		return r.mismatch(col, s)
	}
	if s != "" || r.Columns[col].Type == String {
		r.SetString(col, s)
	}
	return nil
}

func (r *Rows) mismatch(col int, value any) error {
	c := r.Table.Columns[col]
	return fmt.Errorf("column %s.%s is %s and cannot hold %v (%T)", r.Table.Name, c.Name, c.Type, value, value)
}
