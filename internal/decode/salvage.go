package decode

import (
	"bytes"

	"nephoscope/internal/event"
)

// A mender reads what the scanner refused, leniently, and writes it again as
// strict JSON. It understands single quotes, raw control characters and line
// feeds, invalid UTF-8 (which becomes U+FFFD), lone surrogates, backslashes
// that escape nothing, keys without quotes, commas too many, NULs as white
// space, and words that JSON lacks: NaN and Infinity become strings, Python's
// True, False and None what they mean.
//
// It does not guess at structure: an object with a comma, quote or bracket too
// few is refused, since the guess could swallow the record that follows. Nor
// does it guess where a string in single quotes ends: see apostrophe.
type mender struct {
	b     []byte
	i     int
	out   []byte
	depth int
	// closer ends the innermost container.
	closer byte
	fault  fault
	// scan, if set, decides whether the outermost object is an envelope;
	// mending stops at its list.
	scan          *scanner
	asked         int
	keyAt, keyEnd int // the last key in out, without quotes
	stopped       bool
}

// mendText is event.Record.Mend: it mends an object that is text inside a
// record as a record is mended.
func mendText(text []byte) (strict []byte, ok bool) {
	if text = bytes.TrimSpace(text); len(text) == 0 || text[0] != '{' {
		return nil, false
	}
	var m mender
	end, out := m.mend(text, nil)
	if out != complete || skipSpace(text, end) != len(text) {
		return nil, false
	}
	return m.out, true
}

// mend mends the value that b begins with into m.out and returns where in b it
// ends, or where an envelope's list begins. Without success m.fault tells why.
func (m *mender) mend(b []byte, s *scanner) (end int, out outcome) {
	m.reset(b)
	m.scan = s
	switch {
	case m.value():
		return m.i, complete
	case m.stopped:
		return m.i, envelope
	}
	return m.i, faulted
}

// member passes one member of an object, with a comma before it.
func (m *mender) member(b []byte) (end int, f fault) {
	m.reset(b)
	m.depth, m.closer = 1, '}'
	m.skip(true)
	m.pair()
	return m.i, m.fault
}

func (m *mender) reset(b []byte) {
	*m = mender{b: b, out: m.out[:0]}
}

func (m *mender) fail(want string) bool {
	m.fault = missing(m.b, m.i, want)
	return false
}

// peek returns the next byte, 0 at the end.
func (m *mender) peek() byte {
	if m.i >= len(m.b) {
		return 0
	}
	return m.b[m.i]
}

// skip passes white space and NULs, and commas if asked to.
func (m *mender) skip(commas bool) {
	for m.i < len(m.b) {
		c := m.b[m.i]
		if c > ' ' && (c != ',' || !commas) {
			return
		}
		m.i++
	}
}

func (m *mender) value() bool {
	switch c := m.peek(); c {
	case '{':
		return m.nested(m.object)
	case '[':
		if m.depth == 1 && m.scan != nil && m.scan.watch.listOf(m.out[m.keyAt:m.keyEnd]) != notList && m.atList() {
			m.stopped = true
			return false
		}
		return m.nested(m.array)
	case '"', '\'':
		return m.str(c, false)
	}
	return m.word()
}

// atList asks the scanner whether the array at m.i is a list of records.
func (m *mender) atList() bool {
	if m.asked++; m.asked > maxAsked {
		return false
	}
	next := skipSpace(m.b, m.i+1)
	_, out := m.scan.scan(append(append(m.out, '['), m.b[next:min(next+1, len(m.b))]...))
	return out == envelope
}

func (m *mender) nested(container func() bool) bool {
	if m.depth == maxDepth {
		return m.fail(wantShallow)
	}
	around := m.closer
	m.depth, m.closer = m.depth+1, m.b[m.i]+2
	m.out = append(m.out, m.b[m.i])
	m.i++
	ok := container()
	m.depth, m.closer = m.depth-1, around
	return ok
}

func (m *mender) object() bool {
	for first := true; ; first = false {
		m.skip(true)
		if m.peek() == '}' {
			return m.end()
		}
		if !first {
			m.out = append(m.out, ',')
		}
		if !m.pair() || !m.follows() {
			return false
		}
	}
}

func (m *mender) array() bool {
	for first := true; ; first = false {
		m.skip(true)
		if m.peek() == ']' {
			return m.end()
		}
		if !first {
			m.out = append(m.out, ',')
		}
		if !m.value() || !m.follows() {
			return false
		}
	}
}

func (m *mender) end() bool {
	m.out = append(m.out, m.b[m.i])
	m.i++
	return true
}

// follows checks that a value is followed by a comma or its container's end.
func (m *mender) follows() bool {
	m.skip(false)
	if c := m.peek(); c != ',' && c != m.closer {
		return m.fail("a comma or a closing bracket")
	}
	return true
}

// pair mends a key, its colon and its value.
func (m *mender) pair() bool {
	m.keyAt = len(m.out) + 1
	if !m.key() {
		return false
	}
	m.keyEnd = len(m.out) - 1
	m.skip(false)
	if m.peek() != ':' {
		return m.fail("a colon after a key")
	}
	m.i++
	m.out = append(m.out, ':')
	m.skip(false)
	return m.value()
}

func (m *mender) key() bool {
	if c := m.peek(); c == '"' || c == '\'' {
		return m.str(c, true)
	}
	n := 0
	for m.i+n < len(m.b) && isName(m.b[m.i+n]) {
		n++
	}
	if n == 0 || m.i+n == len(m.b) {
		m.i += n
		return m.fail("a key")
	}
	m.quote(m.b[m.i : m.i+n])
	m.i += n
	return true
}

func isName(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func (m *mender) quote(text []byte) {
	m.out = append(m.out, '"')
	m.out = append(m.out, text...)
	m.out = append(m.out, '"')
}

// word mends a number or literal.
func (m *mender) word() bool {
	n := 0
	for m.i+n < len(m.b) && (isName(m.b[m.i+n]) || bytes.IndexByte([]byte("+-."), m.b[m.i+n]) >= 0) {
		n++
	}
	if m.i+n == len(m.b) {
		m.i += n
		return m.fail("a value")
	}
	text := m.b[m.i : m.i+n]
	switch string(text) {
	case "True", "TRUE":
		m.out = append(m.out, "true"...)
	case "False", "FALSE":
		m.out = append(m.out, "false"...)
	case "None", "NULL", "undefined":
		m.out = append(m.out, "null"...)
	default:
		if !m.number(text) {
			return m.fail("a value")
		}
	}
	m.i += n
	return true
}

// number appends text as it is if it is strict JSON, and as a string if it is
// a number in any other notation, so that nothing of it is lost.
func (m *mender) number(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	if end, kind := scalarEnd(text, 0); kind != event.Missing && end == len(text) {
		m.out = append(m.out, text...)
		return true
	}
	rest := bytes.TrimLeft(text, "+-.")
	switch string(rest) {
	case "NaN", "nan", "Infinity", "infinity", "Inf", "inf":
	default:
		if len(rest) == 0 || rest[0] < '0' || rest[0] > '9' {
			return false
		}
	}
	m.quote(text)
	return true
}
