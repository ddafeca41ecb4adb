package duck

import (
	"fmt"
	"strings"

	"nephoscope/internal/schema"
)

// viewSQL makes the view that queries see a table through: all day files, the
// declared columns in their order, then the standard ones. Columns that are
// stored as they are shown stay bare references, so that filters reach the
// zone maps of every file.
func viewSQL(t *schema.Table, files []*dayFile) string {
	return fmt.Sprintf("CREATE OR REPLACE VIEW memory.main.%s AS %s", quoteName(t.Name), viewQuery(t, files))
}

// viewQuery reads a table out of files.
func viewQuery(t *schema.Table, files []*dayFile) string {
	var b strings.Builder
	parts := 0
	for _, f := range files {
		have, ok := f.tables[t.Name]
		if !ok {
			continue
		}
		if parts++; parts > 1 {
			b.WriteString(" UNION ALL ")
		}
		fmt.Fprintf(&b, "SELECT %s FROM %s.data.%s", selectList(t, have), f.alias, quoteName(t.Name))
	}
	if parts == 0 {
		fmt.Fprintf(&b, "SELECT %s WHERE false", emptyList(t))
	}
	return b.String()
}

// selectList shows a stored table as declared.
func selectList(t *schema.Table, have *dayTable) string {
	list := make([]string, 0, len(t.Columns)+3)
	for _, c := range t.Columns {
		list = append(list, shown(c, have)+" AS "+quoteName(c.Name))
	}
	list = append(list,
		quoteName(schema.ItemID)+"::VARCHAR AS "+quoteName(schema.ItemID),
		quoteName(schema.IngestedAt), quoteName(schema.Sequence))
	return strings.Join(list, ", ")
}

// shown says how a column is read from a file, which may be older than the
// column.
func shown(c schema.Column, have *dayTable) string {
	switch {
	case c.Const != "":
		return literal(c)
	case !have.has(c.Name):
		return nothing(c.Type)
	case c.Fallback != "" && have.has(c.Fallback):
		return fmt.Sprintf("coalesce(nullif(%s, ''), %s, '')", quoteName(c.Name), quoteName(c.Fallback))
	}
	return quoteName(c.Name)
}

func literal(c schema.Column) string {
	return fmt.Sprintf("%s::%s", quoteText(c.Const), sqlType(c.Type))
}

func nothing(t schema.Type) string {
	if t == schema.String {
		return "''"
	}
	return "NULL::" + sqlType(t)
}

func emptyList(t *schema.Table) string {
	var list []string
	for _, c := range t.Columns {
		list = append(list, nothing(c.Type)+" AS "+quoteName(c.Name))
	}
	for _, c := range schema.Standard() {
		list = append(list, nothing(c.Type)+" AS "+quoteName(c.Name))
	}
	return strings.Join(list, ", ")
}

// readableSQL makes the view of a table for people who open the file with
// another program: the same columns, times as TIMESTAMP and INTERVAL.
func readableSQL(db string, t *schema.Table, have *dayTable) string {
	var list []string
	for _, c := range append(t.Columns[:len(t.Columns):len(t.Columns)], schema.Standard()...) {
		expr := quoteName(c.Name)
		if t.Column(c.Name) >= 0 {
			expr = shown(c, have)
		}
		switch c.Type {
		case schema.Datetime:
			expr = fmt.Sprintf("make_timestamp((%s - %d) // 10)", expr, unixTicks)
		case schema.Timespan:
			expr = fmt.Sprintf("to_microseconds(%s // 10)", expr)
		}
		list = append(list, expr+" AS "+quoteName(c.Name))
	}
	return fmt.Sprintf("CREATE OR REPLACE VIEW %s.main.%s AS SELECT %s FROM data.%[2]s", db, quoteName(t.Name), strings.Join(list, ", "))
}
