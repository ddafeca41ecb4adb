package rules

import (
	"strings"
	"unicode"

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
	src  []rune
	pos  int
	here Place
}

// newSpan aligns the text of a scalar with its source.
func newSpan(source, text string, node ast.Node) span {
	w, escape := startOf(source, node)
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
	lines := strings.SplitAfter(source, "\n")
	w := &walker{here: at}
	if at.Line <= len(lines) {
		w.src = []rune(strings.Join(lines[at.Line-1:], ""))
		w.pos = min(at.Column-1, len(w.src))
	}
	return w
}

// match passes one character of the text in the source and returns its place.
func (w *walker) match(c, escape rune) Place {
	if unicode.IsSpace(c) {
		return w.matchSpace(c, escape)
	}
	for w.pos < len(w.src) && (unicode.IsSpace(w.src[w.pos]) || w.joinsLines(escape)) {
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
	case w.pos >= len(w.src):
	case w.src[w.pos] == '\r' && c == '\n':
		w.skip(2)
	case unicode.IsSpace(w.src[w.pos]):
		w.step()
	case escape == '\\' && w.src[w.pos] == '\\':
		w.skip(w.width(escape))
	}
	return at
}

// joinsLines tells whether the walker stands at a backslash that takes the line
// break behind it out of the text.
func (w *walker) joinsLines(escape rune) bool {
	return escape == '\\' && w.src[w.pos] == '\\' && w.pos+1 < len(w.src) && (w.src[w.pos+1] == '\n' || w.src[w.pos+1] == '\r')
}

// width returns how many characters of the source make one of the text.
func (w *walker) width(escape rune) int {
	if escape == 0 || w.pos+1 >= len(w.src) || w.src[w.pos] != escape {
		return 1
	}
	if escape == '\'' {
		return 2
	}
	switch w.src[w.pos+1] {
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}

func (w *walker) skip(n int) {
	for range n {
		w.step()
	}
}

func (w *walker) step() {
	if w.pos >= len(w.src) {
		return
	}
	w.here.Column++
	if w.src[w.pos] == '\n' {
		w.here = Place{w.here.Line + 1, 1}
	}
	w.pos++
}
