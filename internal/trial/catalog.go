package trial

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
	"nephoscope/internal/tables/known"
)

// catalogOf returns the tables that there are for a case: the built-in and the
// custom ones, and of the known tables that nothing fills those that the case
// has rows of.
func catalogOf(c *rules.Case, custom []*schema.Table) (*tables.Catalog, error) {
	catalog, err := tables.NewCatalog(custom...)
	if err != nil {
		return nil, err
	}
	var further []*schema.Table
	for _, name := range slices.Sorted(maps.Keys(c.Rows)) {
		if _, there := catalog.Table(name); there {
			continue
		}
		t := known.Tables()[name]
		if t == nil {
			return nil, fmt.Errorf("rows.%s: there is no table %q%s", name, name, rules.Suggest(name, tableNames(catalog)))
		}
		further = append(further, filled(t, c.Rows[name]))
	}
	if len(further) == 0 {
		return catalog, nil
	}
	return tables.NewCatalog(append(further, custom...)...)
}

func tableNames(catalog *tables.Catalog) []string {
	names := slices.Collect(maps.Keys(known.Tables()))
	for _, t := range catalog.Tables() {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	return names
}

// filled declares a known table so that it can be stored. The list of its
// columns may lack some: they are taken from the rows.
func filled(t *schema.Table, rows []rules.CaseRow) *schema.Table {
	declared := &schema.Table{Name: t.Name, Doc: "Known by name only.", Version: 1, Retention: 90}
	for _, c := range t.Columns {
		if c.Name != "Type" {
			declared.Columns = append(declared.Columns, c)
		}
	}
	declared.Columns = append(declared.Columns, schema.Column{Name: "Type", Type: schema.String, Const: t.Name})
	for _, row := range rows {
		for _, name := range slices.Sorted(maps.Keys(row)) {
			if declared.Column(name) < 0 {
				declared.Columns = append(declared.Columns, schema.Column{Name: name, Type: typeOf(name, row[name])})
			}
		}
	}
	return declared
}

// typeOf guesses the type of a column by a value.
func typeOf(name string, v any) schema.Type {
	switch x := v.(type) {
	case bool:
		return schema.Bool
	case int64, uint64:
		return schema.Long
	case float64:
		if x == math.Trunc(x) {
			return schema.Long
		}
		return schema.Real
	case map[string]any, []any:
		return schema.Dynamic
	}
	if name == "TimeGenerated" {
		return schema.Datetime
	}
	return schema.String
}
