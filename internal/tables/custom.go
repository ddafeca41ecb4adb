package tables

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"nephoscope/internal/schema"
)

// A SchemaError is a fault in the declaration of a custom table.
type SchemaError struct {
	File         string
	Line, Column int
	Message      string
}

// Error says where the fault is and what would be right.
func (e *SchemaError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// LoadCustom reads the declarations of custom tables from a YAML file, or from
// all .yaml and .yml files of a folder in order of name. All faults are
// returned joined, each a *SchemaError. The format is described in
// docs/reference/custom-tables.md.
func LoadCustom(path string) ([]*schema.Table, error) {
	files, err := customFiles(path)
	if err != nil {
		return nil, fmt.Errorf("load custom tables: %w", err)
	}
	var tables []*schema.Table
	var faults []error
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("load custom tables: %w", err)
		}
		read, err := ReadCustom(file, text)
		faults = append(faults, err)
		tables = append(tables, read...)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return tables, nil
}

func customFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		if ext := filepath.Ext(entry.Name()); !entry.IsDir() && (ext == ".yaml" || ext == ".yml") {
			files = append(files, filepath.Join(path, entry.Name()))
		}
	}
	slices.Sort(files)
	return files, nil
}

// ReadCustom reads the declarations in one YAML text, which may hold several
// documents. The name of the file stands in the errors.
func ReadCustom(file string, text []byte) ([]*schema.Table, error) {
	r := customReader{file: file}
	specs := r.documents(text)
	if err := errors.Join(r.faults...); err != nil {
		return nil, err
	}
	var tables []*schema.Table
	for _, spec := range specs {
		tables = append(tables, spec.table())
	}
	return tables, nil
}

// A customSpec is one declared table.
type customSpec struct {
	name, doc string
	retention int
	match     []condition
	time      recordPath // nil: the usual names are tried
	columns   []customColumn
}

// A customColumn is one declared column. The path is nil for the column that
// takes what no other column took.
type customColumn struct {
	schema.Column
	from recordPath
}

// table builds the declaration. TimeGenerated and Type are added if they were
// not declared.
func (s *customSpec) table() *schema.Table {
	t := &schema.Table{Name: s.name, Doc: s.doc, Version: 1, Retention: s.retention}
	m := &customMapping{spec: s, columns: s.columns, timeColumn: -1}
	for i, c := range s.columns {
		t.Columns = append(t.Columns, c.Column)
		if c.Name == timeColumn {
			m.timeColumn = i
		}
	}
	if m.timeColumn < 0 {
		m.timeColumn = len(t.Columns)
		t.Columns = append(t.Columns, schema.Column{Name: timeColumn, Type: schema.Datetime, Doc: "When the event happened."})
	}
	t.Columns = append(t.Columns, schema.Column{Name: "Type", Type: schema.String, Const: s.name, Doc: "Name of the table."})
	t.Claims = s.claims
	t.Map = m.mapRecord
	return t
}

const timeColumn = "TimeGenerated"
