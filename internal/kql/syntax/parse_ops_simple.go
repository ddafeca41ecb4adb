package syntax

// simpleOperator reads the operators with at most one operand.
func (p *parser) simpleOperator(k kind, start int) Operator {
	switch k {
	case kAs:
		o := &As{Params: p.params(), Name: p.needName(`a name after "as"`)}
		o.Span = p.since(start)
		return o
	case kAssertSchema:
		o := &AssertSchema{Schema: p.rowSchema()}
		o.Span = p.since(start)
		return o
	case kConsume:
		o := &Consume{Params: p.params()}
		o.Span = p.since(start)
		return o
	case kCount:
		return p.count(start)
	case kExecuteAndCache:
		return &ExecuteAndCache{p.since(start)}
	case kGetSchema:
		o := &GetSchema{Params: p.params()}
		o.Span = p.since(start)
		return o
	case kInvoke:
		return p.invoke(start)
	case kSample:
		o := &Sample{Params: p.params(), N: p.needExpr("a number of rows")}
		o.Span = p.since(start)
		return o
	case kTake:
		o := &Take{Params: p.params(), N: p.needExpr("a number of rows")}
		o.Span = p.since(start)
		return o
	}
	return p.where(start)
}

func (p *parser) count(start int) Operator {
	o := &Count{}
	if p.accept(kAs) {
		o.As = p.needName(`a name after "as"`)
	}
	o.Span = p.since(start)
	return o
}

// invoke reads a call, possibly behind others: invoke a().b().
func (p *parser) invoke(start int) Operator {
	at := p.start()
	o := &Invoke{Call: p.postfix()}
	switch o.Call.(type) {
	case *Call:
	case nil:
		o.Call = p.noExpr("a function call")
	default:
		p.fail(Span{at, p.end}, `expected a function call after "invoke", found %q`, p.text[at:p.end])
	}
	o.Span = p.since(start)
	return o
}

func (p *parser) where(start int) Operator {
	o := &Where{Params: p.params(), Cond: p.expr()}
	if o.Cond == nil {
		o.Cond = p.noExpr("a condition")
	}
	if p.at(kAssign) {
		p.assigned(o.Cond)
	}
	o.Span = p.since(start)
	return o
}

// assigned reports a = in the place of ==. Behind a name alone that is well
// formed.
func (p *parser) assigned(left Expr) {
	if _, name := left.(*Ident); !name {
		p.fail(p.here(), assignHint)
		return
	}
	p.errs.add(Meaningless, p.here(), assignHint)
	p.next()
	p.needExpr(`an expression after "="`)
}

// assignHint tells those who write = to compare.
const assignHint = `"=" does not compare: write "=="`

// columnOperator reads the operators with a list of columns.
func (p *parser) columnOperator(k kind, start int) Operator {
	switch k {
	case kDistinct:
		return p.distinct(start)
	case kExtend:
		o := &Extend{Columns: p.columns("a column")}
		o.Span = p.since(start)
		return o
	case kPrint:
		o := &Print{Columns: p.columns("an expression")}
		o.Span = p.since(start)
		return o
	case kProject:
		o := &Project{Columns: p.optionalColumns("a column")}
		o.Span = p.since(start)
		return o
	case kProjectByNames:
		o := &ProjectByNames{Columns: p.optionalColumns("a column")}
		o.Span = p.since(start)
		return o
	case kProjectRename:
		o := &ProjectRename{Columns: p.optionalColumns("a new name")}
		o.Span = p.since(start)
		return o
	case kSerialize:
		o := &Serialize{Params: p.params(), Columns: p.optionalColumns("a column")}
		o.Span = p.since(start)
		return o
	case kSort:
		return p.sort(start)
	}
	return p.patternOperator(k, start)
}

// patternOperator reads the operators whose columns may be patterns.
func (p *parser) patternOperator(k kind, start int) Operator {
	switch k {
	case kProjectAway:
		o := &ProjectAway{Columns: p.columnPatterns()}
		o.Span = p.since(start)
		return o
	case kProjectKeep:
		o := &ProjectKeep{Columns: p.columnPatterns()}
		o.Span = p.since(start)
		return o
	}
	o := &ProjectReorder{}
	if p.columnStarts() {
		o.Columns = append(o.Columns, p.reordered())
		for p.accept(kComma) {
			o.Columns = append(o.Columns, p.reordered())
		}
	}
	o.Span = p.since(start)
	return o
}

// columnStarts tells whether a column or pattern stands here. A comma counts,
// so that a missing first column is reported.
func (p *parser) columnStarts() bool {
	return p.at(kComma) || p.nameLen(0, operand) > 0 || p.wildLen(0) > 0 || p.at(kLBracket)
}

// columnPatterns reads a, b*, *c.
func (p *parser) columnPatterns() []Expr {
	if !p.columnStarts() {
		return nil
	}
	list := []Expr{p.columnPattern()}
	for p.accept(kComma) {
		list = append(list, p.columnPattern())
	}
	return list
}

// columnPattern reads a name, with stars or not.
func (p *parser) columnPattern() Expr {
	if w := p.wildName(); w != nil {
		return w
	}
	if id := p.name(operand); id != nil {
		return id
	}
	return p.noExpr("a column")
}

// reordered reads a column of project-reorder.
func (p *parser) reordered() *Ordered {
	start := p.start()
	o := &Ordered{X: p.columnPattern(), Order: p.order()}
	o.Span = p.since(start)
	return o
}

func (p *parser) distinct(start int) Operator {
	o := &Distinct{Params: p.params()}
	for {
		o.Columns = append(o.Columns, p.distinctColumn())
		if !p.accept(kComma) {
			break
		}
	}
	o.Span = p.since(start)
	return o
}

func (p *parser) distinctColumn() Expr {
	if k := p.peek(1).kind; p.at(kStar) && infixOf[k].level < levelEquality {
		t := p.next()
		return &Star{Span{t.start, t.end}}
	}
	return p.needNamed("a column")
}

func (p *parser) sort(start int) Operator {
	o := &Sort{Params: p.params()}
	if p.expect(kBy, `"by"`) {
		o.By = p.orderedList()
	}
	o.Span = p.since(start)
	return o
}

// orderedList reads a asc, b desc nulls first.
func (p *parser) orderedList() []*Ordered {
	list := []*Ordered{p.ordered()}
	for p.accept(kComma) {
		list = append(list, p.ordered())
	}
	return list
}

func (p *parser) ordered() *Ordered {
	start := p.start()
	o := &Ordered{X: p.needNamed("a column to sort by"), Order: p.order()}
	if p.accept(kNulls) {
		switch {
		case p.accept(kFirst):
			o.Nulls = NullsFirst
		case p.accept(kLast):
			o.Nulls = NullsLast
		default:
			p.missing(`"first" or "last"`)
		}
	}
	o.Span = p.since(start)
	return o
}

// order reads asc, desc and the like if it is there.
func (p *parser) order() Order {
	switch {
	case p.accept(kAsc):
		return Asc
	case p.accept(kDesc):
		return Desc
	case p.accept(kGrannyAsc):
		return GrannyAsc
	case p.accept(kGrannyDesc):
		return GrannyDesc
	}
	return DefaultOrder
}
