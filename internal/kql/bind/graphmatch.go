package bind

import (
	"slices"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A pattern becomes joins of edges and nodes. A variable edge becomes as many
// patterns as it has lengths; the answer is the union of what they match.

const (
	// maxPath bounds the edges of a pattern when variable ones are longest.
	maxPath = 16
	// maxForms bounds the patterns of fixed length that one stands for.
	maxForms = 64
)

// A match is a pattern of fixed length as it is bound.
type match struct {
	*pipeline
	graph *graph
	node  plan.Node
	// nodes and edges are the elements in the order of the pattern.
	nodes, edges []*element
	named        map[string]*element // nodes and edges of one length
	paths        map[string]*trail
	// here is the element whose columns can be named by themselves.
	here *element
}

// An element is a node or an edge of a match: the columns that it has among
// those of the match so far, and those of an edge that its ends are in.
type element struct {
	cols     []*plan.Column
	from, to int // of an edge, as it is walked
}

// A trail is the edges that a variable edge stands for, and the nodes between.
type trail struct{ edges, inner []*element }

// graphMatch binds graph-match and graph-shortest-paths.
func (p *pipeline) graphMatch(g *graph, op *syntax.GraphMatch) {
	cycles := p.choice(op.Params, "cycles", "all", "none", "unique_edges")
	lengths, ok := p.lengthsOf(op)
	if !ok || !p.checkPatterns(op) {
		p.unordered(nothing())
		return
	}
	if len(op.Project) == 0 {
		p.fail(op, "%s needs project: what the columns of its result are", operatorName(op))
		p.unordered(nothing())
		return
	}
	degrees := p.degrees(g, op)
	var forms []*plan.Project
	for _, form := range combinations(lengths) {
		m := &match{pipeline: p, graph: degrees, named: map[string]*element{}, paths: map[string]*trail{}}
		forms = append(forms, m.bind(op, form, cycles))
		if len(p.errors) > 0 {
			break // the same in all
		}
	}
	all := unionOf(forms)
	if op.Shortest {
		p.shortest(op, all)
		return
	}
	p.unordered(all)
}

// lengthsOf returns the least and greatest length of each variable edge.
func (p *pipeline) lengthsOf(op *syntax.GraphMatch) (lengths [][2]int, ok bool) {
	longest, forms := 0, 1
	for _, pattern := range op.Patterns {
		for _, s := range pattern.Steps {
			switch {
			case s.Kind == syntax.GraphNode:
			case s.From == nil:
				longest++
			default:
				from, okFrom := p.edgeCount(s.From)
				to, okTo := p.edgeCount(s.To)
				if !okFrom || !okTo || from > to {
					p.fail(s, "the length of a path is two constants, the lesser first: -[e*1..3]->")
					return nil, false
				}
				lengths = append(lengths, [2]int{from, to})
				longest += to
				forms = min(forms*(to-from+1), maxForms+1)
			}
		}
	}
	if longest > maxPath || forms > maxForms {
		p.unsupported(op, "a pattern with more than 16 edges or 64 combinations of lengths")
		return nil, false
	}
	return lengths, true
}

func (p *pipeline) edgeCount(x syntax.Expr) (int, bool) {
	c, ok := p.scalar(x, &env{scope: p.scope}).(*plan.Const)
	if !ok {
		return 0, false
	}
	n, ok := c.Value.(int64)
	return int(min(n, maxPath+1)), ok && n >= 0
}

// checkPatterns reports patterns that do not go from node to edge to node.
func (p *pipeline) checkPatterns(op *syntax.GraphMatch) bool {
	variable := 0
	for _, pattern := range op.Patterns {
		for i, s := range pattern.Steps {
			if (s.Kind == syntax.GraphNode) != (i%2 == 0) {
				p.fail(s, "nodes and edges take turns: (a)-[e]->(b)")
				return false
			}
			if s.From != nil {
				variable++
			}
		}
		if len(pattern.Steps)%2 == 0 {
			p.fail(pattern, "a pattern ends with a node: (a)-[e]->(b)")
			return false
		}
	}
	if op.Shortest && (len(op.Patterns) > 1 || variable != 1) {
		p.fail(op, "graph-shortest-paths takes one pattern with one variable edge: (a)-[e*1..5]->(b)")
		return false
	}
	return true
}

// combinations are the ways to choose a length for each variable edge.
func combinations(lengths [][2]int) [][]int {
	forms := [][]int{nil}
	for _, l := range lengths {
		var longer [][]int
		for n := l[0]; n <= l[1]; n++ {
			for _, f := range forms {
				longer = append(longer, append(slices.Clone(f), n))
			}
		}
		forms = longer
	}
	return forms
}

// Columns that shortest needs beside those of the result.
const (
	pathStart  = "$start"
	pathEnd    = "$end"
	pathLength = "$length"
	pathOrder  = "$order"
)

// bind matches a form of a pattern.
func (m *match) bind(op *syntax.GraphMatch, lengths []int, cycles string) *plan.Project {
	for _, pattern := range op.Patterns {
		at := m.nodeOf(pattern.Steps[0].Name, nil)
		for i := 1; i < len(pattern.Steps); i += 2 {
			n := 1
			if pattern.Steps[i].From != nil {
				n, lengths = lengths[0], lengths[1:]
			}
			at = m.walk(at, pattern.Steps[i], pattern.Steps[i+1], n)
		}
	}
	m.differ(op, cycles)
	if op.Where != nil {
		m.node = &plan.Filter{Input: m.node, Cond: m.condition(op.Where, m.env())}
	}
	pr := m.projection(projectStyle)
	pr.expressions(op.Project, m.env())
	if op.Shortest {
		m.measure(pr, op)
	}
	return &plan.Project{Input: m.node, Items: pr.items}
}

func (m *match) env() *env {
	e := &env{scope: m.scope, rows: &rows{}, match: m, records: map[string]*rows{}}
	for name, el := range m.named {
		e.records[name] = &rows{cols: el.cols}
	}
	if m.here != nil {
		e.rows = &rows{cols: m.here.cols}
	}
	return e
}

// measure adds where a path starts, where it ends, how long it is, and a text by
// which the shortest, and of several the one with the first edges, is least.
func (m *match) measure(pr *projection, at syntax.Node) {
	add := func(name string, x plan.Expr) {
		pr.items = append(pr.items, plan.Item{Col: &plan.Column{Name: name, Type: x.Type()}, X: x})
	}
	add(pathStart, &plan.Ref{Col: m.nodes[0].cols[m.graph.key]})
	add(pathEnd, &plan.Ref{Col: m.nodes[len(m.nodes)-1].cols[m.graph.key]})
	add(pathLength, &plan.Const{T: schema.Long, Value: int64(len(m.edges))})
	const alike = 1_000_000_000_000 // numbers above have as many digits
	parts := []plan.Expr{&plan.Const{T: schema.Long, Value: alike + int64(len(m.edges))}}
	for _, e := range m.edges {
		parts = append(parts, m.operator("+", at, &plan.Ref{Col: e.cols[m.graph.number]}, &plan.Const{T: schema.Long, Value: int64(alike)}))
	}
	add(pathOrder, m.resolve(m.lib.Find(fn.Scalar, "strcat"), at, parts, nil))
}

// nodeOf returns the node of a name, which a new one becomes if there is none;
// at is the edge that leads to it, nil for the first of a pattern.
func (m *match) nodeOf(name *syntax.Ident, at *element) *element {
	if name != nil && m.named[name.Name] != nil {
		el := m.named[name.Name]
		if at != nil {
			m.filter(m.operator("==", name, &plan.Ref{Col: at.cols[at.to]}, &plan.Ref{Col: el.cols[m.graph.key]}))
		}
		return el
	}
	el := &element{}
	var on []plan.Equal
	rows := m.graph.nodes.use()
	el.cols = rows.Columns()
	if at != nil {
		on = m.equal(at, at.to, el, m.graph.key)
	}
	m.join(rows, on)
	m.nodes = append(m.nodes, el)
	if name != nil {
		m.named[name.Name] = el
	}
	return el
}

// equal equates a column of an element that is there with one of a new one,
// and their partitions if there are any.
func (m *match) equal(there *element, place int, fresh *element, with int) []plan.Equal {
	on := []plan.Equal{{Left: &plan.Ref{Col: there.cols[place]}, Right: &plan.Ref{Col: fresh.cols[with]}}}
	if name := m.graph.partition; name != "" {
		left, right := (&rows{cols: there.cols}).find(name), (&rows{cols: fresh.cols}).find(name)
		on = append(on, plan.Equal{Left: &plan.Ref{Col: left}, Right: &plan.Ref{Col: right}})
	}
	return on
}

func (m *match) filter(cond plan.Expr) { m.node = &plan.Filter{Input: m.node, Cond: cond} }

// join adds rows to the match. All columns are made anew, those of elements
// included.
func (m *match) join(rows plan.Node, on []plan.Equal) {
	if m.node == nil {
		m.node = rows
		return
	}
	if on == nil {
		one := &plan.Const{T: schema.Long, Value: int64(1)}
		on = []plan.Equal{{Left: one, Right: one}}
	}
	n := &plan.Join{Kind: plan.Inner, Left: m.node, Right: rows, On: on}
	for _, c := range m.node.Columns() {
		n.Out = append(n.Out, plan.JoinColumn{Col: c, From: c})
	}
	for _, c := range rows.Columns() {
		n.Out = append(n.Out, plan.JoinColumn{Col: c, From: c, Right: true})
	}
	m.node = n
}

// walk goes along so many edges from one node to the next.
func (m *match) walk(at *element, edge, next *syntax.GraphStep, n int) *element {
	pa := &trail{}
	for i := range n {
		e := m.edge(at, edge)
		pa.edges = append(pa.edges, e)
		if i < n-1 {
			at = m.nodeOf(nil, e)
			pa.inner = append(pa.inner, at)
			continue
		}
		at = m.nodeOf(next.Name, e)
	}
	if n == 0 {
		at = m.same(at, next.Name)
	}
	switch {
	case edge.Name == nil:
	case edge.From == nil:
		m.named[edge.Name.Name] = pa.edges[0]
	default:
		m.paths[edge.Name.Name] = pa
	}
	return at
}

// same gives a node another name.
func (m *match) same(at *element, name *syntax.Ident) *element {
	if name == nil {
		return at
	}
	if el := m.named[name.Name]; el != nil {
		m.filter(m.operator("==", name, &plan.Ref{Col: at.cols[m.graph.key]}, &plan.Ref{Col: el.cols[m.graph.key]}))
	}
	m.named[name.Name] = at
	return at
}

// edge adds an edge from a node.
func (m *match) edge(at *element, step *syntax.GraphStep) *element {
	g := m.graph
	e := &element{from: g.source, to: g.target}
	rows := g.edges.use()
	switch {
	case g.undirected || step.Kind == syntax.EdgeAny:
		rows = bothWays(g)
		e.from, e.to = len(rows.Columns())-2, len(rows.Columns())-1
	case step.Kind == syntax.EdgeBackward:
		e.from, e.to = g.target, g.source
	}
	e.cols = rows.Columns()
	m.join(rows, m.equal(at, g.key, e, e.from))
	m.edges = append(m.edges, e)
	return e
}

// bothWays are the edges and, turned around, once more, with two columns more:
// where they are walked from and to. Those from a node to itself come once.
func bothWays(g *graph) plan.Node {
	there, back := g.edges.use(), g.edges.use()
	n := &plan.Union{Cols: copyColumns(there.Columns()), From: make([][]plan.Expr, 2)}
	n.Cols = append(n.Cols, copyColumns([]*plan.Column{there.Columns()[g.source], there.Columns()[g.target]})...)
	for i, from := range []plan.Node{there, back} {
		cols := from.Columns()
		ends := []*plan.Column{cols[g.source], cols[g.target]}
		if i == 1 {
			slices.Reverse(ends)
		}
		for _, c := range slices.Concat(cols, ends) {
			n.From[i] = append(n.From[i], &plan.Ref{Col: c})
		}
	}
	for _, c := range n.Cols[len(n.Cols)-2:] {
		c.Hidden = true
	}
	n.Inputs = []plan.Node{there, back}
	return n
}

// differ keeps matches from going in circles: by default along no edge twice,
// with cycles=none through no node twice.
func (m *match) differ(op *syntax.GraphMatch, cycles string) {
	list, place := m.edges, m.graph.number
	switch cycles {
	case "all":
		return
	case "none":
		list, place = m.nodes, m.graph.key
	}
	for i := range list {
		for j := range i {
			m.filter(m.operator("!=", op, &plan.Ref{Col: list[j].cols[place]}, &plan.Ref{Col: list[i].cols[place]}))
		}
	}
}

// unionOf puts together what the forms of a pattern match: they have the same
// columns.
func unionOf(forms []*plan.Project) plan.Node {
	if len(forms) == 1 {
		return forms[0]
	}
	n := &plan.Union{Cols: copyColumns(forms[0].Columns())}
	for _, f := range forms {
		var from []plan.Expr
		for i, c := range f.Columns() {
			from = append(from, &plan.Ref{Col: c})
			if i < len(n.Cols) {
				n.Cols[i].Nullable = n.Cols[i].Nullable || c.Nullable
				n.Cols[i].Source = nil
			}
		}
		n.Inputs = append(n.Inputs, f)
		n.From = append(n.From, from)
	}
	return n
}

// shortest keeps the shortest paths from each start to each end: one of them,
// or all.
func (p *pipeline) shortest(op *syntax.GraphMatch, all plan.Node) {
	c := composer{op.Span}
	ends := []syntax.Expr{c.ident(pathStart), c.ident(pathEnd)}
	p.unordered(all)
	cols := all.Columns()
	if p.choice(op.Params, "output", "any", "all") == "all" {
		t := p.shareNode("paths")
		sc := p.scope.with("$paths", &symbol{table: t})
		least := c.pipe(c.ident("$paths"), &syntax.Summarize{Span: op.Span, Aggregates: []syntax.Expr{c.named(pathLength, c.call("min", c.ident(pathLength)))}, By: ends})
		inner := &pipeline{binder: p.binder, scope: sc, node: p.node}
		inner.next(c.join("leftsemi", least, append(slices.Clone(ends), c.ident(pathLength))...))
		p.unordered(inner.node)
	} else {
		p.next(&syntax.Summarize{Span: op.Span, Aggregates: []syntax.Expr{c.call("arg_min", c.ident(pathOrder), &syntax.Star{Span: op.Span})}, By: ends})
	}
	var items []plan.Item
	for _, col := range cols[:len(cols)-4] {
		found := (&rows{cols: p.node.Columns()}).find(col.Name)
		items = append(items, plan.Item{Col: found, X: &plan.Ref{Col: found}})
	}
	p.unordered(&plan.Project{Input: p.node, Items: items})
}
