package kql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nephoscope/internal/kql/bind"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/sqlgen"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// A Querier runs statements; every store is one.
type Querier interface {
	Query(ctx context.Context, s store.Statement) (store.Cursor, error)
}

// Limits bound a run of a query; 0 means no bound. A result that reaches Rows
// or Bytes ends there and is marked partial; a query that reaches Time fails.
type Limits struct {
	Rows  int64
	Bytes int64 // of the values as they are held in memory, about
	Time  time.Duration
}

// A LimitError tells which limit a query has reached.
type LimitError struct {
	Limit string // "rows", "bytes" or "time"
	Value string // the limit, as people write it
}

// Error says the limit and what to do.
func (e *LimitError) Error() string {
	return fmt.Sprintf("the query reached its limit of %s: narrow it down, or raise the limit", e.Value)
}

// A Result is a store.Cursor that ends where the query's limits are.
type Result struct {
	// Query is what ran: with its columns and further tables known, also if
	// they depended on stored values.
	Query *Query

	store.Cursor
	limits  Limits
	cancel  context.CancelFunc
	rows    int64
	bytes   int64
	partial *LimitError
}

// Run runs the query. The caller closes the result.
func (q *Query) Run(ctx context.Context, db Querier) (*Result, error) {
	cancel := context.CancelFunc(func() {})
	if t := q.limits.Time; t > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, t, &LimitError{"time", t.String()})
	}
	r, err := q.run(ctx, db)
	if err != nil {
		cancel()
		return nil, err
	}
	r.cancel = cancel
	return r, nil
}

func (q *Query) run(ctx context.Context, db Querier) (*Result, error) {
	if q.Late {
		known, err := q.again(asker(ctx, db, q.now))
		if err != nil {
			return nil, err
		}
		if known.Late {
			return nil, errors.New("the columns of the result cannot be told from the stored values")
		}
		q = known
	}
	cursor, err := db.Query(ctx, q.statement)
	if err != nil {
		return nil, err
	}
	return &Result{Query: q, Cursor: cursor, limits: q.limits}, nil
}

// maxAsked is how many rows the binder may learn from.
const maxAsked = 100_000

// asker runs plans for the binder.
func asker(ctx context.Context, db Querier, now schema.DatetimeValue) bind.Ask {
	return func(n plan.Node) (rows [][]any, err error) {
		st, err := sqlgen.Generate(n, now)
		if err != nil {
			return nil, err
		}
		cursor, err := db.Query(ctx, st)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, cursor.Close()) }()
		for len(rows) < maxAsked {
			row, err := cursor.Next()
			if err != nil || row == nil {
				return rows, err
			}
			rows = append(rows, row)
		}
		return rows, nil
	}
}

// Next returns the next row, nil at the end or at a limit.
func (r *Result) Next() ([]any, error) {
	if r.partial != nil {
		return nil, nil
	}
	row, err := r.Cursor.Next()
	if row == nil || err != nil {
		return nil, err
	}
	r.rows++
	r.bytes += size(row)
	switch {
	case r.limits.Rows > 0 && r.rows > r.limits.Rows:
		r.partial = &LimitError{"rows", fmt.Sprintf("%d rows", r.limits.Rows)}
	case r.limits.Bytes > 0 && r.bytes > r.limits.Bytes:
		r.partial = &LimitError{"bytes", fmt.Sprintf("%d bytes", r.limits.Bytes)}
	default:
		return row, nil
	}
	return nil, nil
}

// Partial returns the limit at which the rows ended, nil if they are all.
func (r *Result) Partial() *LimitError { return r.partial }

// Close ends the query.
func (r *Result) Close() error {
	defer r.cancel()
	return r.Cursor.Close()
}

// size is about what a row takes in memory.
func size(row []any) int64 {
	n := int64(16 * len(row))
	for _, v := range row {
		switch v := v.(type) {
		case string:
			n += int64(len(v))
		case schema.DynamicValue:
			n += int64(len(v))
		default:
			n += 8
		}
	}
	return n
}
