package bind

import (
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// find binds find: rows of several tables for which a condition is true, with
// the table's name first. Without a projection the columns are those that the
// condition names and those that all tables have; what else a row holds is
// packed into a bag.
func (p *pipeline) find(op *syntax.Find) {
	in := op.In
	if in == nil {
		in = []syntax.Expr{&syntax.Ident{Span: op.Span, Name: "*", Wild: true}}
	}
	var branches []branch
	for i, x := range in {
		branches = append(branches, p.branches(x, false, i)...)
	}
	if op.Where != nil {
		branches = p.concerned(branches, op.Where)
	}
	if len(branches) == 0 {
		return
	}
	source := paramName(op.Params, "withsource")
	if source == "" {
		source = "source_"
	}
	f := &finder{pipeline: p, op: op, source: source}
	if op.Project == nil {
		f.smart(branches)
	} else {
		f.projected(op.Project, branches)
	}
	found := branches[:0]
	for _, br := range branches {
		found = append(found, branch{f.rows(br), br.name})
	}
	p.node = p.unite(found, source, false)
	p.order = nil
	if op.Away != nil {
		p.projectAway(op.Away, false)
	}
}

// A finder knows the columns that each table is to show.
type finder struct {
	*pipeline
	op      *syntax.Find
	source  string
	columns []*plan.Column // by name and type; unknown for any type
	packed  string         // the name of the bag, "" if there is none
}

// smart chooses the columns of the condition and those that all tables have.
func (f *finder) smart(branches []branch) {
	named := map[string]bool{}
	syntax.Walk(f.op.Where, func(n syntax.Node) bool {
		if id, ok := n.(*syntax.Ident); ok {
			named[id.Name] = true
		}
		return true
	})
	type key struct {
		name string
		t    schema.Type
	}
	counts := map[key]int{}
	var order []*plan.Column
	for _, br := range branches {
		for _, c := range visible(br.node.Columns()) {
			k := key{c.Name, c.Type}
			if counts[k]++; counts[k] == 1 {
				order = append(order, c)
			}
		}
	}
	rest := len(branches) == 1 && f.op.In == nil
	for _, c := range order {
		if counts[key{c.Name, c.Type}] == len(branches) || named[c.Name] {
			f.columns = append(f.columns, &plan.Column{Name: c.Name, Type: c.Type})
		} else {
			rest = true
		}
	}
	if rest {
		f.packed = "pack_"
	}
}

// projected reads the columns of a projection. One without a type has that of
// the first table that has it.
func (f *finder) projected(list []syntax.Expr, branches []branch) {
	for _, x := range list {
		switch x := x.(type) {
		case *syntax.Ident:
			col := &plan.Column{Name: x.Name}
			for _, br := range branches {
				if c := rowsOf(br.node).find(x.Name); c != nil {
					col.Type = c.Type
					break
				}
			}
			if col.Type == schema.Unknown {
				f.fail(x, "none of the tables has a column %q", x.Name)
			}
			f.columns = append(f.columns, col)
		case *syntax.Typed:
			f.columns = append(f.columns, &plan.Column{Name: x.Name.Name, Type: x.Type.Type})
		case *syntax.Call:
			f.packed = "pack_"
		default:
			f.fail(x, "find projects columns, columns with a type, and pack(*)")
		}
	}
}

// rows are those of a table that fit, with the columns to show. A column that
// the table does not have is null; one that the condition needs makes the table
// have no rows that fit.
func (f *finder) rows(br branch) plan.Node {
	p := &pipeline{binder: f.binder, scope: f.scope, node: br.node}
	if f.op.Where != nil {
		e := p.env()
		e.lenient = true
		p.then(&plan.Filter{Input: p.node, Cond: p.searchCondition(f.op.Where, e, false)})
	}
	var items []plan.Item
	shown := map[string]bool{}
	for _, want := range f.columns {
		var x plan.Expr
		c := rowsOf(p.node).find(want.Name)
		switch {
		case c != nil && (want.Type == schema.Unknown || want.Type == c.Type):
			x = &plan.Ref{Col: c}
			shown[c.Name] = true
		case c != nil && f.op.Project != nil:
			x = p.convert(&plan.Ref{Col: c}, want.Type, f.op)
			shown[c.Name] = true
		case want.Type == schema.Unknown:
			continue
		default:
			x = nullOf(want.Type)
		}
		items = append(items, item(want.Name, x))
	}
	if f.packed != "" {
		items = append(items, item(f.packed, p.packRest(f.op, shown)))
	}
	return &plan.Project{Input: p.node, Items: items}
}

// packRest is a bag of the columns that are not shown by themselves and hold
// something.
func (p *pipeline) packRest(at syntax.Node, shown map[string]bool) plan.Expr {
	var args []plan.Expr
	for _, c := range visible(p.node.Columns()) {
		if !shown[c.Name] {
			args = append(args, &plan.Const{T: schema.String, Value: c.Name}, &plan.Ref{Col: c})
		}
	}
	if len(args) == 0 {
		return &plan.Const{T: schema.Dynamic, Value: schema.DynamicValue("{}")}
	}
	return p.operator("bag_pack filled", at, args...)
}
