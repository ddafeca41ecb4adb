package tables

import (
	"bytes"

	"nephoscope/internal/schema"
)

// An instant is a point in time as a record wrote it.
type instant struct {
	ticks schema.DatetimeValue
	// canonical tells that the writing holds nothing beyond the ticks: ISO
	// 8601 in UTC with at most 7 significant digits.
	canonical bool
	ok        bool
}

// parseTime reads a time: ISO 8601 with 0 to any number of fractional digits,
// with Z, an offset or no zone (which means UTC); the American order
// 1/31/2021, 2:32:14.029 PM, again with or without zone; a date of RFC 1123;
// or the seconds or milliseconds since 1970. Digits beyond 100 ns are cut off.
func parseTime(b []byte) instant {
	if t := parseISO(b); t.ok {
		return t
	}
	return parseRare(b)
}

// parseISO reads the one form that real streams have: 2006-01-02T15:04:05,
// then a fraction or none, then Z or nothing.
func parseISO(b []byte) instant {
	const form = "0000-00-00T00:00:00"
	if len(b) < len(form) {
		return instant{}
	}
	for i := range len(form) {
		if form[i] == '0' && b[i]-'0' > 9 || form[i] != '0' && b[i] != form[i] {
			return instant{}
		}
	}
	year := int(b[0]-'0')*1000 + int(b[1]-'0')*100 + two(b[2:])
	day, ok := days(year, two(b[5:]), two(b[8:]))
	hour, minute, second := two(b[11:]), two(b[14:]), two(b[17:])
	if !ok || hour > 23 || minute > 59 || second > 59 {
		return instant{}
	}
	fraction, exact, rest := readFraction(b[len(form):])
	if len(rest) > 1 || len(rest) == 1 && rest[0] != 'Z' {
		return instant{}
	}
	seconds := ((int64(day)*24+int64(hour))*60+int64(minute))*60 + int64(second)
	return instant{schema.DatetimeValue(seconds*schema.TicksPerSecond + fraction), exact, true}
}

func two(b []byte) int { return int(b[0]-'0')*10 + int(b[1]-'0') }

// readFraction reads ".digits" as ticks; exact is false if a digit that is not
// 0 did not fit.
func readFraction(b []byte) (ticks int64, exact bool, rest []byte) {
	if len(b) < 2 || b[0] != '.' || b[1]-'0' > 9 {
		return 0, true, b
	}
	unit, exact := int64(schema.TicksPerSecond/10), true
	for b = b[1:]; len(b) > 0 && b[0]-'0' <= 9; b = b[1:] {
		ticks += int64(b[0]-'0') * unit
		exact = exact && (unit > 0 || b[0] == '0')
		unit /= 10
	}
	return ticks, exact, b
}

// days returns the days from 0001-01-01, or false if there is no such day.
func days(year, month, day int) (int, bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > monthDays(year, month) {
		return 0, false
	}
	before := [...]int{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}
	n := (year-1)*365 + (year-1)/4 - (year-1)/100 + (year-1)/400 + before[month-1] + day - 1
	if month > 2 && leap(year) {
		n++
	}
	return n, true
}

func monthDays(year, month int) int {
	switch month {
	case 2:
		if leap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// A timeReader walks over a time in one of its rarer writings. Once a step
// has failed, bad stays set and the later steps do nothing of use.
type timeReader struct {
	b   []byte
	bad bool
}

func parseTolerant(b []byte) instant {
	r := timeReader{b: b}
	day := r.date()
	clock := int64(0)
	if r.skip(" ,Tt"); len(r.b) > 0 {
		clock = r.clock()
	}
	offset := r.zone()
	if r.bad || len(r.b) > 0 {
		return instant{}
	}
	ticks := schema.DatetimeValue(int64(day)*schema.TicksPerDay + clock - offset)
	if ticks < 0 || ticks > schema.MaxDatetime {
		return instant{}
	}
	return instant{ticks: ticks, ok: true}
}

// date reads year-month-day or month/day/year.
func (r *timeReader) date() int {
	first := r.number(4)
	american := r.accept('/')
	if !american && !r.accept('-') {
		r.bad = true
	}
	second := r.number(2)
	if !r.accept('/') && !r.accept('-') {
		r.bad = true
	}
	third := r.number(4)
	if american {
		first, second, third = third, first, second
	}
	day, ok := days(first, second, third)
	r.bad = r.bad || !ok
	return day
}

// clock reads hour:minute[:second[.fraction]] [AM|PM] as ticks.
func (r *timeReader) clock() int64 {
	hour := r.number(2)
	r.bad = !r.accept(':') || r.bad
	minute, second, fraction := r.number(2), 0, int64(0)
	if r.accept(':') {
		second = r.number(2)
		fraction = r.fraction()
	}
	r.skip(" ")
	if half := r.half(); half != 0 {
		r.bad = r.bad || hour < 1 || hour > 12
		hour %= 12
		if half == 'p' {
			hour += 12
		}
	}
	r.bad = r.bad || hour > 23 || minute > 59 || second > 59
	return (int64(hour)*60+int64(minute))*schema.TicksPerMinute + int64(second)*schema.TicksPerSecond + fraction
}

// fraction reads the digits after a point, or a comma as some countries have
// it, as ticks.
func (r *timeReader) fraction() (ticks int64) {
	if len(r.b) > 1 && r.b[0] == ',' && r.b[1]-'0' <= 9 {
		point := append([]byte{'.'}, r.b[1:]...)
		ticks, _, r.b = readFraction(point)
		return ticks
	}
	ticks, _, r.b = readFraction(r.b)
	return ticks
}

// half reads AM or PM and returns its first letter, 0 if neither is there.
func (r *timeReader) half() byte {
	if len(r.b) < 2 || lower(r.b[1]) != 'm' {
		return 0
	}
	half := lower(r.b[0])
	if half != 'a' && half != 'p' {
		return 0
	}
	r.b = r.b[2:]
	return half
}

// zone reads Z, UTC, GMT or an offset, which it returns as ticks.
func (r *timeReader) zone() int64 {
	r.skip(" ")
	for _, name := range []string{"Z", "UTC", "GMT"} {
		if isFold(r.b, name) {
			r.b = nil
		}
	}
	if len(r.b) == 0 {
		return 0
	}
	sign := int64(1)
	if r.accept('-') {
		sign = -1
	} else if !r.accept('+') {
		r.bad = true
		return 0
	}
	hour, minute := r.number(2), 0
	if r.accept(':') || len(r.b) > 0 {
		minute = r.number(2)
	}
	r.bad = r.bad || hour > 14 || minute > 59
	return sign * (int64(hour)*60 + int64(minute)) * schema.TicksPerMinute
}

// number reads one to most digits.
func (r *timeReader) number(most int) int {
	n, i := 0, 0
	for ; i < most && i < len(r.b) && r.b[i]-'0' <= 9; i++ {
		n = n*10 + int(r.b[i]-'0')
	}
	r.bad = r.bad || i == 0
	r.b = r.b[i:]
	return n
}

func (r *timeReader) accept(c byte) bool {
	if len(r.b) == 0 || r.b[0] != c {
		return false
	}
	r.b = r.b[1:]
	return true
}

func (r *timeReader) skip(set string) { r.b = bytes.TrimLeft(r.b, set) }

// appendTime appends a datetime as KQL writes it: 7 fractional digits and Z.
func appendTime(dst []byte, ticks schema.DatetimeValue) []byte {
	return ticks.Time().AppendFormat(dst, "2006-01-02T15:04:05.0000000Z")
}
