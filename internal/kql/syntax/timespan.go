package syntax

import (
	"math"
	"strconv"
	"strings"

	"nephoscope/internal/schema"
)

// timespanUnits are the ticks of each unit; a nanosecond is a hundredth of
// one.
var timespanUnits = map[string]float64{
	"d": schema.TicksPerDay, "day": schema.TicksPerDay, "days": schema.TicksPerDay,
	"h": schema.TicksPerHour, "hr": schema.TicksPerHour, "hrs": schema.TicksPerHour,
	"hour": schema.TicksPerHour, "hours": schema.TicksPerHour,
	"m": schema.TicksPerMinute, "min": schema.TicksPerMinute,
	"minute": schema.TicksPerMinute, "minutes": schema.TicksPerMinute,
	"s": schema.TicksPerSecond, "sec": schema.TicksPerSecond,
	"second": schema.TicksPerSecond, "seconds": schema.TicksPerSecond,
	"ms": schema.TicksPerMillisecond, "milli": schema.TicksPerMillisecond, "millis": schema.TicksPerMillisecond,
	"millisec": schema.TicksPerMillisecond, "millisecond": schema.TicksPerMillisecond,
	"milliseconds": schema.TicksPerMillisecond,
	"micro":        10, "micros": 10, "microsec": 10, "microsecond": 10, "microseconds": 10,
	"tick": 1, "ticks": 1,
	"nano": 0.01, "nanos": 0.01, "nanosec": 0.01, "nanosecond": 0.01, "nanoseconds": 0.01,
}

func timespanValue(s string) (schema.Type, any, string) {
	v, ok := ParseTimespan(s)
	if !ok {
		return schema.Timespan, nil, "is no timespan: want 1d, 2h, 30m, 10s, 100ms or d.hh:mm:ss"
	}
	return schema.Timespan, v, ""
}

// ParseTimespan reads a timespan as literals hold it: 1.5h, 15 seconds,
// [-][d.]hh:mm[:ss[.fffffff]], or a number of days.
func ParseTimespan(s string) (schema.TimespanValue, bool) {
	sign, rest := cutSign(strings.TrimSpace(s))
	ticks, ok := unsignedTimespan(rest)
	if sign == "-" {
		ticks = -ticks
	}
	return schema.TimespanValue(ticks), ok
}

func unsignedTimespan(s string) (int64, bool) {
	if strings.IndexByte(s, ':') >= 0 {
		return clockTicks(s)
	}
	n := digitsLen(s)
	if n < len(s) && s[n] == '.' {
		n += 1 + digitsLen(s[n+1:])
	}
	unit := float64(schema.TicksPerDay)
	if name := strings.TrimSpace(s[n:]); name != "" {
		var ok bool
		if unit, ok = timespanUnits[name]; !ok {
			return 0, false
		}
	}
	return scale(s[:n], unit)
}

// scale multiplies a number with a unit; whole numbers exactly.
func scale(number string, unit float64) (int64, bool) {
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && unit >= 1 {
		if u := int64(unit); n <= math.MaxInt64/u {
			return n * u, true
		}
		return 0, false
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || f*unit >= math.MaxInt64 {
		return 0, false
	}
	return int64(math.Round(f * unit)), true
}

// clockTicks reads [d.]hh:mm[:ss[.fffffff]].
func clockTicks(s string) (int64, bool) {
	var days int64
	head, tail, _ := strings.Cut(s, ":")
	if d, h, ok := strings.Cut(head, "."); ok {
		n, good := smallNumber(d, 10_675_199)
		if !good {
			return 0, false
		}
		days, head = n, h
	}
	hours, ok := smallNumber(head, 23)
	if !ok {
		return 0, false
	}
	rest, ok := minutesTicks(tail)
	return days*schema.TicksPerDay + hours*schema.TicksPerHour + rest, ok
}

// minutesTicks reads mm[:ss[.fffffff]].
func minutesTicks(s string) (int64, bool) {
	m, sec, hasSeconds := strings.Cut(s, ":")
	minutes, ok := smallNumber(m, 59)
	if !ok || !hasSeconds {
		return minutes * schema.TicksPerMinute, ok
	}
	whole, frac, _ := strings.Cut(sec, ".")
	seconds, ok := smallNumber(whole, 59)
	ticks, okFrac := fractionTicks(frac)
	return minutes*schema.TicksPerMinute + seconds*schema.TicksPerSecond + ticks, ok && okFrac
}

// smallNumber reads up to eight digits that are at most limit.
func smallNumber(s string, limit int64) (int64, bool) {
	if s == "" || len(s) > 8 || digitsLen(s) != len(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n <= limit
}

// fractionTicks reads the digits behind the point of a second; what is finer
// than a tick is cut off.
func fractionTicks(s string) (int64, bool) {
	if digitsLen(s) != len(s) {
		return 0, false
	}
	const digits = 7
	ticks := int64(0)
	for i := range digits {
		ticks *= 10
		if i < len(s) {
			ticks += int64(s[i] - '0')
		}
	}
	return ticks, true
}
