package tables

import (
	"bytes"
	"unicode/utf8"

	"nephoscope/internal/event"
)

// appendJSON appends a value as compact JSON whose strings carry no escapes
// that JSON does not demand, so that text search finds what it looks for. Real
// streams are written that way already; then this is one copy.
func appendJSON(dst []byte, v event.Value) []byte {
	raw := v.Raw()
	if tidy(v, raw) {
		return append(dst, raw...)
	}
	return appendTidy(dst, raw, true)
}

// tidy tells whether raw, which is v or a part of it, holds neither white space
// between its tokens nor escapes that JSON does not demand.
func tidy(v event.Value, raw []byte) bool {
	return !v.Spaced() && (!v.Escaped() || !needlessEscapes(raw))
}

// needlessEscapes tells whether raw may hold \/ or \uXXXX.
func needlessEscapes(raw []byte) bool {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 || i+1 >= len(raw) {
			return false
		}
		if raw[i+1] == '/' || raw[i+1] == 'u' {
			return true
		}
		raw = raw[i+2:]
	}
}

// appendTidy appends JSON without white space between its tokens and, if asked
// to, with every string unescaped as far as JSON allows.
func appendTidy(dst, raw []byte, unescape bool) []byte {
	for len(raw) > 0 {
		switch c := raw[0]; c {
		case ' ', '\t', '\n', '\r':
			raw = raw[1:]
		case '"':
			end := stringEnd(raw)
			if unescape && bytes.IndexByte(raw[:end], '\\') >= 0 {
				dst = appendQuoted(dst, event.AppendUnescaped(nil, raw[1:end-1]))
			} else {
				dst = append(dst, raw[:end]...)
			}
			raw = raw[end:]
		default:
			dst = append(dst, c)
			raw = raw[1:]
		}
	}
	return dst
}

// stringEnd returns the length of the JSON string at the start of raw, its
// quotes included.
func stringEnd(raw []byte) int {
	for i := 1; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(raw)
}

// appendQuoted appends text as a JSON string.
func appendQuoted(dst, text []byte) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i, c := range text {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(dst, text[start:]...), '"')
}

// appendString appends t as a JSON string.
func appendString(dst []byte, t text) []byte {
	if !t.clean {
		return appendQuoted(dst, t.b)
	}
	return append(append(append(dst, '"'), t.b...), '"')
}

// appendMember appends "key":"value", with the comma.
func appendMember(dst []byte, key string, value text) []byte {
	return append(appendString(appendKey(dst, key), value), ',')
}

// appendKey appends "key": for a key that needs no escapes.
func appendKey(dst []byte, key string) []byte {
	return append(append(append(dst, '"'), key...), '"', ':')
}

// appendOwn appends a member of an object as it is, key and value, and a
// comma.
func appendOwn(dst []byte, v event.Value) []byte {
	if member := v.RawMember(); member != nil && tidy(v, member) {
		return append(append(dst, member...), ',')
	}
	dst = append(appendQuoted(dst, v.Key()), ':')
	return append(appendJSON(dst, v), ',')
}

// appendMembers appends what an object holds, without its braces but with a
// comma after the last member.
func appendMembers(dst []byte, object event.Value) []byte {
	if !object.First().Exists() {
		return dst
	}
	raw := object.Raw()
	raw = raw[1 : len(raw)-1]
	if tidy(object, raw) {
		return append(append(dst, raw...), ',')
	}
	return append(appendTidy(dst, raw, true), ',')
}

// closeObject puts the closing brace where the last member's comma is.
func closeObject(dst []byte) []byte {
	if n := len(dst); dst[n-1] == ',' {
		dst[n-1] = '}'
		return dst
	}
	return append(dst, '}')
}

// blank tells whether a value says nothing: null, "", or an object or array of
// nothing else.
func blank(v event.Value) bool {
	switch v.Kind() {
	case event.Missing, event.Null:
		return true
	case event.String:
		inner, _ := v.Inner()
		return len(inner) == 0
	case event.Object, event.Array:
		for c := v.First(); c.Exists(); c = c.Next(v) {
			if !blank(c) {
				return false
			}
		}
		return true
	default:
		return false
	}
}

// validText returns b with bytes that are no UTF-8 replaced, and whether there
// were none.
func validText(b []byte) ([]byte, bool) {
	if utf8.Valid(b) {
		return b, true
	}
	return bytes.ToValidUTF8(b, []byte("\uFFFD")), false
}
