package syntax

// graphOperator reads the operators on graphs.
func (p *parser) graphOperator(k kind, start int) Operator {
	switch k {
	case kMakeGraph:
		return p.makeGraph(start)
	case kGraphMatch, kGraphPaths:
		return p.graphMatch(start, k == kGraphPaths)
	case kGraphToTable:
		return p.graphToTable(start)
	case kGraphMark:
		o := &GraphMarkComponents{Params: p.params("with_component_id")}
		o.Span = p.since(start)
		return o
	}
	o := &GraphWhere{Edges: k == kGraphWhereEdges, Cond: p.needExpr("a condition")}
	o.Span = p.since(start)
	return o
}

// signsTouch tells whether the next tokens are of the kinds, without space
// between them.
func (p *parser) signsTouch(kinds ...kind) bool {
	for i, k := range kinds {
		if t := p.peek(i); t.kind != k || i > 0 && t.spaced {
			return false
		}
	}
	return true
}

// signs takes the next tokens if they are of the kinds, without space between
// them.
func (p *parser) signs(kinds ...kind) bool {
	if !p.signsTouch(kinds...) {
		return false
	}
	for range kinds {
		p.next()
	}
	return true
}

func (p *parser) makeGraph(start int) Operator {
	o := &MakeGraph{Params: p.params(), Source: p.needName("the column of the edges' sources")}
	switch {
	case p.signs(kMinus, kMinus, kGreater):
	case p.signs(kMinus, kMinus):
		o.Undirected = true
	default:
		p.missing(`"-->" or "--"`)
	}
	o.Target = p.needName("the column of the edges' targets")
	switch {
	case p.accept(kWithNodeID):
		p.expect(kAssign, `"="`)
		o.ID = p.needName("a name for the nodes' id")
	case p.accept(kWith):
		o.Nodes = p.graphNodes()
	}
	if p.accept(kPartitionedBy) {
		o.PartitionedBy = p.needName("a column")
		o.Sub = p.subquery()
	}
	o.Span = p.since(start)
	return o
}

// graphNodes reads table on key, table on key.
func (p *parser) graphNodes() []*GraphNodes {
	var list []*GraphNodes
	for {
		start := p.start()
		n := &GraphNodes{Table: p.unary()}
		if n.Table == nil {
			n.Table = p.noExpr("the table of the nodes")
		}
		p.expect(kOn, `"on"`)
		n.Key = p.needName("the key of the nodes")
		n.Span = p.since(start)
		list = append(list, n)
		if !p.accept(kComma) {
			return list
		}
	}
}

func (p *parser) graphMatch(start int, shortest bool) Operator {
	o := &GraphMatch{Shortest: shortest, Params: p.params("output")}
	for {
		o.Patterns = append(o.Patterns, p.graphPattern())
		if !p.accept(kComma) {
			break
		}
	}
	if p.accept(kWhere) {
		o.Where = p.needExpr("a condition")
	}
	if p.accept(kProject) {
		o.Project = p.columns("a column")
	}
	o.Span = p.since(start)
	return o
}

// graphPattern reads (a)-[e]->(b)--(c).
func (p *parser) graphPattern() *GraphPattern {
	start := p.start()
	g := &GraphPattern{}
	for s := p.graphStep(); s != nil; s = p.graphStep() {
		g.Steps = append(g.Steps, s)
	}
	if len(g.Steps) == 0 {
		p.missing("a pattern such as (a)-[e]->(b)")
	}
	g.Span = p.since(start)
	return g
}

// graphStep reads a node or an edge, nil if there is none.
func (p *parser) graphStep() *GraphStep {
	start := p.start()
	s := &GraphStep{}
	switch {
	case p.at(kLParen):
		p.graphNode(s)
	case p.signs(kMinus, kMinus, kGreater):
		s.Kind = EdgeForward
	case p.signs(kLess, kMinus, kMinus):
		s.Kind = EdgeBackward
	case p.signs(kMinus, kMinus):
		s.Kind = EdgeAny
	case p.signsTouch(kMinus, kLBracket):
		p.next()
		p.graphEdge(s, EdgeAny)
	case p.signsTouch(kLess, kMinus, kLBracket):
		p.next()
		p.next()
		p.graphEdge(s, EdgeBackward)
	default:
		return nil
	}
	s.Span = p.since(start)
	return s
}

func (p *parser) graphNode(s *GraphStep) {
	open := p.pos
	p.next()
	s.Name = p.name(always)
	p.closeBracket(open, "")
}

// graphEdge reads [e*1..3] and what closes the edge.
func (p *parser) graphEdge(s *GraphStep, k EdgeKind) {
	open := p.pos
	p.next()
	s.Kind, s.Name = k, p.name(always)
	if p.accept(kStar) {
		s.From = p.edgeBound()
		p.expect(kDotDot, `".."`)
		s.To = p.edgeBound()
	}
	p.closeBracket(open, "")
	switch {
	case p.signs(kMinus, kGreater):
		if k == EdgeAny {
			s.Kind = EdgeForward
		}
	case p.accept(kMinus):
	default:
		p.missing(`"]-" or "]->"`)
	}
}

func (p *parser) edgeBound() Expr {
	if x := p.unary(); x != nil {
		return x
	}
	return p.noExpr("a number of edges")
}

func (p *parser) graphToTable(start int) Operator {
	o := &GraphToTable{}
	for {
		o.Outputs = append(o.Outputs, p.graphOutput())
		if !p.accept(kComma) {
			break
		}
	}
	o.Span = p.since(start)
	return o
}

// graphOutput reads nodes as N with_node_id=I, or edges as E.
func (p *parser) graphOutput() *GraphOutput {
	start := p.start()
	g := &GraphOutput{Edges: p.at(kEdges)}
	if !p.accept(kEdges) && !p.expect(kNodes, `"nodes" or "edges"`) {
		g.Span = p.since(start)
		return g
	}
	if p.accept(kAs) {
		g.As = p.needName(`a name after "as"`)
	}
	g.Params = p.params("with_node_id", "with_source_id", "with_target_id")
	g.Span = p.since(start)
	return g
}
