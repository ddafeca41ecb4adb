package duck

import (
	"fmt"
	"slices"

	"nephoscope/internal/store"
)

// Planning a statement costs half a millisecond for each file that its tables
// are read from, more than reading the few rows that a rule's window has. So a
// statement that says which times matter to it gets views of its own, without
// the files in which there are no such times.

// timeGenerated is the column of which the files' spans are known.
const timeGenerated = "TimeGenerated"

// narrow makes temporary views, which hide those of all connections, where
// they leave something out. The caller holds the lock of the files.
func (s *Store) narrow(c *conn, within map[string]store.Span) error {
	for name, span := range within {
		t, ok := s.opt.Catalog.Table(name)
		if !ok {
			continue
		}
		files := s.filesWithin(name, span)
		if len(files) == len(s.days) {
			continue
		}
		if err := c.exec(fmt.Sprintf("CREATE TEMP VIEW %s AS %s", quoteName(name), viewQuery(t, files))); err != nil {
			return err
		}
	}
	return nil
}

// filesWithin returns the files that may hold rows of a table within a span:
// the newest, to which rows come all the time, and those whose times meet it.
func (s *Store) filesWithin(table string, span store.Span) []*dayFile {
	files := slices.Clone(s.days)
	return slices.DeleteFunc(files, func(f *dayFile) bool {
		t := f.tables[table]
		return f != s.newest() && (t == nil || !t.times.Meets(span))
	})
}
