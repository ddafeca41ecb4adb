package chart

import (
	"math"
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/schema"
)

// A scale maps values from Low to High to 0 up to 1.
type scale struct{ low, high float64 }

// at is a part of the axis: what lies beyond is at its end.
func (s scale) at(v float64) float64 {
	if s.high == s.low {
		return 0.5
	}
	part := (v - s.low) / (s.high - s.low)
	if math.IsNaN(part) { // the axis is longer than the greatest number
		return 0
	}
	return min(max(part, 0), 1)
}

// yScale spans all values, 0 included unless the properties say otherwise, up to
// the next round number.
func (d *data) yScale(opt Options) scale {
	low, high := 0.0, 0.0
	for _, s := range d.series {
		for _, p := range s.Points {
			if p.Known {
				low, high = min(low, p.Y), max(high, p.Y)
			}
		}
	}
	step := niceStep((high - low) / 4)
	low, high = math.Floor(low/step)*step, math.Ceil(high/step)*step
	if v, ok := bound(opt.Properties["ymin"]); ok {
		low = v
	}
	if v, ok := bound(opt.Properties["ymax"]); ok && v > low {
		high = v
	}
	if high <= low {
		high = low + 1
	}
	return scale{low, high}
}

// bound reads an end of an axis that the query gives.
func bound(text string) (float64, bool) {
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// niceStep is the least of 1, 2, 2.5, 5 times a power of ten that is not less.
func niceStep(least float64) float64 {
	if !(least > 0) || math.IsInf(least, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, f := range []float64{1, 2, 2.5, 5, 10} {
		if f*power >= least {
			return f * power
		}
	}
	return 10 * power
}

func (d *data) xScale() scale {
	s := scale{math.Inf(1), math.Inf(-1)}
	for _, list := range d.series {
		for _, p := range list.Points {
			s.low, s.high = min(s.low, p.X), max(s.high, p.X)
		}
	}
	return s
}

// number writes a value of an axis shortly.
func number(v float64, t schema.Type) string {
	if t == schema.Timespan {
		return time.Duration(v * 100).Round(time.Millisecond).String()
	}
	for _, unit := range []struct {
		size float64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if math.Abs(v) >= unit.size {
			if unit.name == "k" {
				unit.size = 1e3
			}
			return strconv.FormatFloat(v/unit.size, 'g', 4, 64) + unit.name
		}
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// xLabels writes some values below an axis of a width.
func (d *data) xLabels(s scale, width int) string {
	line := []rune(strings.Repeat(" ", width))
	last := -2
	count := max(width/22, 1)
	for i := range count + 1 {
		part := float64(i) / float64(count)
		text := []rune(d.xLabel(s.low+part*(s.high-s.low), s.high-s.low))
		at := min(max(int(part*float64(width-1))-len(text)/2, 0), width-len(text))
		if at <= last+1 || at < 0 {
			continue
		}
		copy(line[at:], text)
		last = at + len(text)
	}
	return strings.TrimRight(string(line), " ")
}

// xLabel writes a value as finely as the span of the axis asks for.
func (d *data) xLabel(v, span float64) string {
	if d.xType != schema.Datetime {
		if d.labels != nil {
			return cut(clean(d.labels[min(max(int(v+0.5), 0), len(d.labels)-1)]), 18)
		}
		return number(v, d.xType)
	}
	t := schema.DatetimeValue(int64(v)).Time()
	switch {
	case span > 300*float64(schema.TicksPerDay):
		return t.Format("2006-01-02")
	case span > 3*float64(schema.TicksPerDay):
		return t.Format("Jan 02 15:04")
	case span > 3*float64(schema.TicksPerMinute):
		return t.Format("02 15:04")
	}
	return t.Format("15:04:05.000")
}
