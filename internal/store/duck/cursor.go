package duck

import (
	"context"
	"errors"
	"fmt"
	"sync"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"nephoscope/internal/schema"
)

// A cursor streams a result chunk by chunk: what it holds at any time is one
// chunk of 2,048 rows, however long the result is.
type cursor struct {
	ctx     context.Context //nolint:containedctx // a cursor lives exactly as long as the call that made it
	columns []schema.Column
	conn    *conn
	own     bool // the connection ends with the cursor

	res     duckdb.Result
	chunk   duckdb.DataChunk
	readers []reader
	row, n  int
	stop    func()
	err     error
}

// query starts a statement on c. The caller finishes the cursor before it
// uses c again.
func (c *conn) query(ctx context.Context, sql string, cols []schema.Column) (*cursor, error) {
	cur := &cursor{ctx: ctx, columns: cols, conn: c, stop: c.interruptOn(ctx)}
	if err := cur.start(sql); err != nil {
		cur.finish()
		return nil, cur.because(err)
	}
	return cur, nil
}

func (cur *cursor) start(sql string) error {
	st, err := cur.conn.prepare(sql)
	if err != nil {
		return err
	}
	defer duckdb.DestroyPrepare(&st)
	var pending duckdb.PendingResult
	defer duckdb.DestroyPending(&pending)
	if duckdb.PendingPreparedStreaming(st, &pending) == duckdb.StateError {
		return sqlError(duckdb.PendingError(pending), sql)
	}
	if duckdb.ExecutePending(pending, &cur.res) == duckdb.StateError {
		return sqlError(duckdb.ResultError(&cur.res), sql)
	}
	cur.readers, err = readersOf(&cur.res, cur.columns)
	return err
}

// Columns returns the columns the statement declared.
func (cur *cursor) Columns() []schema.Column { return cur.columns }

// Next returns the next row, nil at the end.
func (cur *cursor) Next() ([]any, error) {
	if cur.err != nil {
		return nil, cur.err
	}
	for cur.row == cur.n {
		more, err := cur.fetch()
		if err != nil {
			cur.err = cur.because(err)
			return nil, cur.err
		}
		if !more {
			return nil, nil
		}
	}
	row := make([]any, len(cur.columns))
	for i := range cur.readers {
		v, err := cur.readers[i].value(cur.row)
		if err != nil {
			cur.err = fmt.Errorf("column %s: %w", cur.columns[i].Name, err)
			return nil, cur.err
		}
		row[i] = v
	}
	cur.row++
	return row, nil
}

func (cur *cursor) fetch() (bool, error) {
	if err := cur.ctx.Err(); err != nil {
		return false, err
	}
	duckdb.DestroyDataChunk(&cur.chunk)
	cur.row, cur.n = 0, 0
	cur.chunk = duckdb.FetchChunk(cur.res)
	if cur.chunk.Ptr == nil {
		if msg := duckdb.ResultError(&cur.res); msg != "" {
			return false, sqlError(msg, "fetch")
		}
		return false, nil
	}
	for i := range cur.readers {
		cur.readers[i].point(duckdb.DataChunkGetVector(cur.chunk, duckdb.IdxT(i)))
	}
	cur.n = int(duckdb.DataChunkGetSize(cur.chunk))
	return true, nil
}

// because prefers the reason of a cancelled context to what DuckDB makes of
// the interrupt.
func (cur *cursor) because(err error) error {
	if cur.ctx.Err() != nil {
		return context.Cause(cur.ctx)
	}
	return err
}

// finish ends the statement and leaves the connection open.
func (cur *cursor) finish() {
	cur.stop()
	duckdb.DestroyDataChunk(&cur.chunk)
	duckdb.DestroyResult(&cur.res)
}

// Close ends the cursor and the snapshot it read from.
func (cur *cursor) Close() error {
	if cur.conn == nil {
		return nil
	}
	cur.finish()
	cur.row, cur.n, cur.err = 0, 0, errors.New("the cursor is closed")
	if cur.own {
		cur.conn.close()
	}
	cur.conn = nil
	return nil
}

// interruptOn interrupts c's statement when ctx ends. The returned function
// ends that, and returns only when no interrupt is under way any more.
func (c *conn) interruptOn(ctx context.Context) func() {
	if ctx.Done() == nil {
		return func() {}
	}
	var mu sync.Mutex
	over := false
	cancel := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			duckdb.Interrupt(c.c)
		}
	})
	return func() {
		cancel()
		mu.Lock()
		over = true
		mu.Unlock()
	}
}
