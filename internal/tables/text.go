package tables

import (
	"bytes"
	"encoding/binary"
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
	rest, ascii := switchCase(dst[n:], 'A')
	for i, c := range rest {
		ascii |= c
		rest[i] = lower(c)
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
	rest, ascii := switchCase(dst[n:], 'a')
	for i, c := range rest {
		ascii |= c
		rest[i] = upper(c)
	}
	if ascii < utf8.RuneSelf {
		return dst
	}
	return append(dst[:n], bytes.ToUpper(b)...)
}

// switchCase changes the case of the 26 letters that begin with first in b,
// eight bytes at a time. It returns what is left at the end, and 0x80 if it
// met a byte beyond ASCII.
//
// In each byte of seven bits, adding 0x80-first carries into the high bit from
// first on, adding 0x7f-last carries after the last letter; where only the
// former does there is a letter, and bit 5 is the case.
func switchCase(b []byte, first byte) (rest []byte, ascii byte) {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	from, after := uint64(0x80-first)*ones, uint64(0x7f-(first+25))*ones
	beyond := uint64(0)
	for len(b) >= 8 {
		x := binary.LittleEndian.Uint64(b)
		seven := x &^ high
		letters := (seven + from) &^ (seven + after) & high
		binary.LittleEndian.PutUint64(b, x^letters>>2)
		beyond |= x
		b = b[8:]
	}
	if beyond&high != 0 {
		ascii = utf8.RuneSelf
	}
	return b, ascii
}
