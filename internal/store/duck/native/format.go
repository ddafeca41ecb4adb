package native

import (
	"strconv"
	"strings"

	"nephoscope/internal/schema"
)

// A run is a letter of a format, so many times; other characters stand for
// themselves.
func runs(format string, visit func(letter byte, n int, s string)) {
	for i := 0; i < len(format); {
		j := i + 1
		for j < len(format) && format[j] == format[i] {
			j++
		}
		visit(format[i], j-i, format[i:j])
		i = j
	}
}

func padded(dst []byte, n int64, width int) []byte {
	s := strconv.FormatInt(n, 10)
	for i := len(s); i < width; i++ {
		dst = append(dst, '0')
	}
	return append(dst, s...)
}

// fraction appends n digits of a second's ticks; short leaves trailing zeros
// away.
func fraction(dst []byte, ticks int64, n int, short bool) []byte {
	digits := string(padded(nil, ticks%schema.TicksPerSecond, 7))[:min(n, 7)]
	if short {
		digits = strings.TrimRight(digits, "0")
	}
	return append(dst, digits...)
}

func formatDatetime(dst []byte, ticks int64, format string) []byte {
	t := timeOf(ticks)
	runs(format, func(letter byte, n int, s string) {
		switch letter {
		case 'y':
			year := int64(t.Year())
			if n <= 2 {
				year %= 100
			}
			dst = padded(dst, year, n)
		case 'M':
			dst = padded(dst, int64(t.Month()), min(n, 2))
		case 'd':
			dst = padded(dst, int64(t.Day()), min(n, 2))
		case 'H':
			dst = padded(dst, int64(t.Hour()), n)
		case 'h':
			dst = padded(dst, int64((t.Hour()+11)%12+1), n)
		case 'm':
			dst = padded(dst, int64(t.Minute()), n)
		case 's':
			dst = padded(dst, int64(t.Second()), n)
		case 'f', 'F':
			dst = fraction(dst, ticks, n, letter == 'F')
		case 't':
			dst = append(dst, t.Format("PM")[:min(n, 2)]...)
		default:
			dst = append(dst, s...)
		}
	})
	return dst
}

func formatTimespan(dst []byte, span int64, format string) []byte {
	ticks := span
	if span < 0 {
		dst, ticks = append(dst, '-'), -span
	}
	runs(format, func(letter byte, n int, s string) {
		switch letter {
		case 'd':
			dst = padded(dst, ticks/schema.TicksPerDay, n)
		case 'h', 'H':
			dst = padded(dst, ticks/schema.TicksPerHour%24, n)
		case 'm':
			dst = padded(dst, ticks/schema.TicksPerMinute%60, n)
		case 's':
			dst = padded(dst, ticks/schema.TicksPerSecond%60, n)
		case 'f', 'F':
			dst = fraction(dst, ticks, n, letter == 'F')
		default:
			dst = append(dst, s...)
		}
	})
	return dst
}
