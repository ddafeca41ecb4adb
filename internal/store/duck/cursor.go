package duck

import (
	"context"
	"sync"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// A cursor is a query's result with the connection and the snapshot it reads
// from. The store ends it if its owner has not.
type cursor struct {
	store   *Store
	columns []schema.Column
	cancel  context.CancelCauseFunc

	mu   sync.Mutex // Next against the store's Close
	conn *conn
	res  *result // nil once closed
	row  int
	err  error
}

// Query starts a statement of the store's own SQL. Its cursor reads one
// snapshot, taken now, of whole commits. A cancelled ctx interrupts the
// statement; the cursor then returns the context's cause.
func (s *Store) Query(ctx context.Context, st store.Statement) (store.Cursor, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	cur := &cursor{store: s, columns: st.Columns, cancel: cancel}
	cur.mu.Lock()
	defer cur.mu.Unlock()
	if err := s.adopt(cur); err != nil {
		return nil, err
	}
	if err := cur.start(ctx, st); err != nil {
		cur.end(err)
		return nil, err
	}
	return cur, nil
}

func (cur *cursor) start(ctx context.Context, st store.Statement) (err error) {
	if cur.conn, err = cur.store.engine.connect(); err != nil {
		return err
	}
	if cur.res, err = cur.plan(ctx, st); err != nil {
		return err
	}
	if err := cur.res.run(st.Columns); err != nil {
		cur.res = nil
		return err
	}
	return nil
}

// plan takes the snapshot, while the set of files stands still. Once it is
// taken it keeps what it needs, and files may come and go. Stages are made
// before that: the statement can be planned only when their tables are there.
func (cur *cursor) plan(ctx context.Context, st store.Statement) (*result, error) {
	cur.store.files.RLock()
	defer cur.store.files.RUnlock()
	if err := cur.conn.exec("BEGIN TRANSACTION READ ONLY"); err != nil {
		return nil, err
	}
	if err := cur.store.narrow(cur.conn, st); err != nil {
		return nil, err
	}
	if err := cur.conn.makeStages(ctx, st.Stages, cur.store.opt); err != nil {
		return nil, err
	}
	return cur.conn.begin(ctx, st.SQL)
}

// Columns returns the columns the statement declared.
func (cur *cursor) Columns() []schema.Column { return cur.columns }

// Next returns the next row, nil at the end.
func (cur *cursor) Next() ([]any, error) {
	cur.mu.Lock()
	defer cur.mu.Unlock()
	for cur.err == nil && cur.row == cur.res.n {
		cur.row = 0
		more, err := cur.res.fetch()
		if err == nil && !more {
			return nil, nil
		}
		cur.err = err
	}
	if cur.err != nil {
		return nil, cur.err
	}
	var row []any
	row, cur.err = cur.res.values(cur.row, cur.columns)
	cur.row++
	return row, cur.err
}

// Close ends the cursor and lets go of its snapshot.
func (cur *cursor) Close() error {
	cur.mu.Lock()
	defer cur.mu.Unlock()
	cur.end(ErrClosed)
	return nil
}

func (cur *cursor) end(reason error) {
	if cur.err == nil {
		cur.err = reason
	}
	if cur.res != nil {
		cur.res.close()
		cur.res = nil
	}
	if cur.conn != nil {
		cur.conn.close()
		cur.conn = nil
	}
	cur.cancel(reason)
	cur.store.disown(cur)
}

func (s *Store) adopt(cur *cursor) error {
	s.reading.Lock()
	defer s.reading.Unlock()
	if s.cursors == nil {
		return ErrClosed
	}
	s.cursors[cur] = struct{}{}
	return nil
}

func (s *Store) disown(cur *cursor) {
	s.reading.Lock()
	defer s.reading.Unlock()
	delete(s.cursors, cur)
}

// endCursors refuses new cursors and ends those there are. It returns false
// if that was done before.
func (s *Store) endCursors() bool {
	s.reading.Lock()
	open := s.cursors
	s.cursors = nil
	s.reading.Unlock()
	for cur := range open {
		cur.cancel(ErrClosed)
		cur.mu.Lock()
		cur.end(ErrClosed)
		cur.mu.Unlock()
	}
	return open != nil
}

// ready tells whether a commit may begin.
func (s *Store) ready(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	if s.cursors == nil {
		return ErrClosed
	}
	return nil
}
