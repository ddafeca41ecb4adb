package syntax

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"nephoscope/internal/schema"
)

// literalValue returns type and value of a literal that is no string. An
// empty problem means that all is well.
func literalValue(k kind, text string) (t schema.Type, value any, problem string) {
	switch k {
	case kBool:
		return schema.Bool, strings.EqualFold(text, "true"), ""
	case kLong:
		return longValue(schema.Long, text)
	case kReal:
		return realValue(text)
	case kTimespan:
		return timespanValue(text)
	case kRawGUID:
		return guidValue(text)
	}
	word, content, _ := strings.Cut(text, "(")
	return typedValue(word, strings.TrimSpace(strings.TrimSuffix(content, ")")))
}

// typedValue returns the value of word(content), such as datetime(2024-01-01).
func typedValue(word, content string) (schema.Type, any, string) {
	t := typedType(word)
	if strings.EqualFold(content, "null") || content == "" {
		return t, nil, ""
	}
	switch t {
	case schema.Bool:
		return boolValue(content)
	case schema.Int, schema.Long:
		return longValue(t, content)
	case schema.Real:
		return realValue(content)
	case schema.Decimal:
		return decimalValue(content)
	case schema.Datetime:
		return datetimeValue(unquote(content))
	case schema.Timespan:
		return timespanValue(unquote(content))
	default:
		return guidValue(unquote(content))
	}
}

func datetimeValue(s string) (schema.Type, any, string) {
	v, ok := schema.ParseDatetime(s)
	if !ok {
		return schema.Datetime, nil, "is no datetime: want the form 2024-05-31T23:59:59.999Z"
	}
	return schema.Datetime, v, ""
}

func typedType(word string) schema.Type {
	switch word {
	case "int32":
		return schema.Int
	case "int64":
		return schema.Long
	}
	t, err := schema.ParseType(word)
	if err != nil {
		return schema.Unknown
	}
	return t
}

func boolValue(s string) (schema.Type, any, string) {
	switch {
	case strings.EqualFold(s, "true"), s == "1":
		return schema.Bool, true, ""
	case strings.EqualFold(s, "false"), s == "0":
		return schema.Bool, false, ""
	}
	return schema.Bool, nil, "is no bool: want true, false or null"
}

// longValue reads an int or long, decimal or hexadecimal.
func longValue(t schema.Type, s string) (schema.Type, any, string) {
	bits := 64
	if t == schema.Int {
		bits = 32
	}
	sign, digits := cutSign(s)
	base := 10
	if len(digits) > 2 && digits[0] == '0' && digits[1]|0x20 == 'x' {
		base, digits = 16, digits[2:]
	}
	n, err := strconv.ParseUint(digits, base, 64)
	switch {
	case err != nil && !isRange(err):
		return t, nil, "is no " + t.String()
	case err != nil, base == 10 && n > 1<<(bits-1)-1 && (n > 1<<(bits-1) || sign != "-"), bits == 32 && n > math.MaxUint32:
		return t, nil, "does not fit into " + t.String()
	}
	if sign == "-" {
		n = -n
	}
	if t == schema.Int {
		return t, int32(uint32(n)), ""
	}
	return t, int64(n), ""
}

func isRange(err error) bool { return errors.Is(err, strconv.ErrRange) }

func cutSign(s string) (sign, rest string) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[:1], strings.TrimSpace(s[1:])
	}
	return "", s
}

func realValue(s string) (schema.Type, any, string) {
	switch strings.ToLower(s) {
	case "nan":
		return schema.Real, math.NaN(), ""
	case "inf", "+inf":
		return schema.Real, math.Inf(1), ""
	case "-inf":
		return schema.Real, math.Inf(-1), ""
	}
	if !isNumber(s) {
		return schema.Real, nil, "is no real number"
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !isRange(err) {
		return schema.Real, nil, "is no real number"
	}
	return schema.Real, f, ""
}

func decimalValue(s string) (schema.Type, any, string) {
	if !isNumber(s) {
		return schema.Decimal, nil, "is no decimal number"
	}
	return schema.Decimal, schema.DecimalValue(s), ""
}

// isNumber tells whether s is an optional sign, digits, an optional fraction
// and an optional exponent.
func isNumber(s string) bool {
	_, s = cutSign(s)
	n := digitsLen(s)
	digits := n
	if n < len(s) && s[n] == '.' {
		f := digitsLen(s[n+1:])
		digits += f
		n += 1 + f
	}
	return digits > 0 && n+exponentLen(s[n:]) == len(s)
}

func guidValue(s string) (schema.Type, any, string) {
	g, ok := parseGUID(s)
	if !ok {
		return schema.GUID, nil, "is no GUID: want 8-4-4-4-12 hexadecimal digits"
	}
	return schema.GUID, g, ""
}

func parseGUID(s string) (schema.GUIDValue, bool) {
	s = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}"))
	if len(s) == 32 {
		s = s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
	}
	return schema.GUIDValue(s), len(s) == 36 && rawGUID(s) == 36
}

// unquote removes quotes around the content of a typed literal.
func unquote(s string) string {
	if len(s) >= 2 && isQuote(s[0]) && s[len(s)-1] == s[0] {
		return strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}

// stringValue returns what a string literal stands for. Text that the lexer
// found fault with gives something near it.
func stringValue(text string) string {
	text = strings.TrimLeft(text, "hH")
	if strings.HasPrefix(text, "```") || strings.HasPrefix(text, "~~~") {
		return strings.TrimSuffix(text[3:], text[:3])
	}
	verbatim := strings.HasPrefix(text, "@")
	text = strings.TrimPrefix(text, "@")
	quote, size := utf8.DecodeRuneInString(text)
	body := text[size:]
	if end, n := utf8.DecodeLastRuneInString(body); end == quote || strings.ContainsRune(smartQuotes, end) {
		body = body[:len(body)-n]
	}
	switch {
	case verbatim:
		q := string(quote)
		return strings.ReplaceAll(body, q+q, q)
	case strings.IndexByte(body, '\\') < 0:
		return body
	}
	return unescape(body)
}

// unescape replaces escape sequences.
func unescape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for s != "" {
		n := strings.IndexByte(s, '\\')
		if n < 0 {
			n = len(s)
		}
		b.WriteString(s[:n])
		if s = s[n:]; s == "" {
			break
		}
		r, size := escapeValue(s)
		b.WriteRune(r)
		s = s[size:]
	}
	return b.String()
}

// escapeValue returns the character of the escape sequence at the head of s.
func escapeValue(s string) (rune, int) {
	n := escapeLen(s)
	if n == 0 {
		return '\\', 1
	}
	switch s[1] {
	case 'x', 'U':
		return numericEscape(s[2:n], 16), n
	case 'u':
		return utf16Escape(s)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		return numericEscape(s[1:n], 8), n
	}
	return rune(plainEscapes[s[1]]), n
}

// plainEscapes are the characters behind escapes of one letter.
var plainEscapes = [128]byte{
	'\\': '\\', '\'': '\'', '"': '"', 'a': 7, 'b': 8, 'f': 12, 'n': 10, 'r': 13, 't': 9, 'v': 11,
}

func numericEscape(digits string, base int) rune {
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > unicodeMax {
		return utf8.RuneError
	}
	return rune(n)
}

const unicodeMax = 0x10ffff

// utf16Escape reads \uXXXX, two of them if they are a surrogate pair.
func utf16Escape(s string) (rune, int) {
	const length = 6
	r := numericEscape(s[2:length], 16)
	if utf16.IsSurrogate(r) && len(s) >= 2*length && s[length] == '\\' && s[length+1] == 'u' && escapeLen(s[length:]) == length {
		if full := utf16.DecodeRune(r, numericEscape(s[length+2:2*length], 16)); full != utf8.RuneError {
			return full, 2 * length
		}
	}
	return r, length
}
