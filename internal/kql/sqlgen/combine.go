package sqlgen

import (
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/schema"
)

// source writes a relation as an item of FROM under an alias and returns how
// its columns are said there.
func (r *relation) source(alias string) (string, *relation) {
	if r.bare() && r.ready == "" && r.from != "" && !strings.Contains(r.from, " AS ") {
		return r.from + " AS " + alias, r.qualified(alias, nil)
	}
	if r.ready != "" && r.bare() {
		return "(\n" + indent(r.ready) + "\n) AS " + alias, r.qualified(alias, nil)
	}
	sql, called, _ := r.subquery()
	return "(\n" + indent(sql) + "\n) AS " + alias, r.qualified(alias, called)
}

// qualified is the relation as seen from outside, its columns behind an alias.
func (r *relation) qualified(alias string, called map[*plan.Column]string) *relation {
	q := &relation{g: r.g, list: r.list, cols: map[*plan.Column]column{}}
	for _, c := range r.list {
		name := r.cols[c].sql
		if called != nil {
			name = called[c]
		}
		q.cols[c] = column{sql: alias + "." + name}
	}
	return q
}

var joinWords = map[plan.JoinKind]string{
	plan.InnerUnique: "JOIN", plan.Inner: "JOIN", plan.LeftOuter: "LEFT JOIN", plan.RightOuter: "RIGHT JOIN",
	plan.FullOuter: "FULL JOIN", plan.LeftAnti: "ANTI JOIN", plan.RightAnti: "ANTI JOIN",
	plan.LeftSemi: "SEMI JOIN", plan.RightSemi: "SEMI JOIN",
}

func (g *generator) join(n *plan.Join) *relation {
	left := g.node(n.Left)
	if n.Kind == plan.InnerUnique {
		left = g.uniqueLeft(left, n)
	}
	a, b := g.alias(), g.alias()
	leftSQL, l := left.source(a)
	rightSQL, r := g.node(n.Right).source(b)
	both := &relation{g: g, cols: map[*plan.Column]column{}}
	for c, how := range l.cols {
		both.cols[c] = how
	}
	for c, how := range r.cols {
		both.cols[c] = how
	}
	from := leftSQL + "\n" + joinWords[n.Kind] + " " + rightSQL
	if n.Kind == plan.RightAnti || n.Kind == plan.RightSemi {
		from = rightSQL + "\n" + joinWords[n.Kind] + " " + leftSQL
	}
	both.from = from + "\nON " + strings.Join(g.joinOn(n, both), " AND ")
	g.joinColumns(n, both)
	return both
}

func (g *generator) joinOn(n *plan.Join, both *relation) []string {
	var on []string
	for _, eq := range n.On {
		on = append(on, fn.Paren(g.expr(eq.Left, both))+" = "+fn.Paren(g.expr(eq.Right, both)))
	}
	if n.Where != nil {
		on = append(on, fn.Paren(g.write(n.Where, both, true)))
	}
	return on
}

// joinColumns makes the columns of the result. Text that a missing row would
// have brought is empty.
func (g *generator) joinColumns(n *plan.Join, both *relation) {
	for _, out := range n.Out {
		sql := both.cols[out.From].sql
		computed := false
		missing := n.Kind == plan.FullOuter || n.Kind == plan.LeftOuter && out.Right || n.Kind == plan.RightOuter && !out.Right
		if missing && out.Col.Type == schema.String {
			sql, computed = "coalesce("+sql+", '')", true
		}
		both.cols[out.Col] = column{sql, computed}
		both.list = append(both.list, out.Col)
	}
}

// uniqueLeft keeps one row of the left side for each key.
func (g *generator) uniqueLeft(left *relation, n *plan.Join) *relation {
	if left.limit != "" || left.distinct != "" {
		left = left.wrap()
	}
	var keys []string
	for _, eq := range n.On {
		keys = append(keys, g.expr(eq.Left, left))
	}
	dup := *left
	dup.order = nil
	dup.distinct = strings.Join(keys, ", ")
	return &dup
}

func (g *generator) union(n *plan.Union) *relation {
	names := aliases{}
	called := map[*plan.Column]string{}
	for _, c := range n.Cols {
		called[c] = names.of(c, &relation{g: g, cols: map[*plan.Column]column{}})
	}
	parts := make([]string, 0, len(n.Inputs))
	for i, in := range n.Inputs {
		r := g.node(in)
		if r.distinct != "" {
			r = r.wrap()
		}
		items := make([]string, len(n.Cols))
		for j, c := range n.Cols {
			x := n.From[i][j]
			sql := ""
			switch {
			case x == nil:
				sql = "NULL::" + fn.SQLType(c.Type)
			case isRef(x):
				sql = g.expr(x, r)
			default:
				sql = g.typed(x, r)
			}
			items[j] = as(sql, called[c])
		}
		part := r.selectFrom(items, false)
		if r.limit != "" {
			part = "(\n" + indent(part) + "\n)"
		}
		parts = append(parts, part)
	}
	if len(parts) == 1 {
		return g.over(parts[0], n.Cols, called)
	}
	return g.over(strings.Join(parts, "\nUNION ALL\n"), n.Cols, called)
}

// expand writes unnest over the elements of each row.
func (g *generator) expand(n *plan.Expand) *relation {
	r := g.node(n.Input)
	if r.distinct != "" || r.windowed || r.limit != "" {
		r = r.wrap()
	}
	for _, it := range n.Items {
		if r.computes(it.X) && !isRef(it.X) {
			r = r.wrap()
			break
		}
	}
	return g.unnest(n, r, true)
}

// unnest adds the elements to the columns of a relation; standing says that
// the relation brings its own FROM.
func (g *generator) unnest(n *plan.Expand, r *relation, standing bool) *relation {
	names := aliases{}
	if len(r.order) > 0 {
		names.reserve(r)
	}
	called := map[*plan.Column]string{}
	var items []string
	for _, c := range r.list {
		called[c] = names.of(c, r)
		items = append(items, as(r.cols[c].sql, called[c]))
	}
	inner := *r
	if !standing {
		inner.from, inner.where, inner.order, inner.limit = "", nil, nil, ""
	}
	lists := make([]string, len(n.Items))
	for i, it := range n.Items {
		lists[i] = "kql_elements(" + g.expr(it.X, r) + ")"
		if n.Bag {
			lists[i] = "kql_pairs(" + g.expr(it.X, r) + ")"
		}
		if n.Limit != nil {
			lists[i] += "[:greatest(" + g.expr(n.Limit, r) + ", 0)]"
		}
		called[it.Item] = fn.Ident(fmt.Sprintf("$element%d", i+1))
		items = append(items, "unnest("+lists[i]+") AS "+called[it.Item])
	}
	if n.Index != nil {
		called[n.Index] = fn.Ident("$index")
		items = append(items, "unnest(range(greatest(len("+strings.Join(lists, "), len(")+")))) AS "+called[n.Index])
	}
	order := []orderKey{}
	for i, k := range inner.order {
		name := r.named(k.sql, called)
		if name == "" {
			name = fn.Ident(fmt.Sprintf("$sort%d", i+1))
			items = append(items, as(k.sql, name))
		}
		order = append(order, orderKey{name, k.way})
	}
	return g.unnested(n, inner.selectFrom(items, false), called, order)
}

func (g *generator) unnested(n *plan.Expand, sql string, called map[*plan.Column]string, order []orderKey) *relation {
	all := append([]*plan.Column{}, n.Keep...)
	w := g.over(sql, all, called)
	w.base, w.order = nil, order
	for c, name := range called {
		w.cols[c] = column{sql: name}
	}
	for _, it := range n.Items {
		x := g.expr(it.Elem, w)
		w.cols[it.Col] = column{sql: x, computed: !isRef(it.Elem)}
	}
	w.ready = ""
	return w
}

// apply runs a plan over the elements of each row: a lateral subquery.
func (g *generator) apply(n *plan.Apply) *relation {
	a, b := g.alias(), g.alias()
	input := g.node(n.Expand.Input)
	inputSQL, outer := input.source(a)
	if g.outer == nil {
		g.outer = map[*plan.Outer]*relation{}
	}
	g.outer[n.Outer] = g.unnest(n.Expand, outer, false)
	sub, sql, called := g.lateral(n.Sub, a)
	r := &relation{g: g, cols: map[*plan.Column]column{}, list: n.Out}
	for c, how := range outer.cols {
		r.cols[c] = how
	}
	for _, c := range sub.list {
		r.cols[c] = column{sql: b + "." + called[c]}
	}
	r.from = inputSQL + "\nCROSS JOIN LATERAL (\n" + indent(sql) + "\n) AS " + b
	return r
}

// partition runs a plan for each key: a lateral subquery.
func (g *generator) partition(n *plan.Partition) *relation {
	a, b := g.alias(), g.alias()
	keysSQL, keys := g.node(n.Keys).source(a)
	if g.around == nil {
		g.around = map[*plan.Column]string{}
	}
	g.around[n.Key] = keys.cols[n.Key].sql
	sub, sql, called := g.lateral(n.Sub, a)
	delete(g.around, n.Key)
	r := &relation{g: g, cols: map[*plan.Column]column{}, list: n.Out}
	for _, c := range sub.list {
		r.cols[c] = column{sql: b + "." + called[c]}
	}
	r.from = keysSQL + "\nCROSS JOIN LATERAL (\n" + indent(sql) + "\n) AS " + b
	return r
}

// lateral writes a plan that refers to columns of another item of FROM. Shared
// results that depend on these are defined inside of it, the others outside.
func (g *generator) lateral(n plan.Node, alias string) (*relation, string, map[*plan.Column]string) {
	before := len(g.with)
	sub := g.node(n)
	sql, called, _ := sub.subquery()
	outside, inside := g.with[:before:before], []string(nil)
	names := []string{alias + "."}
	for _, definition := range g.with[before:] {
		if !mentions(definition, names) {
			outside = append(outside, definition)
			continue
		}
		name, _, _ := strings.Cut(definition, " AS ")
		names = append(names, name)
		inside = append(inside, definition)
	}
	g.with = outside
	if len(inside) > 0 {
		sql = "WITH " + strings.Join(inside, ",\n") + "\n" + sql
	}
	return sub, sql, called
}

func mentions(sql string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(sql, name) })
}
