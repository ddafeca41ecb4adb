package duck

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// Retain drops the tables of days that are older than the table's retention,
// counted from the day of arrival. DuckDB never gives disk back inside a file,
// so a file goes whole when nothing in it is kept, and else what is kept moves
// to a new edition of it. The newest file always stays, if only for the
// positions in it.
func (s *Store) Retain(ctx context.Context, now time.Time) ([]store.Dropped, error) {
	s.write.Lock()
	defer s.write.Unlock()
	var dropped []store.Dropped
	for _, f := range slices.Clone(s.days) {
		if err := s.ready(ctx); err != nil {
			return dropped, err
		}
		gone, err := s.retain(f, now)
		dropped = append(dropped, gone...)
		if err != nil {
			return dropped, fmt.Errorf("retention of %s: %w", f.path, err)
		}
	}
	if len(dropped) > 0 {
		s.forgetIDs()
	}
	return dropped, nil
}

func (s *Store) retain(f *dayFile, now time.Time) ([]store.Dropped, error) {
	var gone, kept []*dayTable
	for _, name := range slices.Sorted(maps.Keys(f.tables)) {
		t := f.tables[name]
		switch expired := f.day < s.oldest(name, now); {
		case expired && t.span() > 0:
			gone = append(gone, t)
		case !expired:
			kept = append(kept, t)
		}
	}
	last := f == s.days[len(s.days)-1]
	if len(gone) == 0 && (len(kept) > 0 || last) {
		return nil, nil
	}
	dropped, err := s.count(f, gone)
	if err != nil {
		return nil, err
	}
	if last || slices.ContainsFunc(kept, func(t *dayTable) bool { return t.span() > 0 }) {
		return dropped, s.rewrite(f, kept)
	}
	return dropped, s.replace(f, nil)
}

// oldest returns the first day of which a table's rows are kept, "" for all.
func (s *Store) oldest(table string, now time.Time) string {
	days := s.retention(table)
	if days <= 0 {
		return ""
	}
	return now.UTC().AddDate(0, 0, -days).Format(time.DateOnly)
}

// retention returns for how many days a table is kept, 0 for ever. One that
// is not declared any more is kept as long as the longest-kept one that is.
func (s *Store) retention(table string) int {
	if days, ok := s.opt.Retention[table]; ok {
		return days
	}
	if t, ok := s.opt.Catalog.Table(table); ok {
		return t.Retention
	}
	longest := 0
	for _, t := range s.opt.Catalog.Tables() {
		days := s.retention(t.Name)
		if days <= 0 {
			return 0
		}
		longest = max(longest, days)
	}
	return longest
}

func (s *Store) count(f *dayFile, tables []*dayTable) ([]store.Dropped, error) {
	var counts []store.Dropped
	for _, t := range tables {
		rows, err := s.w.all("SELECT count(*) FROM "+f.alias+".data."+quoteName(t.name), schema.Long)
		if err != nil {
			return nil, err
		}
		counts = append(counts, store.Dropped{Table: t.name, Day: f.day, Rows: rows[0][0].(int64)})
	}
	return counts, nil
}

// rewrite moves the given tables of f to its next edition.
func (s *Store) rewrite(f *dayFile, kept []*dayTable) error {
	next := newDayFile(s.dir, f.day, f.edition+1)
	err := next.make(s.w, func() error {
		if err := layOut(s.w, s.positions, s.next); err != nil {
			return err
		}
		for _, t := range kept {
			if err := copyTable(s.w, f, t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := next.attach(s.w); err != nil {
		return err
	}
	return s.replace(f, next)
}

func copyTable(c *conn, f *dayFile, t *dayTable) error {
	if err := createTable(c, draft, &schema.Table{Name: t.name, Version: t.version, Columns: t.columns}); err != nil {
		return err
	}
	name := ".data." + quoteName(t.name)
	return c.exec("INSERT INTO " + draft + name + " BY NAME SELECT * FROM " + f.alias + name)
}

// replace makes queries see by in f's place, or nothing if by is nil, and
// deletes f. Queries that are under way keep what they read.
func (s *Store) replace(f, by *dayFile) error {
	days := slices.Clone(s.days)
	i := slices.Index(days, f)
	if by == nil {
		days = slices.Delete(days, i, i+1)
	} else {
		days[i] = by
	}
	if err := s.show(days); err != nil {
		return err
	}
	if err := f.detach(s.w); err != nil {
		return err
	}
	s.opt.Logger.Info("day file dropped", "file", f.path, "rewritten", by != nil)
	return f.remove()
}

// forgetIDs lets go of the identities before the first rows that are left.
func (s *Store) forgetIDs() {
	for table, set := range s.ids {
		first := s.next
		for _, f := range s.days {
			if t := f.tables[table]; t.span() > 0 {
				first = min(first, t.first)
			}
		}
		set.forget(blockOf(first))
	}
}
