package duck

import (
	"context"
	"fmt"
	"time"

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
	s.makeRoom(f, parts)
	err = s.writeAll(f, parts, moved, now)
	if err != nil && cleanse(parts) {
		err = s.writeAll(f, parts, moved, now)
	}
	if err != nil {
		return store.Result{}, fmt.Errorf("commit: %w", err)
	}
	s.remember(moved)
	s.learn(parts)
	return s.account(f, parts), nil
}

// Newest returns the sequence of the newest committed row, -1 if there never
// was one.
func (s *Store) Newest() int64 {
	s.write.Lock()
	defer s.write.Unlock()
	return s.next - 1
}

// writeAll is the transaction.
func (s *Store) writeAll(f *dayFile, parts []part, moved map[partition]string, now time.Time) error {
	return s.w.transact(func() error {
		next := s.next
		for i := range parts {
			p := &parts[i]
			p.first = next
			next += int64(len(p.rows))
			if err := s.writePart(f, p, schema.DatetimeOf(now)); err != nil {
				return fmt.Errorf("write to %s: %w", p.from.Table.Name, err)
			}
		}
		return s.step(f, moved)
	})
}

// account tells what was done, and tells the file what it holds now.
func (s *Store) account(f *dayFile, parts []part) store.Result {
	res := store.Result{Committed: newByTable(parts), Duplicate: map[string]int{}}
	for _, p := range parts {
		res.Duplicate[p.from.Table.Name] += p.from.Len() - len(p.rows)
	}
	for _, p := range parts {
		f.tables[p.from.Table.Name].grow(p.first, len(p.rows))
		s.next += int64(len(p.rows))
	}
	for name, n := range res.Committed {
		if n < rowGroup {
			f.tables[name].loose += n
		}
	}
	return res
}

// newByTable counts the rows of the parts.
func newByTable(parts []part) map[string]int {
	n := make(map[string]int, len(parts))
	for _, p := range parts {
		n[p.from.Table.Name] += len(p.rows)
	}
	return n
}

// writePart writes a part to the file of the open transaction.
func (s *Store) writePart(f *dayFile, p *part, now schema.DatetimeValue) error {
	t, ok := f.tables[p.from.Table.Name]
	if !ok {
		return fmt.Errorf("the catalogue has no table %s", p.from.Table.Name)
	}
	if _, err := t.writerOf(p.from.Table); err != nil || len(p.rows) == 0 {
		return err
	}
	return s.feed.insert(s.w, f.alias, t, p, now)
}
