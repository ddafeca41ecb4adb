package native

import (
	"math"
	"strconv"

	"nephoscope/internal/schema"
)

// maxSeries bounds the length of a series; Microsoft's is the same by default.
const maxSeries = 1 << 20

func seriesFunctions() []function {
	return []function{
		toText("kql_series_values", []sqlType{text, text, long, long, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			bins, _ := elements(b.text(0, row))
			values, _ := elements(b.text(1, row))
			return seriesValues(dst, bins, values, b.long(2, row), b.long(3, row), b.text(4, row))
		}),
		toText("kql_series_axis", []sqlType{long, long, long, long, text}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return seriesAxis(dst, b.long(0, row), b.long(1, row), b.long(2, row), b.long(3, row), b.text(4, row))
		}),
		toText("kql_series_reals", []sqlType{long, long, real, real}, func(b *batch, row int, dst []byte) ([]byte, bool) {
			return seriesReals(dst, b.long(0, row), b.long(1, row), b.real(2, row), b.real(3, row))
		}),
	}
}

// seriesValues lays out values by their bins, from the first bin to the last.
func seriesValues(dst []byte, bins, values []string, first, last int64, missing string) ([]byte, bool) {
	if last-first >= maxSeries {
		return dst, false
	}
	list := make([]string, 0, max(last-first+1, 0))
	at := 0
	for bin := first; bin <= last; bin++ {
		v := missing
		for ; at < len(bins); at++ {
			n, _ := strconv.ParseInt(bins[at], 10, 64)
			if n > bin {
				break
			}
			if n == bin {
				v = values[at]
			}
		}
		list = append(list, v)
	}
	return array(dst, list), true
}

func seriesAxis(dst []byte, first, last, base, step int64, kind string) ([]byte, bool) {
	if last-first >= maxSeries {
		return dst, false
	}
	dst = append(dst, '[')
	for bin := first; bin <= last; bin++ {
		if bin > first {
			dst = append(dst, ',')
		}
		at := base + bin*step
		switch kind {
		case "datetime":
			dst = append(append(append(dst, '"'), schema.DatetimeValue(at).String()...), '"')
		case "timespan":
			dst = append(schema.TimespanValue(at).Append(append(dst, '"')), '"')
		default:
			dst = strconv.AppendInt(dst, at, 10)
		}
	}
	return append(dst, ']'), true
}

func seriesReals(dst []byte, first, last int64, base, step float64) ([]byte, bool) {
	if last-first >= maxSeries || math.IsNaN(base+step) {
		return dst, false
	}
	dst = append(dst, '[')
	for bin := first; bin <= last; bin++ {
		if bin > first {
			dst = append(dst, ',')
		}
		dst = appendRealJSON(dst, base+float64(bin)*step)
	}
	return append(dst, ']'), true
}
