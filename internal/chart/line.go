package chart

import (
	"math"
	"strings"
	"unicode/utf8"
)

// A canvas is dots, two by four in each character of a terminal that has
// braille, one in each of others.
type canvas struct {
	wide, high int // in characters
	dx, dy     int // dots in a character
	dots       []rune
	owner      []int // the series drawn last, -1 for none
}

func newCanvas(wide, high int, ascii bool) *canvas {
	c := &canvas{wide: wide, high: high, dx: 2, dy: 4, dots: make([]rune, wide*high), owner: make([]int, wide*high)}
	if ascii {
		c.dx, c.dy = 1, 1
	}
	for i := range c.owner {
		c.owner[i] = -1
	}
	return c
}

// braille numbers the dots of a character, by column and row.
var braille = [2][4]rune{{1, 2, 4, 64}, {8, 16, 32, 128}}

// set draws a dot; y counts from below.
func (c *canvas) set(x, y, series int) {
	if x < 0 || y < 0 || x >= c.wide*c.dx || y >= c.high*c.dy {
		return
	}
	y = c.high*c.dy - 1 - y
	at := y/c.dy*c.wide + x/c.dx
	bit := rune(1)
	if c.dx == 2 {
		bit = braille[x%2][y%4]
	}
	c.dots[at] |= bit
	c.owner[at] = series
}

// line draws dots from one place to another.
func (c *canvas) line(x0, y0, x1, y1, series int) {
	steps := max(abs(x1-x0), abs(y1-y0))
	for i := range steps + 1 {
		part := 0.0
		if steps > 0 {
			part = float64(i) / float64(steps)
		}
		c.set(x0+int(math.Round(part*float64(x1-x0))), y0+int(math.Round(part*float64(y1-y0))), series)
	}
}

func abs(n int) int { return max(n, -n) }

// row writes a line of characters.
func (c *canvas) row(y int, opt Options) string {
	var b strings.Builder
	for x := range c.wide {
		at := y*c.wide + x
		switch {
		case c.dots[at] == 0:
			b.WriteByte(' ')
		case c.dx == 1:
			b.WriteString(opt.paint(c.owner[at], "*"))
		default:
			b.WriteString(opt.paint(c.owner[at], string(0x2800+c.dots[at])))
		}
	}
	if opt.Colour {
		return b.String()
	}
	return strings.TrimRight(b.String(), " ")
}

// lines draws points, joined unless they are to be scattered.
func (d *data) lines(opt Options) []string {
	ys, xs := d.yScale(opt), d.xScale()
	labels := make([]string, opt.Height)
	labelled := max(opt.Height/4, 1)
	wide := 0
	for i := range labels {
		if i%labelled == 0 || i == opt.Height-1 {
			v := ys.high - (ys.high-ys.low)*float64(i)/float64(max(opt.Height-1, 1))
			labels[i] = number(v, d.yType)
			wide = max(wide, utf8.RuneCountInString(labels[i]))
		}
	}
	c := newCanvas(opt.Width-wide-2, opt.Height, opt.ASCII)
	for i := range d.series {
		d.draw(c, i, xs, ys, opt.Kind)
	}
	axis, corner, line := "┤", "└", "─"
	if opt.ASCII {
		axis, corner, line = "|", "+", "-"
	}
	var out []string
	for y := range opt.Height {
		out = append(out, strings.TrimRight(pad(labels[y], wide, true)+" "+axis+c.row(y, opt), " "))
	}
	out = append(out, strings.Repeat(" ", wide+1)+corner+strings.Repeat(line, c.wide))
	out = append(out, strings.Repeat(" ", wide+2)+d.xLabels(xs, c.wide))
	mark := "━"
	if opt.ASCII {
		mark = "*"
	}
	return append(out, d.legend(opt, mark)...)
}

// draw puts a series onto the canvas. Null is a gap.
func (d *data) draw(c *canvas, series int, xs, ys scale, kind string) {
	before := -1
	points := d.series[series].Points
	for i := range points {
		if !points[i].Known {
			before = -1
			continue
		}
		x, y := c.place(points[i], xs, ys)
		switch {
		case kind == "scatterchart" || before < 0:
			c.set(x, y, series)
		default:
			x0, y0 := c.place(points[before], xs, ys)
			c.line(x0, y0, x, y, series)
		}
		if kind == "areachart" || kind == "stackedareachart" {
			_, zero := c.place(Point{X: points[i].X, Y: 0}, xs, ys)
			c.line(x, y, x, zero, series)
		}
		before = i
	}
}

// place is where a point is drawn: at the edge if it lies beyond.
func (c *canvas) place(p Point, xs, ys scale) (x, y int) {
	return int(math.Round(xs.at(p.X) * float64(c.wide*c.dx-1))), int(math.Round(ys.at(p.Y) * float64(c.high*c.dy-1)))
}
