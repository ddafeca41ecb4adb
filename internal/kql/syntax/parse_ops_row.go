package syntax

// rowOperator reads the operators that take rows apart or walk over them.
func (p *parser) rowOperator(k kind, start int) Operator {
	switch k {
	case kMvApply:
		return p.mvApply(start)
	case kMvExpand:
		return p.mvExpand(start)
	case kParse, kParseWhere:
		return p.parseWith(start, k == kParseWhere)
	case kParseKV:
		return p.parseKV(start)
	case kScan:
		return p.scan(start)
	case kRender:
		return p.render(start)
	}
	return p.evaluate(start)
}

func (p *parser) mvApply(start int) Operator {
	o := &MvApply{Params: p.params()}
	o.Items = p.mvItems()
	if p.accept(kTake) {
		o.Limit = p.needExpr("a number of rows")
	}
	if p.accept(kID) {
		o.ID = p.needExpr("an id")
	}
	if p.expect(kOn, `"on" and a subquery`) {
		o.Sub = p.subquery()
	}
	o.Span = p.since(start)
	return o
}

func (p *parser) mvExpand(start int) Operator {
	o := &MvExpand{Old: p.text[start:p.end] == "mvexpand", Params: p.params()}
	o.Items = p.mvItems()
	if p.accept(kTake) {
		o.Limit = p.needExpr("a number of rows")
	}
	o.Span = p.since(start)
	return o
}

// mvItems reads a to typeof(long), b = X.
func (p *parser) mvItems() []*MvItem {
	list := []*MvItem{p.mvItem()}
	for p.accept(kComma) {
		list = append(list, p.mvItem())
	}
	return list
}

func (p *parser) mvItem() *MvItem {
	start := p.start()
	m := &MvItem{X: p.needNamed("a column to expand")}
	if p.accept(kTo) {
		m.To = p.needTypeOf()
	}
	m.Span = p.since(start)
	return m
}

func (p *parser) needTypeOf() *TypeOf {
	if p.at(kTypeOf) {
		if t, ok := p.typeOf().(*TypeOf); ok {
			return t
		}
	}
	at := p.start()
	p.missing("typeof(...)")
	return &TypeOf{Span: Span{at, at}}
}

func (p *parser) parseWith(start int, where bool) Operator {
	o := &ParseWith{Params: p.params("flags"), Where: where, X: p.needExpr("a column to parse")}
	if p.expect(kWith, `"with" and a pattern`) {
		for part := p.parsePart(); part != nil; part = p.parsePart() {
			o.Pattern = append(o.Pattern, part)
		}
	}
	o.Span = p.since(start)
	return o
}

// parsePart reads a part of a pattern, nil at its end.
func (p *parser) parsePart() ParsePart {
	switch {
	case p.at(kStar):
		t := p.next()
		return &Star{Span{t.start, t.end}}
	case p.at(kString):
		if l, ok := p.stringLiteral().(*Literal); ok {
			return l
		}
	}
	start := p.start()
	id := p.name(declared)
	if id == nil {
		return nil
	}
	c := &ParseColumn{Name: id}
	if p.accept(kColon) {
		c.Type = p.typeName(false)
	}
	c.Span = p.since(start)
	return c
}

func (p *parser) parseKV(start int) Operator {
	o := &ParseKV{X: p.needExpr("a column to parse")}
	if p.expect(kAs, `"as" and the keys`) {
		o.Keys = p.rowSchema()
	}
	o.With = p.properties(parseKVProperties)
	o.Span = p.since(start)
	return o
}

func (p *parser) evaluate(start int) Operator {
	o := &Evaluate{Params: p.params()}
	at := p.start()
	id := p.name(operand)
	switch {
	case id == nil:
		id = p.noName(`a plugin after "evaluate"`)
		o.Call = &Call{Span: Span{at, at}, Name: id}
	case !p.at(kLParen):
		o.Call = &Call{Span: id.Span, Name: id}
		p.missing(`"(" after the plugin's name`)
	default:
		o.Call = &Call{Name: id, Args: p.arguments()}
		o.Call.Span = p.since(at)
	}
	if p.accept(kColon) {
		p.evaluateSchema(o)
	}
	o.Span = p.since(start)
	return o
}

// evaluateSchema reads (*, a:long).
func (p *parser) evaluateSchema(o *Evaluate) {
	start, open := p.start(), p.pos
	if !p.expect(kLParen, `"(" and the columns`) {
		return
	}
	p.accept(kComma)
	if p.accept(kStar) {
		o.SchemaStar = true
		p.accept(kComma)
	}
	o.Schema = p.schemaColumns(start)
	p.closeBracket(open, `","`)
	o.Schema.Span = p.since(start)
}

func (p *parser) render(start int) Operator {
	o := &Render{}
	if t := p.tok; t.kind == kName || isWord(t) && charts[p.word(t)] {
		p.next()
		o.Chart = &Ident{Span: Span{t.start, t.end}, Name: p.word(t)}
	} else {
		o.Chart = p.noName("a chart type")
	}
	o.Params = p.renderParams()
	o.With = p.properties(renderProperties)
	o.Span = p.since(start)
	return o
}

// charts are the keywords that name a chart; other names pass, too.
var charts = wordSet("barchart", "piechart", "ladderchart", "timechart", "linechart", "anomalychart", "pivotchart",
	"areachart", "stackedareachart", "scatterchart", "timepivot", "columnchart", "timeline", "3Dchart", "card",
	"treemap", "plotly", "graph")

// renderParams reads the older form: render barchart kind=stacked by a, b.
func (p *parser) renderParams() []*Param {
	var list []*Param
	for isWord(p.tok) {
		word, next := p.word(p.tok), p.peek(1).kind
		switch {
		case next == kAssign && (word == "kind" || word == "title" || word == "accumulate"):
			list = append(list, p.param(p.paramValue))
		case p.at(kBy), p.at(kWith) && next != kLParen:
			list = append(list, p.renderWord(word))
		default:
			return list
		}
	}
	return list
}

// renderWord reads by a, b and with "x", which have no =.
func (p *parser) renderWord(word string) *Param {
	t := p.next()
	a := &Param{Name: &Ident{Span: Span{t.start, t.end}, Name: word}}
	if t.kind == kBy {
		a.Value = p.nameList()
	} else {
		a.Value = p.paramValue(word)
	}
	a.Span = p.since(t.start)
	return a
}
