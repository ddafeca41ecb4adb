package detect

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
//   - only the conditions that directly follow a table count, and of these
//     only what follows from the row alone, not from the time of the run, a let
//     or another query;
//   - a table that is used several times lets through what any use needs;
//   - a use that is not understood lets everything through.

// A sieve says which rows of a table can matter to a query.
type sieve struct {
	table string
	any   bool     // every row
	uses  []string // the condition of each use, as KQL
}

// condition returns the sieve as a KQL condition.
func (s *sieve) condition() string {
	if s.any {
		return "true"
	}
	return strings.Join(s.uses, " or ")
}

// sievesOf finds the tables that a query looks at, in order of name.
func sievesOf(query string, catalog schema.Catalog) []*sieve {
	tree, wrong := syntax.Parse(query)
	if len(wrong) > 0 || everyTable(tree) {
		return sieveNothing(catalog)
	}
	a := &analysis{tree: tree, lets: letNames(tree), uses: map[string]int{}, piped: map[string][]string{}}
	syntax.Walk(tree, a.visit)
	var list []*sieve
	for _, t := range catalog.Tables() {
		if a.uses[t.Name] == 0 || t.Column(timeGenerated) < 0 {
			continue
		}
		piped := a.piped[t.Name]
		list = append(list, &sieve{
			table: t.Name, uses: piped,
			any: len(piped) < a.uses[t.Name] || slices.Contains(piped, "") || slices.Contains(a.lets, t.Name),
		})
	}
	return list
}

// sieveNothing lets through every row of every table.
func sieveNothing(catalog schema.Catalog) []*sieve {
	var list []*sieve
	for _, t := range catalog.Tables() {
		if t.Column(timeGenerated) >= 0 {
			list = append(list, &sieve{table: t.Name, any: true})
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
		case *syntax.Search, *syntax.Find:
			found = true
		case *syntax.Call:
			found = found || n.Name != nil && strings.EqualFold(n.Name.Name, "table")
		}
		return !found
	})
	return found
}

func letNames(tree *syntax.Query) []string {
	var names []string
	syntax.Walk(tree, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Let:
			names = append(names, n.Name.Name)
		case *syntax.Parameter:
			names = append(names, n.Name.Name)
		}
		return true
	})
	return names
}

// An analysis counts the uses of names and collects the conditions of those
// that are followed by some.
type analysis struct {
	tree  *syntax.Query
	lets  []string
	uses  map[string]int
	piped map[string][]string // "" for a use without a condition that counts
}

func (a *analysis) visit(n syntax.Node) bool {
	switch n := n.(type) {
	case *syntax.Ident:
		a.uses[n.Name]++
	case *syntax.Pipe:
		if source, ok := n.Source.(*syntax.Ident); ok {
			a.piped[source.Name] = append(a.piped[source.Name], a.leading(n.Ops))
		}
	}
	return true
}

// leading joins the conditions that an operator chain begins with.
func (a *analysis) leading(ops []syntax.Operator) string {
	var conditions []string
	for _, op := range ops {
		where, ok := op.(*syntax.Where)
		if !ok {
			break
		}
		conditions = append(conditions, a.fromRowAlone(where.Cond)...)
	}
	if len(conditions) == 0 {
		return ""
	}
	return "(" + strings.Join(conditions, " and ") + ")"
}

// fromRowAlone lists the parts of a condition, joined by and, that depend on
// nothing but the row.
func (a *analysis) fromRowAlone(x syntax.Expr) []string {
	if and, ok := x.(*syntax.Binary); ok && and.Op == syntax.OpAnd {
		return append(a.fromRowAlone(and.X), a.fromRowAlone(and.Y)...)
	}
	if !a.depends(x) {
		return []string{"(" + a.tree.Source(x) + "\n)"} // a comment may end the source
	}
	return nil
}

// depends tells whether an expression depends on more than the row.
func (a *analysis) depends(x syntax.Expr) bool {
	found := false
	syntax.Walk(x, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Pipe:
			found = true
		case *syntax.Ident:
			found = found || slices.Contains(a.lets, n.Name)
		case *syntax.Call:
			found = found || n.Name == nil || ofTheRun(n.Name.Name)
		}
		return !found
	})
	return found
}

// ofTheRun tells whether a function's value depends on when it is called, or
// stands for a query.
func ofTheRun(name string) bool {
	return slices.Contains([]string{"now", "ago", "rand", "toscalar", "materialize", "new_guid"}, strings.ToLower(name))
}
