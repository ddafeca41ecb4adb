package tables

import (
	"fmt"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// AppendColumns appends a row whose columns are the members of a record, each
// converted to its column's type as custom tables do it; null and empty text
// set nothing. It serves who has rows of a table rather than events: tests of
// rules, tools. An error names a member without a column, or with a value that
// its column cannot hold; then no row was added. Tables with hidden copies of
// values (Column.Path) need their own mapping in its place.
func AppendColumns(rec *event.Record, rows *schema.Rows, id schema.ID) error {
	root := rec.Root()
	for v := root.First(); v.Exists(); v = v.Next(root) {
		if err := appendColumn(rows, string(v.Key()), v); err != nil {
			rows.Discard()
			return err
		}
	}
	rows.End(id)
	return nil
}

func appendColumn(rows *schema.Rows, name string, v event.Value) error {
	t := rows.Table
	col := t.Column(name)
	switch {
	case col < 0:
		return fmt.Errorf("table %s has no column %q", t.Name, name)
	case t.Columns[col].Const != "":
		return nil
	case blank(v):
		return nil
	case !coerce(rows, col, v):
		return fmt.Errorf("column %s of %s is %s and cannot hold %.80s", name, t.Name, t.Columns[col].Type, v.Raw())
	}
	return nil
}
