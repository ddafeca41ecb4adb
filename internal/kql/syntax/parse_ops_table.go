package syntax

// tableOperator reads the operators that bring in other tables.
func (p *parser) tableOperator(k kind, start int) Operator {
	switch k {
	case kFind:
		return p.find(start)
	case kJoin:
		return p.join(start)
	case kLookup:
		return p.lookup(start)
	case kRange:
		return p.rangeRows(start)
	case kSearch:
		return p.search(start)
	}
	o := &Union{Params: p.params("best_effort")}
	for {
		o.Tables = append(o.Tables, p.unionTable())
		if !p.accept(kComma) {
			break
		}
	}
	o.Span = p.since(start)
	return o
}

// unionTable reads an operand of union.
func (p *parser) unionTable() Expr {
	if p.at(kLParen) {
		return p.paren()
	}
	return p.entity("a table")
}

// entities reads the names of tables with commas between them.
func (p *parser) entities() []Expr {
	list := []Expr{p.entity("a table")}
	for p.accept(kComma) {
		list = append(list, p.entity("a table"))
	}
	return list
}

// entity reads a table: name, pattern, call or a path of them, such as
// database("d").T*.
func (p *parser) entity(what string) Expr {
	start := p.start()
	if w := p.wildName(); w != nil {
		return w
	}
	x := p.nameOrCall()
	for x != nil {
		switch {
		case p.at(kDot) && p.wildLen(1) > 0:
			p.next()
			m := &Member{X: x, Name: p.wildName()}
			m.Span = p.since(start)
			return m
		case p.accept(kDot):
			x = p.member(start, x)
		case p.at(kLBracket):
			x = p.index(start, x)
		default:
			return x
		}
	}
	return p.noExpr(what)
}

func (p *parser) join(start int) Operator {
	o := &Join{Params: p.params()}
	if p.at(kOn) && p.peek(1).kind != kOn {
		p.missing("the table to join")
	}
	o.Right = p.needExpr("the table to join")
	switch {
	case p.accept(kOn):
		o.On = p.conditions()
	case p.accept(kWhere):
		o.Where = p.needExpr("a condition")
	}
	o.Span = p.since(start)
	return o
}

func (p *parser) lookup(start int) Operator {
	o := &Lookup{Params: p.params()}
	o.Right = p.needExpr("the table to look up in")
	if p.expect(kOn, `"on" and the columns to compare`) {
		o.On = p.conditions()
	}
	o.Span = p.since(start)
	return o
}

// conditions reads what stands behind on.
func (p *parser) conditions() []Expr {
	list := p.exprs("a condition")
	if p.at(kAssign) {
		p.fail(p.here(), assignHint)
	}
	return list
}

// rangeRows reads range name from a to b step c.
func (p *parser) rangeRows(start int) Operator {
	o := &Range{Name: p.needName(`a column after "range"`)}
	p.expect(kFrom, `"from"`)
	o.From = p.needExpr("the first value")
	p.expect(kTo, `"to"`)
	o.To = p.needExpr("the last value")
	p.expect(kStep, `"step"`)
	o.Step = p.needExpr("the step")
	o.Span = p.since(start)
	return o
}

func (p *parser) search(start int) Operator {
	o := &Search{Params: p.params("datascope"), In: p.inTables()}
	o.X = p.searchTerm()
	o.Span = p.since(start)
	return o
}

// searchTerm reads an expression, * or * and an expression.
func (p *parser) searchTerm() Expr {
	if x := p.expr(); x != nil {
		return x
	}
	if !p.at(kStar) {
		return p.noExpr("a term to search for")
	}
	t := p.next()
	star := &Star{Span{t.start, t.end}}
	if !p.at(kAnd) {
		return star
	}
	and := p.next()
	b := &Binary{Op: OpAnd, OpSpan: Span{and.start, and.end}, X: star, Y: p.needExpr(`an expression after "and"`)}
	b.Span = p.since(t.start)
	return b
}

// inTables reads in (tables), nil if it is not there.
func (p *parser) inTables() []Expr {
	if !p.at(kIn) {
		return nil
	}
	p.next()
	open := p.pos
	if !p.expect(kLParen, `"(" after "in"`) {
		return nil
	}
	var list []Expr
	for {
		list = append(list, p.findTable())
		if !p.accept(kComma) {
			break
		}
	}
	p.closeBracket(open, `","`)
	return list
}

// findTable reads a table, or a table | as name.
func (p *parser) findTable() Expr {
	start := p.start()
	x := p.entity("a table")
	if !p.accept(kPipe) {
		return x
	}
	at := p.start()
	if !p.expect(kAs, `"as"`) {
		return x
	}
	q := &Pipe{Source: x, Ops: []Operator{p.simpleOperator(kAs, at)}}
	q.Span = p.since(start)
	return q
}

func (p *parser) find(start int) Operator {
	o := &Find{Params: p.params("datascope"), In: p.inTables()}
	if o.In != nil || o.Params != nil {
		p.expect(kWhere, `"where"`)
	} else {
		p.accept(kWhere)
	}
	o.Where = p.needExpr("a condition")
	switch {
	case p.accept(kProject):
		o.Project = p.findColumns()
	case p.accept(kProjectSmart):
		o.ProjectSmart = true
	}
	if p.accept(kProjectAwayFind) {
		o.Away = p.findColumns()
	}
	o.Span = p.since(start)
	return o
}

func (p *parser) findColumns() []Expr {
	list := []Expr{p.findColumn()}
	for p.accept(kComma) {
		list = append(list, p.findColumn())
	}
	return list
}

// findColumn reads name, name:type, *, pack(*) or pack_all().
func (p *parser) findColumn() Expr {
	start := p.start()
	switch {
	case p.at(kStar):
		t := p.next()
		return &Star{Span{t.start, t.end}}
	case p.peek(1).kind == kLParen && (p.at(kPack) || p.text[p.tok.start:p.tok.end] == "pack_all"):
		return p.nameOrCall()
	}
	id := p.name(always)
	switch {
	case id == nil:
		return p.noExpr("a column")
	case !p.accept(kColon):
		return id
	}
	t := &Typed{Name: id, Type: p.typeName(true)}
	t.Span = p.since(start)
	return t
}

// datatable reads datatable(a:long) [1, 2].
func (p *parser) datatable() Expr {
	if k := p.peek(1).kind; k != kLParen && !p.isParam(p.peek(1)) {
		return nil
	}
	start := p.start()
	p.next()
	d := &Datatable{Params: p.params(), Schema: p.rowSchema()}
	open := p.pos
	if p.expect(kLBracket, `"[" and the values`) {
		p.accept(kComma)
		d.Values = p.constants()
		p.closeBracket(open, `","`)
	}
	d.Span = p.since(start)
	return d
}

// constants reads literals; a comma may follow the last.
func (p *parser) constants() []Expr {
	var list []Expr
	for !p.at(kRBracket) {
		x := p.literal()
		if x == nil {
			x = p.noConstant()
		}
		list = append(list, x)
		if !p.accept(kComma) {
			break
		}
	}
	return list
}

func (p *parser) noConstant() Expr {
	at := p.start()
	if isWord(p.tok) {
		p.fail(p.here(), "a datatable takes constants only, found %s", p.found(p.tok))
	}
	p.missing("a constant")
	return &BadExpr{Span{at, at}}
}

// externalData reads externaldata(a:long) [uris] with (properties).
func (p *parser) externalData() Expr {
	start := p.start()
	p.next()
	d := &ExternalData{Params: p.params(), Schema: p.rowSchema()}
	open := p.pos
	if p.expect(kLBracket, `"[" and the addresses`) {
		for !p.at(kRBracket) {
			d.URIs = append(d.URIs, p.needExpr("an address"))
			if !p.accept(kComma) {
				break
			}
		}
		p.closeBracket(open, `","`)
	}
	d.With = p.properties(nil)
	d.Span = p.since(start)
	return d
}
