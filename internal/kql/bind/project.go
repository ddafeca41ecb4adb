package bind

import (
	"cmp"
	"slices"
	"strings"

	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

func (p *pipeline) extend(columns []syntax.Expr) {
	e := p.env()
	pr := p.projection(extendStyle)
	before := len(p.node.Columns())
	pr.keep(p.node.Columns())
	pr.expressions(columns, e)
	items := extended(pr.items, p.node, before)
	p.hoistItems(items, false)
	p.then(&plan.Project{Input: p.node, Items: items, Extends: true})
}

// extended adds the columns that were inferred while the items were bound:
// they come behind the columns that the input had before, of which there are
// so many. A column that was made under the same name is in that place.
func extended(items []plan.Item, input plan.Node, before int) []plan.Item {
	for i, c := range input.Columns()[before:] {
		it := plan.Item{Col: c, X: &plan.Ref{Col: c}}
		if k := slices.IndexFunc(items, func(it plan.Item) bool { return it.Col == c || it.Col.Name == c.Name }); k >= 0 {
			it = items[k]
			items = slices.Delete(items, k, k+1)
		}
		items = slices.Insert(items, min(before+i, len(items)), it)
	}
	return items
}

func (p *pipeline) project(columns []syntax.Expr) {
	pr := p.projection(projectStyle)
	pr.expressions(columns, p.env())
	p.hoistItems(pr.items, false)
	p.then(&plan.Project{Input: p.node, Items: pr.items})
}

// named returns the columns that a list of names and patterns stands for.
func (p *pipeline) named(x syntax.Expr) []*plan.Column {
	e := p.env()
	switch x := x.(type) {
	case *syntax.Star:
		return e.rows.visible()
	case *syntax.Ident:
		if x.Wild {
			return slices.DeleteFunc(e.rows.visible(), func(c *plan.Column) bool { return !matchName(x.Name, c.Name) })
		}
	}
	if ref, ok := p.scalar(x, e).(*plan.Ref); ok {
		return []*plan.Column{ref.Col}
	}
	if len(p.errors) == 0 {
		p.fail(x, "the name of a column is expected here")
	}
	return nil
}

func (p *pipeline) projectAway(columns []syntax.Expr, keep bool) {
	var named []*plan.Column
	for _, x := range columns {
		named = append(named, p.named(x)...)
	}
	var items []plan.Item
	for _, c := range p.node.Columns() {
		if slices.Contains(named, c) == keep || c.Hidden && !slices.Contains(named, c) {
			items = append(items, plan.Item{Col: c, X: &plan.Ref{Col: c}})
		}
	}
	p.then(&plan.Project{Input: p.node, Items: items, Extends: true})
}

func (p *pipeline) projectRename(op *syntax.ProjectRename) {
	e := p.env()
	renamed := map[*plan.Column]string{}
	for _, x := range op.Columns {
		n, ok := x.(*syntax.Named)
		if !ok {
			p.fail(x, "project-rename needs new = old")
			continue
		}
		ref, ok := p.scalar(n.X, e).(*plan.Ref)
		if !ok {
			if len(p.errors) == 0 {
				p.fail(n.X, "the name of a column is expected here")
			}
			continue
		}
		renamed[ref.Col] = n.Names[0].Name
	}
	var items []plan.Item
	for _, c := range p.node.Columns() {
		name, ok := renamed[c]
		switch {
		case ok:
			items = append(items, item(name, &plan.Ref{Col: c}))
		default:
			items = append(items, plan.Item{Col: c, X: &plan.Ref{Col: c}})
		}
	}
	p.checkDistinct(items, op)
	p.then(&plan.Project{Input: p.node, Items: items, Extends: true})
}

func (p *pipeline) checkDistinct(items []plan.Item, at syntax.Node) {
	seen := map[string]bool{}
	for _, it := range items {
		if seen[it.Col.Name] && !it.Col.Hidden {
			p.fail(at, "the column %q is made twice", it.Col.Name)
		}
		seen[it.Col.Name] = true
	}
}

func (p *pipeline) projectReorder(op *syntax.ProjectReorder) {
	var cols []*plan.Column
	add := func(list []*plan.Column) {
		for _, c := range list {
			if !slices.Contains(cols, c) {
				cols = append(cols, c)
			}
		}
	}
	for _, o := range op.Columns {
		named := p.named(o.X)
		byName := func(a, b *plan.Column) int { return strings.Compare(a.Name, b.Name) }
		if o.Order == syntax.GrannyAsc || o.Order == syntax.GrannyDesc {
			byName = func(a, b *plan.Column) int { return byNumbers(a.Name, b.Name) }
		}
		switch o.Order {
		case syntax.Asc, syntax.GrannyAsc:
			slices.SortStableFunc(named, byName)
		case syntax.Desc, syntax.GrannyDesc:
			slices.SortStableFunc(named, func(a, b *plan.Column) int { return byName(b, a) })
		}
		add(named)
	}
	add(p.node.Columns())
	p.then(&plan.Project{Input: p.node, Items: kept(cols), Extends: true})
}

// byNumbers compares names; digits that stand in the same place count as
// numbers.
func byNumbers(a, b string) int {
	for a != "" && b != "" {
		m, n := leadingDigits(a), leadingDigits(b)
		c := strings.Compare(a[:1], b[:1])
		if m > 0 && n > 0 {
			x, y := strings.TrimLeft(a[:m], "0"), strings.TrimLeft(b[:n], "0")
			c = cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y))
		} else {
			m, n = 1, 1
		}
		if c != 0 {
			return c
		}
		a, b = a[m:], b[n:]
	}
	return cmp.Compare(len(a), len(b))
}

func leadingDigits(s string) int {
	return len(s) - len(strings.TrimLeft(s, "0123456789"))
}

func kept(cols []*plan.Column) []plan.Item {
	items := make([]plan.Item, len(cols))
	for i, c := range cols {
		items[i] = plan.Item{Col: c, X: &plan.Ref{Col: c}}
	}
	return items
}

// projectByNames keeps the columns that names, patterns and arrays of them
// stand for.
func (p *pipeline) projectByNames(op *syntax.ProjectByNames) {
	var cols []*plan.Column
	for _, x := range op.Columns {
		for _, pattern := range p.patterns(x) {
			for _, c := range visible(p.node.Columns()) {
				if matchName(pattern, c.Name) && !slices.Contains(cols, c) {
					cols = append(cols, c)
				}
			}
		}
	}
	p.then(&plan.Project{Input: p.node, Items: kept(cols)})
}

func (p *pipeline) patterns(x syntax.Expr) []string {
	if id, ok := x.(*syntax.Ident); ok && (id.Wild || rowsOf(p.node).find(id.Name) != nil) {
		return []string{id.Name}
	}
	v := p.scalar(x, &env{scope: p.scope})
	if elements, ok := constantElements(v); ok {
		var names []string
		for _, el := range elements {
			if s, ok := el.(*plan.Const).Value.(string); ok {
				names = append(names, s)
			}
		}
		return names
	}
	if c, ok := v.(*plan.Const); ok && c.T == schema.String {
		return []string{c.Value.(string)}
	}
	if len(p.errors) == 0 {
		p.fail(x, "a constant name or an array of names is expected here")
	}
	return nil
}
