// Package schema holds the words of a table: Type, Column, Table, the values
// of a row, and Rows, the columnar batch that mappings fill and stores commit.
//
// Invariant: a table is declared once; DDL, KQL binding, the reference page
// and the ingestion mapping all derive from that one value.
package schema

import (
	"fmt"

	"nephoscope/internal/event"
)

// A Type is a KQL data type.
type Type uint8

// The KQL data types.
const (
	Unknown Type = iota
	Bool
	Int  // 32 bit
	Long // 64 bit
	Real
	Decimal
	String
	Datetime // ticks of 100 ns since 0001-01-01T00:00:00Z
	Timespan // ticks of 100 ns
	GUID
	Dynamic // JSON
)

var typeNames = [...]string{
	"unknown", "bool", "int", "long", "real", "decimal",
	"string", "datetime", "timespan", "guid", "dynamic",
}

// String returns the KQL name.
func (t Type) String() string { return typeNames[t] }

// ParseType reads a KQL type name, the documented aliases included.
func ParseType(name string) (Type, error) {
	switch name {
	case "boolean":
		return Bool, nil
	case "double":
		return Real, nil
	case "date":
		return Datetime, nil
	case "time":
		return Timespan, nil
	case "uuid", "uniqueid":
		return GUID, nil
	}
	for t, n := range typeNames {
		if n == name && t != int(Unknown) {
			return Type(t), nil
		}
	}
	return Unknown, fmt.Errorf("unknown type %q: want bool, int, long, real, decimal, string, datetime, timespan, guid or dynamic", name)
}

// A Column is one column of a table or of a result.
type Column struct {
	Name string
	Type Type
	Doc  string

	// Fallback names a dynamic column whose text this string column shows
	// where it holds nothing itself. The text is stored once.
	Fallback string
	// Path makes this a hot path: a hidden typed copy of a value inside a
	// dynamic column of the same table, which the planner may read in its
	// place.
	Path *Path
	// Const is the value of a column that is the same in every row and is
	// therefore not stored (Type is one).
	Const string
	// Hidden columns can be named in a query but do not appear in its
	// default output.
	Hidden bool
}

// A Path is a place inside a dynamic column.
type Path struct {
	Column string
	Keys   []string // object keys from the outside in
}

// A Table is a declared table.
type Table struct {
	Name string
	Doc  string
	// Version counts changes of the declaration; a store that meets a lower
	// one migrates, a higher one is refused.
	Version int
	Columns []Column
	// Retention is the default number of days that rows are kept.
	Retention int
	// Standing, if it is not nil, tells which rows outlive Retention.
	Standing *Standing

	// Claims tells whether a decoded record belongs to this table; nil if
	// records never do (alerts, incidents).
	Claims func(*event.Record) bool
	// Map appends one row made from a record, or returns an error that names
	// the field; then no row was added. It must be safe for concurrent use
	// on different Rows.
	Map func(*event.Record, *Rows) error
}

// A Standing says that rows are states of things: a row stands until a later
// one about the same thing replaces it, and as long as it stands it is kept,
// however old it is.
type Standing struct {
	// By are the string columns that together name the thing.
	By []string
	// Status is a string column that holds Gone in the last row about a
	// thing. That row does not stand.
	Status, Gone string
}

// Column returns the column's index in Columns, -1 if there is none.
func (t *Table) Column(name string) int {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// A Catalog knows the tables there are. Names are case-sensitive, as in KQL.
type Catalog interface {
	Table(name string) (*Table, bool)
	// Tables returns all tables in order of name. The caller may not change
	// the slice.
	Tables() []*Table
}

// Hidden columns that every table has and no declaration repeats.
const (
	ItemID     = "_ItemId"       // string: identity of the row, a GUID text
	IngestedAt = "_TimeReceived" // datetime: ingestion_time()
	Sequence   = "_Sequence"     // long: monotone over all commits of a store
)

// Standard returns the hidden columns of every table in their stored order.
func Standard() []Column {
	return []Column{
		{Name: ItemID, Type: String, Hidden: true, Doc: "Identity of the row, made from what identifies the event; the same event has the same value however often it arrives."},
		{Name: IngestedAt, Type: Datetime, Hidden: true, Doc: "Time of the commit that stored the row; ingestion_time() in KQL."},
		{Name: Sequence, Type: Long, Hidden: true, Doc: "Place of the row in the order of commits; grows without repeats, gaps are possible."},
	}
}
