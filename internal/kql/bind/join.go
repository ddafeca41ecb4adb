package bind

import (
	"maps"
	"slices"
	"strings"

	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

var joinKinds = map[string]plan.JoinKind{
	"": plan.InnerUnique, "innerunique": plan.InnerUnique, "inner": plan.Inner,
	"leftouter": plan.LeftOuter, "rightouter": plan.RightOuter, "fullouter": plan.FullOuter,
	"anti": plan.LeftAnti, "leftanti": plan.LeftAnti, "leftantisemi": plan.LeftAnti, "leftsemi": plan.LeftSemi,
	"rightanti": plan.RightAnti, "rightantisemi": plan.RightAnti, "rightsemi": plan.RightSemi,
}

func (p *pipeline) join(op *syntax.Join) {
	kind, ok := joinKinds[paramName(op.Params, "kind")]
	if !ok {
		p.fail(op, "there is no join of the kind %q: it is one of %s", paramName(op.Params, "kind"), strings.Join(slices.Sorted(maps.Keys(joinKinds))[1:], ", "))
	}
	n := &plan.Join{Kind: kind, Left: p.node, Right: p.table(op.Right, p.scope)}
	p.joinOn(n, op.On, op)
	if op.Where != nil {
		n.Where = p.condition(op.Where, &env{scope: p.scope, rows: rowsOf(n.Left), right: rowsOf(n.Right)})
	}
	p.joinColumns(n)
	p.unordered(n)
}

// lookup is a join whose right columns that are equated do not come again.
func (p *pipeline) lookup(op *syntax.Lookup) {
	kind := plan.LeftOuter
	switch name := paramName(op.Params, "kind"); name {
	case "", "leftouter":
	case "inner":
		kind = plan.Inner
	default:
		p.fail(op, "there is no lookup of the kind %q", name)
	}
	n := &plan.Join{Kind: kind, Left: p.node, Right: p.table(op.Right, p.scope)}
	p.joinOn(n, op.On, op)
	p.joinColumns(n, equated(n)...)
	p.unordered(n)
}

// equated are the right columns that a join equates with left ones.
func equated(n *plan.Join) []*plan.Column {
	var cols []*plan.Column
	for _, eq := range n.On {
		plan.Walk(eq.Right, func(x plan.Expr) bool {
			if ref, ok := x.(*plan.Ref); ok {
				cols = append(cols, ref.Col)
			}
			return true
		})
	}
	return cols
}

// joinOn binds the conditions of a join: column names and equations, also
// several with and between.
func (p *pipeline) joinOn(n *plan.Join, on []syntax.Expr, at syntax.Node) {
	e := &env{scope: p.scope, rows: rowsOf(n.Left), right: rowsOf(n.Right)}
	for _, x := range on {
		p.joinCondition(n, x, e)
	}
	if len(n.On) == 0 && len(p.errors) == 0 {
		p.fail(at, "a join needs a condition: on a column, or on $left.a == $right.b")
	}
}

func (p *pipeline) joinCondition(n *plan.Join, x syntax.Expr, e *env) {
	switch x := x.(type) {
	case *syntax.Paren:
		p.joinCondition(n, x.X, e)
		return
	case *syntax.Ident:
		p.joinColumn(n, x, e)
		return
	case *syntax.Binary:
		switch x.Op {
		case syntax.OpAnd:
			p.joinCondition(n, x.X, e)
			p.joinCondition(n, x.Y, e)
			return
		case syntax.OpEqual:
			p.joinEquation(n, x, e)
			return
		}
	}
	p.fail(x, "a join can only equate columns: on a, or on $left.a == $right.b")
}

func (p *pipeline) joinColumn(n *plan.Join, x *syntax.Ident, e *env) {
	left, right := e.rows.find(x.Name), e.right.find(x.Name)
	if left == nil {
		left = infer(n.Left, x.Name)
	}
	if right == nil {
		right = infer(n.Right, x.Name)
	}
	switch {
	case left == nil:
		p.fail(x, "there is no column %q on the left of the join%s", x.Name, nearColumn(x.Name, e.rows))
	case right == nil:
		p.fail(x, "there is no column %q on the right of the join%s", x.Name, nearColumn(x.Name, e.right))
	default:
		p.equate(n, &plan.Ref{Col: left}, &plan.Ref{Col: right}, x)
	}
}

// joinEquation binds $left.a == $right.b, in either order.
func (p *pipeline) joinEquation(n *plan.Join, x *syntax.Binary, e *env) {
	left, right := p.scalar(x.X, e), p.scalar(x.Y, e)
	if p.isOf(left, n.Right) && p.isOf(right, n.Left) {
		left, right = right, left
	}
	known := left.Type() != schema.Unknown && right.Type() != schema.Unknown
	if known && (!p.isOf(left, n.Left) || !p.isOf(right, n.Right)) {
		p.fail(x, "a join equates a column of its left side with one of its right: $left.a == $right.b")
		return
	}
	p.equate(n, left, right, x)
}

// isOf tells whether an expression refers to columns of a node only, and to
// one at least.
func (p *pipeline) isOf(x plan.Expr, node plan.Node) bool {
	cols, found := node.Columns(), false
	all := true
	plan.Walk(x, func(x plan.Expr) bool {
		if ref, ok := x.(*plan.Ref); ok {
			found = true
			all = all && slices.Contains(cols, ref.Col)
		}
		return true
	})
	return found && all
}

func (p *pipeline) equate(n *plan.Join, left, right plan.Expr, at syntax.Node) {
	left, right = p.level(left, right, at)
	n.On = append(n.On, plan.Equal{Left: left, Right: right})
}

// joinColumns makes the columns of the result. Names that come twice get a
// number, but never one that another column has by itself.
func (p *pipeline) joinColumns(n *plan.Join, without ...*plan.Column) {
	var from []plan.JoinColumn
	if n.Kind != plan.RightAnti && n.Kind != plan.RightSemi {
		for _, c := range n.Left.Columns() {
			from = append(from, plan.JoinColumn{From: c})
		}
	}
	if n.Kind != plan.LeftAnti && n.Kind != plan.LeftSemi {
		for _, c := range visible(n.Right.Columns()) {
			if !slices.Contains(without, c) {
				from = append(from, plan.JoinColumn{From: c, Right: true})
			}
		}
	}
	names := uniqueNames{}
	first := map[string]int{}
	for i, c := range from {
		if _, ok := first[c.From.Name]; !ok {
			first[c.From.Name] = i
			names[c.From.Name] = true
		}
	}
	for i := range from {
		c := *from[i].From
		if first[c.Name] != i {
			c.Name = names.add(c.Name, "")
		}
		if outerSide(n.Kind, from[i].Right) {
			c.Nullable = c.Type != schema.String
			c.Source = nil
		}
		from[i].Col = &c
	}
	n.Out = from
}

// outerSide tells whether a join can lack rows of a side.
func outerSide(kind plan.JoinKind, right bool) bool {
	switch kind {
	case plan.FullOuter:
		return true
	case plan.LeftOuter:
		return right
	case plan.RightOuter:
		return !right
	}
	return false
}
