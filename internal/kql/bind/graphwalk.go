package bind

import (
	"slices"

	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
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

// env is what the conditions and columns of a match can refer to.
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
