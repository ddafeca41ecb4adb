package tables

import (
	"bytes"
	"unicode/utf8"

	"nephoscope/internal/event"
)

// A text is a piece of plain text. Clean tells that it can stand between JSON
// quotes as it is, which spares the hot path a look at every byte.
type text struct {
	b     []byte
	clean bool
}

// plain returns the text of a scalar, or of the "value" member of an object;
// nothing for null. A string without escapes is not copied.
func plain(v event.Value) text {
	switch v.Kind() {
	case event.String:
		inner, escaped := v.Inner()
		if !escaped {
			return text{inner, true}
		}
		return text{b: event.AppendUnescaped(nil, inner)}
	case event.Object:
		if value := v.GetFold("value"); value.Kind() != event.Object {
			return plain(value)
		}
		return text{}
	case event.Number, event.True, event.False:
		return text{v.Raw(), true}
	default:
		return text{}
	}
}

// localized returns the text of an object's "localizedValue" member.
func localized(v event.Value) text {
	if v.Kind() != event.Object {
		return text{}
	}
	return plain(v.GetFold("localizedValue"))
}

func (t text) empty() bool { return len(t.b) == 0 }

// or returns t, or u if t is empty.
func (t text) or(u text) text {
	if t.empty() {
		return u
	}
	return t
}

func (t text) trimmed() text { return text{bytes.TrimSpace(t.b), t.clean} }

// isFold compares ASCII text without case.
func isFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range b {
		if lower(b[i]) != lower(s[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// appendLower appends b in lower case.
func appendLower(dst, b []byte) []byte {
	n := len(dst)
	dst = append(dst, b...)
	ascii := byte(0)
	for i, c := range dst[n:] {
		ascii |= c
		dst[n+i] = lower(c)
	}
	if ascii < utf8.RuneSelf {
		return dst
	}
	return append(dst[:n], bytes.ToLower(b)...)
}

// appendUpper appends b in upper case.
func appendUpper(dst, b []byte) []byte {
	n := len(dst)
	dst = append(dst, b...)
	ascii := byte(0)
	for i, c := range dst[n:] {
		ascii |= c
		dst[n+i] = upper(c)
	}
	if ascii < utf8.RuneSelf {
		return dst
	}
	return append(dst[:n], bytes.ToUpper(b)...)
}

func (t text) appendTo(dst []byte) []byte { return append(dst, t.b...) }
