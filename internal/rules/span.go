package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// A span is a text and the place in the file of each of its characters and of
// its end, so that what is wrong inside a query can be shown in the file.
//
// It is found by walking text and source side by side: whatever the style of
// the scalar, its visible characters follow each other in the source in the
// same order; only white space is indented, folded and escaped. Places of
// visible characters are exact, those of white space nearly.
type span struct {
	text   string
	places []Place
}

// at returns the place of a line and column of the text, which count from 1.
// What lies behind the end of a line or of the text counts as the end.
func (s span) at(line, column int) Place {
	if len(s.places) == 0 {
		return Place{}
	}
	i := 0
	for _, c := range s.text {
		if line == 1 && (column <= 1 || c == '\n') {
			break
		}
		if line == 1 {
			column--
		}
		if c == '\n' {
			line--
		}
		i++
	}
	return s.places[i]
}

// A walker stands at a character of the source.
type walker struct {
	src  string
	pos  int // in bytes
	here Place
}

// newSpan aligns the text of a scalar with its source.
func newSpan(source, text string, node ast.Node) span {
	w, escape := startOf(source, node)
	return w.span(text, escape)
}

// newJSONSpan does it with a JSON string, whose token knows its offset.
func newJSONSpan(source, text string, node ast.Node) span {
	p := node.GetToken().Position
	w := &walker{src: source[p.Offset:], here: Place{p.Line, p.Column}}
	w.step()
	return w.span(text, '\\')
}

func (w *walker) span(text string, escape rune) span {
	s := span{text: text, places: make([]Place, 0, len(text)+1)}
	for _, c := range text {
		s.places = append(s.places, w.match(c, escape))
	}
	s.places = append(s.places, w.here)
	return s
}

// startOf puts a walker at the first character of a scalar's content and says
// by which character the scalar escapes others, 0 for none.
func startOf(source string, node ast.Node) (*walker, rune) {
	at := placeOf(node)
	if _, block := node.(*ast.LiteralNode); block {
		return walkTo(source, Place{at.Line + 1, 1}), 0
	}
	switch node.GetToken().Type {
	case token.SingleQuoteType:
		return walkTo(source, Place{at.Line, at.Column + 1}), '\''
	case token.DoubleQuoteType:
		return walkTo(source, Place{at.Line, at.Column + 1}), '\\'
	default:
		return walkTo(source, at), 0
	}
}

func walkTo(source string, at Place) *walker {
	w := &walker{src: source, here: Place{at.Line, 1}}
	for range at.Line - 1 {
		n := strings.IndexByte(w.src, '\n')
		if n < 0 {
			w.src = ""
			break
		}
		w.src = w.src[n+1:]
	}
	w.skip(at.Column - 1)
	w.here = at
	return w
}

// peek returns the character that stands so many bytes further on, 0 behind
// the end.
func (w *walker) peek(further int) rune {
	if w.pos+further >= len(w.src) {
		return 0
	}
	c, _ := utf8.DecodeRuneInString(w.src[w.pos+further:])
	return c
}

func (w *walker) ended() bool { return w.pos >= len(w.src) }

// match passes one character of the text in the source and returns its place.
func (w *walker) match(c, escape rune) Place {
	if unicode.IsSpace(c) {
		return w.matchSpace(c, escape)
	}
	for !w.ended() && (unicode.IsSpace(w.peek(0)) || w.joinsLines(escape)) {
		w.step()
	}
	at := w.here
	w.skip(w.width(escape))
	return at
}

// matchSpace passes white space where the source has some, or its escape.
func (w *walker) matchSpace(c, escape rune) Place {
	at := w.here
	switch {
	case w.ended():
	case w.peek(0) == '\r' && c == '\n':
		w.skip(2)
	case unicode.IsSpace(w.peek(0)):
		w.step()
	case escape == '\\' && w.peek(0) == '\\':
		w.skip(w.width(escape))
	}
	return at
}

// joinsLines tells whether the walker stands at a backslash that takes the line
// break behind it out of the text.
func (w *walker) joinsLines(escape rune) bool {
	return escape == '\\' && w.peek(0) == '\\' && (w.peek(1) == '\n' || w.peek(1) == '\r')
}

// width returns how many characters of the source make one of the text.
func (w *walker) width(escape rune) int {
	if escape == 0 || w.pos+1 >= len(w.src) || w.peek(0) != escape {
		return 1
	}
	if escape == '\'' {
		return 2
	}
	switch w.peek(1) {
	case 'x':
		return 4
	case 'u':
		if w.halves() {
			return 12
		}
		return 6
	case 'U':
		return 10
	}
	return 2
}

// halves tells whether the walker stands at a character that is escaped as two
// halves of UTF-16.
func (w *walker) halves() bool {
	rest := w.src[w.pos:]
	return len(rest) >= 12 && strings.ContainsAny(rest[2:3], "dD") && strings.ContainsAny(rest[3:4], "89abAB") && rest[6:8] == `\u`
}

func (w *walker) skip(n int) {
	for range n {
		w.step()
	}
}

func (w *walker) step() {
	if w.ended() {
		return
	}
	c, size := utf8.DecodeRuneInString(w.src[w.pos:])
	w.here.Column++
	if c == '\n' {
		w.here = Place{w.here.Line + 1, 1}
	}
	w.pos += size
}
