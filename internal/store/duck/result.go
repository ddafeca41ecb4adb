package duck

import (
	"context"
	"fmt"
	"sync"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"nephoscope/internal/schema"
)

// A result is a statement under way, read chunk by chunk: what it holds at
// any time is one chunk of 2,048 rows, however long it is. It is not safe for
// concurrent use, and its connection serves nothing else until it is closed.
type result struct {
	ctx     context.Context // a result lives as long as the call that made it
	sql     string
	res     duckdb.Result
	pending duckdb.PendingResult
	chunk   duckdb.DataChunk
	n       int // rows in the chunk
	readers []reader
	stop    func()
}

// begin plans a statement and takes its snapshot.
func (c *conn) begin(ctx context.Context, sql string) (*result, error) {
	r := &result{ctx: ctx, sql: sql, stop: c.interruptOn(ctx)}
	st, err := c.prepare(sql)
	if err == nil {
		defer duckdb.DestroyPrepare(&st)
		if duckdb.PendingPreparedStreaming(st, &r.pending) == duckdb.StateError {
			err = sqlError(duckdb.PendingError(r.pending), sql)
		}
	}
	if err != nil {
		err = r.because(err)
		r.close()
		return nil, err
	}
	return r, nil
}

// run works until the first rows are there.
func (r *result) run(cols []schema.Column) error {
	err := finish(r.pending, &r.res, r.sql)
	if err == nil {
		r.readers, err = readersOf(&r.res, cols)
	}
	if err != nil {
		err = r.because(err)
		r.close()
	}
	return err
}

// query is begin and run.
func (c *conn) query(ctx context.Context, sql string, cols []schema.Column) (*result, error) {
	r, err := c.begin(ctx, sql)
	if err != nil {
		return nil, err
	}
	return r, r.run(cols)
}

// fetch goes to the next chunk; false means there is none.
func (r *result) fetch() (bool, error) {
	if r.ctx.Err() != nil {
		return false, r.because(nil)
	}
	if r.next() {
		return true, nil
	}
	if msg := duckdb.ResultError(&r.res); msg != "" {
		return false, r.because(sqlError(msg, r.sql))
	}
	return false, nil
}

// next points the readers at the next chunk, if there is one.
func (r *result) next() bool {
	duckdb.DestroyDataChunk(&r.chunk)
	r.n = 0
	r.chunk = duckdb.FetchChunk(r.res)
	if r.chunk.Ptr == nil {
		return false
	}
	for i := range r.readers {
		r.readers[i].point(duckdb.DataChunkGetVector(r.chunk, duckdb.IdxT(i)))
	}
	r.n = int(duckdb.DataChunkGetSize(r.chunk))
	return true
}

// values returns a row of the chunk.
func (r *result) values(row int, cols []schema.Column) ([]any, error) {
	values := make([]any, len(cols))
	for i := range r.readers {
		v, err := r.readers[i].value(row)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", cols[i].Name, err)
		}
		values[i] = v
	}
	return values, nil
}

// because prefers the reason of an ended context to what DuckDB makes of the
// interrupt.
func (r *result) because(err error) error {
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	return err
}

func (r *result) close() {
	r.stop()
	duckdb.DestroyDataChunk(&r.chunk)
	duckdb.DestroyPending(&r.pending)
	duckdb.DestroyResult(&r.res)
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

// all reads a small result of the store's own making.
func (c *conn) all(sql string, types ...schema.Type) ([][]any, error) {
	cols := make([]schema.Column, len(types))
	for i, t := range types {
		cols[i].Type = t
	}
	r, err := c.query(context.Background(), sql, cols)
	if err != nil {
		return nil, err
	}
	defer r.close()
	var rows [][]any
	for {
		more, err := r.fetch()
		if err != nil || !more {
			return rows, err
		}
		for i := range r.n {
			row, err := r.values(i, cols)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
}
