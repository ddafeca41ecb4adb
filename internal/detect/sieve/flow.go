package sieve

import (
	"slices"
	"strings"

	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A flow is rows of one table on their way through operators that look at one
// row at a time: what a row has to fulfil to come through, and what names stand
// for by now.
type flow struct {
	table      *schema.Table
	conditions []string
	// names are those that are not the table's column of that name any more:
	// what they stand for, as KQL over the stored row, "" if that cannot be
	// said.
	names map[string]string
	// reach is how long before the run a row may lie, 0 for any time.
	reach schema.TimespanValue
}

// condition joins the conditions, "" if there is none.
func (f *flow) condition() string {
	if len(f.conditions) == 0 {
		return ""
	}
	return "(" + strings.Join(f.conditions, " and ") + ")"
}

// A stream is what a part of a query returns. Its rows are still those of open
// flows, to which more conditions can come, or have met others. Without a row
// of open or triggers it is empty; lost says that this is not known.
type stream struct {
	open, triggers []*flow
	lost           bool
}

// maxSteps bounds the analysis: lets that name lets unfold.
const maxSteps = 20_000

// An analysis follows the tables of a query through it.
type analysis struct {
	tree    *syntax.Query
	catalog schema.Catalog
	uses    []*flow // those that ended
	budget  int     // of steps; none left means that nothing is known
}

// A names is a list of what statements have bound, the last first.
type names struct {
	before *names
	name   string
	text   string      // of a constant
	table  syntax.Expr // of a table, with the names that it sees
	sees   *names
}

func (n *names) find(name string) *names {
	for ; n != nil; n = n.before {
		if n.name == name {
			return n
		}
	}
	return nil
}

// query follows the statements. The triggers are those of its result; known is
// false if there could be a result without them.
func (a *analysis) query(tree *syntax.Query) (triggers []*flow, known bool) {
	result := a.statements(tree.Statements, nil)
	return result.triggers, !result.lost
}

func (a *analysis) statements(list []syntax.Statement, bound *names) stream {
	result, results := stream{lost: true}, 0
	for _, st := range list {
		switch st := st.(type) {
		case *syntax.Let:
			bound = a.let(st, bound)
		case *syntax.ExprStatement:
			results++
			result = a.end(a.rows(st.X, bound))
		case *syntax.Set:
		default:
			a.anything(st, bound)
			result.lost = true
		}
	}
	result.lost = result.lost || results != 1
	return result
}

// let binds a name: a table is followed where it is used, a constant stands for
// its text, anything else is used here.
func (a *analysis) let(st *syntax.Let, bound *names) *names {
	next := &names{before: bound, name: st.Name.Name}
	f, isFunction := st.Value.(*syntax.Function)
	switch {
	case isFunction:
		inner := bound
		for _, p := range f.Params {
			inner = &names{before: inner, name: p.Name.Name}
		}
		a.statements(f.Body.Statements, inner)
	case a.isTable(st.Value, bound):
		next.table, next.sees = st.Value, bound
	default:
		r := &reading{analysis: a, bound: bound}
		if next.text = r.text(st.Value); next.text == "" {
			a.anything(st.Value, bound)
		}
	}
	return next
}

// isTable tells whether a let statement's value is a table that can be
// followed.
func (a *analysis) isTable(x syntax.Expr, bound *names) bool {
	switch x := x.(type) {
	case *syntax.Pipe:
		return true
	case *syntax.Paren:
		return a.isTable(x.X, bound)
	case *syntax.Call:
		return isMaterialize(x) && a.isTable(x.Args[0], bound)
	case *syntax.Ident:
		if n := bound.find(x.Name); n != nil {
			return n.table != nil
		}
		_, ok := a.catalog.Table(x.Name)
		return ok
	}
	return false
}

func isMaterialize(x *syntax.Call) bool {
	return x.On == nil && x.Name != nil && x.Name.Name == "materialize" && len(x.Args) == 1
}

// rows follows a tabular expression.
func (a *analysis) rows(x syntax.Expr, bound *names) stream {
	if a.budget--; a.budget <= 0 {
		return stream{lost: true}
	}
	switch x := x.(type) {
	case *syntax.Ident:
		return a.named(x.Name, bound)
	case *syntax.Paren:
		return a.rows(x.X, bound)
	case *syntax.Call:
		if isMaterialize(x) && bound.find("materialize") == nil {
			return a.rows(x.Args[0], bound)
		}
	case *syntax.Pipe:
		s := stream{lost: true}
		if x.Source != nil {
			s = a.rows(x.Source, bound)
		}
		for i, op := range x.Ops {
			s = a.step(s, op, x.Source == nil && i == 0, bound)
		}
		return s
	}
	a.anything(x, bound)
	return stream{lost: true}
}

func (a *analysis) named(name string, bound *names) stream {
	if n := bound.find(name); n != nil {
		if n.table == nil {
			return stream{lost: true}
		}
		return a.rows(n.table, n.sees)
	}
	t, ok := a.catalog.Table(name)
	if !ok || t.Column(timeGenerated) < 0 {
		return stream{lost: true}
	}
	return stream{open: []*flow{{table: t}}}
}

// end is a stream whose rows meet others now: no condition comes any more.
func (a *analysis) end(s stream) stream {
	a.uses = append(a.uses, s.open...)
	return stream{triggers: append(s.triggers, s.open...), lost: s.lost}
}

// anything takes every table that is named in a part of a query as one of which
// all rows matter, or those that a let statement leaves of it.
func (a *analysis) anything(n syntax.Node, bound *names) {
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Ident:
			a.end(a.named(n.Name, bound))
		case *syntax.Pipe:
			a.end(a.rows(n, bound))
			return false
		case *syntax.Function:
			for _, p := range n.Params {
				bound = &names{before: bound, name: p.Name.Name}
			}
		}
		return a.budget > 0
	})
}

// condition adds what a where says. Tables in it are uses of their own.
func (a *analysis) condition(s stream, x syntax.Expr, bound *names) stream {
	a.anything(x, bound)
	for _, part := range conjuncts(x) {
		for i, f := range s.open {
			s.open[i] = f.with(&reading{analysis: a, bound: bound, flow: f}, part)
		}
	}
	return s
}

// with is the flow behind one condition more.
func (f *flow) with(r *reading, x syntax.Expr) *flow {
	dup := *f
	if text := r.text(x); text != "" {
		dup.conditions = append(slices.Clone(f.conditions), text)
	}
	if reach := r.reach(x); reach > 0 && (f.reach == 0 || reach < f.reach) {
		dup.reach = reach
	}
	return &dup
}

// conjuncts lists the parts of a condition that and joins.
func conjuncts(x syntax.Expr) []syntax.Expr {
	switch x := x.(type) {
	case *syntax.Paren:
		return conjuncts(x.X)
	case *syntax.Binary:
		if x.Op == syntax.OpAnd {
			return append(conjuncts(x.X), conjuncts(x.Y)...)
		}
	}
	return []syntax.Expr{x}
}
