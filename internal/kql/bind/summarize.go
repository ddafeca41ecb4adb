package bind

import (
	"slices"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

func (p *pipeline) aggregateCall(name string, at syntax.Node, args ...plan.Expr) plan.Expr {
	return p.resolve(p.lib.Find(fn.Aggregate, name), at, args, nil)
}

// summarize binds the groups first: their columns come first in the result.
func (p *pipeline) summarize(op *syntax.Summarize) {
	e := p.env()
	pr := p.projection(projectStyle)
	pr.expressions(op.By, e)
	groups := len(pr.items)
	for _, it := range pr.items {
		pr.skip[it.Col] = true
	}
	e.aggregates, e.by = true, pr.items
	pr.style = summarizeStyle
	for i, x := range op.Aggregates {
		before := len(pr.items)
		pr.expression(x, i, e)
		for _, it := range pr.items[before:] {
			p.checkAggregate(it.X, x)
		}
	}
	if op.Bin != nil {
		p.unsupported(op.Bin, "by ... bin = ...")
	}
	p.hoistItems(pr.items, true)
	p.unordered(&plan.Aggregate{Input: p.node, Groups: pr.items[:groups:groups], Aggs: pr.items[groups:]})
}

// checkAggregate reports a column that stands outside an aggregate.
func (p *pipeline) checkAggregate(x plan.Expr, at syntax.Expr) {
	plan.Walk(x, func(x plan.Expr) bool {
		switch x := x.(type) {
		case *plan.Ref:
			p.fail(at, "the column %q is neither in an aggregate nor grouped by", x.Col.Name)
		case *plan.Call:
			return x.Func.Kind != fn.Aggregate
		}
		return true
	})
}

func (p *pipeline) distinct(op *syntax.Distinct) {
	pr := p.projection(projectStyle)
	pr.expressions(op.Columns, p.env())
	p.unordered(&plan.Aggregate{Input: p.node, Groups: pr.items, Distinct: true})
}

func (p *pipeline) sampleDistinct(op *syntax.SampleDistinct) {
	pr := p.projection(projectStyle)
	pr.expressions([]syntax.Expr{op.Of}, p.env())
	groups := &plan.Aggregate{Input: p.node, Groups: pr.items, Distinct: true}
	p.unordered(&plan.Limit{Input: groups, N: p.count(op.N)})
}

// mvExpand binds mv-expand.
func (p *pipeline) mvExpand(op *syntax.MvExpand) {
	limit := op.Limit
	if op.Old && limit == nil {
		limit = &syntax.Literal{Span: op.Span, Type: schema.Long, Value: int64(fn.OldSize)}
	}
	if n := p.expand(op.Items, op.Params, limit); n != nil {
		p.then(n)
	}
}

// expand makes a row for each element. The new columns take the places of the
// ones they replace.
func (p *pipeline) expand(items []*syntax.MvItem, params []*syntax.Param, limit syntax.Expr) *plan.Expand {
	e := p.env()
	n := &plan.Expand{Input: p.node}
	pr := p.projection(expandStyle)
	before := len(p.node.Columns())
	pr.keep(p.node.Columns())
	for _, it := range items {
		p.expandItem(n, pr, it, e)
	}
	if index := paramName(params, "with_itemindex"); index != "" {
		n.Index = &plan.Column{Name: pr.names.add(index, ""), Type: schema.Long}
		pr.items = append(pr.items, plan.Item{Col: n.Index})
	}
	n.Bag = p.choice(params, "bagexpansion", "bag", "array") == "array" || p.choice(params, "kind", "bag", "array") == "array"
	if limit != nil {
		n.Limit = p.count(limit)
	}
	for _, it := range extended(pr.items, p.node, before) {
		n.Keep = append(n.Keep, it.Col)
	}
	return n
}

func (p *pipeline) expandItem(n *plan.Expand, pr *projection, it *syntax.MvItem, e *env) {
	source, name := it.X, ""
	if named, ok := it.X.(*syntax.Named); ok {
		source, name = named.X, named.Names[0].Name
	}
	x := p.scalar(source, e)
	if x.Type() == schema.String || x.Type() != schema.Dynamic && x.Type() != schema.Unknown {
		p.fail(source, "an array or bag is expected here, not a value of type %s", x.Type())
		return
	}
	t := schema.Dynamic
	if x.Type() == schema.Unknown {
		t = schema.Unknown
	}
	if it.To != nil && it.To.Type != nil {
		t = it.To.Type.Type
	}
	element := &plan.Column{Name: "element", Type: schema.Dynamic, Nullable: true}
	value := p.cast(&plan.Ref{Col: element}, t, it)
	if t == schema.Unknown {
		value = &plan.Opaque{T: t}
	}
	before := len(pr.items)
	switch ref, isRef := x.(*plan.Ref); {
	case name != "":
		pr.declare(name, value, true, it)
	case isRef:
		name = ref.Col.Name
		pr.declare(name, value, true, it)
	default:
		var ok bool
		if name, ok = p.resultName(source, e); !ok {
			name = "Column1"
		}
		pr.add(name, "Column", value, ok)
	}
	col := pr.made(name, before)
	n.Items = append(n.Items, plan.ExpandItem{X: x, Col: col, Item: element, Elem: value})
}

// cast takes an element for a value of a type. Text is not read as a number
// here, though it is where dynamic values are converted.
func (p *pipeline) cast(element plan.Expr, t schema.Type, at syntax.Node) plan.Expr {
	value := p.convert(element, t, at)
	if !fn.IsNumber(t) && t != schema.Bool {
		return value
	}
	of := func(name string, args ...plan.Expr) plan.Expr {
		return p.resolve(p.lib.Find(fn.Scalar, name), at, args, nil)
	}
	isText := p.operator("==", at, of("gettype", element), &plan.Const{T: schema.String, Value: "string"})
	return of("iff", isText, nullOf(t), value)
}

// made returns the column that was added or replaced last.
func (p *projection) made(name string, before int) *plan.Column {
	i, ok := p.index[name]
	if len(p.items) > before {
		i, ok = len(p.items)-1, true
	}
	if !ok {
		return &plan.Column{Name: name}
	}
	col := *p.items[i].Col
	col.Source = nil
	col.Nullable = col.Type != schema.String
	p.items[i].Col = &col
	return &col
}

func paramName(params []*syntax.Param, name string) string {
	for _, p := range params {
		if p.Name.Name == name {
			switch v := p.Value.(type) {
			case *syntax.Ident:
				return v.Name
			case *syntax.Literal:
				s, _ := v.Value.(string)
				return s
			}
		}
	}
	return ""
}

// choice is the value of a parameter that has only some: one of them, or "" if
// it is not given.
func (b *binder) choice(params []*syntax.Param, name string, values ...string) string {
	value := paramName(params, name)
	if value == "" || slices.Contains(values, value) {
		return value
	}
	for _, p := range params {
		if p.Name.Name == name {
			b.fail(p, "%s is one of %s, not %q", name, strings.Join(values, ", "), value)
		}
	}
	return ""
}

// mvApply binds mv-apply: its operators run over the elements of each row.
func (p *pipeline) mvApply(op *syntax.MvApply) {
	if op.ID != nil {
		p.unsupported(op.ID, "mv-apply with id")
	}
	n := p.expand(op.Items, op.Params, op.Limit)
	if n == nil {
		return
	}
	outer := &plan.Outer{Cols: n.Keep}
	sub := &pipeline{binder: p.binder, scope: p.scope, node: outer, sorted: true}
	for _, o := range op.Sub {
		if sub.node != nil && p.spend(o) {
			sub.next(o)
		}
	}
	if sub.node == nil {
		return
	}
	p.then(&plan.Apply{Expand: n, Outer: outer, Sub: sub.node, Out: applied(n, sub.node)})
}

// applied are the columns of a result: those of the input, in the places of
// which stand the ones that the operators made anew, and then theirs.
func applied(n *plan.Expand, sub plan.Node) []*plan.Column {
	made := visible(sub.Columns())
	expanded := map[*plan.Column]bool{n.Index: true}
	for _, it := range n.Items {
		expanded[it.Col] = true
	}
	var out []*plan.Column
	for _, c := range n.Keep {
		if expanded[c] {
			continue
		}
		if i := slices.IndexFunc(made, func(m *plan.Column) bool { return m.Name == c.Name }); i >= 0 {
			c = made[i]
			made = slices.Delete(made, i, i+1)
		}
		out = append(out, c)
	}
	return append(out, made...)
}
