package output

import (
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"nephoscope/internal/schema"
)

// AppendJSON appends a row as one JSON object in compact form, named and
// written as Azure's tables are exported: times with 7 fractional digits,
// dynamic values as JSON, decimals as numbers. Columns without a value are
// left out. _ItemId and, of stored rows, _TimeReceived are added. A raw record
// is appended as it is.
func AppendJSON(dst []byte, b *Batch, row *Row) []byte {
	if row.Raw != nil {
		return append(dst, row.Raw...)
	}
	dst = append(dst, '{')
	for i := range b.Columns {
		if v := row.Values[i]; !nothing(v) {
			dst = append(AppendString(dst, b.Columns[i].Name), ':')
			dst = append(appendValue(dst, v), ',')
		}
	}
	if row.Arrived != 0 {
		dst = append(dst, `"`+schema.IngestedAt+`":`...)
		dst = append(appendValue(dst, row.Arrived), ',')
	}
	dst = append(dst, `"`+schema.ItemID+`":`...)
	return append(AppendString(dst, row.ID), '}')
}

// nothing tells whether a value is null; the empty string is KQL's.
func nothing(v any) bool { return v == nil || v == "" || v == schema.DynamicValue("") }

// appendValue appends a value that is not nothing.
func appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(dst, v)
	case int32:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return appendReal(dst, v)
	case string:
		return AppendString(dst, v)
	case schema.DatetimeValue:
		return AppendString(dst, v.String())
	case schema.TimespanValue:
		return AppendString(dst, v.String())
	case schema.GUIDValue:
		return AppendString(dst, string(v))
	case schema.DynamicValue:
		return appendOwnJSON(dst, string(v))
	case schema.DecimalValue:
		return appendOwnJSON(dst, string(v))
	default:
		return append(dst, "null"...)
	}
}

// appendReal writes what JSON has no number for as text, as Azure does.
func appendReal(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	default:
		return strconv.AppendFloat(dst, f, 'g', -1, 64)
	}
}

// appendOwnJSON appends text that should be JSON; what is none becomes a
// string.
func appendOwnJSON(dst []byte, s string) []byte {
	if !jsontext.Value(s).IsValid(jsontext.AllowDuplicateNames(true)) {
		return AppendString(dst, s)
	}
	return append(dst, s...)
}

// AppendString appends text as a JSON string; what is no UTF-8 is replaced.
func AppendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // the error only tells of the replacement
	return dst
}
