package syntax

import (
	"strings"
	"unicode/utf8"
)

// A lexer cuts a text into tokens. It never fails: what is no token becomes
// kBad with an error, and the last token is always kEOF.
type lexer struct {
	text     string
	pos      int
	tokens   []token
	comments []Span
	errs     errorList
}

// lex returns the tokens and comments of a text and what is wrong in them.
func lex(text string) *lexer {
	l := &lexer{text: text, tokens: make([]token, 0, len(text)/4+8)}
	l.directives()
	for {
		spaced := l.space()
		start := l.pos
		if start >= len(text) {
			l.tokens = append(l.tokens, token{kind: kEOF, spaced: spaced, start: start, end: start})
			return l
		}
		t := l.next()
		t.spaced, t.start, t.end = spaced, start, l.pos
		l.tokens = append(l.tokens, t)
	}
}

// directives skips the lines at the head of the text that talk to a client:
// #connect "...".
func (l *lexer) directives() {
	for {
		l.space()
		if l.peek(0) != '#' {
			return
		}
		l.comments = append(l.comments, l.line())
	}
}

// space skips white space and comments and tells whether there was any.
func (l *lexer) space() bool {
	start := l.pos
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f':
			l.pos++
		case c == '/' && l.peek(1) == '/':
			l.comments = append(l.comments, l.line())
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(l.text[l.pos:])
			if !isWideSpace(r) {
				return l.pos > start
			}
			l.pos += size
		default:
			return l.pos > start
		}
	}
	return l.pos > start
}

// isWideSpace tells whether a character beyond ASCII counts as white space.
func isWideSpace(r rune) bool {
	switch r {
	case '\u00a0', '\u1680', '\u180e', '\u202f', '\u205f', '\u3000', '\ufeff':
		return true
	}
	return r >= '\u2000' && r <= '\u200b'
}

// line skips the rest of the line and returns it.
func (l *lexer) line() Span {
	s := Span{l.pos, len(l.text)}
	if n := strings.IndexAny(l.text[l.pos:], "\r\n"); n >= 0 {
		s.End = l.pos + n
	}
	l.pos = s.End
	return s
}

// peek returns the byte n after the current one, 0 beyond the end.
func (l *lexer) peek(n int) byte {
	if l.pos+n < len(l.text) {
		return l.text[l.pos+n]
	}
	return 0
}

// next reads the token at the current place.
func (l *lexer) next() token {
	c := l.text[l.pos]
	switch {
	case c == '"' || c == '\'' || l.atFence() || c == '@' && isQuote(l.peek(1)):
		return l.str()
	case (c == 'h' || c == 'H') && l.atHidden():
		l.pos++
		t := l.str()
		t.hidden = true
		return t
	case isLetter(c) || c == '_' || c == '$':
		return l.word()
	case isDigit(c):
		return l.number()
	case c == '!':
		return l.negation()
	}
	return l.punctuation(c)
}

// atHidden tells whether the h at the current place begins h'...'.
func (l *lexer) atHidden() bool {
	c := l.peek(1)
	return isQuote(c) || c == '@' && isQuote(l.peek(2))
}

// atFence tells whether ``` or ~~~ begins here.
func (l *lexer) atFence() bool {
	rest := l.text[l.pos:]
	return strings.HasPrefix(rest, "```") || strings.HasPrefix(rest, "~~~")
}

// word reads a name, a keyword, true or false, or a typed literal.
func (l *lexer) word() token {
	if n := rawGUID(l.text[l.pos:]); n > 0 {
		l.pos += n
		return token{kind: kRawGUID}
	}
	start := l.pos
	l.pos++
	for isWordByte(l.peek(0)) {
		l.pos++
	}
	word := l.text[start:l.pos]
	if l.peek(0) == '(' && typedLiterals[word] {
		return l.typed(start)
	}
	if more, ok := l.joined(start, word); ok {
		return token{kind: more.kind, use: more.use}
	}
	switch word {
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return token{kind: kBool}
	}
	if c := word[0]; c >= 'A' && c <= 'Z' {
		return token{kind: kName}
	}
	k := keywordOf(word)
	return token{kind: k.kind, use: k.use}
}

// joined reads the rest of a keyword of several parts that starts with word.
func (l *lexer) joined(start int, word string) (keyword, bool) {
	switch l.peek(0) {
	case '-', '.', '~', ' ', '\t':
	default:
		return keyword{}, false
	}
	for _, j := range joinedKeywords[word] {
		if !strings.HasPrefix(l.text[start:], j.text) {
			continue
		}
		end := start + len(j.text)
		if isWordByte(l.at(end)) { // project-away2 is no keyword, and its project neither
			return keyword{kName, always}, true
		}
		l.pos = end
		return j.keyword, true
	}
	return keyword{}, false
}

func (l *lexer) at(i int) byte { return l.peek(i - l.pos) }

// typed reads the rest of datetime(...) and the like.
func (l *lexer) typed(start int) token {
	n := strings.IndexAny(l.text[l.pos:], ")\r\n")
	switch {
	case n >= 0 && l.text[l.pos+n] == ')':
		l.pos += n + 1
	default:
		if n < 0 {
			n = len(l.text) - l.pos
		}
		l.errs.add(Malformed, Span{start, l.pos + 1}, `%q is not closed: ")" is missing`, l.text[start:l.pos+1])
		l.pos += n
	}
	return token{kind: kTyped}
}

// negation reads !=, !~ and the operators such as !has.
func (l *lexer) negation() token {
	start := l.pos
	l.pos++
	switch l.peek(0) {
	case '=':
		l.pos++
		return token{kind: kNotEqual}
	case '~':
		l.pos++
		return token{kind: kNotEqualFold}
	}
	end := l.pos
	for isWordByte(l.at(end)) {
		end++
	}
	word := l.text[l.pos:end]
	if k, ok := negations[word]; ok {
		l.pos = end
		if k == kNotIn && l.peek(0) == '~' {
			l.pos++
			k = kNotInFold
		}
		return token{kind: k}
	}
	l.pos = end
	l.badNegation(Span{start, end}, word)
	return token{kind: kBad}
}

func (l *lexer) badNegation(at Span, word string) {
	if l.errs.full() {
		return
	}
	if word == "" {
		l.errs.add(Malformed, at, `"!" stands alone: write != to compare, not(...) to negate`)
		return
	}
	l.errs.add(Malformed, at, `there is no operator "!%s"%s`, word, negationHint(word))
}

func negationHint(word string) string {
	names := make([]string, 0, len(negations))
	for n := range negations {
		names = append(names, n)
	}
	if near := Nearest(word, names); near != "" {
		return `, did you mean "!` + near + `"?`
	}
	return `; to negate write not(...)`
}

// punctuation reads a token of signs, the longest that fits.
func (l *lexer) punctuation(c byte) token {
	k, n := signOf(c, l.peek(1))
	if k == kNone {
		return l.bad()
	}
	l.pos += n
	return token{kind: k}
}

// signOf returns the kind and length of the sign that starts with c and d,
// kNone if there is none.
func signOf(c, d byte) (kind, int) {
	switch string([]byte{c, d}) {
	case "..":
		return kDotDot, 2
	case "==":
		return kEqual, 2
	case "=~":
		return kEqualFold, 2
	case "=>":
		return kArrow, 2
	case "<=":
		return kLessEqual, 2
	case ">=":
		return kGreaterEqual, 2
	case "<>":
		return kNotEqual, 2
	}
	return signs[c], 1
}

// signs are the tokens of one character; the others are kNone.
var signs = [256]kind{
	'(': kLParen, ')': kRParen, '[': kLBracket, ']': kRBracket, '{': kLBrace, '}': kRBrace,
	'|': kPipe, ';': kSemicolon, ',': kComma, ':': kColon, '.': kDot, '=': kAssign,
	'+': kPlus, '-': kMinus, '*': kStar, '/': kSlash, '%': kPercent, '<': kLess, '>': kGreater,
}

// bad reads a character that is no part of the language.
func (l *lexer) bad() token {
	r, size := utf8.DecodeRuneInString(l.text[l.pos:])
	if strings.ContainsRune(smartQuotes, r) {
		return l.smartString(r, size)
	}
	at := Span{l.pos, l.pos + size}
	l.pos += size
	switch r {
	case '–', '—', '−':
		l.errs.add(Malformed, at, `%q is a typographic dash: write "-"`, string(r))
	case '#':
		l.pos = at.Start
		at = l.line()
		l.errs.add(Malformed, at, `a client directive can only stand at the head of the text`)
	case '&':
		if l.peek(0) == '&' {
			l.pos++
			at.End++
		}
		l.errs.add(Malformed, at, `%q is no operator: write "and"`, l.text[at.Start:at.End])
	case utf8.RuneError:
		l.errs.add(Malformed, at, "the text is not valid UTF-8 here")
	default:
		l.errs.add(Malformed, at, "unexpected character %q", string(r))
	}
	return token{kind: kBad}
}

func isQuote(c byte) bool    { return c == '"' || c == '\'' }
func isDigit(c byte) bool    { return c >= '0' && c <= '9' }
func isLetter(c byte) bool   { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isWordByte(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' }

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
