package bind

import "nephoscope/internal/kql/syntax"

// Operators that say what others together can say are put together of them:
// these make the parts of their syntax. All parts have the place of the whole,
// so that errors point to it.

// A composer makes syntax at a place.
type composer struct{ syntax.Span }

func (c composer) ident(name string) *syntax.Ident {
	return &syntax.Ident{Span: c.Span, Name: name}
}

func (c composer) call(name string, args ...syntax.Expr) *syntax.Call {
	return &syntax.Call{Span: c.Span, Name: c.ident(name), Args: args}
}

func (c composer) named(name string, x syntax.Expr) *syntax.Named {
	return &syntax.Named{Span: c.Span, Names: []*syntax.Ident{c.ident(name)}, X: unnamed(x)}
}

func (c composer) binary(op syntax.Op, x, y syntax.Expr) syntax.Expr {
	return &syntax.Binary{Span: c.Span, Op: op, OpSpan: c.Span, X: x, Y: y}
}

func (c composer) asc(x syntax.Expr) *syntax.Ordered {
	return &syntax.Ordered{Span: c.Span, X: x, Order: syntax.Asc}
}

func (c composer) join(kind string, right syntax.Expr, on ...syntax.Expr) *syntax.Join {
	params := []*syntax.Param{{Span: c.Span, Name: c.ident("kind"), Value: c.ident(kind)}}
	return &syntax.Join{Span: c.Span, Params: params, Right: right, On: on}
}

func (c composer) pipe(source syntax.Expr, ops ...syntax.Operator) syntax.Expr {
	return &syntax.Pipe{Span: c.Span, Source: source, Ops: ops}
}

// side is a column of a join's side, $left or $right.
func (c composer) side(side string, column *syntax.Ident) syntax.Expr {
	return &syntax.Member{Span: c.Span, X: c.ident(side), Name: column}
}

// unnamed is an expression without the name that is given to it.
func unnamed(x syntax.Expr) syntax.Expr {
	if n, ok := x.(*syntax.Named); ok {
		return n.X
	}
	return x
}

// givenName is the name that a query gives to an expression, "" if it gives
// none.
func givenName(x syntax.Expr) string {
	if n, ok := x.(*syntax.Named); ok && len(n.Names) == 1 {
		return n.Names[0].Name
	}
	return ""
}
