package bind

import (
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// graphFunction returns how a call within graph-match is bound that looks at
// paths or nodes; nil for all others.
func graphFunction(name string) func(*binder, *syntax.Call, *env) plan.Expr {
	switch name {
	case "all", "any":
		return (*binder).ofPath
	case "map":
		return (*binder).mapPath
	case "node_degree_in", "node_degree_out":
		return (*binder).nodeDegree
	}
	return nil
}

// pathOf returns the path that a name stands for, nil if it stands for none.
func (e *env) pathOf(x syntax.Expr) *trail {
	id, ok := x.(*syntax.Ident)
	if !ok || e.match == nil {
		return nil
	}
	return e.match.paths[id.Name]
}

// elements returns what all, any and map look at: the edges of a path, or the
// nodes within it.
func (b *binder) elements(x *syntax.Call, e *env) ([]*element, bool) {
	if len(x.Args) != 2 {
		b.fail(x, "%s takes an edge and an expression: %s(e, ...) or %s(inner_nodes(e), ...)", x.Name.Name, x.Name.Name, x.Name.Name)
		return nil, false
	}
	of, inner := x.Args[0], false
	if call, ok := of.(*syntax.Call); ok && call.Name.Name == "inner_nodes" && len(call.Args) == 1 {
		of, inner = call.Args[0], true
	}
	id, isName := of.(*syntax.Ident)
	pa := e.pathOf(of)
	switch {
	case pa != nil && inner:
		return pa.inner, true
	case pa != nil:
		return pa.edges, true
	case isName && e.match.named[id.Name] != nil && inner:
		return nil, true
	case isName && e.match.named[id.Name] != nil:
		return []*element{e.match.named[id.Name]}, true
	}
	b.fail(of, "the name of an edge of the pattern is expected here")
	return nil, false
}

// each binds an expression once for every element.
func (b *binder) each(list []*element, x syntax.Expr, e *env, bind func(syntax.Expr, *env) plan.Expr) []plan.Expr {
	values := make([]plan.Expr, len(list))
	for i, el := range list {
		m := *e.match
		m.here = el
		values[i] = bind(x, m.env())
	}
	return values
}

// ofPath binds all(path, condition) and any(path, condition).
func (b *binder) ofPath(x *syntax.Call, e *env) plan.Expr {
	list, ok := b.elements(x, e)
	if !ok {
		return unknown
	}
	all := x.Name.Name == "all"
	op := map[bool]string{true: "and", false: "or"}[all]
	var result plan.Expr = &plan.Const{T: schema.Bool, Value: all}
	for i, v := range b.each(list, x.Args[1], e, b.condition) {
		if i == 0 {
			result = v
			continue
		}
		result = b.operator(op, x, result, v)
	}
	return result
}

// mapPath binds map(path, expression): an array of its values.
func (b *binder) mapPath(x *syntax.Call, e *env) plan.Expr {
	list, ok := b.elements(x, e)
	if !ok {
		return unknown
	}
	return b.array(b.each(list, x.Args[1], e, b.scalar), x)
}

// pathValues is the array of a property of a path's edges.
func (b *binder) pathValues(pa *trail, at syntax.Node, name *syntax.Ident, e *env) plan.Expr {
	return b.array(b.each(pa.edges, name, e, b.scalar), at)
}

func (b *binder) array(values []plan.Expr, at syntax.Node) plan.Expr {
	if len(values) == 0 {
		return &plan.Const{T: schema.Dynamic, Value: schema.DynamicValue("[]")}
	}
	return b.resolve(b.lib.Find(fn.Scalar, "pack_array"), at, values, nil)
}

// nodeDegree binds node_degree_in(n): of the node in hand without an argument.
func (b *binder) nodeDegree(x *syntax.Call, e *env) plan.Expr {
	el := e.match.here
	if len(x.Args) == 1 {
		if id, ok := x.Args[0].(*syntax.Ident); ok {
			el = e.match.named[id.Name]
		}
	}
	name := "$" + strings.TrimPrefix(x.Name.Name, "node_degree_")
	var c *plan.Column
	if el != nil {
		c = (&rows{cols: el.cols}).find(name)
	}
	if c == nil || len(x.Args) > 1 {
		b.fail(x, "%s takes a node of the pattern", x.Name.Name)
		return unknown
	}
	zero := &plan.Const{T: schema.Long, Value: int64(0)}
	return b.resolve(b.lib.Find(fn.Scalar, "coalesce"), x, []plan.Expr{&plan.Ref{Col: c}, zero}, nil)
}

// degrees returns the graph with the number of edges that lead to and from each
// node, if an operator asks for them.
func (p *pipeline) degrees(g *graph, op *syntax.GraphMatch) *graph {
	asked := false
	syntax.Walk(op, func(n syntax.Node) bool {
		call, ok := n.(*syntax.Call)
		asked = asked || ok && strings.HasPrefix(call.Name.Name, "node_degree_")
		return !asked
	})
	if !asked {
		return g
	}
	c := composer{op.Span}
	key := g.nodes.shared.Cols[g.key].Name
	counted := func(name string, place int) syntax.Operator {
		end := g.edges.shared.Cols[place].Name
		return c.join("leftouter", c.pipe(c.ident("$edges"), &syntax.Summarize{
			Span: op.Span, Aggregates: []syntax.Expr{c.named(name, c.call("count"))}, By: []syntax.Expr{c.named(name+"of", c.ident(end))},
		}), c.binary(syntax.OpEqual, c.side("$left", c.ident(key)), c.side("$right", c.ident(name+"of"))))
	}
	sc := p.scope.with("$edges", &symbol{table: g.edges}).with("$nodes", &symbol{table: g.nodes})
	nodes := p.table(c.pipe(c.ident("$nodes"), counted(degreeIn, g.target), counted(degreeOut, g.source)), sc)
	for _, name := range []string{degreeIn, degreeOut, degreeIn + "of", degreeOut + "of"} {
		hide(nodes, name)
	}
	with := *g
	with.nodes = p.share("nodes", nodes)
	return &with
}
