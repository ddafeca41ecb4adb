package tables

import (
	"bytes"
	"strings"
	"time"

	"nephoscope/internal/schema"
)

// parseRare reads the writings that no stream of Azure has, but files that went
// through other programs do.
func parseRare(b []byte) instant {
	if b = plainSpaces(b); len(b) == 0 {
		return instant{}
	}
	if t := parseTolerant(b); t.ok {
		return t
	}
	if t := parseEpoch(b); t.ok {
		return t
	}
	return parseRFC1123(string(b))
}

// plainSpaces trims b and makes plain spaces of those that do not break, which
// stand before AM and PM as browsers write them today.
func plainSpaces(b []byte) []byte {
	for _, space := range []string{"\u00a0", "\u2009", "\u202f"} {
		if bytes.Contains(b, []byte(space)) {
			b = bytes.ReplaceAll(b, []byte(space), []byte(" "))
		}
	}
	return bytes.TrimSpace(b)
}

// parseEpoch reads seconds since 1970 if there are 10 digits, which means from
// 2001 to 2286, and milliseconds if there are 13; a fraction may follow. Other
// numbers could be anything.
func parseEpoch(b []byte) instant {
	digits, fraction, _ := bytes.Cut(b, []byte("."))
	if len(digits) != 10 && len(digits) != 13 || digits[0] == '0' {
		return instant{}
	}
	n := int64(0)
	for _, c := range digits {
		if c-'0' > 9 {
			return instant{}
		}
		n = n*10 + int64(c-'0')
	}
	ticks, _, rest := readFraction(b[len(digits):])
	if len(rest) > 0 || len(fraction) == 0 && len(b) > len(digits) {
		return instant{}
	}
	unit := int64(schema.TicksPerSecond)
	if len(digits) == 13 {
		unit, ticks = unit/1000, ticks/1000
	}
	epoch := int64(schema.DatetimeOf(time.Unix(0, 0)))
	return instant{ticks: schema.DatetimeValue(epoch + n*unit + ticks), ok: true}
}

// parseRFC1123 reads a date as mail and HTTP have it: Mon, 02 Jan 2006
// 15:04:05 GMT, with or without the day of the week. Names of zones other than
// GMT and UTC mean different things to different people and are not read.
func parseRFC1123(s string) instant {
	if len(s) < len("2 Jan 2006 15:04:05 UTC") || len(s) > len("Wednesday, 02 Jan 2006 15:04:05 -0700") {
		return instant{}
	}
	if _, rest, ok := strings.Cut(s, ","); ok {
		s = strings.TrimSpace(rest)
	}
	for _, zone := range []string{"GMT", "UTC", "-0700"} {
		t, err := time.Parse("2 Jan 2006 15:04:05 "+zone, s)
		if err == nil && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 {
			return instant{ticks: schema.DatetimeOf(t), ok: true}
		}
	}
	return instant{}
}
