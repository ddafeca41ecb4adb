package duck

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// A dayFile is the attached file of one day of arrival. Its name says the day
// and, once retention has rewritten it, which edition it is:
// 2026-11-20.duckdb, 2026-11-20.1.duckdb. A file with such a name is always
// complete: it is made under another name first.
type dayFile struct {
	day     string // 2006-01-02
	edition int
	path    string
	alias   string // the SQL name of the attached database
	layout  int    // version
	from    int64  // the sequence that was next when the file was made
	current bool   // the tables are known to be as the catalogue declares them
	tables  map[string]*dayTable
}

// A dayTable is a table as a file holds it.
type dayTable struct {
	name    string
	version int
	columns []schema.Column // in stored order, without the standard ones
	first   int64           // the lowest sequence stored
	next    int64           // one more than the highest, 0 when there are no rows
	times   store.Span      // of TimeGenerated when the file was last read
	loose   int             // rows that came since the last checkpoint and are not compressed
	writer  *chunkWriter
}

// span returns how many sequences lie between the first row and the last, 0 if
// there is no row. A nil table has none.
func (t *dayTable) span() int64 {
	if t == nil {
		return 0
	}
	return t.next - t.first
}

// grow notes n rows that were committed from a sequence on.
func (t *dayTable) grow(from int64, n int) {
	if n == 0 {
		return
	}
	if t.span() == 0 {
		t.first = from
	}
	t.next = from + int64(n)
}

func (t *dayTable) has(name string) bool {
	return slices.ContainsFunc(t.columns, func(c schema.Column) bool { return c.Name == name })
}

const (
	extension = ".duckdb"
	// unfinished ends the names of files that are being made. Whatever has
	// it when a store is opened is left over from a crash.
	unfinished = ".new"
)

var dayFileName = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})(?:\.(\d{1,9}))?\.duckdb$`)

func newDayFile(dir, day string, edition int) *dayFile {
	name := day
	if edition > 0 {
		name += "." + strconv.Itoa(edition)
	}
	return &dayFile{
		day: day, edition: edition,
		path:   filepath.Join(dir, name+extension),
		alias:  "d" + strings.NewReplacer("-", "", ".", "_").Replace(name),
		tables: map[string]*dayTable{},
	}
}

// listDayFiles returns the day files in order of day and removes what a crash
// left over: unfinished files, and editions that a later one has replaced.
func listDayFiles(dir string) ([]*dayFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	latest := map[string]*dayFile{}
	for _, e := range entries {
		if strings.Contains(e.Name(), extension+unfinished) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return nil, err
			}
			continue
		}
		m := dayFileName.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		edition, _ := strconv.Atoi(m[2])
		f, old := newDayFile(dir, m[1], edition), latest[m[1]]
		if old != nil && old.edition > f.edition {
			f, old = old, f
		}
		latest[f.day] = f
		if err := old.remove(); err != nil {
			return nil, err
		}
	}
	byDay := func(a, b *dayFile) int { return strings.Compare(a.day, b.day) }
	return slices.SortedFunc(maps.Values(latest), byDay), nil
}

// remove deletes the file and DuckDB's logs of it, which must not outlive it.
// A nil dayFile is no file.
func (f *dayFile) remove() error {
	if f == nil {
		return nil
	}
	for _, log := range []string{".wal", ".wal.checkpoint", ".wal.recovery"} {
		if err := os.Remove(f.path + log); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Remove(f.path)
}

// attach opens the file in c's engine and reads what it holds.
func (f *dayFile) attach(c *conn) error {
	err := c.exec(attachSQL(f.path, f.alias))
	if err == nil {
		err = f.read(c)
	}
	if err != nil {
		return fmt.Errorf("open %s: %w; if the file is damaged, restore it from a backup, or move it away to go on without that day", f.path, err)
	}
	return nil
}

func attachSQL(path, alias string) string {
	return fmt.Sprintf("ATTACH %s AS %s (STORAGE_VERSION 'v1.5.0', ROW_GROUP_SIZE %d)", quoteText(path), alias, rowGroup)
}

func (f *dayFile) detach(c *conn) error { return c.exec("DETACH " + f.alias) }

// read learns layout, tables and columns.
func (f *dayFile) read(c *conn) error {
	rows, err := c.all("SELECT * FROM "+f.alias+".nephoscope.layout", schema.Int, schema.Long)
	if err != nil {
		return err
	}
	for _, row := range rows {
		f.layout, f.from = int(row[0].(int32)), row[1].(int64)
	}
	if f.layout > layoutVersion {
		return nil // whatever else is in there, we do not know its shape; see admits
	}
	rows, err = c.all("SELECT name, version FROM "+f.alias+".nephoscope.tables", schema.String, schema.Int)
	if err != nil {
		return err
	}
	for _, row := range rows {
		name := row[0].(string)
		f.tables[name] = &dayTable{name: name, version: int(row[1].(int32))}
	}
	if err := f.readColumns(c); err != nil {
		return err
	}
	return f.readSpans(c)
}

func (f *dayFile) readColumns(c *conn) error {
	rows, err := c.all("SELECT table_name, name, type FROM "+f.alias+".nephoscope.columns", schema.String, schema.String, schema.String)
	if err != nil {
		return err
	}
	for _, row := range rows {
		typ, err := schema.ParseType(row[2].(string))
		if err != nil {
			return err
		}
		t := f.tables[row[0].(string)]
		t.columns = append(t.columns, schema.Column{Name: row[1].(string), Type: typ})
	}
	return nil
}

// readSpans learns which sequences and times each table holds; DuckDB answers
// it from its statistics.
func (f *dayFile) readSpans(c *conn) error {
	for name, t := range f.tables {
		time := "NULL"
		if slices.ContainsFunc(t.columns, func(c schema.Column) bool { return c.Name == timeGenerated && c.Type == schema.Datetime }) {
			time = quoteName(timeGenerated)
		}
		rows, err := c.all(fmt.Sprintf("SELECT min(%[1]s), max(%[1]s), min(%[2]s)::BIGINT, max(%[2]s)::BIGINT FROM %[3]s.data.%[4]s",
			quoteName(schema.Sequence), time, f.alias, quoteName(name)), schema.Long, schema.Long, schema.Datetime, schema.Datetime)
		if err != nil {
			return err
		}
		if first, ok := rows[0][0].(int64); ok {
			t.first, t.next = first, rows[0][1].(int64)+1
		}
		t.times = store.Span{From: 0, To: -1}
		if from, ok := rows[0][2].(schema.DatetimeValue); ok {
			t.times = store.Span{From: from, To: rows[0][3].(schema.DatetimeValue)}
		}
	}
	return nil
}

// reached returns the sequence that follows all that are in the file.
func (f *dayFile) reached() int64 {
	next := f.from
	for _, t := range f.tables {
		next = max(next, t.next)
	}
	return next
}

// admits tells whether the file can be read with the declaration t.
func (f *dayFile) admits(t *schema.Table) error {
	if f.layout > layoutVersion {
		return fmt.Errorf("open %s: %w", f.path, &store.VersionError{What: "layout", Stored: f.layout, Ours: layoutVersion})
	}
	have, ok := f.tables[t.Name]
	if !ok {
		return nil
	}
	if have.version > t.Version {
		return fmt.Errorf("open %s: %w", f.path, &store.VersionError{What: "table " + t.Name, Stored: have.version, Ours: t.Version})
	}
	for _, old := range have.columns {
		if i := t.Column(old.Name); i >= 0 && t.Columns[i].Type != old.Type {
			return fmt.Errorf("column %s.%s is declared as %s, but %s holds it as %s: a stored column keeps its type; give the new one another name",
				t.Name, old.Name, t.Columns[i].Type, f.path, old.Type)
		}
	}
	return nil
}
