package syntax

func (p *parser) scan(start int) Operator {
	o := &Scan{Params: p.params()}
	if p.at(kSort) && p.peek(1).kind == kBy {
		p.next()
		p.next()
		o.OrderBy = p.orderedList()
	}
	if p.at(kPartition) && p.peek(1).kind == kBy {
		p.next()
		p.next()
		o.PartitionBy = p.exprs("a column")
	}
	if p.accept(kDeclare) {
		o.Declare = p.parameters()
	}
	if p.expect(kWith, `"with" and the steps`) {
		o.Steps = p.scanSteps()
	}
	o.Span = p.since(start)
	return o
}

// scanSteps reads (step a: condition => b = c; ...).
func (p *parser) scanSteps() []*ScanStep {
	open := p.pos
	if !p.expect(kLParen, `"(" and the steps`) {
		return nil
	}
	var steps []*ScanStep
	for p.at(kStep) {
		steps = append(steps, p.scanStep())
		p.skipTo(kSemicolon)
		p.expect(kSemicolon, `";" after the step`)
	}
	p.closeBracket(open, `"step"`)
	return steps
}

func (p *parser) scanStep() *ScanStep {
	start := p.start()
	p.next()
	s := &ScanStep{Name: p.needDeclared("the step's name")}
	s.Optional = p.accept(kOptional)
	if p.accept(kOutput) && p.expect(kAssign, `"="`) {
		s.Output = p.scanOutput()
	}
	p.expect(kColon, `":" and a condition`)
	s.Cond = p.needExpr("a condition")
	if p.accept(kArrow) {
		s.Set = p.scanSet()
	}
	s.Span = p.since(start)
	return s
}

func (p *parser) scanOutput() string {
	switch w := p.word(p.tok); w {
	case "all", "last", "none":
		p.next()
		return w
	}
	p.missing(`"all", "last" or "none"`)
	return ""
}

// scanSet reads a = X, b = Y.
func (p *parser) scanSet() []*Named {
	var list []*Named
	for {
		start := p.start()
		n := &Named{Names: []*Ident{p.needDeclared("a column")}}
		p.expect(kAssign, `"="`)
		n.X = p.needExpr(`an expression after "="`)
		n.Span = p.since(start)
		list = append(list, n)
		if !p.accept(kComma) {
			return list
		}
	}
}
