package syntax

// matchBrackets returns for every opening bracket the index of the token that
// closes it, -1 if none does. A bracket that is left open does not keep the
// ones around it from being closed.
func matchBrackets(tokens []token) []int {
	match := make([]int, len(tokens))
	var open []int
	for i, t := range tokens {
		match[i] = -1
		switch t.kind {
		case kLParen, kLBracket, kLBrace:
			open = append(open, i)
		case kRParen, kRBracket, kRBrace:
			if n := lastOpen(tokens, open, t.kind); n >= 0 {
				match[open[n]] = i
				open = open[:n]
			}
		}
	}
	return match
}

// lastOpen returns the place in the stack of the last bracket that closer
// closes. Only the last few are searched, so that the time stays linear.
func lastOpen(tokens []token, open []int, closer kind) int {
	const depth = 8
	for n := len(open) - 1; n >= max(0, len(open)-depth); n-- {
		if tokens[open[n]].kind == closer-1 {
			return n
		}
	}
	return -1
}

// seek goes on at token i.
func (p *parser) seek(i int) {
	p.pos = i
	p.tok = p.tokens[i]
	if i > 0 {
		p.end = max(p.end, p.tokens[i-1].end)
	}
}

// skipTo goes on at the next token of the kinds outside of brackets, or
// before the bracket that closes the one around. It does nothing unless lost.
func (p *parser) skipTo(kinds ...kind) {
	if !p.lost() {
		return
	}
	i := p.pos
	for ; p.tokens[i].kind != kEOF; i++ {
		switch k := p.tokens[i].kind; k {
		case kRParen, kRBracket, kRBrace:
			p.seek(i)
			return
		case kLParen, kLBracket, kLBrace:
			if p.match[i] >= 0 {
				i = p.match[i]
			}
		default:
			for _, want := range kinds {
				if k == want {
					p.seek(i)
					return
				}
			}
		}
	}
	p.seek(i)
}

// closeBracket takes the bracket that closes the one at token open. If
// something else stands there that is an error, and the parser goes on behind
// the closing bracket if there is one.
func (p *parser) closeBracket(open int, want string) {
	closer := p.tokens[open].kind + 1
	if p.accept(closer) {
		return
	}
	if !p.lost() {
		p.notClosed(open, want)
	}
	if m := p.match[open]; m >= p.pos {
		p.seek(m + 1)
	}
}

// notClosed reports what stands where a bracket should be closed.
func (p *parser) notClosed(open int, want string) {
	o := p.tokens[open]
	sign, closer := p.word(o), map[kind]string{kLParen: `")"`, kLBracket: `"]"`, kLBrace: `"}"`}[o.kind]
	switch {
	case p.at(kBad):
		p.lose()
	case p.match[open] < 0:
		p.fail(Span{o.start, o.end}, "%q is not closed: %s is missing", sign, closer)
	case p.hint():
	case want != "":
		p.missing(want + " or " + closer)
	default:
		p.missing(closer)
	}
}

// hint reports the current token if it is a frequent mistake, and tells
// whether it was one.
func (p *parser) hint() bool {
	switch p.tok.kind {
	case kAssign:
		p.fail(p.here(), `"=" gives a name and cannot stand here: write "==" to compare`)
	case kRParen, kRBracket, kRBrace:
		p.fail(p.here(), "%s closes nothing", p.found(p.tok))
	case kName, kString, kLong:
		return p.misspelt()
	default:
		return false
	}
	return true
}

// misspelt reports a name that stands where an operator should be and looks
// like one.
func (p *parser) misspelt() bool {
	if last := p.tokens[max(p.pos-1, 0)]; last.kind == kName && p.word(last) == "not" {
		p.fail(Span{last.start, last.end}, `"not" is a function: write not(...)`)
		return true
	}
	if !p.at(kName) || p.errs.full() {
		return false
	}
	word := p.word(p.tok)
	near, ok := wrongOperators[word]
	if !ok {
		near = Nearest(word, wordOperators)
	}
	if near == "" {
		return false
	}
	p.fail(p.here(), "there is no operator %q, did you mean %q?", word, near)
	return true
}

// wordOperators are the operators between operands that are words.
var wordOperators = []string{
	"and", "or", "in", "has", "has_cs", "has_any", "has_all", "hasprefix", "hassuffix", "contains", "contains_cs",
	"startswith", "startswith_cs", "endswith", "endswith_cs", "like", "matches regex", "between", "asc", "desc", "nulls",
}

// wrongOperators are what other languages call our operators.
var wrongOperators = map[string]string{
	"AND": "and", "OR": "or", "IN": "in", "LIKE": "contains", "NOT": "not(...)", "not": "not(...)", "is": "==",
	"like": "contains", "ASC": "asc", "DESC": "desc", "ascending": "asc", "descending": "desc", "BETWEEN": "between", "matches": "matches regex",
}
