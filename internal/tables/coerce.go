package tables

import (
	"bytes"
	"encoding/hex"
	"math"
	"strconv"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// coerce sets a column to a value of the record, converted to the column's
// type. It sets nothing for null and for empty text. It returns false if the
// value says something that the type cannot hold.
func coerce(rows *schema.Rows, col int, v event.Value) bool {
	own := plain(v)
	switch rows.Table.Columns[col].Type {
	case schema.String:
		set(rows, col, exportedText(v))
		return true
	case schema.Dynamic:
		return coerceDynamic(rows, col, v)
	case schema.GUID:
		return coerceGUID(rows, col, own.b, v)
	case schema.Decimal:
		return coerceDecimal(rows, col, own.b, v)
	case schema.Real:
		f, err := strconv.ParseFloat(string(bytes.TrimSpace(own.b)), 64)
		if err != nil {
			return blank(v)
		}
		rows.SetReal(col, f)
		return true
	}
	if blank(v) {
		return true
	}
	n, ok := integer(rows.Table.Columns[col].Type, v)
	if ok {
		rows.SetInt(col, n)
	}
	return ok
}

// integer converts to the types that are stored as an integer.
func integer(kind schema.Type, v event.Value) (int64, bool) {
	own := bytes.TrimSpace(plain(v).b)
	switch kind {
	case schema.Bool:
		return boolean(own)
	case schema.Int:
		n, ok := whole(own)
		return n, ok && n >= math.MinInt32 && n <= math.MaxInt32
	case schema.Long:
		return whole(own)
	case schema.Datetime:
		t := timeOf(v)
		return int64(t.ticks), t.ok
	case schema.Timespan:
		return timespan(own)
	default:
		return 0, false
	}
}

func boolean(b []byte) (int64, bool) {
	switch {
	case isFold(b, "true"), string(b) == "1":
		return 1, true
	case isFold(b, "false"), string(b) == "0":
		return 0, true
	default:
		return 0, false
	}
}

// whole reads a whole number exactly; 1.0 and 1e3 are whole too.
func whole(b []byte) (int64, bool) {
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// timeOf reads a time: text as parseTime reads it, or a number that counts
// from 1970 in seconds, milliseconds or microseconds, told apart by its size.
func timeOf(v event.Value) instant {
	own := bytes.TrimSpace(plain(v).b)
	if t := parseTime(own); t.ok {
		return t
	}
	n, ok := whole(own)
	if !ok || n < 0 {
		return instant{}
	}
	perUnit := int64(schema.TicksPerSecond)
	switch {
	case n >= 1e14:
		perUnit = schema.TicksPerMillisecond / 1000
	case n >= 1e11:
		perUnit = schema.TicksPerMillisecond
	}
	if n > int64(schema.MaxDatetime)/perUnit {
		return instant{}
	}
	const epoch = 621_355_968_000_000_000 // 1970 in ticks
	ticks := epoch + n*perUnit
	if ticks < 0 || ticks > int64(schema.MaxDatetime) {
		return instant{}
	}
	return instant{ticks: schema.DatetimeValue(ticks), ok: true}
}

// timespan reads [-][d.]hh:mm[:ss[.fffffff]], or a number of seconds.
func timespan(b []byte) (int64, bool) {
	if seconds, err := strconv.ParseFloat(string(b), 64); err == nil {
		ticks := seconds * schema.TicksPerSecond
		return int64(ticks), math.Abs(ticks) < 1<<62
	}
	rest, negative := bytes.CutPrefix(b, []byte("-"))
	days := int64(0)
	if dot, colon := bytes.IndexByte(rest, '.'), bytes.IndexByte(rest, ':'); dot >= 0 && dot < colon {
		n, err := strconv.ParseInt(string(rest[:dot]), 10, 32)
		if err != nil || n > 10_000_000 {
			return 0, false
		}
		days, rest = n, rest[dot+1:]
	}
	r := timeReader{b: rest}
	ticks := days*schema.TicksPerDay + r.clock()
	if negative {
		ticks = -ticks
	}
	return ticks, !r.bad && len(r.b) == 0
}

// coerceDynamic takes any JSON; text that holds an object or array is read.
func coerceDynamic(rows *schema.Rows, col int, v event.Value) bool {
	v = embedded(v)
	if v.Exists() && v.Kind() != event.Null {
		rows.Built(col, appendJSON(rows.Build(col), v))
	}
	return true
}

// coerceGUID takes 32 hex digits with or without hyphens and braces.
func coerceGUID(rows *schema.Rows, col int, own []byte, v event.Value) bool {
	digits := bytes.Trim(bytes.TrimSpace(own), "{}")
	digits = bytes.ReplaceAll(digits, []byte("-"), nil)
	var id schema.ID
	if len(digits) != 2*len(id) {
		return blank(v)
	}
	if _, err := hex.Decode(id[:], digits); err != nil {
		return false
	}
	rows.SetString(col, id.String())
	return true
}

// coerceDecimal takes the text of a number as it is.
func coerceDecimal(rows *schema.Rows, col int, own []byte, v event.Value) bool {
	own = bytes.TrimSpace(own)
	if f, err := strconv.ParseFloat(string(own), 64); err != nil || math.IsNaN(f) || math.IsInf(f, 0) || bytes.ContainsAny(own, "xX_") {
		return blank(v)
	}
	rows.SetText(col, own)
	return true
}
