package duck

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// Retain drops the tables of days that are older than the table's retention,
// counted from the day of arrival, but for rows that stand (schema.Standing).
// Files come in order of day: when the last row about a thing is dropped, all
// before it are gone. DuckDB never gives disk back inside a file,
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
	parts, err := s.sift(c, f, now)
	if err != nil {
		return nil, err
	}
	dropped := droppedOf(f, parts)
	if len(dropped) == 0 && (len(parts) > 0 || last) {
		return nil, nil
	}
	var by *dayFile
	if last || slices.ContainsFunc(parts, share.stays) {
		if by, err = s.rewrite(c, f, parts); err != nil {
			return nil, err
		}
	}
	if !last {
		s.write.Lock()
		defer s.write.Unlock()
	}
	return dropped, s.replace(f, by)
}

// A share is a table of a file, and what retention leaves of it.
type share struct {
	*dayTable
	where string // SQL condition on the rows that stay, "" for all
	gone  int64  // rows that go
	left  bool   // rows stay
}

func (p share) stays() bool { return p.left }

// sift returns the tables of f that have rows to drop or are not to be dropped
// yet, in order of name.
func (s *Store) sift(c *conn, f *dayFile, now time.Time) ([]share, error) {
	var parts []share
	for _, name := range slices.Sorted(maps.Keys(f.tables)) {
		t := f.tables[name]
		switch expired := f.day < s.oldest(name, now); {
		case expired && t.span() > 0:
			p, err := s.expire(c, f, t)
			if err != nil {
				return nil, err
			}
			parts = append(parts, p)
		case !expired:
			parts = append(parts, share{dayTable: t, left: t.span() > 0})
		}
	}
	return parts, nil
}

// expire tells what stays of an expired table: the rows that stand.
func (s *Store) expire(c *conn, f *dayFile, t *dayTable) (share, error) {
	p := share{dayTable: t, where: s.standing(t)}
	rows, err := c.all(fmt.Sprintf("SELECT count(*), count(*) FILTER (WHERE %s) FROM %s.data.%s", p.where, f.alias, quoteName(t.name)), schema.Long, schema.Long)
	if err != nil {
		return p, err
	}
	all, left := rows[0][0].(int64), rows[0][1].(int64)
	p.gone, p.left = all-left, left > 0
	return p, nil
}

// standing is the condition on the rows of t that outlive retention.
func (s *Store) standing(t *dayTable) string {
	declared, ok := s.opt.Catalog.Table(t.name)
	if !ok || declared.Standing == nil || !t.has(declared.Standing.Status) {
		return "false"
	}
	by := make([]string, len(declared.Standing.By))
	for i, name := range declared.Standing.By {
		by[i] = quoteName(name)
	}
	return fmt.Sprintf("%s <> %s AND %[3]s IN (SELECT max(%[3]s) FROM memory.main.%[4]s GROUP BY %[5]s)",
		quoteName(declared.Standing.Status), quoteText(declared.Standing.Gone),
		quoteName(schema.Sequence), quoteName(t.name), strings.Join(by, ", "))
}

// droppedOf tells what goes of f.
func droppedOf(f *dayFile, parts []share) []store.Dropped {
	var dropped []store.Dropped
	for _, p := range parts {
		if p.gone > 0 {
			dropped = append(dropped, store.Dropped{Table: p.name, Day: f.day, Rows: p.gone})
		}
	}
	return dropped
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

// rewrite makes the next edition of f, with what stays of the given tables.
func (s *Store) rewrite(c *conn, f *dayFile, parts []share) (*dayFile, error) {
	next := newDayFile(s.dir, f.day, f.edition+1)
	err := next.make(c, func(db string) error {
		if err := layOut(c, db, f, f.reached()); err != nil {
			return err
		}
		for _, p := range parts {
			if p.where != "" && !p.left {
				continue
			}
			if err := s.copyTable(c, db, f, p); err != nil {
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

func (s *Store) copyTable(c *conn, db string, f *dayFile, p share) error {
	t := p.dayTable
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
	insert := "INSERT INTO " + db + name + " SELECT * FROM " + f.alias + name
	if p.where != "" {
		insert += " WHERE " + p.where
	}
	return c.exec(insert)
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
