// Package sieve tells from a rule's query alone which stored rows can matter to
// it. It stands beside kql, before detect, which looks for those rows.
//
// Invariant: too many rows may pass, never too few.
package sieve

import (
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

// A Sieve says which rows of a table can matter to a query.
type Sieve struct {
	Table string
	Any   bool // every row
	// Reach is how long before a run the rows of Trigger may lie; 0 for
	// anywhere in the window.
	Reach schema.TimespanValue

	uses []string // the condition of each use, as KQL
	// triggers are those of uses without which there is no result: if no table
	// has such a row, there is none.
	triggers []string
}

// Condition returns the sieve as a KQL condition.
func (s *Sieve) Condition() string {
	if s.Any {
		return "true"
	}
	return anyOf(s.uses)
}

// Trigger returns the condition of the rows that must be there.
func (s *Sieve) Trigger() string {
	if len(s.triggers) == 0 {
		return "false"
	}
	return anyOf(s.triggers)
}

// timeGenerated is the column by which windows go.
const timeGenerated = "TimeGenerated"

// anyOf joins conditions; the empty one is that of every row.
func anyOf(conditions []string) string {
	if slices.Contains(conditions, "") {
		return "true"
	}
	return strings.Join(conditions, " or ")
}

// Of finds the tables that a query looks at, in order of name.
func Of(query string, catalog schema.Catalog) []*Sieve {
	tree, wrong := syntax.Parse(query)
	if len(wrong) > 0 || everyTable(tree) {
		return Nothing(catalog)
	}
	a := &analysis{tree: tree, catalog: catalog, budget: maxSteps}
	triggers, known := a.query(tree)
	if a.budget <= 0 {
		return Nothing(catalog)
	}
	if !known {
		triggers = a.uses
	}
	var list []*Sieve
	for _, t := range catalog.Tables() {
		s := &Sieve{Table: t.Name, uses: conditionsOn(t.Name, a.uses), triggers: conditionsOn(t.Name, triggers)}
		s.Any, s.Reach = slices.Contains(s.uses, ""), reachOf(t.Name, triggers)
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

// Nothing lets through every row of every table.
func Nothing(catalog schema.Catalog) []*Sieve {
	var list []*Sieve
	for _, t := range catalog.Tables() {
		if t.Column(timeGenerated) >= 0 {
			list = append(list, &Sieve{Table: t.Name, Any: true, uses: []string{""}, triggers: []string{""}})
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
