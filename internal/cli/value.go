package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// oneLine keeps a cell on its line, and control characters off the terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// plainText formats a value as KQL prints it; null is empty.
func plainText(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case bool:
		return strconv.FormatBool(x)
	case float64:
		return realText(x)
	case string:
		return x
	case schema.DynamicValue:
		return dynamicText(string(x))
	default:
		return fmt.Sprint(x)
	}
}

// dynamicText returns JSON text as it is, and a JSON string without its quotes.
func dynamicText(text string) string {
	if !strings.HasPrefix(text, `"`) {
		return text
	}
	plain, err := jsontext.AppendUnquote(nil, text)
	if err != nil { // no JSON; no store returns that
		return text
	}
	return string(plain)
}

func realText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	default:
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
}

// appendColumns appends names and types as a JSON array.
func appendColumns(dst []byte, columns []schema.Column) []byte {
	dst = append(dst, '[')
	for i, c := range columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendText(append(dst, `{"name":`...), c.Name), `,"type":"`...)
		dst = append(append(dst, c.Type.String()...), '"', '}')
	}
	return append(dst, ']')
}

// appendRow appends a row as a JSON array.
func appendRow(dst []byte, row []any) []byte {
	dst = append(dst, '[')
	for i, v := range row {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendValue(dst, v)
	}
	return append(dst, ']')
}

// appendValue appends a value as the query API writes it: numbers and bools as
// they are, NaN and the like, times, dynamic values and decimals as text.
func appendValue(dst []byte, v any) []byte {
	switch x := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, x)
	case int32:
		return strconv.AppendInt(dst, int64(x), 10)
	case int64:
		return strconv.AppendInt(dst, x, 10)
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return appendText(dst, realText(x))
		}
		return strconv.AppendFloat(dst, x, 'g', -1, 64)
	case schema.DatetimeValue:
		return append(append(append(dst, '"'), shortTime(x)...), '"')
	default:
		return appendText(dst, plainText(v))
	}
}

// shortTime formats a time without trailing zeros of the second's fraction.
func shortTime(t schema.DatetimeValue) string {
	text := strings.TrimRight(strings.TrimSuffix(t.String(), "Z"), "0")
	return strings.TrimSuffix(text, ".") + "Z"
}

// appendText appends a JSON string.
func appendText(dst []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(dst, s)
	if err != nil { // not UTF-8; no store returns that
		return append(dst, `""`...)
	}
	return quoted
}

// parseTime reads now, a day, a time, or how long ago it was.
func parseTime(text string, now time.Time) (time.Time, error) {
	if text == "now" {
		return now, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	if ago, ok := strings.CutPrefix(text, "-"); ok {
		if d, err := rules.ParseDuration(ago); err == nil {
			return now.Add(-d), nil
		}
	}
	return time.Time{}, fmt.Errorf("time %q: want now, 2026-01-31, 2026-01-31T12:00:00Z, or -14d for fourteen days ago", text)
}
