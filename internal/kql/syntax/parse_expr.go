package syntax

// An infix is how an operator between two operands binds. Comparisons and
// string operators do not chain: a == b == c is an error.
type infix struct {
	op     Op
	level  uint8
	chains bool
}

// The levels of binding, weakest first. String operators bind more strongly
// than arithmetic.
const (
	levelNone uint8 = iota
	levelOr
	levelAnd
	levelEquality
	levelRelation
	levelSum
	levelProduct
	levelString
	levelUnary
)

// infixOf holds the operators by their token.
var infixOf = [kReserved + 1]infix{
	kOr:      {OpOr, levelOr, true},
	kAnd:     {OpAnd, levelAnd, true},
	kPlus:    {OpAdd, levelSum, true},
	kMinus:   {OpSub, levelSum, true},
	kStar:    {OpMul, levelProduct, true},
	kSlash:   {OpDiv, levelProduct, true},
	kPercent: {OpMod, levelProduct, true},

	kEqual:      {op: OpEqual, level: levelEquality},
	kNotEqual:   {op: OpNotEqual, level: levelEquality},
	kIn:         {op: OpIn, level: levelEquality},
	kInFold:     {op: OpInFold, level: levelEquality},
	kNotIn:      {op: OpNotIn, level: levelEquality},
	kNotInFold:  {op: OpNotInFold, level: levelEquality},
	kHasAny:     {op: OpHasAny, level: levelEquality},
	kHasAll:     {op: OpHasAll, level: levelEquality},
	kBetween:    {level: levelEquality},
	kNotBetween: {level: levelEquality},

	kLess:         {op: OpLess, level: levelRelation},
	kLessEqual:    {op: OpLessEqual, level: levelRelation},
	kGreater:      {op: OpGreater, level: levelRelation},
	kGreaterEqual: {op: OpGreaterEqual, level: levelRelation},

	kEqualFold:       {op: OpEqualFold, level: levelString},
	kNotEqualFold:    {op: OpNotEqualFold, level: levelString},
	kHas:             {op: OpHas, level: levelString},
	kNotHas:          {op: OpNotHas, level: levelString},
	kHasCS:           {op: OpHasCS, level: levelString},
	kNotHasCS:        {op: OpNotHasCS, level: levelString},
	kHasPrefix:       {op: OpHasPrefix, level: levelString},
	kNotHasPrefix:    {op: OpNotHasPrefix, level: levelString},
	kHasPrefixCS:     {op: OpHasPrefixCS, level: levelString},
	kNotHasPrefixCS:  {op: OpNotHasPrefixCS, level: levelString},
	kHasSuffix:       {op: OpHasSuffix, level: levelString},
	kNotHasSuffix:    {op: OpNotHasSuffix, level: levelString},
	kHasSuffixCS:     {op: OpHasSuffixCS, level: levelString},
	kNotHasSuffixCS:  {op: OpNotHasSuffixCS, level: levelString},
	kContains:        {op: OpContains, level: levelString},
	kNotContains:     {op: OpNotContains, level: levelString},
	kContainsCS:      {op: OpContainsCS, level: levelString},
	kNotContainsCS:   {op: OpNotContainsCS, level: levelString},
	kStartsWith:      {op: OpStartsWith, level: levelString},
	kNotStartsWith:   {op: OpNotStartsWith, level: levelString},
	kStartsWithCS:    {op: OpStartsWithCS, level: levelString},
	kNotStartsWithCS: {op: OpNotStartsWithCS, level: levelString},
	kEndsWith:        {op: OpEndsWith, level: levelString},
	kNotEndsWith:     {op: OpNotEndsWith, level: levelString},
	kEndsWithCS:      {op: OpEndsWithCS, level: levelString},
	kNotEndsWithCS:   {op: OpNotEndsWithCS, level: levelString},
	kLike:            {op: OpLike, level: levelString},
	kNotLike:         {op: OpNotLike, level: levelString},
	kLikeCS:          {op: OpLikeCS, level: levelString},
	kNotLikeCS:       {op: OpNotLikeCS, level: levelString},
	kMatchesRegex:    {op: OpMatchesRegex, level: levelString},
	kColon:           {op: OpColon, level: levelString},
}

// expr reads an expression without a name and without a pipe, nil if there is
// none.
func (p *parser) expr() Expr {
	defer p.leave()
	if !p.enter() {
		return nil
	}
	return p.infix(levelOr)
}

// needExpr reads an expression that must be there. What names it.
func (p *parser) needExpr(what string) Expr {
	if x := p.expr(); x != nil {
		return x
	}
	return p.noExpr(what)
}

// noExpr reports that an expression is missing.
func (p *parser) noExpr(what string) Expr {
	at := p.start()
	if t := p.tok; t.kind >= firstKeyword && t.use != always && infixOf[t.kind].level == levelNone && p.nameFollows() {
		w := p.word(t)
		p.fail(p.here(), "expected %s, found the keyword %q: write ['%s'] to use it as a name", what, w, w)
	}
	p.missing(what)
	return &BadExpr{Span{at, at}}
}

// nameFollows tells whether what follows the current token follows names.
func (p *parser) nameFollows() bool {
	switch k := p.peek(1).kind; k {
	case kEOF, kPipe, kComma, kRParen, kRBracket, kSemicolon, kDot, kAssign:
		return true
	default:
		return infixOf[k].level != levelNone
	}
}

// infix reads operands with operators between them that bind at least as
// strongly as the level.
func (p *parser) infix(level uint8) Expr {
	start := p.start()
	x := p.unary()
	if x == nil {
		return nil
	}
	strongest := levelUnary // that may still follow
	for n := 0; ; n++ {
		op := infixOf[p.tok.kind]
		if op.level < level || op.level == levelNone || op.level > strongest || p.at(kIn) && p.peek(1).kind == kRange {
			return x
		}
		if n == maxChain {
			p.fail(p.here(), "more than %d operators in one expression", maxChain)
			return x
		}
		strongest = op.level
		if !op.chains {
			strongest--
		}
		x = p.operation(start, x, op)
	}
}

// operation reads an operator and its right side.
func (p *parser) operation(start int, x Expr, op infix) Expr {
	sign := p.next()
	at := Span{sign.start, sign.end}
	switch sign.kind {
	case kBetween, kNotBetween:
		return p.between(start, x, sign)
	case kIn, kInFold, kNotIn, kNotInFold, kHasAny, kHasAll:
		list := p.list(p.word(sign))
		return &In{Span: p.since(start), Op: op.op, OpSpan: at, X: x, List: list}
	}
	y := p.infix(op.level + 1)
	if y == nil {
		y = p.noOperand(sign)
	}
	return &Binary{Span: p.since(start), Op: op.op, OpSpan: at, X: x, Y: y}
}

func (p *parser) noOperand(sign token) Expr {
	if p.at(kAssign) && sign.kind == kEqual {
		p.fail(p.here(), `"===" is no operator: write "=="`)
	}
	return p.noExpr(`an expression after "` + p.word(sign) + `"`)
}

// between reads (from .. to).
func (p *parser) between(start int, x Expr, op token) Expr {
	b := &Between{Not: op.kind == kNotBetween, X: x}
	open := p.pos
	if !p.expect(kLParen, `"(" after "`+p.word(op)+`"`) {
		b.From, b.To = p.bad(), p.bad()
	} else {
		b.From = p.needExpr("the lower bound")
		p.expect(kDotDot, `".."`)
		b.To = p.needExpr("the upper bound")
		p.closeBracket(open, "")
	}
	b.Span = p.since(start)
	return b
}

// bad returns a node for what is missing here.
func (p *parser) bad() Expr { return &BadExpr{Span{p.start(), p.start()}} }

// list reads the right side of in and has_any: values, or one query.
func (p *parser) list(op string) []Expr {
	open := p.pos
	if !p.expect(kLParen, `"(" after "`+op+`"`) {
		return nil
	}
	first := p.pipe()
	if first == nil {
		first = p.noExpr("a value")
	}
	values := []Expr{first}
	for p.accept(kComma) {
		values = append(values, p.needExpr("a value"))
	}
	p.closeBracket(open, `","`)
	return values
}

// unary reads an operand with an optional sign.
func (p *parser) unary() Expr {
	sign := p.tok
	if sign.kind != kMinus && sign.kind != kPlus {
		return p.postfix()
	}
	p.next()
	u := &Unary{Op: infixOf[sign.kind].op, X: p.postfix()}
	if u.X == nil {
		u.X = p.noExpr(`an expression after "` + p.word(sign) + `"`)
	}
	u.Span = p.since(sign.start)
	return u
}

// postfix reads an operand with .name, [index] and .call() behind it.
func (p *parser) postfix() Expr {
	start := p.start()
	x := p.primary()
	for n := 0; x != nil; n++ {
		if n == maxChain {
			p.fail(p.here(), "more than %d members in one path", maxChain)
		}
		switch p.tok.kind {
		case kDot:
			p.next()
			x = p.member(start, x)
		case kLBracket:
			x = p.index(start, x)
		default:
			return x
		}
	}
	return nil
}

// member reads what follows a dot.
func (p *parser) member(start int, x Expr) Expr {
	if n := p.nameLen(0, always); n > 0 && p.peek(n).kind == kLParen {
		c := &Call{On: x, Name: p.name(always)}
		c.Args = p.arguments()
		c.Span = p.since(start)
		return c
	}
	if p.at(kLBracket) && p.quotedLen(0) == 0 {
		return p.index(start, x)
	}
	m := &Member{X: x, Name: p.name(operand)}
	if m.Name == nil {
		m.Name = p.noName(`a name after "."`)
	}
	m.Span = p.since(start)
	return m
}

// index reads [X].
func (p *parser) index(start int, x Expr) Expr {
	open := p.pos
	p.next()
	i := &Index{X: x, Index: p.needExpr("an index")}
	p.closeBracket(open, "")
	i.Span = p.since(start)
	return i
}
