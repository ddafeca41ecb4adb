package output

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// A Log is the store's tables, read in the order of arrival. It is safe for
// concurrent use.
type Log interface {
	// Check tells what is wrong with a selection.
	Check(s Selection) error
	// Look tells what there is of a table behind a sequence.
	Look(ctx context.Context, table string, after int64) (Ahead, error)
	// Read returns the chosen rows of a range in order, and the sequence up to
	// which they are all of them: the end of the range, or less if the rows
	// reached r.Bytes. The batch may be empty.
	Read(ctx context.Context, r Range) (b *Batch, reached int64, err error)
}

// A Selection chooses rows of one table.
type Selection struct {
	Table string `yaml:"table"`
	// Where is a KQL condition on a row, without the word where; empty for
	// all rows. It looks at the row alone, not at other rows or tables.
	Where string `yaml:"where"`
}

// Ahead tells what is still to come of a table, whatever the selection.
type Ahead struct {
	Rows        int64                // the others say nothing if it is 0
	First, Last int64                // sequences
	Oldest      schema.DatetimeValue // arrival of the first
}

// A Range is the part of a table behind one sequence up to another.
type Range struct {
	Selection
	After, Upto int64
	Bytes       int64 // of the values, about; one row is returned in any case
}

// A Querier is what a Log reads from; every store is one.
type Querier interface {
	Query(ctx context.Context, s store.Statement) (store.Cursor, error)
}

// storeLog is the Log over a store. What it asks is KQL over the hidden
// columns, so every store can be followed.
type storeLog struct {
	catalog schema.Catalog
	store   Querier
	now     func() time.Time
}

// NewLog returns the Log of a store. now is what the time functions of
// conditions go by.
func NewLog(catalog schema.Catalog, st Querier, now func() time.Time) Log {
	return &storeLog{catalog, st, now}
}

// Check compiles the selection's query.
func (l *storeLog) Check(s Selection) error {
	t, ok := l.catalog.Table(s.Table)
	if !ok {
		return fmt.Errorf("there is no table %q", s.Table)
	}
	if s.Where != "" {
		if err := checkCondition(l.catalog, s); err != nil {
			return fmt.Errorf("condition on %s: %w", s.Table, err)
		}
	}
	_, err := l.compile(rangeQuery(t, Range{Selection: s}))
	if err != nil {
		return fmt.Errorf("condition on %s: %w", s.Table, err)
	}
	return nil
}

// Look asks the hidden columns alone.
func (l *storeLog) Look(ctx context.Context, table string, after int64) (Ahead, error) {
	query := fmt.Sprintf("%s | where _Sequence > %d | summarize count(), min(_Sequence), max(_Sequence), min(_TimeReceived)", table, after)
	var a Ahead
	err := l.each(ctx, query, table, after, func(row []any) (bool, error) {
		a.Rows, _ = row[0].(int64)
		a.First, _ = row[1].(int64)
		a.Last, _ = row[2].(int64)
		a.Oldest, _ = row[3].(schema.DatetimeValue)
		return true, nil
	})
	if err != nil {
		return Ahead{}, fmt.Errorf("look for rows of %s: %w", table, err)
	}
	return a, nil
}

// Read reads one range.
func (l *storeLog) Read(ctx context.Context, r Range) (*Batch, int64, error) {
	t, ok := l.catalog.Table(r.Table)
	if !ok {
		return nil, 0, fmt.Errorf("there is no table %q", r.Table)
	}
	b := &Batch{Table: t.Name, Columns: shownColumns(t)}
	reached, left := r.Upto, r.Bytes
	err := l.each(ctx, rangeQuery(t, r), t.Name, r.After, func(values []any) (bool, error) {
		row := rowOf(values, len(b.Columns))
		if left -= sizeOf(row.Values); left < 0 && len(b.Rows) > 0 {
			reached = b.Rows[len(b.Rows)-1].Sequence
			return false, nil
		}
		b.Rows = append(b.Rows, row)
		return true, nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read rows of %s: %w", t.Name, err)
	}
	return b, reached, nil
}

// rowOf takes apart what rangeQuery returns.
func rowOf(values []any, columns int) Row {
	row := Row{Values: values[:columns:columns]}
	row.ID, _ = values[columns].(string)
	row.Arrived, _ = values[columns+1].(schema.DatetimeValue)
	row.Sequence, _ = values[columns+2].(int64)
	return row
}

// each calls fn for the rows of a query until fn returns false.
func (l *storeLog) each(ctx context.Context, query, table string, after int64, fn func([]any) (bool, error)) (err error) {
	q, err := l.compile(query)
	if err != nil {
		return err
	}
	cursor, err := q.Run(ctx, behind{l.store, table, after})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	for {
		row, err := cursor.Next()
		if err != nil || row == nil {
			return err
		}
		if more, err := fn(row); err != nil || !more {
			return err
		}
	}
}

func (l *storeLog) compile(query string) (*kql.Query, error) {
	return kql.Compile(query, l.catalog, kql.Options{Now: schema.DatetimeOf(l.now())})
}

// behind tells the store which rows matter, so that it can leave alone the
// files in which there are none.
type behind struct {
	store Querier
	table string
	after int64
}

// Query implements kql.Querier.
func (b behind) Query(ctx context.Context, s store.Statement) (store.Cursor, error) {
	s.After = map[string]int64{b.table: b.after}
	return b.store.Query(ctx, s)
}
