package kql

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"nephoscope/internal/kql/bind"
	"nephoscope/internal/schema"
)

// A Declared is a catalog that was read from a file: tables with their
// columns, tables of which more columns exist than are declared, and functions
// that return tables. What is not fully declared can be bound but not run.
type Declared struct {
	tables    []*schema.Table
	open      map[string]bool
	functions map[string]bind.Stored
}

// Table implements schema.Catalog.
func (d *Declared) Table(name string) (*schema.Table, bool) {
	i, found := slices.BinarySearchFunc(d.tables, name, func(t *schema.Table, name string) int {
		return strings.Compare(t.Name, name)
	})
	if !found {
		return nil, false
	}
	return d.tables[i], true
}

// Tables implements schema.Catalog.
func (d *Declared) Tables() []*schema.Table { return d.tables }

// IsOpen tells whether a table has more columns than are declared.
func (d *Declared) IsOpen(table string) bool { return d.open[table] }

// columns is an object of names and types in the order of the file.
type columns []schema.Column

// UnmarshalJSONFrom reads the members in order.
func (c *columns) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if tok, err := d.ReadToken(); err != nil || tok.Kind() != '{' {
		return fmt.Errorf("columns must be an object of names and types: %w", err)
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		column := schema.Column{Name: name.String()}
		typ, err := d.ReadToken()
		if err != nil {
			return err
		}
		if column.Type, err = schema.ParseType(typ.String()); err != nil {
			return fmt.Errorf("column %s: %w", column.Name, err)
		}
		*c = append(*c, column)
	}
	_, err := d.ReadToken()
	return err
}

// A schemaFile is the form of the file.
type schemaFile struct {
	Tables         map[string]columns `json:"tables"`
	AssumedColumns map[string]columns `json:"assumed_columns"`
	OpenTables     []string           `json:"open_tables"`
	OpenColumns    string             `json:"open_columns"`
	Functions      []struct {
		Name        string  `json:"name"`
		ReturnsOpen columns `json:"returns_open"`
	} `json:"functions"`
}

// ReadSchema reads tables from JSON: {"tables": {"Name": {"Column": "type"}}}.
// Further members, all optional: "open_tables" with "open_columns", a list
// like (a:string, b:long); "functions", each with "name" and "returns_open";
// "assumed_columns" of tables, which are left out unless assumed is set.
func ReadSchema(r io.Reader, assumed bool) (*Declared, error) {
	var f schemaFile
	if err := json.UnmarshalRead(r, &f); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	d := &Declared{open: map[string]bool{}, functions: map[string]bind.Stored{}}
	for name, cols := range f.Tables {
		if assumed {
			cols = append(cols, f.AssumedColumns[name]...)
		}
		d.tables = append(d.tables, &schema.Table{Name: name, Columns: cols})
	}
	open, err := columnList(f.OpenColumns)
	if err != nil {
		return nil, fmt.Errorf("read schema: open columns: %w", err)
	}
	for _, name := range f.OpenTables {
		d.open[name] = true
		if _, declared := f.Tables[name]; declared {
			continue
		}
		d.tables = append(d.tables, &schema.Table{Name: name, Columns: slices.Clone(open)})
	}
	for _, fn := range f.Functions {
		d.functions[fn.Name] = bind.Stored{Columns: fn.ReturnsOpen, Open: fn.ReturnsOpen != nil}
	}
	slices.SortFunc(d.tables, func(a, b *schema.Table) int { return strings.Compare(a.Name, b.Name) })
	return d, nil
}

// columnList reads (a:string, b:long).
func columnList(text string) ([]schema.Column, error) {
	var cols []schema.Column
	for part := range strings.SplitSeq(strings.Trim(text, "() "), ",") {
		name, typ, ok := strings.Cut(strings.TrimSpace(part), ":")
		if !ok {
			continue
		}
		t, err := schema.ParseType(typ)
		if err != nil {
			return nil, err
		}
		cols = append(cols, schema.Column{Name: name, Type: t})
	}
	return cols, nil
}
