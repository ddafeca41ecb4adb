package syntax

// statements reads the whole text.
func (p *parser) statements() []Statement {
	var list []Statement
	for !p.at(kEOF) {
		if s := p.statement(); s != nil {
			list = append(list, s)
		}
		p.endStatement()
	}
	return list
}

// endStatement takes the ; behind a statement, or tells what is wrong.
func (p *parser) endStatement() {
	if p.accept(kSemicolon) || p.at(kEOF) {
		return
	}
	if !p.lost() {
		p.unexpected(`"|" or ";"`)
	}
	for {
		p.tok = token{}
		p.skipTo(kSemicolon)
		if p.accept(kSemicolon) || p.at(kEOF) {
			return
		}
		p.next() // a closing bracket without an opening one
	}
}

// statement reads one statement, nil if there is none.
func (p *parser) statement() Statement {
	switch p.tok.kind {
	case kLet:
		if !p.startsNameExpr() {
			return p.let()
		}
	case kSet:
		return p.set()
	case kDeclare:
		switch p.peek(1).kind {
		case kQueryParameters:
			return p.declare()
		case kPattern:
			return p.pattern()
		}
	case kAlias:
		if p.peek(1).kind == kDatabase {
			return p.alias()
		}
	case kRestrict:
		if p.peek(1).kind == kAccess {
			return p.restrict()
		}
	}
	start := p.start()
	x := p.pipe()
	if x == nil {
		p.noExpr("a query")
		return nil
	}
	return &ExprStatement{Span: p.since(start), X: x}
}

// startsNameExpr tells whether the keyword here is a table's name: let | ...
func (p *parser) startsNameExpr() bool {
	switch p.peek(1).kind {
	case kPipe, kSemicolon, kEOF, kDot:
		return true
	}
	return false
}

// let reads let name = value.
func (p *parser) let() Statement {
	start := p.start()
	p.next()
	l := &Let{Name: p.needName(`a name after "let"`)}
	p.expect(kAssign, `"="`)
	l.Value = p.letValue()
	l.Span = p.since(start)
	return l
}

// letValue reads a function, an entity group or an expression.
func (p *parser) letValue() Expr {
	switch {
	case p.at(kEntityGroup) && p.peek(1).kind == kLBracket:
		return p.entityGroup()
	case p.startsFunction():
		return p.function()
	}
	return p.needPipe(`an expression after "="`)
}

// startsFunction tells whether [view] (parameters) begins here.
func (p *parser) startsFunction() bool {
	n := 0
	if p.at(kView) {
		n = 1
	}
	if p.peek(n).kind != kLParen {
		return false
	}
	switch p.peek(n + 1).kind {
	case kRParen, kStar:
		return true
	}
	name := p.nameLen(n+1, declared)
	return name > 0 && p.peek(n+1+name).kind == kColon
}

// function reads [view] (parameters) { body }.
func (p *parser) function() Expr {
	start := p.start()
	f := &Function{View: p.accept(kView)}
	f.Params = p.parameters()
	f.Body = p.body()
	f.Span = p.since(start)
	return f
}

// body reads { statements; expression }.
func (p *parser) body() *Body {
	defer p.leave()
	start, open := p.start(), p.pos
	b := &Body{Span: Span{start, start}}
	if !p.enter() || !p.expect(kLBrace, `"{" and the body of the function`) {
		return b
	}
	b.Statements = p.bodyStatements(p.match[open] >= 0)
	p.closeBracket(open, `"|"`)
	b.Span = p.since(start)
	return b
}

// bodyStatements reads let statements and the expression behind them. Closed
// tells that the brace at its end exists.
func (p *parser) bodyStatements(closed bool) []Statement {
	var list []Statement
	for !p.at(kRBrace) {
		s := p.statement()
		if s != nil {
			list = append(list, s)
		}
		p.skipTo(kSemicolon)
		if !p.accept(kSemicolon) {
			break
		}
		if _, last := s.(*ExprStatement); last && !p.at(kRBrace) {
			if closed {
				p.fail(p.here(), "the body of a function ends with its first query, found %s", p.found(p.tok))
			}
			break
		}
	}
	return list
}

// entityGroup reads entity_group [a, b].
func (p *parser) entityGroup() Expr {
	start := p.start()
	p.next()
	open := p.pos
	p.next()
	g := &EntityGroup{Members: p.exprs("a member of the group")}
	p.closeBracket(open, `","`)
	g.Span = p.since(start)
	return g
}

// set reads set name = value.
func (p *parser) set() Statement {
	start := p.start()
	p.next()
	s := &Set{Name: p.needName(`a name after "set"`)}
	if p.accept(kAssign) {
		s.Value = p.needExpr(`a value after "="`)
	}
	s.Span = p.since(start)
	return s
}

// declare reads declare query_parameters(...).
func (p *parser) declare() Statement {
	start := p.start()
	p.next()
	p.next()
	d := &DeclareParameters{}
	if p.at(kLParen) && p.peek(1).kind == kRParen {
		p.next()
		p.missing("a parameter name")
	}
	d.Params = p.parameters()
	d.Span = p.since(start)
	return d
}

// alias reads alias database name = value.
func (p *parser) alias() Statement {
	start := p.start()
	p.next()
	p.next()
	a := &Alias{Name: p.needName("a name")}
	p.expect(kAssign, `"="`)
	a.Value = p.needExpr(`an expression after "="`)
	a.Span = p.since(start)
	return a
}

// restrict reads restrict access to (names).
func (p *parser) restrict() Statement {
	start := p.start()
	p.next()
	p.next()
	r := &Restrict{}
	p.expect(kTo, `"to"`)
	open := p.pos
	if p.expect(kLParen, `"("`) {
		r.Names = p.entities()
		p.closeBracket(open, `","`)
	}
	r.With = p.properties(nil)
	r.Span = p.since(start)
	return r
}

// pattern reads declare pattern name = (...)[...] { ... }.
func (p *parser) pattern() Statement {
	start := p.start()
	p.next()
	p.next()
	s := &Pattern{Name: p.needName("the pattern's name")}
	if p.accept(kAssign) {
		p.patternDefinition(s)
	}
	s.Span = p.since(start)
	return s
}

func (p *parser) patternDefinition(s *Pattern) {
	s.Params = p.parameters()
	if open := p.pos; p.accept(kLBracket) {
		s.Path = p.parameter()
		p.closeBracket(open, "")
	}
	open := p.pos
	if !p.expect(kLBrace, `"{" and the pattern's cases`) {
		return
	}
	for len(s.Cases) == 0 || p.at(kLParen) {
		s.Cases = append(s.Cases, p.patternCase())
	}
	p.closeBracket(open, `"("`)
}

// patternCase reads (values).[path] = { body };.
func (p *parser) patternCase() *PatternCase {
	start, open := p.start(), p.pos
	c := &PatternCase{}
	if p.expect(kLParen, `"("`) {
		c.Values = p.exprs("a value")
		p.closeBracket(open, `","`)
	}
	if p.accept(kDot) {
		c.Path = p.patternPath()
	}
	p.expect(kAssign, `"="`)
	c.Body = p.body()
	p.expect(kSemicolon, `";"`)
	c.Span = p.since(start)
	return c
}

func (p *parser) patternPath() Expr {
	open := p.pos
	if !p.expect(kLBracket, `"["`) {
		return p.bad()
	}
	x := p.literal()
	if x == nil {
		x = p.noExpr("a string")
	}
	p.closeBracket(open, "")
	return x
}
