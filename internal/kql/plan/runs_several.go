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
