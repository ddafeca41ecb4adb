package detect

import (
	"context"
	"slices"
	"strings"

	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A rule mostly begins by choosing a few rows of a big table:
//
//	AzureActivity | where OperationNameValue =~ "..." | ...
//
// In a window without such a row its result is that of an empty table. So a
// sweep looks for these rows once, over all time, and evaluates only the
// windows that have some. A sieve is that choice; it may let too many rows
// through but never too few:
//
//   - only conditions count that stand before rows meet other rows, and of
//     these only what follows from the stored row alone (flow.go), not from the
//     time of the run or another query;
//   - a table that is used several times lets through what any use needs, and a
//     let statement is used as often as it is named;
//   - a use that is not understood lets everything through.
//
// Some uses are history: "no such row in the last 14 days". What has to be
// there for a result are the rows on the way that leads to it, the left sides
// of joins; those are the triggers. A window without them has no result,
// whatever else it holds.

// A sieve says which rows of a table can matter to a query.
type sieve struct {
	table string
	any   bool     // every row
	uses  []string // the condition of each use, as KQL

	// triggers are those of uses without which there is no result: if no table
	// has such a row, there is none. Reach is how long before a run they may
	// lie; 0 for anywhere in the window.
	triggers []string
	reach    schema.TimespanValue
}

// condition returns the sieve as a KQL condition.
func (s *sieve) condition() string {
	if s.any {
		return "true"
	}
	return anyOf(s.uses)
}

// trigger returns the condition of the rows that must be there.
func (s *sieve) trigger() string {
	if len(s.triggers) == 0 {
		return "false"
	}
	return anyOf(s.triggers)
}

// anyOf joins conditions; the empty one is that of every row.
func anyOf(conditions []string) string {
	if slices.Contains(conditions, "") {
		return "true"
	}
	return strings.Join(conditions, " or ")
}

// sieves finds the tables that a query looks at, in order of name. What is in
// saved functions is not followed: all rows of all tables matter to a query
// that calls one, which is composed then.
func (d *Detector) sieves(ctx context.Context, query string) (list []*sieve, composed bool, err error) {
	var tables []string
	if d.opt.Unfolded != nil {
		if tables, err = d.opt.Unfolded(ctx, query); err != nil {
			return nil, false, err
		}
	}
	if len(tables) == 0 {
		return sievesOf(query, d.catalog), false, nil
	}
	list = slices.DeleteFunc(sieveNothing(d.catalog), func(s *sieve) bool { return !slices.Contains(tables, s.table) })
	return list, true, nil
}

// sievesOf finds the tables that a query looks at, in order of name.
func sievesOf(query string, catalog schema.Catalog) []*sieve {
	tree, wrong := syntax.Parse(query)
	if len(wrong) > 0 || everyTable(tree) {
		return sieveNothing(catalog)
	}
	a := &analysis{tree: tree, catalog: catalog, budget: maxSteps}
	triggers, known := a.query(tree)
	if a.budget <= 0 {
		return sieveNothing(catalog)
	}
	if !known {
		triggers = a.uses
	}
	var list []*sieve
	for _, t := range catalog.Tables() {
		s := &sieve{table: t.Name, uses: conditionsOn(t.Name, a.uses), triggers: conditionsOn(t.Name, triggers)}
		s.any, s.reach = slices.Contains(s.uses, ""), reachOf(t.Name, triggers)
		if len(s.uses) > 0 {
			list = append(list, s)
		}
	}
	return list
}

// conditionsOn lists the different conditions of the uses of a table.
func conditionsOn(table string, uses []*flow) []string {
	var list []string
	for _, f := range uses {
		if c := f.condition(); f.table.Name == table && !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}

// reachOf is the longest reach of the uses of a table, 0 if one has none.
func reachOf(table string, uses []*flow) schema.TimespanValue {
	reach := schema.TimespanValue(0)
	for _, f := range uses {
		switch {
		case f.table.Name != table:
		case f.reach == 0:
			return 0
		default:
			reach = max(reach, f.reach)
		}
	}
	return reach
}

// sieveNothing lets through every row of every table.
func sieveNothing(catalog schema.Catalog) []*sieve {
	var list []*sieve
	for _, t := range catalog.Tables() {
		if t.Column(timeGenerated) >= 0 {
			list = append(list, &sieve{table: t.Name, any: true, uses: []string{""}, triggers: []string{""}})
		}
	}
	return list
}

// everyTable tells whether the query can look at tables that it does not name.
func everyTable(tree *syntax.Query) bool {
	found := false
	syntax.Walk(tree, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Ident:
			found = found || n.Wild
		case *syntax.Search, *syntax.Find, *syntax.Pattern, *syntax.MacroExpand:
			found = true
		case *syntax.Call:
			found = found || n.Name != nil && strings.EqualFold(n.Name.Name, "table")
		}
		return !found
	})
	return found
}
