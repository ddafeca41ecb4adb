package simulate

import (
	"strconv"
	"time"
)

// The functions here append JSON members, each followed by a comma; an object
// is closed by overwriting its last comma.

// appendMember appends "key":"value", and escapes both.
func appendMember(dst []byte, key, value string) []byte {
	dst = append(appendKey(dst, key), '"')
	dst = appendEscaped(dst, value)
	return append(dst, '"', ',')
}

// appendPlain is appendMember without escaping, for text of our own making.
func appendPlain(dst []byte, key, value string) []byte {
	dst = append(appendKey(dst, key), '"')
	dst = append(dst, value...)
	return append(dst, '"', ',')
}

func appendKey(dst []byte, key string) []byte {
	dst = append(dst, '"')
	dst = append(dst, key...)
	return append(dst, '"', ':')
}

func appendNumberText(dst []byte, key string, n int64) []byte {
	dst = append(appendKey(dst, key), '"')
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, '"', ',')
}

func appendGUID(dst []byte, key string, g GUID) []byte {
	dst = append(appendKey(dst, key), '"')
	dst = g.append(dst)
	return append(dst, '"', ',')
}

func appendTime(dst []byte, key string, t time.Time) []byte {
	dst = append(appendKey(dst, key), '"')
	dst = t.AppendFormat(dst, timeLayout)
	return append(dst, '"', ',')
}

const timeLayout = "2006-01-02T15:04:05.0000000Z"

// closed turns the trailing comma into the end of an object.
func closed(dst []byte) []byte {
	if dst[len(dst)-1] == ',' {
		dst[len(dst)-1] = '}'
		return dst
	}
	return append(dst, '}')
}

// appendEscaped appends text as the inside of a JSON string.
func appendEscaped(dst []byte, text string) []byte {
	from := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[from:i]...)
		dst = appendEscape(dst, c)
		from = i + 1
	}
	return append(dst, text[from:]...)
}

func appendEscape(dst []byte, c byte) []byte {
	const hexDigits = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	default:
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
}

// appendUpper appends text in upper case, as the stream writes resource ids.
func appendUpper(dst []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
