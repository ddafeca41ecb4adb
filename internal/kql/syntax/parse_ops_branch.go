package syntax

// branchOperator reads the operators that hold queries of their own.
func (p *parser) branchOperator(k kind, start int) Operator {
	switch k {
	case kFacet:
		return p.facet(start)
	case kFork:
		return p.fork(start)
	case kPartition:
		return p.partition(start)
	case kPartitionBy:
		return p.partitionBy(start)
	}
	return p.macroExpand(start)
}

func (p *parser) facet(start int) Operator {
	o := &Facet{}
	if p.expect(kBy, `"by"`) {
		o.By = p.paths("a column")
	}
	if p.accept(kWith) {
		o.With = p.facetWith()
	}
	o.Span = p.since(start)
	return o
}

// facetWith reads (operators) or one operator without parentheses.
func (p *parser) facetWith() []Operator {
	if p.at(kLParen) {
		return p.subquery()
	}
	return []Operator{p.operator()}
}

// paths reads names and paths of names with commas between them.
func (p *parser) paths(what string) []Expr {
	list := []Expr{p.path(what)}
	for p.accept(kComma) {
		list = append(list, p.path(what))
	}
	return list
}

// path reads a.b['c'].
func (p *parser) path(what string) Expr {
	start := p.start()
	id := p.name(operand)
	if id == nil {
		return p.noExpr(what)
	}
	var x Expr = id
	for {
		switch {
		case p.accept(kDot):
			x = p.member(start, x)
		case p.at(kLBracket):
			x = p.index(start, x)
		default:
			return x
		}
	}
}

func (p *parser) fork(start int) Operator {
	o := &Fork{Branches: []*Branch{p.branch()}}
	for !p.lost() && (p.at(kLParen) || p.nameLen(0, always) > 0) {
		o.Branches = append(o.Branches, p.branch())
	}
	o.Span = p.since(start)
	return o
}

// branch reads name=(operators). A branch may also be a query.
func (p *parser) branch() *Branch {
	start := p.start()
	b := &Branch{}
	if n := p.nameLen(0, always); n > 0 && p.peek(n).kind == kAssign {
		b.Name = p.name(always)
		p.next()
	}
	if p.at(kLParen) && !isOperator[p.peek(1).kind] {
		b.Query = p.paren()
	} else {
		b.Sub = p.subquery()
	}
	b.Span = p.since(start)
	return b
}

func (p *parser) partition(start int) Operator {
	o := &Partition{Params: p.params()}
	if !p.expect(kBy, `"by"`) {
		o.By = p.bad()
		o.Span = p.since(start)
		return o
	}
	o.By = p.path("a column")
	if p.accept(kIn) {
		o.In = p.needExpr("a scope")
	}
	if p.at(kLBrace) {
		o.Query = p.braced()
	} else {
		o.Sub = p.subquery()
	}
	o.Span = p.since(start)
	return o
}

// braced reads { query }.
func (p *parser) braced() Expr {
	open := p.pos
	p.next()
	x := p.needPipe("a query")
	p.closeBracket(open, `"|"`)
	return x
}

func (p *parser) partitionBy(start int) Operator {
	o := &PartitionBy{Params: p.params(), Entity: p.path("a column")}
	if p.accept(kID) {
		if o.ID = p.literal(); o.ID == nil {
			o.ID = p.noExpr("an id")
		}
	}
	o.Sub = p.subquery()
	o.Span = p.since(start)
	return o
}

// macroExpand reads macro-expand group as scope (statements).
func (p *parser) macroExpand(start int) Operator {
	o := &MacroExpand{Params: p.params("best_effort"), Group: p.macroGroup()}
	if p.accept(kAs) {
		o.Scope = p.needName(`a name after "as"`)
	}
	at, open := p.start(), p.pos
	o.Body = &Body{Span: Span{at, at}}
	if p.expect(kLParen, `"(" and the statements`) {
		o.Body.Statements = p.macroStatements()
		p.closeBracket(open, `";"`)
		o.Body.Span = p.since(at)
	}
	o.Span = p.since(start)
	return o
}

func (p *parser) macroGroup() Expr {
	if p.at(kEntityGroup) && p.peek(1).kind == kLBracket {
		return p.entityGroup()
	}
	return p.entity("an entity group")
}

func (p *parser) macroStatements() []Statement {
	var list []Statement
	for !p.at(kRParen) {
		if s := p.statement(); s != nil {
			list = append(list, s)
		}
		p.skipTo(kSemicolon)
		if !p.accept(kSemicolon) {
			break
		}
	}
	return list
}
