// Package known lists tables of Microsoft Sentinel and Defender that security
// content asks for and that nothing fills here, so that a query over one of
// them is told apart from one with a misspelt name. Names and types are those
// of Microsoft's table reference.
//
// Invariant: no table of the project is in the list.
package known

import (
	_ "embed" // for the list
	"fmt"
	"strings"
	"sync"

	"nephoscope/internal/schema"
)

//go:embed tables.txt
var text string

// Tables returns the tables by name. The caller may not change them.
var Tables = sync.OnceValue(func() map[string]*schema.Table {
	tables, err := read(text)
	if err != nil {
		panic(err) // the list is part of the program; its test reads it
	}
	return tables
})

// read reads a list: a name at the start of a line, and on indented lines below
// it columns as name:type.
func read(text string) (map[string]*schema.Table, error) {
	tables := map[string]*schema.Table{}
	var t *schema.Table
	for i, line := range strings.Split(text, "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case line[0] != ' ':
			t = &schema.Table{Name: line}
			tables[line] = t
			continue
		case t == nil:
			return nil, fmt.Errorf("line %d: columns without a table", i+1)
		}
		for _, word := range strings.Fields(line) {
			name, typ, _ := strings.Cut(word, ":")
			parsed, err := schema.ParseType(typ)
			if err != nil {
				return nil, fmt.Errorf("line %d: column %s: %w", i+1, name, err)
			}
			t.Columns = append(t.Columns, schema.Column{Name: name, Type: parsed})
		}
	}
	return tables, nil
}
