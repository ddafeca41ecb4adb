// Package store is the contract of whatever keeps the tables: the one commit
// point of the journey. duck is the embedded implementation; storetest is the
// suite that every implementation passes.
//
// Invariant: rows and the position they were read up to become durable in one
// atomic step, or neither does.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// ErrInUse says that another process has the store open. The error that wraps
// it names that process.
var ErrInUse = errors.New("store is in use by another process")

// A PositionError tells that a commit started from a position that is not the
// stored one: another owner has moved it, or this is a replay. Nothing was
// written.
type PositionError struct {
	Position event.Position // as the commit stated it
	Stored   string         // the token in the store, "" for none
}

// Error says which partition and both tokens.
func (e *PositionError) Error() string {
	return fmt.Sprintf("position of %s/%s is %q, the commit started from %q: another owner has moved on, or this is a replay",
		e.Position.Source, e.Position.Partition, e.Stored, e.Position.From)
}

// Unwrap says so in the words of those who know no store.
func (e *PositionError) Unwrap() error { return event.ErrMoved }

// A VersionError tells that the store was written by a newer version.
type VersionError struct {
	What         string // "layout", or a table's name
	Stored, Ours int
}

// Error says what is newer and what to do.
func (e *VersionError) Error() string {
	return fmt.Sprintf("%s has version %d, this program knows %d: use the newer nephoscope that wrote it", e.What, e.Stored, e.Ours)
}

// A Batch is what one commit writes: rows of any number of tables, and the
// positions that are reached with them. The store does not keep the Rows.
type Batch struct {
	Rows      []*schema.Rows
	Positions []event.Position
}

// A Result tells what a commit did, per table name.
type Result struct {
	Committed map[string]int
	// Duplicate counts rows whose _ItemId was stored already, or occurred
	// before in the same batch; they were not written again.
	Duplicate map[string]int
}

// A Statement is a query in the store's own language, with the columns that
// it returns. Every reader of a Statement trusts it: only the KQL compiler and
// the store's own code make one.
type Statement struct {
	SQL     string
	Columns []schema.Column
	// Stages are made first, in order, within the same snapshot.
	Stages []Stage
	// Within tells, by table, which times of TimeGenerated can matter to the
	// statement and its stages; a store may leave out any other row.
	Within map[string]Span
	// After tells, by table, that only rows of a greater schema.Sequence can
	// matter to the statement and its stages; a store may leave out any other
	// row. Whoever follows a table by its sequence sets it.
	After map[string]int64
}

// A Span is a time from From to To, both included; it is empty if From is
// later.
type Span struct{ From, To schema.DatetimeValue }

// And is the time that both spans have.
func (s Span) And(o Span) Span { return Span{max(s.From, o.From), min(s.To, o.To)} }

// Or is a time that holds both spans.
func (s Span) Or(o Span) Span {
	switch {
	case s.From > s.To:
		return o
	case o.From > o.To:
		return s
	}
	return Span{min(s.From, o.From), max(s.To, o.To)}
}

// Meets tells whether the spans have any time in common.
func (s Span) Meets(o Span) bool {
	both := s.And(o)
	return both.From <= both.To
}

// A Cursor runs over a result. Values are of the types listed in
// schema/value.go and stay valid after the next call. Close is needed always
// and may be called twice.
type Cursor interface {
	Columns() []schema.Column
	// Next returns the next row, or nil at the end.
	Next() ([]any, error)
	Close() error
}

// A Store keeps tables and positions. All methods are safe for concurrent use;
// queries see whole commits only. Errors of Commit other than *PositionError
// leave open whether the commit happened; repeating it is harmless because
// positions are conditional and rows are recognised.
//
// It has five methods because each is one of the store's promises: write, read,
// resume, forget, and end.
type Store interface {
	Commit(ctx context.Context, b *Batch) (Result, error)
	Query(ctx context.Context, s Statement) (Cursor, error)
	// Position returns the stored token of a partition, "" for none.
	Position(ctx context.Context, source, partition string) (string, error)
	// Retain drops what is older than each table's retention at now and
	// gives the disk space back. It returns what was dropped.
	Retain(ctx context.Context, now time.Time) ([]Dropped, error)
	Close() error
}

// Dropped tells what retention removed.
type Dropped struct {
	Table string
	Day   string // day of arrival, 2006-01-02
	Rows  int64
}
