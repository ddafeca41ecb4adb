package syntax

// primary reads an operand: literal, name, call, parentheses. Nil if there is
// none.
func (p *parser) primary() Expr {
	switch p.tok.kind {
	case kString, kBool, kLong, kReal, kTimespan, kTyped, kRawGUID, kDynamic:
		return p.literal()
	case kLParen:
		return p.paren()
	case kDatatable:
		return p.datatable()
	case kExternalData:
		return p.externalData()
	case kToScalar, kToTable, kMaterialize:
		return p.tabularCall()
	case kTypeOf:
		if p.peek(1).kind == kLParen {
			return p.typeOf()
		}
	case kStar:
		return p.star()
	case kLBracket:
		if w := p.wildName(); w != nil {
			return w
		}
	}
	return p.nameOrCall()
}

// star reads * as an operand: * has "x", * == "x".
func (p *parser) star() Expr {
	if k := p.peek(1).kind; k != kEqual && infixOf[k].level != levelString {
		return nil
	}
	t := p.next()
	return &Star{Span{t.start, t.end}}
}

// nameOrCall reads a name, and its arguments if there are any.
func (p *parser) nameOrCall() Expr {
	start, use := p.start(), p.tok.use
	id := p.name(operand)
	switch {
	case id == nil:
		return nil
	case !p.at(kLParen) || use == operand:
		return id
	}
	c := &Call{Name: id, Args: p.arguments()}
	c.Span = p.since(start)
	return c
}

// paren reads (X), where X may be a query.
func (p *parser) paren() Expr {
	start, open := p.start(), p.pos
	p.next()
	x := &Paren{X: p.pipe()}
	if x.X == nil {
		x.X = p.noExpr("an expression")
	}
	p.closeBracket(open, "")
	x.Span = p.since(start)
	return x
}

// arguments reads (a, b = c, *).
func (p *parser) arguments() []Expr {
	open := p.pos
	p.next()
	var args []Expr
	for !p.at(kRParen) || len(args) > 0 {
		args = append(args, p.argument())
		if !p.accept(kComma) {
			break
		}
	}
	if p.at(kPipe) {
		p.fail(p.here(), `a query as an argument must be in parentheses: f((T | ...))`)
	}
	p.closeBracket(open, `","`)
	return args
}

// argument reads one argument.
func (p *parser) argument() Expr {
	if k := p.peek(1).kind; p.at(kStar) && (k == kRParen || k == kComma) {
		t := p.next()
		return &Star{Span{t.start, t.end}}
	}
	if x := p.named(); x != nil {
		return x
	}
	return p.noExpr("an argument")
}

// tabularCall reads toscalar(T | ...), totable(...) and materialize(...).
func (p *parser) tabularCall() Expr {
	t := p.tok
	if k := p.peek(1).kind; k != kLParen && k != kKind {
		return nil
	}
	p.next()
	c := &Call{Name: &Ident{Span: Span{t.start, t.end}, Name: p.word(t)}}
	c.Params = p.params("kind")
	open := p.pos
	if p.expect(kLParen, `"("`) {
		c.Args = []Expr{p.needPipe("a query")}
		p.closeBracket(open, "")
	}
	c.Span = p.since(t.start)
	return c
}

// named reads an expression that may have a name: a = X, (a, b) = X. Nil if
// there is none.
func (p *parser) named() Expr {
	if n := p.nameLen(0, declared); n > 0 && p.peek(n).kind == kAssign {
		start := p.start()
		id := p.name(declared)
		p.next()
		return p.namedRest(&Named{Names: []*Ident{id}}, start)
	}
	if p.at(kLParen) && p.isNameList() {
		return p.namedList()
	}
	if n := p.dashedLen(); n > 0 {
		at := Span{p.tok.start, p.tokens[p.pos+n-1].end}
		p.fail(at, "the name %q needs brackets: write ['%[1]s']", p.text[at.Start:at.End])
		return &BadExpr{Span{at.Start, at.Start}}
	}
	return p.expr()
}

// needNamed reads an expression with or without a name that must be there.
func (p *parser) needNamed(what string) Expr {
	if x := p.named(); x != nil {
		return x
	}
	return p.noExpr(what)
}

// isNameList tells whether the parentheses that begin here are followed by =.
func (p *parser) isNameList() bool {
	m := p.match[p.pos]
	return m >= 0 && p.tokens[m+1].kind == kAssign
}

// namedList reads (a, b) = X.
func (p *parser) namedList() Expr {
	start, open := p.start(), p.pos
	p.next()
	n := &Named{Names: p.names("a name"), List: true}
	p.closeBracket(open, `","`)
	if !p.expect(kAssign, `"="`) {
		n.X = p.bad()
		n.Span = p.since(start)
		return n
	}
	return p.namedRest(n, start)
}

func (p *parser) namedRest(n *Named, start int) Expr {
	n.X = p.expr()
	switch {
	case n.X == nil && p.at(kAssign):
		p.fail(p.here(), `"= =" is no operator: write "==" to compare, "=" to name a column`)
		n.X = p.bad()
	case n.X == nil:
		n.X = p.noExpr(`an expression after "="`)
	}
	n.Span = p.since(start)
	return n
}

// dashedLen returns the tokens of a name with hyphens before =: a-b = 1, which
// would need brackets. 0 if there is none.
func (p *parser) dashedLen() int {
	if p.peek(1).kind != kMinus || p.peek(1).spaced || !isWord(p.tok) {
		return 0
	}
	n := 1
	for {
		switch t := p.peek(n); {
		case t.kind == kAssign:
			return n
		case t.spaced || t.kind != kMinus && !isWord(t):
			return 0
		}
		n++
	}
}

func isWord(t token) bool { return t.kind == kName || t.kind >= firstKeyword }

// namedList of columns: reads at least one, with commas between.
func (p *parser) columns(what string) []Expr {
	list := []Expr{p.needNamed(what)}
	for p.accept(kComma) {
		list = append(list, p.needNamed(what))
	}
	return list
}

// optionalColumns reads columns, or none.
func (p *parser) optionalColumns(what string) []Expr {
	first := p.named()
	if first == nil {
		if p.at(kComma) {
			p.missing(what)
		}
		return nil
	}
	list := []Expr{first}
	for p.accept(kComma) {
		list = append(list, p.needNamed(what))
	}
	return list
}

// exprs reads at least one expression, with commas between.
func (p *parser) exprs(what string) []Expr {
	list := []Expr{p.needExpr(what)}
	for p.accept(kComma) {
		list = append(list, p.needExpr(what))
	}
	return list
}
