package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// A category is a bar's label with the values of all series.
type category struct {
	label  string
	values []float64
	known  []bool
}

// maxBars is how many bars are drawn; what is beyond is told.
const maxBars = 40

// categories gathers the values by label, in the order of the rows.
func (d *data) categories() []category {
	var list []category
	at := map[string]int{}
	for s := range d.series {
		for _, p := range d.series[s].Points {
			i, ok := at[p.Label]
			if !ok {
				i = len(list)
				at[p.Label] = i
				list = append(list, category{p.Label, make([]float64, len(d.series)), make([]bool, len(d.series))})
			}
			if p.Known {
				list[i].values[s] += p.Y
				list[i].known[s] = true
			}
		}
	}
	return list
}

// bars draws a line for each category and series; a pie is bars with the part
// of the whole.
func (d *data) bars(opt Options) []string {
	list := d.categories()
	whole := 0.0
	for _, c := range list {
		for _, v := range c.values {
			whole += v
		}
	}
	if opt.Kind == "piechart" {
		slices.SortStableFunc(list, func(a, b category) int { return cmp.Compare(b.values[0], a.values[0]) })
	}
	hidden := max(len(list)-maxBars, 0)
	list = list[:len(list)-hidden]
	wide := 0
	for i := range list {
		list[i].label = cut(clean(list[i].label), opt.Width/3)
		wide = max(wide, utf8.RuneCountInString(list[i].label))
	}
	ys := d.yScale(opt)
	var lines []string
	for _, c := range list {
		for s := range d.series {
			label := c.label
			if s > 0 {
				label = ""
			}
			text := ""
			if c.known[s] {
				text = number(c.values[s], d.yType)
			}
			if opt.Kind == "piechart" && whole > 0 {
				text = fmt.Sprintf("%5.1f %%  %s", 100*c.values[s]/whole, text)
			}
			room := max(opt.Width-wide-utf8.RuneCountInString(text)-4, 4)
			lines = append(lines, strings.TrimRight(pad(label, wide, false)+" "+opt.paint(s, bar(c.values[s], ys, room, opt.ASCII))+" "+text, " "))
		}
	}
	if hidden > 0 {
		lines = append(lines, fmt.Sprintf("(%d more)", hidden))
	}
	return append(lines, d.legend(opt, block(opt.ASCII))...)
}

func block(ascii bool) string {
	if ascii {
		return "#"
	}
	return "█"
}

// eighths are blocks that fill a part of a character from the left, sinking ones
// from below.
var (
	eighths = []string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}
	rising  = []string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
)

// bar is a bar of a value, as long as its distance from 0 on the scale.
func bar(v float64, ys scale, room int, ascii bool) string {
	reach := max(math.Abs(ys.low), math.Abs(ys.high))
	if reach == 0 {
		return ""
	}
	size := math.Abs(v) / reach * float64(room)
	size = min(size, float64(room))
	if ascii {
		sign := "#"
		if v < 0 {
			sign = "-"
		}
		return strings.Repeat(sign, int(math.Round(size)))
	}
	full := int(size)
	if v < 0 {
		return strings.Repeat("░", max(int(math.Round(size)), 1))
	}
	return strings.Repeat("█", full) + eighths[int((size-float64(full))*8)]
}

// columns draws upright bars side by side; those that do not fit, or are below
// 0, lie down.
func (d *data) columns(opt Options) []string {
	list := d.categories()
	ys := d.yScale(opt)
	label := utf8.RuneCountInString(number(ys.high, d.yType))
	each := (opt.Width - label - 2) / max(len(list), 1)
	if len(d.series) > 1 || each < 3 || ys.low < 0 {
		return d.bars(opt)
	}
	each = min(each, 16)
	var lines []string
	for y := range opt.Height {
		text := ""
		if y == 0 {
			text = number(ys.high, d.yType)
		}
		line := pad(text, label, true) + " "
		for _, c := range list {
			line += opt.paint(0, strings.Repeat(fill(ys.at(c.values[0]), y, opt), each-1)) + " "
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	line := strings.Repeat(" ", label+1)
	for _, c := range list {
		line += pad(cut(clean(c.label), each-1), each, false)
	}
	return append(lines, strings.TrimRight(line, " "))
}

// fill is the character of a column on line y, counted from above.
func fill(part float64, y int, opt Options) string {
	filled := part*float64(opt.Height) - float64(opt.Height-1-y)
	filled = min(max(filled, 0), 1)
	if opt.ASCII {
		if filled >= 0.5 {
			return "#"
		}
		return " "
	}
	return rising[int(math.Round(filled*8))]
}
