package output

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// shownColumns are the columns that an output gets: the declared ones, hidden
// or not, without the copies of values that stand in another column anyway.
func shownColumns(t *schema.Table) []schema.Column {
	return slices.DeleteFunc(slices.Clone(t.Columns), func(c schema.Column) bool { return c.Path != nil })
}

// rangeQuery asks for the rows of a range with all that an output gets, and
// then id, arrival and sequence.
func rangeQuery(t *schema.Table, r Range) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n| where _Sequence > %d and _Sequence <= %d\n", t.Name, r.After, r.Upto)
	if r.Where != "" {
		fmt.Fprintf(&b, "| where (%s\n)\n", r.Where) // a comment may end the condition
	}
	b.WriteString("| order by _Sequence asc\n| project ")
	for _, c := range shownColumns(t) {
		b.WriteString(shown(c) + ", ")
	}
	fmt.Fprintf(&b, "%s, %s, %s", schema.ItemID, schema.IngestedAt, schema.Sequence)
	return b.String()
}

// shown names a column. One that shows the text of another is empty where the
// other has a value: that would be the same twice.
func shown(c schema.Column) string {
	name := quoted(c.Name)
	if c.Fallback == "" {
		return name
	}
	return fmt.Sprintf("%s = iff(isnull(%s), %s, '')", name, quoted(c.Fallback), name)
}

func quoted(name string) string { return "['" + name + "']" }

// errBeyond tells that a condition looks further than it may.
var errBeyond = errors.New("it looks at other rows or tables: want a condition on the row alone, such as CategoryValue == \"Administrative\"")

// checkCondition makes sure that a condition is one, and on the row alone: the
// store is told that no other row matters.
func checkCondition(catalog schema.Catalog, s Selection) error {
	tree, wrong := syntax.Parse(s.Table + "\n| where (" + s.Where + "\n)")
	if len(wrong) > 0 {
		return nil // compiling it says what is wrong
	}
	where := onlyWhere(tree)
	if where == nil {
		return errBeyond
	}
	alone := true
	syntax.Walk(where.Cond, func(n syntax.Node) bool {
		alone = alone && !looksBeyond(catalog, n)
		return alone
	})
	if !alone {
		return errBeyond
	}
	return nil
}

// onlyWhere returns the operator of a query of the form T | where X, nil for
// any other.
func onlyWhere(tree *syntax.Query) *syntax.Where {
	if len(tree.Statements) != 1 {
		return nil
	}
	st, ok := tree.Statements[0].(*syntax.ExprStatement)
	if !ok {
		return nil
	}
	pipe, ok := st.X.(*syntax.Pipe)
	if !ok || len(pipe.Ops) != 1 {
		return nil
	}
	where, _ := pipe.Ops[0].(*syntax.Where)
	return where
}

func looksBeyond(catalog schema.Catalog, n syntax.Node) bool {
	switch n := n.(type) {
	case *syntax.Pipe:
		return true
	case *syntax.Ident:
		_, isTable := catalog.Table(n.Name)
		return isTable || n.Wild
	case *syntax.Call:
		return n.Name == nil || slices.Contains([]string{"toscalar", "materialize", "table", "rand", "new_guid"}, strings.ToLower(n.Name.Name))
	}
	return false
}
