package duck

import (
	"context"
	"fmt"
	"runtime"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// Commit writes the batch's new rows and moves its positions, all or nothing.
// The error is a *store.PositionError when a position did not start where the
// store is; then nothing was written.
func (s *Store) Commit(ctx context.Context, b *store.Batch) (store.Result, error) {
	s.write.Lock()
	defer s.write.Unlock()
	if err := s.ready(ctx); err != nil {
		return store.Result{}, err
	}
	moved, err := s.agree(b.Positions)
	if err != nil {
		return store.Result{}, err
	}
	now := s.opt.Now()
	f, err := s.today(now)
	if err != nil {
		return store.Result{}, err
	}
	parts, err := s.newRows(b.Rows)
	if err != nil {
		return store.Result{}, err
	}
	next := s.next
	err = s.w.transact(func() error {
		for i := range parts {
			p := &parts[i]
			p.first = next
			next += int64(len(p.rows))
			if err := p.write(s.w, f, schema.DatetimeOf(now)); err != nil {
				return fmt.Errorf("write to %s: %w", p.from.Table.Name, err)
			}
		}
		return s.step(f, moved)
	})
	if err != nil {
		return store.Result{}, fmt.Errorf("commit: %w", err)
	}
	s.remember(moved)
	s.learn(parts)
	s.next = next
	res := account(f, parts)
	s.checkpointIfDue(f)
	return res, nil
}

// account tells what was done, and tells the file what it holds now.
func account(f *dayFile, parts []part) store.Result {
	res := store.Result{Committed: map[string]int{}, Duplicate: map[string]int{}}
	for _, p := range parts {
		name := p.from.Table.Name
		res.Committed[name] += len(p.rows)
		res.Duplicate[name] += p.from.Len() - len(p.rows)
		f.tables[name].grow(p.first, len(p.rows))
	}
	return res
}

// write appends the rows to the file of the open transaction.
func (p *part) write(c *conn, f *dayFile, now schema.DatetimeValue) error {
	t, ok := f.tables[p.from.Table.Name]
	if !ok {
		return fmt.Errorf("the catalogue has no table %s", p.from.Table.Name)
	}
	if len(p.rows) == 0 {
		return nil
	}
	var app duckdb.Appender
	defer duckdb.AppenderDestroy(&app)
	if duckdb.AppenderCreateExt(c.c, f.alias, "data", t.name, &app) == duckdb.StateError {
		return sqlError(duckdb.AppenderError(app), "append")
	}
	if t.writer == nil {
		t.writer = newChunkWriter(t, p.from.Table)
	}
	var pinner runtime.Pinner
	defer pinner.Unpin()
	pin(&pinner, p.from)
	for i := 0; i < len(p.rows); i += chunkRows {
		rows := p.rows[i:min(i+chunkRows, len(p.rows))]
		t.writer.fill(p.from, rows, now, p.first+int64(i))
		if duckdb.AppendDataChunk(app, t.writer.chunk) == duckdb.StateError {
			return sqlError(duckdb.AppenderError(app), "append")
		}
	}
	if duckdb.AppenderClose(app) == duckdb.StateError {
		return sqlError(duckdb.AppenderError(app), "append")
	}
	return nil
}
