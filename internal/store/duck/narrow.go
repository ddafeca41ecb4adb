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
func (s *Store) narrow(c *conn, st store.Statement) error {
	for _, t := range s.opt.Catalog.Tables() {
		files := s.filesFor(t.Name, st)
		if len(files) == len(s.days) {
			continue
		}
		if err := c.exec(fmt.Sprintf("CREATE TEMP VIEW %s AS %s", quoteName(t.Name), viewQuery(t, files))); err != nil {
			return err
		}
	}
	return nil
}

// filesFor returns the files that may hold rows of a table which matter to a
// statement: the newest, to which rows come all the time, and those that meet
// what the statement says.
func (s *Store) filesFor(table string, st store.Statement) []*dayFile {
	span, timed := st.Within[table]
	after, followed := st.After[table]
	if !timed && !followed {
		return s.days
	}
	files := slices.Clone(s.days)
	return slices.DeleteFunc(files, func(f *dayFile) bool {
		t := f.tables[table]
		return f != s.newest() && (t == nil || timed && !t.times.Meets(span) || followed && t.next <= after+1)
	})
}
