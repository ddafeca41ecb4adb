package schema

import "time"

// The Go types of row values. A value of a query result is one of: nil, bool,
// int32, int64, float64, string, DatetimeValue, TimespanValue, DynamicValue,
// GUIDValue or DecimalValue.
type (
	// DatetimeValue counts ticks of 100 ns since 0001-01-01T00:00:00Z.
	DatetimeValue int64
	// TimespanValue counts ticks of 100 ns.
	TimespanValue int64
	// DynamicValue is compact JSON text.
	DynamicValue string
	// GUIDValue is the lower-case text with hyphens.
	GUIDValue string
	// DecimalValue is the decimal's text.
	DecimalValue string
)

// Ticks of common durations.
const (
	TicksPerMillisecond = 10_000
	TicksPerSecond      = 1_000 * TicksPerMillisecond
	TicksPerMinute      = 60 * TicksPerSecond
	TicksPerHour        = 60 * TicksPerMinute
	TicksPerDay         = 24 * TicksPerHour

	// MaxDatetime is 9999-12-31T23:59:59.9999999Z.
	MaxDatetime DatetimeValue = 3_155_378_975_999_999_999

	unixEpochTicks = 621_355_968_000_000_000
)

// DatetimeOf converts a time; what is finer than 100 ns is cut off.
func DatetimeOf(t time.Time) DatetimeValue {
	return DatetimeValue(t.Unix()*TicksPerSecond + int64(t.Nanosecond()/100) + unixEpochTicks)
}

// Time converts to a UTC time.
func (d DatetimeValue) Time() time.Time {
	ticks := int64(d) - unixEpochTicks
	sec, rest := ticks/TicksPerSecond, ticks%TicksPerSecond
	return time.Unix(sec, rest*100).UTC()
}

// String formats as KQL does: 2019-10-24T00:13:46.3554259Z.
func (d DatetimeValue) String() string {
	return d.Time().Format("2006-01-02T15:04:05.0000000Z")
}

// Add returns d moved by s.
func (d DatetimeValue) Add(s TimespanValue) DatetimeValue { return d + DatetimeValue(s) }

// TimespanOf converts a duration; what is finer than 100 ns is cut off.
func TimespanOf(d time.Duration) TimespanValue { return TimespanValue(d / 100) }

// String formats as KQL does: [-][d.]hh:mm:ss[.fffffff].
func (s TimespanValue) String() string {
	var b [32]byte
	return string(s.Append(b[:0]))
}

// Append appends what String returns.
func (s TimespanValue) Append(dst []byte) []byte {
	n := uint64(s)
	if s < 0 {
		dst, n = append(dst, '-'), -n
	}
	if days := n / TicksPerDay; days > 0 {
		dst = append(appendPadded(dst, days, 1), '.')
	}
	dst = append(appendPadded(dst, n/TicksPerHour%24, 2), ':')
	dst = append(appendPadded(dst, n/TicksPerMinute%60, 2), ':')
	dst = appendPadded(dst, n/TicksPerSecond%60, 2)
	if frac := n % TicksPerSecond; frac > 0 {
		dst = appendPadded(append(dst, '.'), frac, 7)
	}
	return dst
}

func appendPadded(dst []byte, n uint64, width int) []byte {
	var b [20]byte
	i := len(b)
	for ; n > 0 || width > 0; width-- {
		i--
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return append(dst, b[i:]...)
}
