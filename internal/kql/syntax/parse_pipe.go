package syntax

import "slices"

// pipe reads a query, X | operator | operator, or an expression alone. Nil if
// there is none.
func (p *parser) pipe() Expr {
	start := p.start()
	var q *Pipe
	if p.startsHeadOperator() {
		q = &Pipe{Ops: []Operator{p.headOperator()}}
		p.endOperator(q.Ops[0])
	} else {
		x := p.expr()
		if x == nil || !p.at(kPipe) {
			return x
		}
		q = &Pipe{Source: x}
	}
	p.pipeRest(q)
	q.Span = p.since(start)
	return q
}

// needPipe reads a query or expression that must be there.
func (p *parser) needPipe(what string) Expr {
	if x := p.pipe(); x != nil {
		return x
	}
	return p.noExpr(what)
}

// pipeRest reads | operator as often as it is there.
func (p *parser) pipeRest(q *Pipe) {
	for p.accept(kPipe) {
		o := p.operator()
		q.Ops = append(q.Ops, o)
		p.endOperator(o)
	}
}

// subquery reads (operator | operator), the part of a query that works on
// rows handed to it.
func (p *parser) subquery() []Operator {
	defer p.leave()
	open := p.pos
	if !p.enter() || !p.expect(kLParen, `"(" and a subquery`) {
		return nil
	}
	q := &Pipe{Ops: []Operator{p.operator()}}
	p.endOperator(q.Ops[0])
	p.pipeRest(q)
	p.closeBracket(open, `"|"`)
	return q.Ops
}

// endOperator goes on behind an operator that was not read to its end.
func (p *parser) endOperator(o Operator) {
	switch p.tok.kind {
	case kPipe, kSemicolon, kEOF, kRParen, kRBracket, kRBrace, kComma:
		return
	case kNone:
	default:
		p.unexpected(continuation(o))
	}
	p.skipTo(kPipe, kSemicolon)
}

// continuation names what may follow an operator.
func continuation(o Operator) string {
	switch o := o.(type) {
	case *Summarize:
		if o.By == nil {
			return `",", "by" or "|"`
		}
		return `"," or "|"`
	case *Extend, *Project, *ProjectAway, *ProjectKeep, *ProjectRename, *ProjectReorder, *ProjectByNames, *Print,
		*Serialize, *Distinct, *Sort, *MvExpand, *Union:
		return `"," or "|"`
	}
	return `"|"`
}

// unexpected reports the current token, which nothing takes.
func (p *parser) unexpected(want string) {
	t, last := p.tok, p.tokens[max(p.pos-1, 0)]
	switch {
	case last.kind == kRange:
		p.missing(`"from" after the column of range`)
	case isOperator[last.kind] && last.use == always:
		p.fail(Span{last.start, last.end}, `%q needs a table before it: T | %[1]s ...`, p.word(last))
	case t.kind == kLBrace && last.kind == kRParen:
		p.fail(p.here(), `expected %s, found "{"; the parameters of a function need types: (a:long)`, want)
	case isOperator[t.kind]:
		p.fail(p.here(), `expected %s before %q`, want, p.word(t))
	case p.hint():
	case infixOf[t.kind].level == levelEquality || infixOf[t.kind].level == levelRelation:
		p.fail(p.here(), "comparisons cannot be chained: join them with and, or put one in parentheses")
	default:
		p.missing(want)
	}
}

// startsHeadOperator tells whether an operator stands here that brings its
// own rows, or one that needs a table before it. Words that may also be names
// are operators only if what follows says so.
func (p *parser) startsHeadOperator() bool {
	next := p.peek(1)
	switch p.tok.kind {
	case kEvaluate:
		return p.nameLen(1, always) > 0 || p.isParam(next)
	case kRange:
		n := p.nameLen(1, always)
		return n > 0 && p.peek(1+n).kind == kFrom
	case kFacet, kPartition, kReduce:
		return next.kind == kBy || p.isParam(next)
	case kRender:
		return isWord(next) && next.kind != kAnd && next.kind != kOr
	}
	return isOperator[p.tok.kind] && p.tok.use != always
}

// headOperator reads an operator at the head of a query.
func (p *parser) headOperator() Operator {
	switch p.tok.kind {
	case kEvaluate, kRange, kPrint, kFind, kSearch, kUnion, kMacroExpand:
	default:
		p.errs.add(Meaningless, p.here(), `%q needs a table before it: T | %[1]s ...`, p.word(p.tok))
	}
	return p.operator()
}

// operator reads one operator.
func (p *parser) operator() Operator {
	defer p.leave()
	start := p.start()
	if !p.enter() || !isOperator[p.tok.kind] {
		return p.badOperator()
	}
	return p.operatorAt(start)
}

// badOperator reports what stands in the place of an operator.
func (p *parser) badOperator() Operator {
	b := &BadOperator{Span: Span{p.start(), p.start()}}
	if p.lost() {
		return b
	}
	if p.at(kPipe) && !p.tok.spaced {
		second := p.next()
		p.fail(Span{second.start - 1, second.end}, `"||" is no operator: write "or"`)
		return b
	}
	if !isWord(p.tok) {
		p.missing("an operator")
		return b
	}
	b.Span = p.operatorWord()
	b.Name = p.text[b.Start:b.End]
	p.fail(b.Span, "unknown operator %q%s", b.Name, operatorHint(b.Name))
	p.end = b.End
	return b
}

// operatorWord returns the word here with the hyphens and words that touch
// it.
func (p *parser) operatorWord() Span {
	s := p.here()
	for n := 1; ; n++ {
		t := p.peek(n)
		if t.spaced || t.kind != kMinus && !isWord(t) {
			return s
		}
		s.End = t.end
	}
}

func operatorHint(word string) suggestion {
	if known, ok := foreignOperators[word]; ok {
		return suggestion{word: known}
	}
	return suggestion{word, operatorNames}
}

// foreignOperators are what other languages call our operators.
var foreignOperators = map[string]string{
	"select": "project", "group": "summarize", "groupby": "summarize by", "stats": "summarize", "head": "take",
	"having": "where", "eval": "extend", "table": "project", "rename": "project-rename", "fields": "project",
	"dedup": "distinct", "project_away": "project-away", "project_rename": "project-rename",
	"mv_expand": "mv-expand", "mv_apply": "mv-apply", "make_series": "make-series", "aggregate": "summarize",
}

// operatorNames are the operators to choose from when one is misspelt.
var operatorNames = []string{
	"as", "assert-schema", "consume", "count", "distinct", "evaluate", "extend", "facet", "filter", "find", "fork",
	"getschema", "graph-mark-components", "graph-match", "graph-shortest-paths", "graph-to-table",
	"graph-where-edges", "graph-where-nodes", "invoke", "join", "limit", "lookup", "macro-expand", "make-graph",
	"make-series", "mv-apply", "mv-expand", "order", "parse", "parse-kv", "parse-where", "partition", "print",
	"project", "project-away", "project-by-names", "project-keep", "project-rename", "project-reorder", "range",
	"reduce", "render", "sample", "sample-distinct", "scan", "search", "serialize", "sort", "summarize", "take",
	"top", "top-hitters", "top-nested", "union", "where",
}

// OperatorNames returns the words that begin an operator.
func OperatorNames() []string { return slices.Clone(operatorNames) }

// isOperator tells which keywords begin an operator.
var isOperator = [kReserved + 1]bool{
	kAs: true, kAssertSchema: true, kConsume: true, kCount: true, kDistinct: true, kEvaluate: true,
	kExecuteAndCache: true, kExtend: true, kFacet: true, kFind: true, kFork: true, kGetSchema: true,
	kGraphMark: true, kGraphMatch: true, kGraphPaths: true, kGraphToTable: true, kGraphWhereEdges: true,
	kGraphWhereNodes: true, kInvoke: true, kJoin: true, kLookup: true, kMacroExpand: true, kMakeGraph: true,
	kMakeSeries: true, kMvApply: true, kMvExpand: true, kParse: true, kParseKV: true, kParseWhere: true,
	kPartition: true, kPartitionBy: true, kPrint: true, kProject: true, kProjectAway: true,
	kProjectByNames: true, kProjectKeep: true, kProjectRename: true, kProjectReorder: true, kRange: true,
	kReduce: true, kRender: true, kSample: true, kSampleDistinct: true, kScan: true, kSearch: true,
	kSerialize: true, kSort: true, kSummarize: true, kTake: true, kTop: true, kTopHitters: true,
	kTopNested: true, kUnion: true, kWhere: true,
}

// operatorAt takes the keyword of the operator and reads the rest.
func (p *parser) operatorAt(start int) Operator {
	switch k := p.next(); k.kind {
	case kAs, kAssertSchema, kConsume, kCount, kExecuteAndCache, kGetSchema, kInvoke, kSample, kTake, kWhere:
		return p.simpleOperator(k.kind, start)
	case kDistinct, kExtend, kPrint, kProject, kProjectAway, kProjectByNames, kProjectKeep, kProjectRename,
		kProjectReorder, kSerialize, kSort:
		return p.columnOperator(k.kind, start)
	case kSummarize, kTop, kTopHitters, kTopNested, kSampleDistinct, kMakeSeries, kReduce:
		return p.groupOperator(k.kind, start)
	case kMvApply, kMvExpand, kParse, kParseKV, kParseWhere, kScan, kRender, kEvaluate:
		return p.rowOperator(k.kind, start)
	case kFacet, kFork, kPartition, kPartitionBy, kMacroExpand:
		return p.branchOperator(k.kind, start)
	case kFind, kJoin, kLookup, kRange, kSearch, kUnion:
		return p.tableOperator(k.kind, start)
	default:
		return p.graphOperator(k.kind, start)
	}
}
