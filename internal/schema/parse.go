package schema

import (
	"strings"
	"time"
)

// ParseDatetime reads a time as KQL's literals and todatetime take it: ISO
// 8601 in whole or in part, also without hyphens, RFC 822 and RFC 850, and
// month/day/year. Without a zone it is UTC.
func ParseDatetime(s string) (DatetimeValue, bool) {
	d := datetimeParser{rest: strings.TrimSpace(s), month: 1, day: 1}
	if !d.date() || !d.clock() || !d.zone() || d.rest != "" {
		return 0, false
	}
	return d.value()
}

// A datetimeParser holds the parts of a time as they are read.
type datetimeParser struct {
	rest             string
	year, month, day int64
	ticks            int64 // of the day
	offset           int64 // ticks east of UTC
}

// value puts the parts together.
func (d *datetimeParser) value() (DatetimeValue, bool) {
	if d.year < 1 || d.month < 1 || d.month > 12 || d.day < 1 {
		return 0, false
	}
	t := time.Date(int(d.year), time.Month(d.month), int(d.day), 0, 0, 0, 0, time.UTC)
	if t.Day() != int(d.day) {
		return 0, false
	}
	v := DatetimeOf(t) + DatetimeValue(d.ticks-d.offset)
	return v, v >= 0 && v <= MaxDatetime
}

// digits cuts a number of at most limit digits off the rest.
func (d *datetimeParser) digits(limit int) (n int64, count int) {
	for count < limit && count < digitsLen(d.rest) {
		n = n*10 + int64(d.rest[count]-'0')
		count++
	}
	d.rest = d.rest[count:]
	return n, count
}

// skip cuts one of the characters off the rest if it stands there.
func (d *datetimeParser) skip(chars string) bool {
	if d.rest == "" || strings.IndexByte(chars, d.rest[0]) < 0 {
		return false
	}
	d.rest = d.rest[1:]
	return true
}

// word cuts letters off the rest.
func (d *datetimeParser) word() string {
	n := 0
	for n < len(d.rest) && isLetter(d.rest[n]) {
		n++
	}
	w := d.rest[:n]
	d.rest = d.rest[n:]
	return w
}

func (d *datetimeParser) spaces() { d.rest = strings.TrimLeft(d.rest, " \t,") }

// date reads the day in any of the forms.
func (d *datetimeParser) date() bool {
	if d.rest != "" && isLetter(d.rest[0]) {
		return d.wordDate()
	}
	if digitsLen(d.rest) == len("20060102") {
		return d.compactDate()
	}
	n, count := d.digits(4)
	switch {
	case count == 0:
		return false
	case count == 4:
		d.year = n
		return d.afterYear()
	case count <= 2 && d.skip("/"):
		return d.americanDate(n, "/")
	case count <= 2 && d.rest != "" && d.rest[0] == '-' && digitsLen(d.rest[1:]) > 0:
		d.skip("-")
		return d.americanDate(n, "-")
	case count <= 2:
		d.day = n
		return d.monthName() && d.shortYear()
	}
	return false
}

// separator cuts the sign between the parts of a date, with spaces around it.
func (d *datetimeParser) separator() bool {
	rest := strings.TrimLeft(d.rest, " ")
	if rest == "" || strings.IndexByte("-/,", rest[0]) < 0 {
		return false
	}
	d.rest = strings.TrimLeft(rest[1:], " ")
	return true
}

// afterYear reads [-MM[-DD]], also with slashes or commas.
func (d *datetimeParser) afterYear() bool {
	if !d.separator() {
		return true
	}
	n, count := d.digits(2)
	if d.month = n; count == 0 {
		return false
	}
	if !d.separator() {
		return true
	}
	n, count = d.digits(2)
	d.day = n
	return count > 0
}

// compactDate reads YYYYMMDD.
func (d *datetimeParser) compactDate() bool {
	d.year, _ = d.digits(4)
	d.month, _ = d.digits(2)
	d.day, _ = d.digits(2)
	return true
}

// americanDate reads the rest of MM/DD/YYYY.
func (d *datetimeParser) americanDate(month int64, separator string) bool {
	d.month = month
	n, count := d.digits(2)
	if d.day = n; count == 0 || !d.skip(separator) {
		return false
	}
	return d.shortYear()
}

// wordDate reads a date that starts with the name of a weekday or month.
func (d *datetimeParser) wordDate() bool {
	save := d.rest
	if isWeekday(d.word()) {
		d.spaces()
		return d.date()
	}
	d.rest = save
	if !d.monthName() {
		return false
	}
	n, count := d.digits(2)
	d.day = n
	d.spaces()
	return count > 0 && d.shortYear()
}

func isWeekday(w string) bool {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if name := day.String(); strings.EqualFold(w, name) || strings.EqualFold(w, name[:3]) {
			return true
		}
	}
	return false
}

// monthName reads the name of a month with the signs around it.
func (d *datetimeParser) monthName() bool {
	if !d.skip("-") {
		d.spaces()
	}
	w := d.word()
	if !d.skip("-") {
		d.spaces()
	}
	for m := time.January; m <= time.December; m++ {
		if name := m.String(); strings.EqualFold(w, name) || strings.EqualFold(w, name[:3]) {
			d.month = int64(m)
			return true
		}
	}
	return false
}

// shortYear reads a year of four digits or two.
func (d *datetimeParser) shortYear() bool {
	n, count := d.digits(4)
	switch {
	case count == 2 && n < 50:
		n += 2000
	case count == 2:
		n += 1900
	case count != 4:
		return false
	}
	d.year = n
	return true
}

// clock reads [T]hh[:mm[:ss[.fffffff]]] [AM|PM] if it is there.
func (d *datetimeParser) clock() bool {
	if d.rest != "" && isDigit(d.rest[0]) {
		return false // digits that belong to no part of the date
	}
	if !d.skip("Tt") {
		d.spaces()
	}
	hours, count := d.digits(2)
	if count == 0 {
		return true
	}
	rest, ok := d.minutes()
	hours, good := d.half(hours)
	d.ticks = hours*TicksPerHour + rest
	return ok && good && hours < 24
}

// minutes reads [:mm[:ss[.fffffff]]].
func (d *datetimeParser) minutes() (ticks int64, ok bool) {
	if !d.skip(":") {
		return 0, true
	}
	minutes, ok := d.sixty()
	if !ok || !d.skip(":") {
		return minutes * TicksPerMinute, ok
	}
	seconds, ok := d.sixty()
	ticks = minutes*TicksPerMinute + seconds*TicksPerSecond
	if ok && d.skip(".,") {
		var fraction int64
		fraction, ok = d.fraction()
		ticks += fraction
	}
	return ticks, ok
}

func (d *datetimeParser) sixty() (int64, bool) {
	n, count := d.digits(2)
	return n, count > 0 && n < 60
}

// fraction reads the digits of a second; those beyond a tick are cut off.
func (d *datetimeParser) fraction() (ticks int64, ok bool) {
	n := digitsLen(d.rest)
	for i := range 7 {
		ticks *= 10
		if i < n {
			ticks += int64(d.rest[i] - '0')
		}
	}
	d.rest = d.rest[n:]
	return ticks, n > 0
}

// half applies AM or PM to an hour.
func (d *datetimeParser) half(hours int64) (int64, bool) {
	save := d.rest
	d.spaces()
	switch strings.ToLower(d.word()) {
	case "am":
		return hours % 12, hours <= 12
	case "pm":
		return hours%12 + 12, hours <= 12
	}
	d.rest = save
	return hours, true
}

// zone reads Z, GMT, UTC or an offset if it is there.
func (d *datetimeParser) zone() bool {
	d.spaces()
	switch strings.ToUpper(d.word()) {
	case "", "Z", "GMT", "UTC", "UT":
	default:
		return false
	}
	east := d.rest != "" && d.rest[0] == '+'
	if !d.skip("+-") {
		return true
	}
	hours, count := d.digits(2)
	d.skip(":")
	minutes, _ := d.digits(2)
	d.offset = hours*TicksPerHour + minutes*TicksPerMinute
	if !east {
		d.offset = -d.offset
	}
	return count > 0 && hours <= 14 && minutes < 60
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// digitsLen counts the digits at the beginning.
func digitsLen(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}
