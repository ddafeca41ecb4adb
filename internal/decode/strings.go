package decode

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Eight copies of a byte, for looking at eight bytes of text at a time.
const (
	ones    = 0x0101010101010101
	highs   = 0x80 * ones
	slashes = '\\' * ones
)

// special sets the high bit of each byte of w that ends a plain run inside a
// string: quote, backslash, control character, non-ASCII. Only the lowest bit
// that is set is exact: borrows may disturb the bytes above it.
//
// With bit 1 flipped the quote stands right above the control characters, so
// that one subtraction borrows for both.
func special(w uint64) uint64 {
	return (((w ^ 2*ones) - ('"'-1)*ones) | ((w ^ slashes) - ones) | w) & highs
}

// skipPlain returns the index of the first special byte of b from i on, or one
// less than eight bytes before the end up to which there is none. It is small
// enough to be put in place of its calls.
func skipPlain(b []byte, i int) int {
	for i+8 <= len(b) {
		if m := special(binary.LittleEndian.Uint64(b[i : i+8])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
	return i
}

// plainEnd returns the index of the first special byte of b from i on, or
// len(b).
func plainEnd(b []byte, i int) int {
	i = skipPlain(b, i)
	for i < len(b) && isPlain(b[i]) {
		i++
	}
	return i
}

func isPlain(c byte) bool { return c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' }

// stringEnd returns the index of the quote that closes the string whose text
// begins at i, and whether there are escapes before it. The index is -1 if the
// string is not strict JSON; stringFault then tells why.
func stringEnd(b []byte, i int) (end int, escaped bool) {
	for {
		if i = plainEnd(b, i); i >= len(b) {
			return -1, escaped
		}
		c := b[i]
		if c == '"' {
			return i, escaped
		}
		n := charLen(b[i:])
		if n <= 0 {
			return -1, escaped
		}
		escaped = escaped || c == '\\'
		i += n
	}
}

// charLen returns the length of the escape or of the character beyond ASCII
// that b begins with; 0 or less if it is none.
func charLen(b []byte) int {
	if b[0] == '\\' {
		return escapeLen(b)
	}
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError && n == 1 || r < ' ' {
		return 0
	}
	return n
}

// stringFault finds the defect of a string that stringEnd refused.
func stringFault(b []byte, i int) fault {
	for {
		i = plainEnd(b, i)
		if i >= len(b) {
			return fault{i, ReasonTruncated, "the closing quote of a string"}
		}
		n := 0
		switch c := b[i]; {
		case c == '\\':
			n = escapeLen(b[i:])
			if n <= 0 {
				return escapeFault(i, n)
			}
		case c < ' ':
			return fault{i, ReasonSyntax, "no control character in a string"}
		default:
			_, n = utf8.DecodeRune(b[i:])
			if n == 1 {
				return encodingFault(b, i)
			}
		}
		i += n
	}
}

func escapeFault(i, n int) fault {
	if n < 0 {
		return fault{i, ReasonTruncated, "the rest of an escape"}
	}
	return fault{i, ReasonSyntax, "a valid escape"}
}

func encodingFault(b []byte, i int) fault {
	if !utf8.FullRune(b[i:]) {
		return fault{i, ReasonTruncated, "the rest of a UTF-8 character"}
	}
	return fault{i, ReasonEncoding, "valid UTF-8"}
}

// escapeLen returns the length of the escape that b begins with: 2, 6, or 12
// for a surrogate pair; 0 if it is invalid, -1 if b ends within it.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return -1
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		return unicodeLen(b)
	}
	return 0
}

func unicodeLen(b []byte) int {
	hi, n := hex4(b)
	if n <= 0 || hi < 0xd800 || hi > 0xdfff {
		return n
	}
	if hi > 0xdbff {
		return 0
	}
	lo, n := hex4(b[6:])
	switch {
	case n <= 0:
		return n
	case lo < 0xdc00 || lo > 0xdfff:
		return 0
	}
	return 12
}

// hex4 reads \uXXXX at the start of b. n is 6, 0 if b begins otherwise, -1 if
// b ends too early to tell.
func hex4(b []byte) (v, n int) {
	for i := range 6 {
		if i >= len(b) {
			return 0, -1
		}
		d := hexDigit(b[i])
		switch {
		case i == 0 && b[i] == '\\', i == 1 && b[i] == 'u':
			continue
		case i < 2 || d < 0:
			return 0, 0
		}
		v = v<<4 | d
	}
	return v, 6
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
