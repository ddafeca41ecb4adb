package syntax

import (
	"strings"
	"time"

	"nephoscope/internal/schema"
)

func datetimeValue(s string) (schema.Type, any, string) {
	v, ok := ParseDatetime(s)
	if !ok {
		return schema.Datetime, nil, "is no datetime: want the form 2024-05-31T23:59:59.999Z"
	}
	return schema.Datetime, v, ""
}

// ParseDatetime reads a time as KQL's literals and todatetime take it: ISO
// 8601 in whole or in part, RFC 822 and RFC 850, and month/day/year. Without
// a zone it is UTC.
func ParseDatetime(s string) (schema.DatetimeValue, bool) {
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
func (d *datetimeParser) value() (schema.DatetimeValue, bool) {
	if d.year < 1 || d.month < 1 || d.month > 12 || d.day < 1 {
		return 0, false
	}
	t := time.Date(int(d.year), time.Month(d.month), int(d.day), 0, 0, 0, 0, time.UTC)
	if t.Day() != int(d.day) {
		return 0, false
	}
	v := schema.DatetimeOf(t) + schema.DatetimeValue(d.ticks-d.offset)
	return v, v >= 0 && v <= schema.MaxDatetime
}

// digits cuts a number of at most limit digits off the rest.
func (d *datetimeParser) digits(limit int) (n int64, count int) {
	for count < limit && count < len(d.rest) && isDigit(d.rest[count]) {
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
	n, count := d.digits(4)
	switch {
	case count == 0:
		return false
	case count == 4:
		d.year = n
		return d.afterYear()
	case count <= 2 && d.skip("/"):
		return d.slashDate(n)
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

// slashDate reads the rest of MM/DD/YYYY.
func (d *datetimeParser) slashDate(month int64) bool {
	d.month = month
	n, count := d.digits(2)
	if d.day = n; count == 0 || !d.skip("/") {
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
	if !d.skip("Tt") {
		d.spaces()
	}
	hours, count := d.digits(2)
	if count == 0 {
		return true
	}
	rest, ok := d.minutes()
	hours, good := d.half(hours)
	d.ticks = hours*schema.TicksPerHour + rest
	return ok && good && hours < 24
}

// minutes reads [:mm[:ss[.fffffff]]].
func (d *datetimeParser) minutes() (ticks int64, ok bool) {
	if !d.skip(":") {
		return 0, true
	}
	minutes, ok := d.sixty()
	if !ok || !d.skip(":") {
		return minutes * schema.TicksPerMinute, ok
	}
	seconds, ok := d.sixty()
	ticks = minutes*schema.TicksPerMinute + seconds*schema.TicksPerSecond
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

func (d *datetimeParser) fraction() (int64, bool) {
	n := digitsLen(d.rest)
	ticks, ok := fractionTicks(d.rest[:n])
	d.rest = d.rest[n:]
	return ticks, ok && n > 0
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
	d.offset = hours*schema.TicksPerHour + minutes*schema.TicksPerMinute
	if !east {
		d.offset = -d.offset
	}
	return count > 0 && hours <= 14 && minutes < 60
}
