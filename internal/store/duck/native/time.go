package native

import (
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/schema"
)

func timeFunctions() []function {
	return []function{
		longToText("kql_datetime_text", func(dst []byte, n int64) []byte {
			return append(dst, schema.DatetimeValue(n).String()...)
		}),
		longToText("kql_timespan_text", func(dst []byte, n int64) []byte {
			return schema.TimespanValue(n).Append(dst)
		}),
		textToLong("kql_parse_datetime", func(s string) (int64, bool) {
			v, ok := schema.ParseDatetime(s)
			return int64(v), ok
		}),
		textToLong("kql_parse_timespan", ParseTimespan),
	}
}

func ticksOf(t time.Time) (int64, bool) {
	if t.Year() < 1 || t.Year() > 9999 {
		return 0, false
	}
	return int64(schema.DatetimeOf(t)), true
}

var timespanUnits = map[string]int64{
	"d": schema.TicksPerDay, "day": schema.TicksPerDay, "days": schema.TicksPerDay,
	"h": schema.TicksPerHour, "hr": schema.TicksPerHour, "hrs": schema.TicksPerHour, "hour": schema.TicksPerHour, "hours": schema.TicksPerHour,
	"m": schema.TicksPerMinute, "min": schema.TicksPerMinute, "minute": schema.TicksPerMinute, "minutes": schema.TicksPerMinute,
	"s": schema.TicksPerSecond, "sec": schema.TicksPerSecond, "second": schema.TicksPerSecond, "seconds": schema.TicksPerSecond,
	"ms": schema.TicksPerMillisecond, "milli": schema.TicksPerMillisecond, "millis": schema.TicksPerMillisecond,
	"millisecond": schema.TicksPerMillisecond, "milliseconds": schema.TicksPerMillisecond,
	"micro": 10, "micros": 10, "microsecond": 10, "microseconds": 10,
	"tick": 1, "ticks": 1,
}

// ParseTimespan reads [-][d.]hh:mm[:ss[.fffffff]], a number of days, or a
// literal such as 1.5h.
func ParseTimespan(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	negative := strings.HasPrefix(s, "-")
	n, ok := parsePositiveTimespan(strings.TrimPrefix(s, "-"))
	if negative {
		n = -n
	}
	return n, ok
}

func parsePositiveTimespan(s string) (int64, bool) {
	if strings.Contains(s, ":") {
		return parseClock(s)
	}
	digits := strings.TrimRightFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	unit, known := timespanUnits[strings.ToLower(strings.TrimSpace(s[len(digits):]))]
	if digits == s {
		unit, known = schema.TicksPerDay, true
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil || !known || f*float64(unit) > 1<<62 {
		return 0, false
	}
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return n * unit, true
	}
	return int64(f*float64(unit) + 0.5), true
}

// parseClock reads [d.]hh:mm[:ss[.fffffff]].
func parseClock(s string) (int64, bool) {
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, false
	}
	days, hours, dotted := strings.Cut(parts[0], ".")
	if !dotted {
		days, hours = "0", days
	}
	seconds, fraction := "0", ""
	if len(parts) == 3 {
		seconds, fraction, _ = strings.Cut(parts[2], ".")
	}
	if len(fraction) > 7 {
		return 0, false
	}
	fraction += strings.Repeat("0", 7-len(fraction))
	total := int64(0)
	for i, p := range []string{days, hours, parts[1], seconds, fraction} {
		n, err := strconv.ParseUint(p, 10, 31)
		if err != nil || n >= clockLimits[i] {
			return 0, false
		}
		total += int64(n) * clockTicks[i]
	}
	return total, true
}

var (
	clockLimits = [...]uint64{10_675_199, 24, 60, 60, 10_000_000}
	clockTicks  = [...]int64{schema.TicksPerDay, schema.TicksPerHour, schema.TicksPerMinute, schema.TicksPerSecond, 1}
)
