package decode

import (
	"bytes"
	"unicode/utf8"
)

const (
	replacement = "\uFFFD"
	maxRun      = 256
)

// str mends the string that begins with quote at m.i.
func (m *mender) str(quote byte, key bool) bool {
	m.i++
	m.out = append(m.out, '"')
	for m.i < len(m.b) {
		c := m.b[m.i]
		means := isText
		switch {
		case c == '"' && c == quote:
			means = isEnd
		case c == quote:
			means = m.apostrophe(key)
		case c == '\n':
			means = m.lineFeed(quote)
		}
		switch {
		case means == isEnd:
			m.i++
			m.out = append(m.out, '"')
			return true
		case means == isDoubtful:
			return m.fail("the closing quote of a string")
		case means == isCut:
			m.i = len(m.b)
		case c == '\\':
			m.escape()
		default:
			m.i += appendRun(&m.out, m.b[m.i:], quote)
		}
	}
	return m.fail("the closing quote of a string")
}

// escape mends the backslash at m.i and what it escapes.
func (m *mender) escape() {
	rest := m.b[m.i:]
	switch n := escapeLen(rest); {
	case n > 0:
		m.out = append(m.out, rest[:n]...)
		m.i += n
	case n < 0:
		m.i = len(m.b)
	case rest[1] == '\'':
		m.out = append(m.out, '\'')
		m.i += 2
	case rest[1] == 'u' && loneSurrogate(rest):
		m.out = append(m.out, replacement...)
		m.i += 6
	default:
		m.out = append(m.out, `\\`...)
		m.i++
	}
}

func loneSurrogate(b []byte) bool {
	_, n := hex4(b)
	return n == 6
}

// appendRun appends the plain text that b begins with, or one character, as it
// stands in a JSON string and returns its length in b. It is at least 1 and
// ends before a quote that is not the first byte.
func appendRun(dst *[]byte, b []byte, quote byte) int {
	switch c := b[0]; {
	case c == '"' || c == '\\':
		*dst = append(*dst, '\\', c)
		return 1
	case c < ' ':
		*dst = appendControl(*dst, c)
		return 1
	case c >= utf8.RuneSelf:
		r, n := utf8.DecodeRune(b)
		*dst = utf8.AppendRune(*dst, r)
		return n
	}
	n := plainEnd(b[:min(len(b), maxRun)], 1) // an apostrophe does not end it
	if at := bytes.IndexByte(b[1:n], quote); at >= 0 {
		n = at + 1
	}
	*dst = append(*dst, b[:n]...)
	return n
}

func appendControl(dst []byte, c byte) []byte {
	switch c {
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
