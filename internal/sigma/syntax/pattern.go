package syntax

import "strings"

// A Pattern is text with wildcards: pieces of plain text, and between each two
// of them a wildcard. It has one more piece than wildcards, and pieces may be
// empty: *a? is "", "a", "" with * and ?.
type Pattern struct {
	Pieces []string
	Wild   []byte // * for any characters, ? for one
}

// Plain makes a pattern without wildcards.
func Plain(text string) Pattern { return Pattern{Pieces: []string{text}} }

// parsePattern reads Sigma's notation: a backslash takes the meaning from a
// wildcard or a backslash behind it and is plain before everything else.
func parsePattern(text string) Pattern {
	var p Pattern
	var piece strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text) && strings.IndexByte(`*?\`, text[i+1]) >= 0:
			i++
			piece.WriteByte(text[i])
		case c == '*' || c == '?':
			p.Pieces = append(p.Pieces, piece.String())
			p.Wild = append(p.Wild, c)
			piece.Reset()
		default:
			piece.WriteByte(c)
		}
	}
	p.Pieces = append(p.Pieces, piece.String())
	return p
}

// Text returns the text of a pattern without wildcards.
func (p Pattern) Text() (text string, plain bool) {
	if len(p.Wild) > 0 {
		return "", false
	}
	return p.Pieces[0], true
}

// A Shape says how a pattern can be looked for without an expression.
type Shape int

// The shapes. Text is the same, at the start, at the end or anywhere; Filled
// is any text but the empty one; Mixed is everything else.
const (
	Mixed Shape = iota
	Whole
	Prefix
	Suffix
	Inside
	Filled
)

// Shape returns the pattern's shape and its plain text. A lone * asks for a
// value, as Sigma's converters agree, so the empty text does not count.
func (p Pattern) Shape() (Shape, string) {
	q := p.squeeze()
	wild, n := string(q.Wild), len(q.Pieces)
	switch {
	case wild == "":
		return Whole, q.Pieces[0]
	case wild == "*" && q.Pieces[0] == "" && q.Pieces[1] == "":
		return Filled, ""
	case wild == "*" && q.Pieces[1] == "":
		return Prefix, q.Pieces[0]
	case wild == "*" && q.Pieces[0] == "":
		return Suffix, q.Pieces[1]
	case wild == "**" && q.Pieces[0] == "" && q.Pieces[n-1] == "":
		return Inside, q.Pieces[1]
	}
	return Mixed, ""
}

// squeeze makes one * of several that follow each other.
func (p Pattern) squeeze() Pattern {
	q := Pattern{Pieces: p.Pieces[:1:1]}
	for i, w := range p.Wild {
		last := len(q.Wild) - 1
		if w == '*' && last >= 0 && q.Wild[last] == '*' && q.Pieces[last+1] == "" {
			q.Pieces[last+1] = p.Pieces[i+1]
			continue
		}
		q.Wild = append(q.Wild, w)
		q.Pieces = append(q.Pieces, p.Pieces[i+1])
	}
	return q
}

// open adds wildcards at the ends where there are none.
func (p Pattern) open(start, end bool) Pattern {
	q := Pattern{Pieces: append([]string(nil), p.Pieces...), Wild: append([]byte(nil), p.Wild...)}
	if n := len(q.Wild); end && (n == 0 || q.Wild[n-1] != '*' || q.Pieces[n] != "") {
		q.Pieces, q.Wild = append(q.Pieces, ""), append(q.Wild, '*')
	}
	if start && (len(q.Wild) == 0 || q.Wild[0] != '*' || q.Pieces[0] != "") {
		q.Pieces, q.Wild = append([]string{""}, q.Pieces...), append([]byte{'*'}, q.Wild...)
	}
	return q
}

// Open returns the pattern with anything before and behind it.
func (p Pattern) Open() Pattern { return p.open(true, true) }
