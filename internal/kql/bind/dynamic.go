package bind

import (
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// member binds a.b, the property of a dynamic, and $left.a.
func (b *binder) member(x *syntax.Member, e *env) plan.Expr {
	if id, ok := x.X.(*syntax.Ident); ok && strings.HasPrefix(id.Name, "$") && e.right != nil {
		return b.sideColumn(id, x.Name, e)
	}
	if id, ok := x.X.(*syntax.Ident); ok && e.records[id.Name] != nil {
		c := e.records[id.Name].find(x.Name.Name)
		if c == nil {
			b.fail(x.Name, "there is no column %q in %s%s", x.Name.Name, id.Name, nearColumn(x.Name.Name, e.records[id.Name]))
			return unknown
		}
		return &plan.Ref{Col: c}
	}
	if path := e.pathOf(x.X); path != nil {
		return b.pathValues(path, x, x.Name, e)
	}
	v := b.scalar(x.X, e)
	return b.step(v, "."+escapeKey(x.Name.Name), x)
}

func (b *binder) sideColumn(side, name *syntax.Ident, e *env) plan.Expr {
	rows := e.rows
	if side.Name == "$right" {
		rows = e.right
	}
	c := rows.find(name.Name)
	if c == nil && rows.node != nil {
		c = infer(rows.node, name.Name)
	}
	if c == nil {
		b.fail(name, "there is no column %q on this side of the join%s", name.Name, nearColumn(name.Name, rows))
		return unknown
	}
	return &plan.Ref{Col: c}
}

// index binds a[0], a['b'] and a[x].
func (b *binder) index(x *syntax.Index, e *env) plan.Expr {
	if v := b.valueAt(x, e); v != nil {
		return v
	}
	v, at := b.scalar(x.X, e), b.scalar(x.Index, e)
	if c, ok := at.(*plan.Const); ok {
		switch key := c.Value.(type) {
		case string:
			return b.step(v, "."+escapeKey(key), x)
		case int64, int32:
			return b.step(v, "["+fn.Digits(key)+"]", x)
		}
	}
	if !b.isDynamic(v, x) {
		return unknown
	}
	if at.Type() == schema.Dynamic {
		at = b.convert(at, schema.String, x.Index)
	}
	return b.operator("[]", x, v, at)
}

// valueAt picks one of the values of a call that has several.
func (b *binder) valueAt(x *syntax.Index, e *env) plan.Expr {
	call, ok := x.X.(*syntax.Call)
	lit, okLit := x.Index.(*syntax.Literal)
	if !ok || !okLit {
		return nil
	}
	values, ok := b.several(call, e)
	i, okInt := lit.Value.(int64)
	if !ok || !okInt || i < 0 || i >= int64(len(values)) {
		return nil
	}
	return values[i].x
}

func (b *binder) isDynamic(v plan.Expr, at syntax.Node) bool {
	switch v.Type() {
	case schema.Unknown:
		return false
	case schema.Dynamic:
		return true
	}
	b.fail(at, "a value of type %s has no properties", v.Type())
	return false
}

// escapeKey writes a key so that it is one step of a path.
func escapeKey(key string) string {
	return strings.NewReplacer(`\`, `\\`, ".", `\.`, "[", `\[`).Replace(key)
}

// step takes a step further into a dynamic. Steps in a row become one path.
func (b *binder) step(v plan.Expr, step string, at syntax.Node) plan.Expr {
	if v.Type() == schema.Unknown {
		return &plan.Opaque{}
	}
	if !b.isDynamic(v, at) {
		return unknown
	}
	if call, ok := v.(*plan.Call); ok && call.Func.Name == "." {
		path := call.Args[1].(*plan.Const).Value.(string)
		return b.operator(".", at, call.Args[0], &plan.Const{T: schema.String, Value: path + step})
	}
	return b.operator(".", at, v, &plan.Const{T: schema.String, Value: strings.TrimPrefix(step, ".")})
}
