package native

import (
	"math"
	"strconv"
	"strings"
)

func numberFunctions() []function {
	return []function{
		toText("kql_real_text", []sqlType{real}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return appendReal(dst, b.real(0, row)), true
		}),
		toText("kql_real_json", []sqlType{real}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return appendRealJSON(dst, b.real(0, row)), true
		}),
		textToLong("kql_parse_long", parseLong),
		toValue("kql_parse_real", []sqlType{text}, real, func(b *batch, row int) (float64, bool) {
			return parseReal(b.text(0, row))
		}),
		toValue("kql_parse_bool", []sqlType{text}, boolean, func(b *batch, row int) (bool, bool) {
			return parseBool(b.text(0, row))
		}),
		textToText("kql_parse_guid", parseGUID),
		toValue("kql_number", []sqlType{text}, real, func(b *batch, row int) (float64, bool) {
			return parseReal(plain(b.text(0, row)))
		}),
		toText("kql_number_json", []sqlType{real}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			f := b.real(0, row)
			if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
				return strconv.AppendInt(dst, int64(f), 10), true
			}
			return appendRealJSON(dst, f), true
		}),
		toValue("kql_shift_left", []sqlType{long, long}, long, func(b *batch, row int) (int64, bool) {
			return b.long(0, row) << (uint64(b.long(1, row)) % 64), b.long(1, row) >= 0
		}),

		toValue("kql_shift_right", []sqlType{long, long}, long, func(b *batch, row int) (int64, bool) {
			return b.long(0, row) >> (uint64(b.long(1, row)) % 64), b.long(1, row) >= 0
		}),
	}
}

// appendReal formats a number as tostring shows it: the shortest digits that
// read back as the same number, whole numbers with .0, an exponent beyond 15
// digits.
func appendReal(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-5 || a >= 1e15) {
		return appendExponent(dst, f)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if !strings.ContainsRune(string(dst[start:]), '.') {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendExponent writes 1.5E+20: at least two digits of exponent.
func appendExponent(dst []byte, f float64) []byte {
	return strconv.AppendFloat(dst, f, 'E', -1, 64)
}

// appendRealJSON formats a number inside a dynamic, which has no NaN.
func appendRealJSON(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		dst = append(dst, '"')
		return append(appendReal(dst, f), '"')
	}
	return appendReal(dst, f)
}

// parseLong reads what tolong reads: a decimal or hexadecimal integer, or a
// number with a fraction, which is cut off.
func parseLong(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	sign, digits := "", s
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		sign, digits = s[:1], s[1:]
	}
	if hex, ok := cutHex(digits); ok {
		n, err := strconv.ParseUint(hex, 16, 64)
		if sign == "-" {
			return -int64(n), err == nil
		}
		return int64(n), err == nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, ok := parseReal(s)
	if !ok || math.IsNaN(f) || math.Abs(f) >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

func cutHex(s string) (string, bool) {
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		return hex, true
	}
	return strings.CutPrefix(s, "0X")
}

func parseReal(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || strings.ContainsAny(s, "_xXpP") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

func parseBool(s string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	n, ok := parseLong(s)
	return n != 0, ok
}

// parseGUID reads the forms with and without hyphens and braces and returns
// the lower-case one with hyphens.
func parseGUID(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if len(s) == 38 && (s[0] == '{' && s[37] == '}' || s[0] == '(' && s[37] == ')') {
		s = s[1:37]
	}
	if len(s) == 36 {
		if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return "", false
		}
		s = s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	}
	if len(s) != 32 || strings.Trim(s, "0123456789abcdefABCDEF") != "" {
		return "", false
	}
	s = strings.ToLower(s)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:], true
}
