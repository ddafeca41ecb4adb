package plan

// join equates the run. The rows of a side that is the same in every run join
// those of all runs, if they come only with rows of the other side.
func (u *unfolding) join(n *Join) part {
	left, right := u.dealt(u.node(n.Left, false)), u.dealt(u.node(n.Right, false))
	dup := *n
	dup.Left, dup.Right = left.node, right.node
	of, fromRight := runSide(n.Kind, left, right)
	if of == nil && (left.run != nil || right.run != nil) {
		return u.refuse("a join keeps rows that belong to no run")
	}
	dup.On, dup.Out = nil, n.Out[:len(n.Out):len(n.Out)]
	for _, eq := range n.On {
		dup.On = append(dup.On, Equal{u.sideExpr(eq.Left, left), u.sideExpr(eq.Right, right)})
	}
	if n.Where != nil {
		dup.Where = u.sideExpr(n.Where, part{run: of})
	}
	if of == nil {
		return part{node: &dup}
	}
	if left.run != nil && right.run != nil {
		dup.On = append(dup.On, Equal{&Ref{left.run}, &Ref{right.run}})
	}
	run := *of
	dup.Out = append(dup.Out, JoinColumn{Col: &run, From: of, Right: fromRight})
	return part{node: &dup, run: &run}
}

// runSide returns the column that has the run of every row of a join, nil if
// there is none.
func runSide(kind JoinKind, left, right part) (run *Column, fromRight bool) {
	switch kind {
	case Inner, InnerUnique:
		if left.run == nil {
			return right.run, true
		}
		return left.run, false
	case LeftOuter, LeftAnti, LeftSemi:
		return left.run, false
	case RightOuter, RightAnti, RightSemi:
		return right.run, true
	}
	return nil, false
}

func (u *unfolding) sideExpr(x Expr, p part) Expr {
	if u.varies(x) && p.run == nil {
		u.refuse("a join's condition depends on the run")
		return x
	}
	return u.expr(x, p.run)
}

// union brings all inputs to the same state: dealt out, unless none is.
func (u *unfolding) union(n *Union) part {
	parts := make([]part, len(n.Inputs))
	deal, static := false, 0
	for i, in := range n.Inputs {
		parts[i] = u.ready(u.node(in, false), some(n.From[i])...)
		deal = deal || parts[i].run != nil
		if parts[i].carried() == nil {
			static++
		}
	}
	if static > 0 && static < len(parts) {
		return u.refuse("a union has rows that belong to no run")
	}
	dup := &Union{Cols: n.Cols[:len(n.Cols):len(n.Cols)]}
	result := part{node: dup}
	for i, p := range parts {
		if deal {
			p = u.dealt(p)
		}
		var from []Expr
		for _, x := range n.From[i] {
			if x != nil {
				x = u.expr(x, p.run)
			}
			from = append(from, x)
		}
		if c := p.carried(); c != nil {
			from = append(from, &Ref{c})
			if result.carried() == nil {
				result = part{dup, copyOf(p.time), copyOf(p.run)}
			}
		}
		dup.Inputs, dup.From = append(dup.Inputs, p.node), append(dup.From, from)
	}
	if c := result.carried(); c != nil {
		dup.Cols = append(dup.Cols, c)
	}
	return result
}

func copyOf(c *Column) *Column {
	if c == nil {
		return nil
	}
	dup := *c
	return &dup
}

// some are the expressions that there are.
func some(xs []Expr) []Expr {
	var there []Expr
	for _, x := range xs {
		if x != nil {
			there = append(there, x)
		}
	}
	return there
}

// exprWithScalars is expr where a value of a table may be another in each run:
// in conditions and columns, whose rows all have their run.
func (u *unfolding) exprWithScalars(x Expr, run *Column) Expr {
	before := u.scalars
	u.scalars = run != nil
	defer func() { u.scalars = before }()
	return u.expr(x, run)
}

// scalar is the value of a table in the run of the row around.
func (u *unfolding) scalar(x *Scalar, run *Column) Expr {
	allowed := u.scalars
	u.scalars = false
	defer func() { u.scalars = allowed }()
	table, varies := u.single(x.Table, run)
	switch {
	case !varies:
		return &Scalar{T: x.T, Col: x.Col, Table: table}
	case !allowed:
		u.refuse("toscalar() has another value in each run")
	}
	return &Scalar{x.T, x.Col, table, run}
}

// single rebuilds a table of one row, a summary of the rows of one run, which
// is that of no rows if the run has none. It varies if there are runs at all.
func (u *unfolding) single(n Node, run *Column) (_ Node, varies bool) {
	switch n := n.(type) {
	case *Project:
		input, varies := u.single(n.Input, run)
		if varies && u.vary(itemExprs(n.Items)) {
			break
		}
		return &Project{input, n.Items, n.Extends}, varies
	case *Filter:
		input, varies := u.single(n.Input, run)
		if varies && u.varies(n.Cond) {
			break
		}
		return &Filter{input, n.Cond}, varies
	case *Aggregate:
		p := u.dealt(u.node(n.Input, false))
		if len(n.Groups) > 0 || p.run == nil || u.vary(itemExprs(n.Aggs)) {
			break
		}
		dup := *n
		dup.Input = &Filter{p.node, &Same{&Ref{p.run}, &Ref{run}}}
		return &dup, true
	}
	p := u.node(n, false)
	if p.carried() != nil {
		u.refuse("toscalar() chooses among the rows of a run")
	}
	return p.node, false
}

func (u *unfolding) vary(xs []Expr) bool {
	for _, x := range xs {
		if u.varies(x) {
			return true
		}
	}
	return false
}
