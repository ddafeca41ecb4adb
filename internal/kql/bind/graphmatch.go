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

// graphMatch binds graph-match and graph-shortest-paths.
func (p *pipeline) graphMatch(g *graph, op *syntax.GraphMatch) {
	cycles := p.choice(op.Params, "cycles", "all", "none", "unique_edges")
	lengths, ok := p.lengthsOf(op)
	if !ok || !p.checkPatterns(op) {
		p.node = nil
		return
	}
	if len(op.Project) == 0 {
		p.fail(op, "%s needs project: what the columns of its result are", operatorName(op))
		p.node = nil
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
