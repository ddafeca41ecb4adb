package trial

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"nephoscope/internal/kql"
	"nephoscope/internal/kql/bind"
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

// A subset is some tables of a catalog. A store makes a file with all of its
// tables, which takes more time than all that is asked of a case.
type subset struct {
	schema.Catalog
	tables []*schema.Table
}

// Table implements schema.Catalog.
func (s subset) Table(name string) (*schema.Table, bool) {
	i := slices.IndexFunc(s.tables, func(t *schema.Table) bool { return t.Name == name })
	if i < 0 {
		return nil, false
	}
	return s.tables[i], true
}

// Tables implements schema.Catalog.
func (s subset) Tables() []*schema.Table { return s.tables }

// needed returns the tables of a case: of those that events fill only what the
// rule reads or the case has rows of, of the others all that detection writes.
func needed(rule *rules.Rule, f *filling) schema.Catalog {
	reads, err := kql.ReadsOf(rule.Query, f.catalog, kql.Options{Now: f.newest, Known: known.Tables(), Watchlist: anyWatchlist})
	if err != nil && rule.Kind.Queried() {
		return f.catalog // whoever runs the query will say what is wrong
	}
	names := append(reads.Tables, "SecurityAlert", "SecurityIncident", "SecurityAlertEvidence", "SentinelHealth")
	s := subset{Catalog: f.catalog}
	for _, t := range f.catalog.Tables() {
		if f.rows[t.Name] != nil || slices.Contains(names, t.Name) {
			s.tables = append(s.tables, t)
		}
	}
	return s
}

// anyWatchlist is there whatever it is called, and empty.
func anyWatchlist(string) (*bind.Watchlist, error) {
	return &bind.Watchlist{SearchKey: "SearchKey"}, nil
}
