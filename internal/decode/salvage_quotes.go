package decode

import "bytes"

// A meaning is what a byte within a string is.
type meaning uint8

const (
	isText meaning = iota
	isEnd          // of the string
	isDoubtful
	isCut // the data end before they tell
)

// apostrophe tells what the apostrophe at m.i, in a string in single quotes,
// is. It ends a key if a colon follows; it ends a value if the bracket follows
// that closes the container, or a comma and what begins a member or an
// element.
//
// Otherwise it is text if it stands among words. But it may be a quote all the
// same: one that begins a string, because an earlier one was lost, or one that
// ends a string before something that is damaged. What is doubtful is refused:
// taken as text it would make one of two members, or of two records. The
// emitters that are known to write single quotes escape an apostrophe, or put
// its string in double quotes, so this costs next to nothing.
func (m *mender) apostrophe(key bool) meaning {
	i := skipSpace(m.b, m.i+1)
	if i >= len(m.b) {
		return isCut
	}
	means := isDoubtful
	switch c := m.b[i]; {
	case key && c == ':', !key && c == m.closer:
		return isEnd
	case key:
		return isDoubtful
	case c == ',':
		means = m.begins(skipSpace(m.b, i+1))
	case bytes.IndexByte([]byte("':{}[]"), c) < 0:
		means = isText
	}
	if means == isText && m.afterSign() {
		return isDoubtful
	}
	return means
}

// begins tells whether a string can end before a comma after which m.b[i]
// stands: it can if that begins a member or an element, or ends the container.
func (m *mender) begins(i int) meaning {
	switch {
	case i >= len(m.b):
		return isCut
	case m.b[i] == '"', m.b[i] == '\'', m.b[i] == m.closer:
		return isEnd
	case m.closer == '}':
		return m.bareKey(i)
	case bytes.IndexByte([]byte("{[-0123456789tfnTFNI"), m.b[i]) >= 0:
		return isEnd
	}
	return isText
}

// bareKey is begins for a key without quotes.
func (m *mender) bareKey(i int) meaning {
	start := i
	for i < len(m.b) && isName(m.b[i]) {
		i++
	}
	end := skipSpace(m.b, i)
	switch {
	case end >= len(m.b):
		return isCut
	case i > start && m.b[end] == ':':
		return isEnd
	}
	return isText
}

// afterSign tells whether the apostrophe at m.i comes after a sign that a
// string comes after.
func (m *mender) afterSign() bool {
	before := bytes.TrimRight(m.b[:m.i], " \t\r\n\x00")
	return bytes.IndexByte([]byte("'{[,:"), before[len(before)-1]) >= 0
}

// lineFeed tells whether another record begins after the line feed at m.i, so
// that the string is one that was cut off. In double quotes that is so for a
// record in single quotes; one in double quotes ends the string by itself.
func (m *mender) lineFeed(quote byte) meaning {
	i := skipSpace(m.b, m.i+1)
	if i >= len(m.b) {
		return isCut
	}
	if m.b[i] != '{' {
		return isText
	}
	next := skipSpace(m.b, i+1)
	switch {
	case next >= len(m.b) && quote == '"':
		return isCut
	case quote == '\'' || m.b[next] == '\'':
		return isDoubtful
	}
	return isText
}
