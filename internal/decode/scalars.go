package decode

import (
	"bytes"

	"nephoscope/internal/event"
)

// scalarEnd returns where the number or literal at i ends and what it is;
// Missing if it is none.
func scalarEnd(b []byte, i int) (int, event.Kind) {
	switch b[i] {
	case 'n':
		return i + 4, literal(b[i:], "null", event.Null)
	case 't':
		return i + 4, literal(b[i:], "true", event.True)
	case 'f':
		return i + 5, literal(b[i:], "false", event.False)
	}
	end := numberEnd(b, i)
	if end < 0 {
		return i, event.Missing
	}
	return end, event.Number
}

func literal(b []byte, word string, kind event.Kind) event.Kind {
	if len(b) < len(word) || string(b[:len(word)]) != word {
		return event.Missing
	}
	return kind
}

// numberEnd returns where the number at i ends, -1 if there is none.
func numberEnd(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	digits := i
	i = digitsEnd(b, i)
	if i == digits || b[digits] == '0' && i > digits+1 {
		return -1
	}
	if i < len(b) && b[i] == '.' {
		digits = i + 1
		if i = digitsEnd(b, digits); i == digits {
			return -1
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		digits = i
		if i = digitsEnd(b, digits); i == digits {
			return -1
		}
	}
	return i
}

func digitsEnd(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// scalarFault tells whether what stands at i is no value, or a value whose
// rest may be missing.
func scalarFault(b []byte, i int) fault {
	const want = "a value"
	token := b[i:]
	for _, word := range []string{"null", "true", "false"} {
		if len(token) < len(word) && string(token) == word[:len(token)] {
			return fault{len(b), ReasonTruncated, want}
		}
	}
	if len(bytes.TrimLeft(token, "+-.eE0123456789")) == 0 && numberEnd(append(token[:len(token):len(token)], '0'), 0) > 0 {
		return fault{len(b), ReasonTruncated, want}
	}
	return fault{i, ReasonSyntax, want}
}
