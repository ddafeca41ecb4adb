package bind

import (
	"fmt"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/ops"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A graph is what make-graph makes: two tables, which only the operators on
// graphs read. It stands where a table's node stands.
type graph struct {
	nodes, edges *tabular
	// key is the place of the nodes' key among their columns; source, target
	// and number are places among those of the edges.
	key, source, target, number int
	undirected                  bool
	// partition is the column that all of a match must agree on, "" for none.
	partition string
}

// Columns returns none: a graph has no rows.
func (g *graph) Columns() []*plan.Column { return nil }

// Names of columns that graphs have beside those of their tables.
const (
	nodeKey    = "$key"
	edgeNumber = "$edge"
	degreeIn   = "$in"
	degreeOut  = "$out"
)

// makeGraph binds make-graph.
func (p *pipeline) makeGraph(op *syntax.MakeGraph) {
	c := composer{op.Span}
	p.next(&syntax.Serialize{Span: op.Span, Columns: []syntax.Expr{c.named(edgeNumber, c.call("row_number"))}})
	source, target := p.placeOf(op.Source), p.placeOf(op.Target)
	if source < 0 || target < 0 {
		p.node = nil
		return
	}
	g := &graph{source: source, target: target, undirected: op.Undirected}
	g.number = hide(p.node, edgeNumber)
	g.edges = p.share("edges", p.node)
	g.edges.shared.Materialized = true // numbers are the same wherever they are read
	sc := p.scope.with("$edges", &symbol{table: g.edges})
	before := len(p.errors)
	end, other := p.node.Columns()[source].Type, p.node.Columns()[target].Type
	if end != other {
		p.fail(op, "the two ends of edges have one type, not %s and %s", end, other)
	}
	for i, n := range op.Nodes {
		nodes := p.table(n.Table, p.scope)
		if t := p.scalar(n.Key, &env{scope: p.scope, rows: rowsOf(nodes)}).Type(); t != end && t != schema.Unknown {
			p.fail(n.Key, "the key of nodes must have the type of the ends of edges, %s: this is %s", end, t)
		}
		sc = sc.with(nodesName(i), &symbol{table: p.share("nodes", nodes)})
	}
	if len(p.errors) > before {
		p.node = nil
		return
	}
	nodes := p.table(nodesOf(op), sc)
	if op.ID == nil {
		g.key = hide(nodes, nodeKey)
	}
	if g.key < 0 || len(p.errors) > before {
		p.node = nil
		return
	}
	g.nodes = p.share("nodes", nodes)
	p.unordered(g)
	if op.PartitionedBy != nil {
		p.partitionedGraph(g, op)
	}
}

// placeOf is the place of a column, -1 with an error if there is none.
func (p *pipeline) placeOf(name *syntax.Ident) int {
	if ref, ok := p.scalar(name, p.env()).(*plan.Ref); ok {
		for i, c := range p.node.Columns() {
			if c == ref.Col {
				return i
			}
		}
	}
	if len(p.errors) == 0 {
		p.fail(name, "the name of a column is expected here")
	}
	return -1
}

// hide makes a column one that can be named only, and returns its place, -1 if
// there is none.
func hide(n plan.Node, name string) int {
	for i, c := range n.Columns() {
		if c.Name == name {
			c.Hidden = true
			return i
		}
	}
	return -1
}

// nodesName is what a table of nodes is called while the graph is made.
func nodesName(i int) string { return fmt.Sprintf("$nodes%d", i) }

// nodesOf puts together what the nodes are: those of the tables, one for each
// key, and those that only edges name.
func nodesOf(op *syntax.MakeGraph) syntax.Expr {
	c := composer{op.Span}
	key := nodeKey
	if op.ID != nil {
		key = op.ID.Name
	}
	end := func(of *syntax.Ident) syntax.Expr {
		return c.pipe(c.ident("$edges"), &syntax.Project{Span: c.Span, Columns: []syntax.Expr{c.named(key, of)}})
	}
	ends := c.pipe(end(op.Source),
		&syntax.Union{Span: c.Span, Tables: []syntax.Expr{end(op.Target)}},
		&syntax.Distinct{Span: c.Span, Columns: []syntax.Expr{c.ident(key)}})
	if len(op.Nodes) == 0 {
		return ends
	}
	var tables, keys []syntax.Expr
	for i, n := range op.Nodes {
		keyed := c.pipe(c.ident(nodesName(i)), &syntax.Extend{Span: c.Span, Columns: []syntax.Expr{c.named(key, n.Key)}})
		tables = append(tables, keyed)
		keys = append(keys, c.pipe(keyed, &syntax.Project{Span: c.Span, Columns: []syntax.Expr{c.ident(key)}}))
	}
	first := &syntax.Ident{Span: op.Nodes[0].Key.Span, Name: op.Nodes[0].Key.Name}
	others := c.pipe(ends,
		c.join("leftanti", c.pipe(nil, &syntax.Union{Span: c.Span, Tables: keys}), c.ident(key)),
		&syntax.Extend{Span: c.Span, Columns: []syntax.Expr{c.named(first.Name, c.ident(key))}})
	return c.pipe(nil, &syntax.Union{Span: c.Span, Tables: append(tables, others)},
		&syntax.Summarize{Span: c.Span, Aggregates: []syntax.Expr{c.call("take_any", &syntax.Star{Span: c.Span})}, By: []syntax.Expr{c.ident(key)}})
}

// partitionedGraph binds partitioned-by: the matches within each partition.
func (p *pipeline) partitionedGraph(g *graph, op *syntax.MakeGraph) {
	g.partition = op.PartitionedBy.Name
	for _, t := range []*tabular{g.nodes, g.edges} {
		if (&rows{cols: t.shared.Cols}).find(g.partition) == nil {
			p.fail(op.PartitionedBy, "partitioned-by needs a column that nodes and edges have: %q is not one", g.partition)
			p.node = nil
			return
		}
	}
	var match *syntax.GraphMatch
	if len(op.Sub) == 1 {
		match, _ = op.Sub[0].(*syntax.GraphMatch)
	}
	if match == nil {
		p.unsupported(op, "partitioned-by with other operators than graph-match or graph-shortest-paths")
		p.node = nil
		return
	}
	p.graphMatch(g, match)
}

// graphOperator binds an operator behind a graph.
func (p *pipeline) graphOperator(g *graph, op syntax.Operator) {
	switch op := op.(type) {
	case *syntax.GraphMatch:
		p.graphMatch(g, op)
	case *syntax.GraphToTable:
		p.graphToTable(g, op)
	case *syntax.GraphMarkComponents:
		p.graphMarkComponents(g, op)
	case *syntax.GraphWhere:
		p.graphWhere(g, op)
	default:
		p.fail(op, "%s takes a table, not a graph: graph-match and graph-to-table make tables of it", operatorName(op))
		p.node = nil
	}
}

// graphToTable binds graph-to-table: nodes or edges, or both as two tables.
func (p *pipeline) graphToTable(g *graph, op *syntax.GraphToTable) {
	if len(op.Outputs) > 1 && !p.ends(op) {
		return
	}
	for i, out := range op.Outputs {
		node := p.graphTable(g, out)
		if i == 0 {
			p.unordered(node)
			continue
		}
		name := ""
		if out.As != nil {
			name = out.As.Name
		}
		p.addTable(name, node)
	}
}

// graphTable is the nodes or the edges, behind identifiers if they are wanted:
// hashes of the keys.
func (p *pipeline) graphTable(g *graph, out *syntax.GraphOutput) plan.Node {
	t, of := g.nodes, map[string]int{"with_node_id": g.key}
	if out.Edges {
		t, of = g.edges, map[string]int{"with_source_id": g.source, "with_target_id": g.target}
	}
	rows := t.use()
	var ids []plan.Item
	for _, param := range out.Params {
		place, ok := of[param.Name.Name]
		name := paramName(out.Params, param.Name.Name)
		if !ok || name == "" {
			p.fail(param, "%s is no parameter here, or has no name for its column", param.Name.Name)
			continue
		}
		x := p.resolve(p.lib.Find(fn.Scalar, "hash"), param, []plan.Expr{&plan.Ref{Col: rows.Columns()[place]}}, nil)
		ids = append(ids, plan.Item{Col: &plan.Column{Name: name, Type: schema.Long, Nullable: plan.Nullable(x)}, X: x})
	}
	return &plan.Project{Input: rows, Items: append(ids, kept(visible(rows.Columns()))...)}
}

// graphWhere binds graph-where-nodes, which edges without their nodes leave
// with, and graph-where-edges.
func (p *pipeline) graphWhere(g *graph, op *syntax.GraphWhere) {
	c := composer{op.Span}
	smaller := *g
	if op.Edges {
		edges := g.edges.use()
		smaller.edges = p.share("edges", &plan.Filter{Input: edges, Cond: p.condition(op.Cond, &env{scope: p.scope, rows: rowsOf(edges)})})
		p.unordered(&smaller)
		return
	}
	nodes := g.nodes.use()
	smaller.nodes = p.share("nodes", &plan.Filter{Input: nodes, Cond: p.condition(op.Cond, &env{scope: p.scope, rows: rowsOf(nodes)})})
	sc := p.scope.with("$edges", &symbol{table: g.edges}).with("$nodes", &symbol{table: smaller.nodes})
	key := c.ident(g.nodes.shared.Cols[g.key].Name)
	within := func(place int) syntax.Operator {
		return c.join("leftsemi", c.ident("$nodes"), c.binary(syntax.OpEqual, c.side("$left", c.ident(g.edges.shared.Cols[place].Name)), c.side("$right", key)))
	}
	smaller.edges = p.share("edges", p.table(c.pipe(c.ident("$edges"), within(g.source), within(g.target)), sc))
	p.unordered(&smaller)
}

// graphMarkComponents binds graph-mark-components: nodes get the number of the
// part that they are in.
func (p *pipeline) graphMarkComponents(g *graph, op *syntax.GraphMarkComponents) {
	name := paramName(op.Params, "with_component_id")
	if name == "" {
		name = "ComponentId"
	}
	nodes, edges, listed := g.nodes.use(), g.edges.use(), g.nodes.use()
	ordered := &plan.Sort{Input: edges, Keys: []plan.Key{{X: &plan.Ref{Col: edges.Columns()[g.number]}}}}
	key := *nodes.Columns()[g.key]
	marks := &plan.Stage{
		Name: operatorName(op), Cols: []*plan.Column{{Name: nodeKey, Type: key.Type, Nullable: key.Nullable}, {Name: name, Type: schema.Long}},
		Operator: &ops.Components{Strong: p.choice(op.Params, "kind", "weak", "strong") == "strong"},
		Inputs:   []plan.Node{only(ordered, g.source, g.target), only(listed, g.key)},
	}
	n := &plan.Join{Kind: plan.Inner, Left: nodes, Right: marks, On: []plan.Equal{{
		Left: &plan.Ref{Col: nodes.Columns()[g.key]}, Right: &plan.Ref{Col: marks.Cols[0]},
	}}}
	p.joinColumns(n, marks.Cols[0])
	marked := *g
	marked.nodes = p.share("nodes", n)
	p.unordered(&marked)
}

// only keeps some columns of a node.
func only(n plan.Node, places ...int) plan.Node {
	pr := &plan.Project{Input: n}
	for _, at := range places {
		c := *n.Columns()[at]
		c.Hidden = false
		pr.Items = append(pr.Items, plan.Item{Col: &c, X: &plan.Ref{Col: n.Columns()[at]}})
	}
	return pr
}
