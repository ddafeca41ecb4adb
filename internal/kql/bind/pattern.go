package bind

import (
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A pattern is a declared pattern with the scope it was written in.
type pattern struct {
	*syntax.Pattern
	scope *scope
}

// A use is what a query writes in order to get a pattern's table: p("a").b,
// p("a")["b"], or p("a") of a pattern without a path.
type use struct {
	*pattern
	call *syntax.Call
	path syntax.Expr // nil if there is none
}

// patternUse reads the use of a pattern; nil if the expression is something
// else.
func patternUse(x syntax.Expr, sc *scope) *use {
	var u use
	switch x := x.(type) {
	case *syntax.Call:
		u.call = x
	case *syntax.Member:
		u.call, _ = x.X.(*syntax.Call)
		u.path = &syntax.Literal{Span: x.Name.Span, Type: schema.String, Value: x.Name.Name}
	case *syntax.Index:
		u.call, _ = x.X.(*syntax.Call)
		u.path = x.Index
	}
	if u.call == nil {
		return nil
	}
	sym := sc.find(u.call.Name.Name)
	if sym == nil || sym.pattern == nil {
		return nil
	}
	u.pattern = sym.pattern
	return &u
}

// pattern binds the case that has the values of a use.
func (b *binder) pattern(u *use, at syntax.Expr, sc *scope) plan.Node {
	e := &env{scope: sc}
	values := append([]syntax.Expr{}, u.call.Args...)
	if u.path != nil {
		values = append(values, u.path)
	}
	for _, c := range u.Cases {
		keys := append([]syntax.Expr{}, c.Values...)
		if c.Path != nil {
			keys = append(keys, c.Path)
		}
		if (c.Path == nil) == (u.path == nil) && b.sameTexts(keys, values, e) {
			body := &function{Function: &syntax.Function{Span: c.Span, Body: c.Body}, scope: u.filled(values, b, e), name: u.Name.Name}
			return b.callUser(body, &syntax.Call{Span: u.call.Span, Name: u.Name}, e)
		}
	}
	b.fail(at, "the pattern %s has no case for these values", u.Name.Name)
	return nothing()
}

// sameTexts tells whether constants are the same, one by one.
func (b *binder) sameTexts(keys, values []syntax.Expr, e *env) bool {
	if len(keys) != len(values) {
		return false
	}
	for i := range keys {
		key, ok := b.constantText(keys[i], e)
		value, also := b.constantText(values[i], e)
		if !ok || !also || key != value {
			return false
		}
	}
	return true
}

// filled is the scope of a case: the pattern's parameters are the values.
func (u *use) filled(values []syntax.Expr, b *binder, e *env) *scope {
	sc := u.scope
	params := append([]*syntax.Parameter{}, u.Params...)
	if u.Path != nil {
		params = append(params, u.Path)
	}
	for i, p := range params {
		if i < len(values) {
			sc = sc.with(p.Name.Name, &symbol{value: b.scalar(values[i], e)})
		}
	}
	return sc
}
