package syntax

import "strconv"

// Parse reads a text. The query is always returned, with BadExpr and
// BadOperator where the text could not be understood; it may be compiled only
// if there are no errors. Errors are in order of their place. Time and memory
// are linear in the length of the text.
func Parse(text string) (*Query, []Error) {
	l := lex(text)
	p := &parser{text: text, tokens: l.tokens, errs: l.errs, match: matchBrackets(l.tokens)}
	p.tok = p.tokens[0]
	q := &Query{Span: Span{0, len(text)}, Text: text, Comments: l.comments}
	q.Statements = p.statements()
	return q, p.errs.sorted()
}

// A parser reads tokens by recursive descent, without going back.
//
// Once something is wrong it is lost: the error is recorded and the current
// token becomes kNone, which no rule takes, so that the rules end one after
// another without further errors. The first rule on the way out that knows
// where it can go on (closing bracket, |, ;) calls one of the recover
// functions.
type parser struct {
	text   string
	tokens []token
	match  []int // index of the token that closes a bracket, -1 if none does
	pos    int
	tok    token // the current token; kNone while lost
	end    int   // end of the last token taken
	depth  int   // of nested rules
	errs   errorList
}

const (
	// maxDepth bounds the nesting of expressions.
	maxDepth = 400
	// maxChain bounds the length of a + b + c and the like, which makes a tree
	// as deep as it is long.
	maxChain = 5000
)

// lost tells whether an error was found and no way out of it yet.
func (p *parser) lost() bool { return p.tok.kind == kNone }

// at tells whether the current token is one of the kinds.
func (p *parser) at(k kind) bool { return p.tok.kind == k }

// peek returns the token n after the current one.
func (p *parser) peek(n int) token {
	if p.lost() || p.pos+n >= len(p.tokens) {
		return token{}
	}
	return p.tokens[p.pos+n]
}

// next takes the current token.
func (p *parser) next() token {
	t := p.tok
	if t.kind == kNone || t.kind == kEOF {
		return t
	}
	p.end = t.end
	p.pos++
	p.tok = p.tokens[p.pos]
	return t
}

// accept takes the current token if it is of the kind.
func (p *parser) accept(k kind) bool {
	if p.tok.kind != k {
		return false
	}
	p.next()
	return true
}

// expect takes the current token or reports that it should be there. What
// names it in words: `"by"`.
func (p *parser) expect(k kind, what string) bool {
	if p.accept(k) {
		return true
	}
	p.missing(what)
	return false
}

// here returns the span of the current token.
func (p *parser) here() Span { return Span{p.tokens[p.pos].start, p.tokens[p.pos].end} }

// word returns the text of a token.
func (p *parser) word(t token) string { return p.text[t.start:t.end] }

// since returns the span from start to the end of the last token taken.
func (p *parser) since(start int) Span { return Span{start, max(start, p.end)} }

// start returns where the current token starts; while lost, where the parser
// was.
func (p *parser) start() int {
	if p.lost() {
		return p.end
	}
	return p.tok.start
}

// fail records an error and gets lost.
func (p *parser) fail(at Span, format string, args ...any) {
	if p.lost() {
		return
	}
	p.errs.add(Malformed, at, format, args...)
	p.lose()
}

// lose forgets the current token. What is missing here counts as lying behind
// the white space, so that it stays inside the nodes around it.
func (p *parser) lose() {
	p.end = max(p.end, p.tok.start)
	p.tok = token{}
}

// missing reports that something else should stand here.
func (p *parser) missing(what string) {
	switch p.tok.kind {
	case kNone:
	case kBad: // the lexer has told what is wrong
		p.lose()
	default:
		p.fail(p.here(), "expected %s, found %s", what, p.found(p.tok))
	}
}

// found names a token in a message.
func (p *parser) found(t token) string {
	const limit = 40
	if t.kind == kEOF {
		return "the end of the query"
	}
	text := p.word(t)
	if len(text) > limit {
		text = text[:limit] + "..."
	}
	if t.kind == kString {
		return text
	}
	return strconv.Quote(text)
}

// enter counts nesting; leave must follow. False means too deep.
func (p *parser) enter() bool {
	p.depth++
	if p.depth > maxDepth {
		p.fail(p.here(), "the query is nested too deeply here: at most %d levels", maxDepth)
	}
	return !p.lost()
}

func (p *parser) leave() { p.depth-- }
