package duck

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nephoscope/internal/schema"
)

// create makes the file with the tables of a catalogue and attaches it. What
// was reached comes from the file before it, if there is one.
func (f *dayFile) create(c *conn, tables []*schema.Table, before *dayFile, next int64) error {
	err := f.make(c, func(db string) error {
		if err := layOut(c, db, before, next); err != nil {
			return err
		}
		for _, t := range tables {
			if err := createTable(c, db, t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("create %s: %w", f.path, err)
	}
	return f.attach(c)
}

// make runs fill on an empty database that is made under another name. It
// comes to the file's own name only when it is complete and on disk, so a
// crash leaves the whole file or none.
func (f *dayFile) make(c *conn, fill func(db string) error) error {
	path, db := f.path+unfinished, f.alias+"_new"
	if err := c.exec(attachSQL(path, db)); err != nil {
		return err
	}
	err := c.transact(func() error { return fill(db) })
	if err == nil {
		err = c.exec("CHECKPOINT " + db)
	}
	err = errors.Join(err, c.exec("DETACH "+db))
	if err == nil {
		err = os.Rename(path, f.path)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(path), os.RemoveAll(path+".wal"))
	}
	return syncDir(filepath.Dir(f.path))
}

// syncDir makes a rename durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // opened for reading
	return d.Sync()
}

// layOut makes all but the tables. Every file begins with the positions that
// the one before it had reached, so that none is forgotten with an old file.
func layOut(c *conn, db string, before *dayFile, next int64) error {
	for sql := range strings.SplitSeq(fmt.Sprintf(layoutDDL, db, layoutVersion, next), ";") {
		if err := c.exec(sql); err != nil {
			return err
		}
	}
	if before == nil {
		return nil
	}
	return c.exec("INSERT INTO " + db + ".nephoscope.positions SELECT * FROM " + before.alias + ".nephoscope.positions")
}

// createTable makes a table, its view, and the note of what it is.
func createTable(c *conn, db string, t *schema.Table) error {
	if err := c.exec(tableDDL(db, t)); err != nil {
		return err
	}
	if err := c.exec(readableSQL(db, t, &dayTable{columns: stored(t)})); err != nil {
		return err
	}
	if err := c.exec(fmt.Sprintf("INSERT INTO %s.nephoscope.tables VALUES (?, %d)", db, t.Version), t.Name); err != nil {
		return err
	}
	return noteColumns(c, db, t.Name, stored(t)...)
}

// noteColumns is one statement: each costs as much as the table.
func noteColumns(c *conn, db, table string, columns ...schema.Column) error {
	var args []string
	for _, col := range columns {
		args = append(args, table, col.Name, col.Type.String())
	}
	rows := strings.TrimSuffix(strings.Repeat("(?, ?, ?), ", len(columns)), ", ")
	return c.exec("INSERT INTO "+db+".nephoscope.columns VALUES "+rows, args...)
}

// migrate brings a file that is going to be written to up to the catalogue.
func (f *dayFile) migrate(c *conn, tables []*schema.Table) error {
	err := c.transact(func() error {
		for _, t := range tables {
			if err := f.migrateTable(c, t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("bring %s up to date: %w", f.path, err)
	}
	f.tables = map[string]*dayTable{}
	f.current = true
	return f.read(c)
}

func (f *dayFile) migrateTable(c *conn, t *schema.Table) error {
	have, ok := f.tables[t.Name]
	if !ok {
		return createTable(c, f.alias, t)
	}
	all := &dayTable{columns: slices.Clone(have.columns)}
	for _, col := range stored(t) {
		if have.has(col.Name) {
			continue
		}
		if err := addColumn(c, f.alias, t.Name, col); err != nil {
			return err
		}
		all.columns = append(all.columns, col)
	}
	if err := c.exec(readableSQL(f.alias, t, all)); err != nil {
		return err
	}
	return c.exec(fmt.Sprintf("UPDATE %s.nephoscope.tables SET version = %d WHERE name = ?", f.alias, t.Version), t.Name)
}

func addColumn(c *conn, db, table string, col schema.Column) error {
	if err := c.exec(addColumnDDL(db, table, col)); err != nil {
		return err
	}
	return noteColumns(c, db, table, col)
}

// fits tells whether migrate has nothing to do.
func (f *dayFile) fits(tables []*schema.Table) bool {
	return !slices.ContainsFunc(tables, func(t *schema.Table) bool {
		have, ok := f.tables[t.Name]
		return !ok || have.version != t.Version ||
			slices.ContainsFunc(stored(t), func(c schema.Column) bool { return !have.has(c.Name) })
	})
}
