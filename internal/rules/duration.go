package rules

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// The forms of a duration. Each group is a number; its unit stands beside it.
type durationForm struct {
	pattern *regexp.Regexp
	units   []time.Duration
}

func durationForms() []durationForm {
	return []durationForm{
		{regexp.MustCompile(`^(\d+)d$`), []time.Duration{day}},
		{regexp.MustCompile(`^(\d+)h$`), []time.Duration{time.Hour}},
		{regexp.MustCompile(`^(\d+)m$`), []time.Duration{time.Minute}},
		{
			regexp.MustCompile(`^p(?:(\d+)w)?(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?)?$`),
			[]time.Duration{7 * day, day, time.Hour, time.Minute, time.Second},
		},
		{
			regexp.MustCompile(`^(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?$`),
			[]time.Duration{day, time.Hour, time.Minute, time.Second},
		},
	}
}

// ParseDuration reads the forms that rules are written in: 5m, 1h, 14d; ISO
// 8601 such as PT5M or P1DT2H; hh:mm:ss and d.hh:mm:ss.
func ParseDuration(s string) (time.Duration, error) {
	text := strings.ToLower(strings.TrimSpace(s))
	for _, form := range durationForms() {
		if m := form.pattern.FindStringSubmatch(text); m != nil && text != "p" && !strings.HasSuffix(text, "t") {
			return sumUnits(s, m[1:], form.units)
		}
	}
	return 0, fmt.Errorf("%q is no duration: want a form like 5m, 1h, 14d, PT1H, P1D or 01:00:00", s)
}

func sumUnits(s string, numbers []string, units []time.Duration) (time.Duration, error) {
	const limit = 100 * 366 * day
	total := time.Duration(0)
	for i, digits := range numbers {
		if digits == "" {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n > int64(limit/units[i]) {
			return 0, fmt.Errorf("duration %q is too long", s)
		}
		total += time.Duration(n) * units[i]
	}
	return total, nil
}

// FormatDuration writes a duration as ISO 8601, the form of the ARM shape.
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "PT0S"
	}
	var b strings.Builder
	b.WriteByte('P')
	if days := d / day; days > 0 {
		fmt.Fprintf(&b, "%dD", days)
	}
	if d%day == 0 {
		return b.String()
	}
	b.WriteByte('T')
	for _, u := range []struct {
		n    time.Duration
		unit string
	}{{d % day / time.Hour, "H"}, {d % time.Hour / time.Minute, "M"}, {d % time.Minute / time.Second, "S"}} {
		if u.n > 0 {
			fmt.Fprintf(&b, "%d%s", u.n, u.unit)
		}
	}
	return b.String()
}
