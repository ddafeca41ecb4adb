package duck

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nephoscope/internal/schema"
)

// create makes the file with the tables of a catalogue, the positions and the
// sequence that are reached, and attaches it. It comes to its name only when
// it is complete and on disk, so a crash leaves the whole file or none.
func (f *dayFile) create(c *conn, tables []*schema.Table, positions map[partition]string, next int64) error {
	made := f.path + unfinished
	if err := c.exec(attachSQL(made, "made")); err != nil {
		return fmt.Errorf("create %s: %w", f.path, err)
	}
	err := c.transact(func() error { return layOut(c, "made", tables, positions, next) })
	if err != nil {
		return fmt.Errorf("lay out %s: %w", f.path, err)
	}
	if err := f.settle(c, made); err != nil {
		return fmt.Errorf("create %s: %w", f.path, err)
	}
	return f.attach(c)
}

// settle closes the database made and gives its file f's name.
func (f *dayFile) settle(c *conn, made string) error {
	if err := c.exec("CHECKPOINT made"); err != nil {
		return err
	}
	if err := c.exec("DETACH made"); err != nil {
		return err
	}
	if err := os.Rename(made, f.path); err != nil {
		return err
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

func layOut(c *conn, db string, tables []*schema.Table, positions map[partition]string, next int64) error {
	for sql := range strings.SplitSeq(fmt.Sprintf(layoutDDL, db), ";") {
		if err := c.exec(sql); err != nil {
			return err
		}
	}
	if err := c.exec(fmt.Sprintf("INSERT INTO %s.nephoscope.layout VALUES (%d, %d)", db, layoutVersion, next)); err != nil {
		return err
	}
	for _, t := range tables {
		if err := createTable(c, db, t); err != nil {
			return err
		}
	}
	for p, token := range positions {
		if err := insertPosition(c, db, p, token); err != nil {
			return err
		}
	}
	return nil
}

func createTable(c *conn, db string, t *schema.Table) error {
	if err := c.exec(tableDDL(db, t)); err != nil {
		return err
	}
	if err := c.exec(fmt.Sprintf("INSERT INTO %s.nephoscope.tables VALUES (?, %d)", db, t.Version), t.Name); err != nil {
		return err
	}
	for _, col := range stored(t) {
		if err := noteColumn(c, db, t.Name, col); err != nil {
			return err
		}
	}
	return nil
}

func noteColumn(c *conn, db, table string, col schema.Column) error {
	return c.exec("INSERT INTO "+db+".nephoscope.columns VALUES (?, ?, ?)", table, col.Name, col.Type.String())
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
	return f.read(c)
}

func (f *dayFile) migrateTable(c *conn, t *schema.Table) error {
	have, ok := f.tables[t.Name]
	if !ok {
		return createTable(c, f.alias, t)
	}
	for _, col := range stored(t) {
		if have.has(col.Name) {
			continue
		}
		if err := c.exec(addColumnDDL(f.alias, t.Name, col)); err != nil {
			return err
		}
		if err := noteColumn(c, f.alias, t.Name, col); err != nil {
			return err
		}
	}
	return c.exec(fmt.Sprintf("UPDATE %s.nephoscope.tables SET version = %d WHERE name = ?", f.alias, t.Version), t.Name)
}

// current tells whether migrate has nothing to do.
func (f *dayFile) current(tables []*schema.Table) bool {
	return !slices.ContainsFunc(tables, func(t *schema.Table) bool {
		have, ok := f.tables[t.Name]
		return !ok || have.version != t.Version ||
			slices.ContainsFunc(stored(t), func(c schema.Column) bool { return !have.has(c.Name) })
	})
}
