package tables

import (
	"fmt"
	"io"
	"strings"

	"nephoscope/internal/schema"
)

// WriteReference writes the reference page of tables as Markdown. The page in
// docs/reference/tables.md is made from it; a test compares the two.
func WriteReference(w io.Writer, tables []*schema.Table) error {
	var b strings.Builder
	b.WriteString("# Tables\n\n")
	b.WriteString("<!-- Made from internal/tables: change the declarations there, then run go test ./internal/tables -run Reference -update. -->\n\n")
	b.WriteString("Names, columns and types are those of Microsoft Sentinel; queries written for it run here. " +
		"How to declare a table of your own: [custom tables](custom-tables.md).\n\n")
	for _, t := range tables {
		fmt.Fprintf(&b, "- [%s](#%s)\n", t.Name, strings.ToLower(t.Name))
	}
	writeHidden(&b)
	for _, t := range tables {
		writeTable(&b, t)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write table reference: %w", err)
	}
	return nil
}

func writeHidden(b *strings.Builder) {
	b.WriteString("\n## Columns of every table\n\n" +
		"These can be named in a query but are not part of its default output.\n\n")
	writeColumns(b, schema.Standard(), func(*schema.Column) bool { return true })
}

func writeTable(b *strings.Builder, t *schema.Table) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\nRows are kept for %d days unless the configuration says otherwise%s.\n\n", t.Name, t.Doc, t.Retention, standing(t))
	writeColumns(b, t.Columns, func(c *schema.Column) bool { return !c.Hidden })
	if has(t, func(c *schema.Column) bool { return c.Hidden && c.Path == nil }) {
		b.WriteString("\nHidden columns:\n\n")
		writeColumns(b, t.Columns, func(c *schema.Column) bool { return c.Hidden && c.Path == nil })
	}
	if has(t, func(c *schema.Column) bool { return c.Path != nil }) {
		b.WriteString("\nHot paths, copies of values inside dynamic columns, which the query planner uses by itself:\n\n")
		b.WriteString("| column | copy of |\n|---|---|\n")
		for i := range t.Columns {
			if c := &t.Columns[i]; c.Path != nil {
				fmt.Fprintf(b, "| `%s` | `%s` |\n", c.Name, kqlPath(c.Path))
			}
		}
	}
}

func standing(t *schema.Table) string {
	if t.Standing == nil {
		return ""
	}
	return "; those that hold a present state are kept however old they are"
}

func writeColumns(b *strings.Builder, columns []schema.Column, want func(*schema.Column) bool) {
	b.WriteString("| column | type | content |\n|---|---|---|\n")
	for i := range columns {
		if c := &columns[i]; want(c) {
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", c.Name, c.Type, strings.ReplaceAll(c.Doc, "|", "\\|"))
		}
	}
}

func has(t *schema.Table, want func(*schema.Column) bool) bool {
	for i := range t.Columns {
		if want(&t.Columns[i]) {
			return true
		}
	}
	return false
}

// kqlPath writes a path as KQL does.
func kqlPath(p *schema.Path) string {
	var b strings.Builder
	b.WriteString(p.Column)
	for _, key := range p.Keys {
		if identifier(key) {
			b.WriteString("." + key)
		} else {
			fmt.Fprintf(&b, "[%q]", key)
		}
	}
	return b.String()
}
