package bind

import (
	"slices"

	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
)

// A scope knows the names that statements have bound. It never changes: each
// statement makes a new one on top.
type scope struct {
	parent *scope
	name   string
	symbol *symbol
}

// A symbol is what a name stands for: a value, a table or a function.
type symbol struct {
	value plan.Expr // of a scalar
	table *tabular
	fn    *function
	// pattern maps texts to tables.
	pattern *pattern
	// access lists the names, with stars, that are in reach from outside of
	// the statements that follow; it has no name itself.
	access []string
}

// A tabular is a table that has a name: a let statement's, or an argument.
type tabular struct{ shared *plan.Shared }

// A function is a user's function with the scope it was written in.
type function struct {
	*syntax.Function
	scope *scope
	name  string
	saved *SavedFunction // nil if it is part of the query's text
}

func (s *scope) with(name string, sym *symbol) *scope {
	return &scope{parent: s, name: name, symbol: sym}
}

// find returns what the name stands for, nil if it was never bound.
func (s *scope) find(name string) *symbol {
	for ; s != nil; s = s.parent {
		if s.symbol != nil && s.name == name {
			return s.symbol
		}
	}
	return nil
}

// hides tells whether access to a name is restricted.
func (s *scope) hides(name string) bool {
	for ; s != nil; s = s.parent {
		if s.symbol == nil {
			continue
		}
		if s.symbol.access == nil && s.name == name {
			return false
		}
		if s.symbol.access != nil && !slices.ContainsFunc(s.symbol.access, func(p string) bool { return matchName(p, name) }) {
			return true
		}
	}
	return false
}

// names calls yield with each bound name.
func (s *scope) names(yield func(string, *symbol)) {
	for ; s != nil; s = s.parent {
		if s.symbol != nil {
			yield(s.name, s.symbol)
		}
	}
}

// An env is what an expression can refer to.
type env struct {
	scope *scope
	// rows are the columns in reach; right those of a join's other side.
	rows  *rows
	right *rows
	// records are rows that have a name, such as the steps of scan.
	records map[string]*rows
	// match is the pattern of a graph whose variables are in reach.
	match *match
	// lenient takes names that are not known for columns without a value.
	lenient bool
	// aggregates can be called.
	aggregates bool
	// by are the expressions that rows are grouped by.
	by []plan.Item
	// order is the order of rows that window functions see.
	order []plan.Key
	// sorted tells that rows have an order.
	sorted bool
}

// rows are the columns of a table.
type rows struct {
	cols []*plan.Column
	node plan.Node // nil if no names are inferred
}

func rowsOf(n plan.Node) *rows { return &rows{cols: n.Columns(), node: n} }

// find returns the column with the name.
func (r *rows) find(name string) *plan.Column {
	if r == nil {
		return nil
	}
	for _, c := range r.cols {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// visible are the columns that appear by themselves.
func (r *rows) visible() []*plan.Column { return visible(r.cols) }

func visible(cols []*plan.Column) []*plan.Column {
	shown := make([]*plan.Column, 0, len(cols))
	for _, c := range cols {
		if !c.Hidden {
			shown = append(shown, c)
		}
	}
	return shown
}

// infer takes a name for a column of an open table that reaches node. It
// returns nil if there is none.
func infer(n plan.Node, name string) *plan.Column {
	switch n := n.(type) {
	case *plan.Scan:
		if !n.Open {
			return nil
		}
		c := &plan.Column{Name: name, Nullable: true}
		n.Cols = append(n.Cols, c)
		return c
	case *plan.Filter:
		return infer(n.Input, name)
	case *plan.Sort:
		return infer(n.Input, name)
	case *plan.Limit:
		return infer(n.Input, name)
	case *plan.Serialize:
		return infer(n.Input, name)
	case *plan.Project:
		return inferExtended(n, name)
	case *plan.Use:
		return inferShared(n, name)
	case *plan.Join:
		return inferJoined(n, name)
	case *plan.Union:
		return inferUnited(n, name)
	case *plan.Expand:
		c := infer(n.Input, name)
		if c != nil {
			n.Keep = append(n.Keep, c)
		}
		return c
	case *plan.Apply:
		c := infer(n.Expand, name)
		if c != nil {
			n.Out = append(n.Out, c)
		}
		return c
	}
	return nil
}

func inferExtended(n *plan.Project, name string) *plan.Column {
	if !n.Extends {
		return nil
	}
	c := infer(n.Input, name)
	if c != nil {
		n.Items = append(n.Items, plan.Item{Col: c, X: &plan.Ref{Col: c}})
	}
	return c
}

func inferShared(n *plan.Use, name string) *plan.Column {
	c := infer(n.Of.Input, name)
	if c == nil {
		return nil
	}
	n.Of.Cols = n.Of.Input.Columns()
	n.Cols = append(n.Cols, copyColumns([]*plan.Column{c})...)
	return n.Cols[len(n.Cols)-1]
}

func inferJoined(n *plan.Join, name string) *plan.Column {
	from := infer(n.Left, name)
	right := from == nil
	if right {
		from = infer(n.Right, name)
	}
	if from == nil {
		return nil
	}
	c := &plan.Column{Name: name, Nullable: true}
	n.Out = append(n.Out, plan.JoinColumn{Col: c, From: from, Right: right})
	return c
}

func inferUnited(n *plan.Union, name string) *plan.Column {
	c := &plan.Column{Name: name, Nullable: true}
	found := false
	for i, in := range n.Inputs {
		var x plan.Expr
		if from := infer(in, name); from != nil {
			x, found = &plan.Ref{Col: from}, true
		}
		n.From[i] = append(n.From[i], x)
	}
	if !found {
		for i := range n.From {
			n.From[i] = n.From[i][:len(n.From[i])-1]
		}
		return nil
	}
	n.Cols = append(n.Cols, c)
	return c
}

// copyColumns makes columns that stand for others.
func copyColumns(cols []*plan.Column) []*plan.Column {
	copies := make([]*plan.Column, len(cols))
	for i, c := range cols {
		dup := *c
		copies[i] = &dup
	}
	return copies
}
