package native

import (
	"time"
	_ "time/tzdata" // zones are known wherever the program runs

	"nephoscope/internal/schema"
)

func calendarFunctions() []function {
	return []function{
		toValue("kql_start_of", []sqlType{text, long, long}, long, func(b *batch, row int) (int64, bool) {
			return startOf(b.text(0, row), b.long(1, row), b.long(2, row))
		}),
		toValue("kql_datetime_part", []sqlType{text, long}, long, func(b *batch, row int) (int64, bool) {
			return datetimePart(b.text(0, row), b.long(1, row))
		}),
		toValue("kql_datetime_add", []sqlType{text, long, long}, long, func(b *batch, row int) (int64, bool) {
			return datetimeAdd(b.text(0, row), b.long(1, row), b.long(2, row))
		}),
		toValue("kql_datetime_diff", []sqlType{text, long, long}, long, func(b *batch, row int) (int64, bool) {
			return datetimeDiff(b.text(0, row), b.long(1, row), b.long(2, row))
		}),
		toValue("kql_make_datetime", []sqlType{real, real, real, real, real, real}, long, func(b *batch, row int) (int64, bool) {
			var parts [6]float64
			for i := range parts {
				parts[i] = b.real(i, row)
			}
			return makeDatetime(parts)
		}),
		toValue("kql_make_timespan", []sqlType{long, long, long, real}, long, func(b *batch, row int) (int64, bool) {
			return makeTimespan(b.long(0, row), b.long(1, row), b.long(2, row), b.real(3, row))
		}),
		toValue("kql_utc_to_local", []sqlType{long, text}, long, func(b *batch, row int) (int64, bool) {
			return utcToLocal(b.long(0, row), b.text(1, row))
		}),
		toValue("kql_local_to_utc", []sqlType{long, text}, long, func(b *batch, row int) (int64, bool) {
			return localToUTC(b.long(0, row), b.text(1, row))
		}),
	}
}

// units are the parts of time that have a fixed length.
var units = map[string]int64{
	"week": 7 * schema.TicksPerDay, "day": schema.TicksPerDay, "hour": schema.TicksPerHour,
	"minute": schema.TicksPerMinute, "second": schema.TicksPerSecond,
	"millisecond": schema.TicksPerMillisecond, "microsecond": 10,
}

// months are the parts of time that are made of months.
var months = map[string]int64{"year": 12, "quarter": 3, "month": 1}

func timeOf(ticks int64) time.Time { return schema.DatetimeValue(ticks).Time() }

// valid takes ticks for a time only between the years 1 and 9999.
func valid(ticks int64) (int64, bool) {
	return ticks, ticks >= 0 && ticks <= int64(schema.MaxDatetime)
}

// startOf returns the beginning of the period that a time lies in, n periods
// later.
func startOf(unit string, ticks, n int64) (int64, bool) {
	if n > 4_000_000 || n < -4_000_000 {
		return 0, false
	}
	t := timeOf(ticks)
	switch unit {
	case "day":
		return valid(ticks - ticks%schema.TicksPerDay + n*schema.TicksPerDay)
	case "week": // the first day of all was a Monday
		return valid(ticks - (ticks+schema.TicksPerDay)%units["week"] + n*units["week"])
	case "month":
		return ticksOf(time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
	case "year":
		return ticksOf(time.Date(t.Year()+int(n), 1, 1, 0, 0, 0, 0, time.UTC))
	}
	return 0, false
}

func datetimePart(part string, ticks int64) (int64, bool) {
	t := timeOf(ticks)
	switch part {
	case "year":
		return int64(t.Year()), true
	case "quarter":
		return int64(t.Month()+2) / 3, true
	case "month":
		return int64(t.Month()), true
	case "week_of_year", "week":
		_, week := t.ISOWeek()
		return int64(week), true
	case "weekofyear":
		return weekOfYear(t), true
	case "day":
		return int64(t.Day()), true
	case "dayofyear":
		return int64(t.YearDay()), true
	case "hour":
		return int64(t.Hour()), true
	case "minute":
		return int64(t.Minute()), true
	case "second":
		return int64(t.Second()), true
	case "millisecond":
		return ticks % schema.TicksPerSecond / schema.TicksPerMillisecond, true
	case "microsecond":
		return ticks % schema.TicksPerSecond / 10, true
	case "nanosecond":
		return ticks % schema.TicksPerSecond * 100, true
	}
	return 0, false
}

// weekOfYear counts the weeks in which a year has its Wednesdays; they begin on
// Sunday.
func weekOfYear(t time.Time) int64 {
	wednesday := t.AddDate(0, 0, int(time.Wednesday-t.Weekday()))
	return int64(wednesday.YearDay()-1)/7 + 1
}

func datetimeAdd(part string, n, ticks int64) (int64, bool) {
	if m, ok := months[part]; ok {
		return addMonths(ticks, n*m)
	}
	if part == "nanosecond" {
		return valid(ticks + n/100)
	}
	unit, ok := units[part]
	if !ok || n > int64(schema.MaxDatetime)/unit || n < -int64(schema.MaxDatetime)/unit {
		return 0, false
	}
	return valid(ticks + n*unit)
}

// addMonths keeps the day of the month, or takes the last one if the month is
// too short.
func addMonths(ticks, n int64) (int64, bool) {
	if n > 120_000 || n < -120_000 {
		return 0, false
	}
	t := timeOf(ticks)
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	start, ok := ticksOf(first.AddDate(0, 0, min(t.Day(), last)-1))
	return start + ticks%schema.TicksPerDay, ok
}

// datetimeDiff counts the borders between periods from b to a.
func datetimeDiff(part string, a, b int64) (int64, bool) {
	if m, ok := months[part]; ok {
		return monthCount(a)/m - monthCount(b)/m, true
	}
	if part == "nanosecond" {
		return (a - b) * 100, true
	}
	unit, ok := units[part]
	if !ok {
		return 0, false
	}
	if part == "week" {
		a, b = a+schema.TicksPerDay, b+schema.TicksPerDay
	}
	return a/unit - b/unit, true
}

func monthCount(ticks int64) int64 {
	t := timeOf(ticks)
	return int64(t.Year())*12 + int64(t.Month()) - 1
}

// makeDatetime makes a time of year, month, day, hour, minute and second.
func makeDatetime(p [6]float64) (int64, bool) {
	year, month, day, hour, minute := int(p[0]), time.Month(p[1]), int(p[2]), int(p[3]), int(p[4])
	t := time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
	if t.Year() != year || t.Month() != month || t.Day() != day || t.Hour() != hour || t.Minute() != minute || !(p[5] >= 0 && p[5] < 60) {
		return 0, false
	}
	ticks, ok := ticksOf(t)
	return ticks + int64(p[5]*schema.TicksPerSecond+0.5), ok
}

func makeTimespan(days, hours, minutes int64, seconds float64) (int64, bool) {
	const mostDays = 10_675_198
	if days < 0 || days > mostDays || hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || !(seconds >= 0 && seconds < 60) {
		return 0, false
	}
	return days*schema.TicksPerDay + hours*schema.TicksPerHour + minutes*schema.TicksPerMinute + int64(seconds*schema.TicksPerSecond+0.5), true
}

func utcToLocal(ticks int64, zone string) (int64, bool) {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		return 0, false
	}
	_, offset := timeOf(ticks).In(loc).Zone()
	return valid(ticks + int64(offset)*schema.TicksPerSecond)
}

func localToUTC(ticks int64, zone string) (int64, bool) {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		return 0, false
	}
	t := timeOf(ticks)
	local := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), loc)
	return ticksOf(local.UTC())
}
