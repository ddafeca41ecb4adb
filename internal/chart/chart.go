// Package chart draws the result of a query as lines of text: what render asks
// for, as far as a terminal can show it.
//
// Invariant: no line is wider than asked for, and no text of the data reaches
// the terminal as a control.
package chart

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"nephoscope/internal/schema"
)

// Options say how a chart is drawn.
type Options struct {
	// Kind is the chart: timechart, linechart, areachart, scatterchart,
	// anomalychart, barchart, columnchart, stackedareachart, piechart or card.
	Kind string
	// Properties are those of render, by their names in lower case: title,
	// xcolumn, ycolumns, series, ymin, ymax, legend, accumulate and others.
	Properties map[string]string
	// Width and Height are in characters; at least 30 by 5.
	Width, Height int
	// ASCII draws with characters that every terminal has.
	ASCII bool
	// Colour sets series apart by colour.
	Colour bool
}

// Kinds are the charts that can be drawn.
func Kinds() []string {
	return []string{
		"timechart", "linechart", "areachart", "stackedareachart", "scatterchart", "anomalychart", "barchart", "columnchart", "piechart", "card",
	}
}

// A Point is a place of a series; it is a gap if Known is not set.
type Point struct {
	X, Y  float64
	Label string
	Known bool
}

// A Series is points with a common name.
type Series struct {
	Name   string
	Points []Point
}

// Draw returns the lines of a chart, an error if the columns cannot be drawn.
func Draw(columns []schema.Column, rows [][]any, opt Options) ([]string, error) {
	opt.Width, opt.Height = max(opt.Width, 30), max(opt.Height, 5)
	if opt.Kind == "card" {
		return card(columns, rows, opt), nil
	}
	d, err := read(columns, rows, opt)
	if err != nil {
		return nil, err
	}
	var lines []string
	if title := opt.Properties["title"]; title != "" {
		lines = append(lines, cut(clean(title), opt.Width))
	}
	switch opt.Kind {
	case "barchart", "piechart":
		lines = append(lines, d.bars(opt)...)
	case "columnchart":
		lines = append(lines, d.columns(opt)...)
	case "timechart", "linechart", "areachart", "stackedareachart", "scatterchart", "anomalychart":
		lines = append(lines, d.lines(opt)...)
	default:
		return nil, fmt.Errorf("the chart %q cannot be drawn in a terminal", opt.Kind)
	}
	return lines, nil
}

// card shows single values.
func card(columns []schema.Column, rows [][]any, opt Options) []string {
	var lines []string
	for _, row := range rows[:min(len(rows), 1)] {
		for i, v := range row {
			lines = append(lines, cut(clean(fmt.Sprintf("%s: %v", columns[i].Name, v)), opt.Width))
		}
	}
	return lines
}

// clean makes a text one line without controls.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) && r != ' ' {
			return ' '
		}
		return r
	}, s)
}

// cut shortens a text to a width in characters.
func cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	if width < 2 {
		return strings.Repeat(".", max(width, 0))
	}
	return string([]rune(s)[:width-1]) + "…"
}

// pad fills a text up to a width, on the left if right is set.
func pad(s string, width int, right bool) string {
	space := strings.Repeat(" ", max(width-utf8.RuneCountInString(s), 0))
	if right {
		return space + s
	}
	return s + space
}

// palette are the colours of series, as terminals number them.
var palette = []int{36, 33, 32, 35, 34, 31, 96, 93, 92, 95}

func (o *Options) paint(series int, s string) string {
	if !o.Colour || strings.TrimSpace(s) == "" {
		return s
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", palette[series%len(palette)], s)
}

// legend names the series, each with its mark.
func (d *data) legend(opt Options, mark string) []string {
	if len(d.series) < 2 && opt.Properties["legend"] != "visible" || opt.Properties["legend"] == "hidden" {
		return nil
	}
	var lines []string
	line, used := "", 0
	for i := range d.series {
		name := cut(clean(d.series[i].Name), opt.Width-3)
		if used > 0 && used+utf8.RuneCountInString(name)+4 > opt.Width {
			lines, line, used = append(lines, line), "", 0
		}
		if used > 0 {
			line, used = line+"  ", used+2
		}
		line += opt.paint(i, mark) + " " + name
		used += 2 + utf8.RuneCountInString(name)
	}
	if d.more > 0 {
		line += fmt.Sprintf("  (%d more)", d.more)
	}
	return append(lines, cutPainted(line, opt))
}

// cutPainted leaves painted lines, which legend has measured, as they are.
func cutPainted(line string, opt Options) string {
	if opt.Colour {
		return line
	}
	return cut(line, opt.Width)
}
