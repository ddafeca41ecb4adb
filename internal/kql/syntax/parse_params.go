package syntax

import "slices"

// knownParams are the parameters that every operator takes without complaint,
// as the official parser does; the binder tells which have a meaning where.
var knownParams = wordSet("bagexpansion", "bin_legacy", "__crossCluster", "__crossDB", "decodeblocks",
	"expandoutput", "hint.concurrency", "hint.distribution", "hint.materialized", "hint.num_partitions",
	"hint.pass_filters", "hint.pass_filters_column", "hint.progressive_top", "hint.remote", "hint.shufflekey",
	"hint.spread", "hint.strategy", "__id", "isfuzzy", "kind", "__noWithSource", "__packedColumn",
	"__sourceColumnIndex", "cycles", "with_match_id", "with_itemindex", "withsource", "with_source",
	"with_step_name", "force_remote", "__isFuzzy")

// isParam tells whether the token is the name of a parameter of any operator.
func (p *parser) isParam(t token) bool { return isWord(t) && knownParams[p.word(t)] }

// params reads name=value as often as it is there. More names the parameters
// beside the known ones.
func (p *parser) params(more ...string) []*Param {
	var list []*Param
	for isWord(p.tok) && p.peek(1).kind == kAssign && p.takesParam(p.word(p.tok), more) {
		list = append(list, p.param(p.paramValue))
	}
	return list
}

func (p *parser) takesParam(word string, more []string) bool {
	if knownParams[word] {
		return true
	}
	for _, m := range more {
		if m == word {
			return true
		}
	}
	return false
}

// param reads one name=value; the name is a word, the value as given.
func (p *parser) param(value func(name string) Expr) *Param {
	t := p.next()
	a := &Param{Name: &Ident{Span: Span{t.start, t.end}, Name: p.word(t)}}
	p.expect(kAssign, `"="`)
	a.Value = value(a.Name.Name)
	a.Span = p.since(t.start)
	return a
}

// wordValues are the keywords that may be values though they are no names.
var wordValues = wordSet("simple", "relaxed", "nooptimization", "hotcache", "first", "last", "none", "all", "sql")

// paramValue reads the value of a parameter: a literal, a word or a name.
func (p *parser) paramValue(name string) Expr {
	if name == "title" {
		if x := p.postfix(); x != nil {
			return x
		}
	}
	if x := p.literal(); x != nil {
		return x
	}
	if isWord(p.tok) && wordValues[p.word(p.tok)] {
		t := p.next()
		return &Ident{Span: Span{t.start, t.end}, Name: p.word(t)}
	}
	if id := p.name(always); id != nil {
		return id
	}
	return p.noExpr("a value for " + name)
}

// The properties behind with, by operator. externaldata and restrict take
// any.
var (
	renderProperties = []string{
		"accumulate", "anomalycolumns", "kind", "legend", "series", "title", "xaxis", "xcolumn", "xmax", "xmin",
		"xtitle", "yaxis", "ycolumns", "ymax", "ymin", "ysplit", "ytitle",
	}
	parseKVProperties = []string{"escape", "greedy", "kv_delimiter", "pair_delimiter", "quote", "regex"}
	reduceProperties  = []string{"characters", "threshold"}
)

// properties reads with (name=value, ...), nil if there is no with. Names are
// the properties there are; nil allows any.
func (p *parser) properties(names []string) []*Param {
	if !p.accept(kWith) {
		return nil
	}
	open := p.pos
	if !p.expect(kLParen, `"(" after "with"`) {
		return nil
	}
	p.accept(kComma)
	var list []*Param
	for !p.at(kRParen) || len(list) > 0 {
		list = append(list, p.property(names))
		if !p.accept(kComma) {
			break
		}
	}
	p.closeBracket(open, `","`)
	return list
}

// property reads one name=value of with (...).
func (p *parser) property(names []string) *Param {
	at := p.start()
	switch {
	case names == nil && p.at(kLBracket) && p.quotedLen(0) > 0:
		return p.quotedProperty()
	case !isWord(p.tok):
		p.missing("a property")
	case names != nil && !slices.Contains(names, p.word(p.tok)):
		word := p.word(p.tok)
		p.fail(p.here(), "unknown property %q%s", word, suggestion{word, names})
	default:
		return p.param(p.propertyValue)
	}
	return &Param{Span: Span{at, at}, Name: &Ident{Span: Span{at, at}}, Value: &BadExpr{Span{at, at}}}
}

func (p *parser) quotedProperty() *Param {
	start := p.start()
	a := &Param{Name: p.name(declared)}
	p.expect(kAssign, `"="`)
	a.Value = p.propertyValue(a.Name.Name)
	a.Span = p.since(start)
	return a
}

// propertyValue reads the value of a property; render takes several columns
// for some.
func (p *parser) propertyValue(name string) Expr {
	switch name {
	case "ycolumns", "anomalycolumns", "series":
		return p.nameList()
	case "title", "xtitle", "ytitle":
		if x := p.postfix(); x != nil {
			return x
		}
	case "ymin", "ymax", "xmin", "xmax":
		if x := p.literal(); x != nil {
			return x
		}
	}
	if id := p.name(declared); id != nil {
		return id
	}
	return p.paramValue(name)
}

// nameList reads a, b as far as the next property; one name alone is an
// *Ident, several are *Names.
func (p *parser) nameList() Expr {
	start := p.start()
	list := []*Ident{p.needDeclared("a column")}
	for p.at(kComma) && p.peek(2).kind != kAssign {
		p.next()
		list = append(list, p.needDeclared("a column"))
	}
	if len(list) == 1 {
		return list[0]
	}
	return &Names{Span: p.since(start), List: list}
}
