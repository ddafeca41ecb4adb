package syntax

import (
	"strings"
	"unicode/utf8"
)

// smartQuotes are what word processors make of quotes.
const smartQuotes = "‘’‚‛“”„‟"

// str reads a string literal: '..', "..", @'..', ```..```.
func (l *lexer) str() token {
	if l.atFence() {
		l.fenced()
		return token{kind: kString}
	}
	verbatim := l.peek(0) == '@'
	start := l.pos
	if verbatim {
		l.pos++
	}
	quote := l.peek(0)
	l.pos++
	if !l.content(quote, verbatim) {
		l.errs.add(Malformed, Span{start, l.pos}, "the string is not closed: a %c is missing at the end of the line", quote)
	}
	return token{kind: kString}
}

// content reads up to and including the closing quote; false if there is none
// on the line.
func (l *lexer) content(quote byte, verbatim bool) bool {
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; {
		case c == '\n' || c == '\r':
			return false
		case c == quote && verbatim && l.peek(1) == quote:
			l.pos += 2
		case c == quote:
			l.pos++
			return true
		case c == '\\' && !verbatim:
			l.escape()
		default:
			l.pos++
		}
	}
	return false
}

// escape reads a backslash and what belongs to it.
func (l *lexer) escape() {
	n := escapeLen(l.text[l.pos:])
	if n == 0 {
		_, size := utf8.DecodeRuneInString(l.text[l.pos+1:])
		if c := l.peek(1); c == '\n' || c == '\r' {
			size = 0
		}
		at := Span{l.pos, l.pos + 1 + size}
		l.errs.add(Malformed, at, `%s is no escape sequence: write \\ for a backslash, or put @ before the string`, l.text[at.Start:at.End])
		n = 1 + size
	}
	l.pos += n
}

// escapeLen returns the length of the escape sequence at the head of s, 0 if
// it is none.
func escapeLen(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '\\', '\'', '"', 'a', 'b', 'f', 'n', 'r', 't', 'v':
		return 2
	case 'x':
		return hexLen(s, 2)
	case 'u':
		return hexLen(s, 4)
	case 'U':
		return hexLen(s, 8)
	}
	return octalLen(s)
}

// hexLen returns 2+n if n hexadecimal digits follow the first two characters.
func hexLen(s string, n int) int {
	if len(s) < 2+n {
		return 0
	}
	for i := 2; i < 2+n; i++ {
		if !isHex(s[i]) {
			return 0
		}
	}
	return 2 + n
}

// octalLen returns the length of a backslash and up to three octal digits.
func octalLen(s string) int {
	n := 1
	for n < len(s) && n < 4 && s[n] >= '0' && s[n] <= '7' {
		n++
	}
	switch {
	case n == 1:
		return 0
	case n == 4 && s[1] > '3':
		return 3
	}
	return n
}

// fenced reads a string between ``` or ~~~, which may hold anything.
func (l *lexer) fenced() {
	start, fence := l.pos, l.text[l.pos:l.pos+3]
	l.pos += 3
	n := strings.Index(l.text[l.pos:], fence)
	if n < 0 {
		l.errs.add(Malformed, Span{start, l.pos}, "the string is not closed: %s is missing", fence)
		l.pos = len(l.text)
		return
	}
	l.pos += n + 3
}

// smartString reads text in typographic quotes as the string that was meant.
func (l *lexer) smartString(open rune, size int) token {
	at := Span{l.pos, l.pos + size}
	straight := `"`
	if strings.ContainsRune("‘’‚‛", open) {
		straight = "'"
	}
	l.errs.add(Malformed, at, "%s is a typographic quote: write %s", string(open), straight)
	l.pos += size
	line := l.text[l.pos:]
	if n := strings.IndexAny(line, "\r\n"); n >= 0 {
		line = line[:n]
	}
	n := strings.IndexAny(line, smartQuotes)
	if n < 0 {
		return token{kind: kBad}
	}
	_, size = utf8.DecodeRuneInString(line[n:])
	l.pos += n + size
	return token{kind: kString}
}
