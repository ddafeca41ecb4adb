package bind

import (
	"strconv"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
)

// hoist makes columns of the window functions in expressions: of all of them,
// or of those only that are arguments of others. It replaces them in the
// expressions and puts an operator that computes them behind the node.
//
// SQL has no window function in a condition nor inside another one.
func (p *pipeline) hoist(xs []*plan.Expr, all bool) {
	var inner []plan.Item
	for _, x := range xs {
		*x = hoistFrom(*x, all, &inner)
	}
	if len(inner) == 0 {
		return
	}
	inner = p.sessions(inner)
	values := make([]*plan.Expr, len(inner))
	for i := range inner {
		p.windows++
		inner[i].Col.Name = "$window" + strconv.Itoa(p.windows)
		values[i] = &inner[i].X
	}
	p.hoist(values, false)
	if len(inner) == 0 {
		return
	}
	p.then(&plan.Project{Input: p.node, Items: append(kept(p.node.Columns()), inner...), Extends: true})
}

// hoistItems is hoist for the expressions of items.
func (p *pipeline) hoistItems(items []plan.Item, all bool) {
	xs := make([]*plan.Expr, len(items))
	for i := range items {
		xs[i] = &items[i].X
	}
	p.hoist(xs, all)
}

// hoistFrom takes window functions out of an expression, the outermost ones
// that are to be taken.
func hoistFrom(x plan.Expr, take bool, into *[]plan.Item) plan.Expr {
	call, ok := x.(*plan.Call)
	if !ok {
		return x
	}
	if call.Func.Kind == fn.Window && (take || isSession(call)) {
		col := &plan.Column{Type: call.T, Nullable: plan.Nullable(call), Hidden: true}
		*into = append(*into, plan.Item{Col: col, X: call})
		return &plan.Ref{Col: col}
	}
	var args []plan.Expr
	for i, a := range call.Args {
		b := hoistFrom(a, take || call.Func.Kind == fn.Window, into)
		if b != a && args == nil {
			args = append(make([]plan.Expr, 0, len(call.Args)), call.Args[:i]...)
		}
		if args != nil {
			args = append(args, b)
		}
	}
	if args == nil {
		return x
	}
	dup := *call
	dup.Args = args
	return &dup
}

// stretches gives a window function's arguments that are about stretches of
// rows their numbers: how often a condition was true up to the row, how often
// a value has changed.
func (b *binder) stretches(c *plan.Call) {
	for i := range c.Args {
		switch p := c.Sig.ParamAt(i, len(c.Args)); p.Kind {
		case "restart":
			c.Args[i] = b.stretch(c, c.Args[i])
		case "change":
			before := b.windowCall("prev", c.Order, c.Args[i])
			c.Args[i] = b.stretch(c, b.operator("is distinct", nil, c.Args[i], before))
		}
	}
}

func (b *binder) stretch(c *plan.Call, condition plan.Expr) plan.Expr {
	return b.windowCall("row stretch", c.Order, condition)
}

func (b *binder) windowCall(name string, order []plan.Key, args ...plan.Expr) plan.Expr {
	return b.resolve(b.lib.Find(fn.Window, name), nil, args, order)
}
