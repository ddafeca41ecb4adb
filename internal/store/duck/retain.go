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
// to a new edition of it, while commits go on. The newest file always stays, if
// only for the positions in it.
func (s *Store) Retain(ctx context.Context, now time.Time) ([]store.Dropped, error) {
	s.retaining.Lock()
	defer s.retaining.Unlock()
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	c, err := s.engine.connect()
	if err != nil {
		return nil, err
	}
	defer c.close()
	var dropped []store.Dropped
	files := s.attached()
	for i, f := range files {
		if err := s.ready(ctx); err != nil {
			return dropped, err
		}
		gone, err := s.retain(c, f, i == len(files)-1, now)
		dropped = append(dropped, gone...)
		if err != nil {
			return dropped, fmt.Errorf("retention of %s: %w", f.path, err)
		}
	}
	return dropped, nil
}

func (s *Store) attached() []*dayFile {
	s.write.Lock()
	defer s.write.Unlock()
	return slices.Clone(s.days)
}

func (s *Store) retain(c *conn, f *dayFile, last bool, now time.Time) ([]store.Dropped, error) {
	if last { // nothing else writes to the others
		s.write.Lock()
		defer s.write.Unlock()
	}
	gone, kept := s.sift(f, now)
	if len(gone) == 0 && (len(kept) > 0 || last) {
		return nil, nil
	}
	dropped, err := count(c, f, gone)
	if err != nil {
		return nil, err
	}
	var by *dayFile
	if last || slices.ContainsFunc(kept, func(t *dayTable) bool { return t.span() > 0 }) {
		if by, err = s.rewrite(c, f, kept); err != nil {
			return nil, err
		}
	}
	if !last {
		s.write.Lock()
		defer s.write.Unlock()
	}
	return dropped, s.replace(f, by)
}

// sift returns the tables of f that have expired and hold rows, and those that
// have not expired.
func (s *Store) sift(f *dayFile, now time.Time) (gone, kept []*dayTable) {
	for _, name := range slices.Sorted(maps.Keys(f.tables)) {
		t := f.tables[name]
		switch expired := f.day < s.oldest(name, now); {
		case expired && t.span() > 0:
			gone = append(gone, t)
		case !expired:
			kept = append(kept, t)
		}
	}
	return gone, kept
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

func count(c *conn, f *dayFile, tables []*dayTable) ([]store.Dropped, error) {
	var counts []store.Dropped
	for _, t := range tables {
		rows, err := c.all("SELECT count(*) FROM "+f.alias+".data."+quoteName(t.name), schema.Long)
		if err != nil {
			return nil, err
		}
		counts = append(counts, store.Dropped{Table: t.name, Day: f.day, Rows: rows[0][0].(int64)})
	}
	return counts, nil
}

// rewrite makes the next edition of f, with the given tables.
func (s *Store) rewrite(c *conn, f *dayFile, kept []*dayTable) (*dayFile, error) {
	next := newDayFile(s.dir, f.day, f.edition+1)
	err := next.make(c, func(db string) error {
		if err := layOut(c, db, f, f.reached()); err != nil {
			return err
		}
		for _, t := range kept {
			if err := s.copyTable(c, db, f, t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return next, next.attach(c)
}

func (s *Store) copyTable(c *conn, db string, f *dayFile, t *dayTable) error {
	have := &schema.Table{Name: t.name, Version: t.version, Columns: t.columns}
	if err := createTable(c, db, have); err != nil {
		return err
	}
	if declared, ok := s.opt.Catalog.Table(t.name); ok {
		if err := c.exec(readableSQL(db, declared, t)); err != nil {
			return err
		}
	}
	name := ".data." + quoteName(t.name)
	return c.exec("INSERT INTO " + db + name + " SELECT * FROM " + f.alias + name)
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
	s.forgetIDs()
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
