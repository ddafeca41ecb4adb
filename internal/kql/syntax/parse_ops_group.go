package syntax

// groupOperator reads the operators that gather rows.
func (p *parser) groupOperator(k kind, start int) Operator {
	switch k {
	case kSummarize:
		return p.summarize(start)
	case kTop:
		return p.top(start)
	case kTopHitters:
		return p.topHitters(start)
	case kTopNested:
		return p.topNested(start)
	case kSampleDistinct:
		o := &SampleDistinct{Params: p.params(), N: p.needExpr("a number of values")}
		if p.expect(kOf, `"of"`) {
			o.Of = p.needNamed("a column")
		}
		o.Span = p.since(start)
		return o
	case kMakeSeries:
		return p.makeSeries(start)
	}
	return p.reduce(start)
}

func (p *parser) summarize(start int) Operator {
	o := &Summarize{Params: p.params()}
	if !p.at(kBy) || p.peek(1).kind == kAssign {
		o.Aggregates = p.optionalColumns("an aggregate")
	}
	if p.accept(kBy) {
		o.By = p.groups()
		o.Bin = p.legacyBin()
	}
	o.Span = p.since(start)
	return o
}

// groups reads the columns behind by, up to the older bin = 1h.
func (p *parser) groups() []Expr {
	list := []Expr{p.needNamed("a column to group by")}
	for p.accept(kComma) && !p.startsBin() {
		list = append(list, p.needNamed("a column to group by"))
	}
	return list
}

func (p *parser) startsBin() bool { return p.at(kBin) && p.peek(1).kind == kAssign }

// legacyBin reads bin = 1h, nil if it is not there.
func (p *parser) legacyBin() Expr {
	if !p.startsBin() {
		return nil
	}
	p.next()
	p.next()
	return p.needExpr("the size of the bins")
}

func (p *parser) top(start int) Operator {
	o := &Top{Params: p.params(), N: p.needExpr("a number of rows")}
	if p.expect(kBy, `"by"`) {
		o.By = p.ordered()
	}
	o.Span = p.since(start)
	return o
}

func (p *parser) topHitters(start int) Operator {
	o := &TopHitters{N: p.needExpr("a number of values")}
	if p.expect(kOf, `"of"`) {
		o.Of = p.needNamed("a column")
	}
	if p.accept(kBy) {
		o.By = p.needNamed(`an expression after "by"`)
	}
	o.Span = p.since(start)
	return o
}

func (p *parser) topNested(start int) Operator {
	o := &TopNested{Levels: []*TopNestedLevel{p.topNestedLevel(start)}}
	for p.accept(kComma) {
		at := p.start()
		if !p.expect(kTopNested, `"top-nested"`) {
			break
		}
		o.Levels = append(o.Levels, p.topNestedLevel(at))
	}
	o.Span = p.since(start)
	return o
}

func (p *parser) topNestedLevel(start int) *TopNestedLevel {
	l := &TopNestedLevel{}
	if !p.at(kOf) {
		l.N = p.needExpr(`a number of values or "of"`)
	}
	if p.expect(kOf, `"of"`) {
		l.Of = p.needNamed("a column")
	}
	if p.accept(kWith) {
		l.Others = p.others()
	}
	if p.expect(kBy, `"by"`) {
		l.By = p.ordered()
	}
	l.Span = p.since(start)
	return l
}

// others reads others = X.
func (p *parser) others() Expr {
	if !p.expect(kOthers, `"others"`) || !p.expect(kAssign, `"="`) {
		return p.bad()
	}
	return p.needExpr(`a value for "others"`)
}

func (p *parser) makeSeries(start int) Operator {
	o := &MakeSeries{Params: p.params()}
	for {
		o.Series = append(o.Series, p.series())
		if !p.accept(kComma) {
			break
		}
	}
	if p.expect(kOn, `"on"`) {
		o.On = p.needNamed("the column of the axis")
		p.seriesRange(o)
	}
	if p.accept(kBy) {
		o.By = p.columns("a column to group by")
	}
	o.Span = p.since(start)
	return o
}

// series reads X default = value.
func (p *parser) series() *Series {
	start := p.start()
	s := &Series{X: p.needNamed("an aggregate")}
	if p.accept(kDefault) && p.expect(kAssign, `"="`) {
		s.Default = p.needExpr("a default value")
	}
	s.Span = p.since(start)
	return s
}

// seriesRange reads from a to b step c, or in range(a, b, c).
func (p *parser) seriesRange(o *MakeSeries) {
	if p.accept(kIn) {
		p.seriesInRange(o)
		return
	}
	if p.accept(kFrom) {
		o.From = p.needExpr("the start of the axis")
	}
	if p.accept(kTo) {
		o.To = p.needExpr("the end of the axis")
	}
	if p.expect(kStep, `"step"`) {
		o.Step = p.needExpr("the step of the axis")
	}
}

func (p *parser) seriesInRange(o *MakeSeries) {
	o.InRange = true
	if !p.expect(kRange, `"range"`) {
		return
	}
	open := p.pos
	if !p.expect(kLParen, `"("`) {
		return
	}
	o.From = p.needExpr("the start of the axis")
	p.expect(kComma, `","`)
	o.To = p.needExpr("the end of the axis")
	p.expect(kComma, `","`)
	o.Step = p.needExpr("the step of the axis")
	p.closeBracket(open, "")
}

func (p *parser) reduce(start int) Operator {
	o := &Reduce{Params: p.params()}
	if p.expect(kBy, `"by"`) {
		o.By = p.needNamed("an expression")
	}
	if p.accept(kWith) {
		o.With = p.reduceWith()
	}
	o.Span = p.since(start)
	return o
}

// reduceWith reads threshold=0.2, characters="-".
func (p *parser) reduceWith() []*Param {
	var list []*Param
	for {
		list = append(list, p.property(reduceProperties))
		if !p.accept(kComma) {
			return list
		}
	}
}
