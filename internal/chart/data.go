package chart

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"nephoscope/internal/schema"
)

// data is what a chart shows.
type data struct {
	series []Series
	// labels are the values of an x that is no number, in their order.
	labels []string
	xType  schema.Type
	yType  schema.Type
	// more is how many series were left out.
	more int
}

// maxSeries is how many series a chart shows.
const maxSeries = 10

// A roles tells what columns stand for.
type roles struct {
	x      int
	ys     []int
	series []int
}

// read finds out what the columns stand for and takes the series apart. Columns
// with arrays, as make-series returns them, are as many rows.
func read(columns []schema.Column, rows [][]any, opt Options) (*data, error) {
	columns, rows = unfold(columns, rows)
	r, err := rolesOf(columns, opt)
	if err != nil {
		return nil, err
	}
	d := &data{xType: columns[r.x].Type, yType: columns[r.ys[0]].Type}
	places, bySeries := map[string]int{}, map[string]int{}
	for _, row := range rows {
		x, ok := d.xOf(row[r.x], places)
		if !ok {
			continue
		}
		for _, y := range r.ys {
			name := nameOf(columns, row, r, y)
			at, seen := bySeries[name]
			if !seen {
				at = len(d.series)
				bySeries[name] = at
				d.series = append(d.series, Series{Name: name})
			}
			v, known := numberOf(row[y])
			d.series[at].Points = append(d.series[at].Points, Point{X: x, Y: v, Known: known, Label: textOf(row[r.x])})
		}
	}
	if len(d.series) == 0 {
		return nil, errors.New("there is nothing to draw")
	}
	d.finish(opt)
	return d, nil
}

// finish sorts, adds up if asked to, and leaves out the smallest of too many
// series.
func (d *data) finish(opt Options) {
	for i := range d.series {
		p := d.series[i].Points
		if d.isOrdered() {
			slices.SortStableFunc(p, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
		}
		if strings.EqualFold(opt.Properties["accumulate"], "true") {
			sum := 0.0
			for j := range p {
				if p[j].Known {
					sum += p[j].Y
				}
				p[j].Y, p[j].Known = sum, true
			}
		}
	}
	if len(d.series) > maxSeries {
		slices.SortStableFunc(d.series, func(a, b Series) int { return cmp.Compare(total(b), total(a)) })
		d.more = len(d.series) - maxSeries
		d.series = d.series[:maxSeries]
	}
}

func total(s Series) (sum float64) {
	for _, p := range s.Points {
		if p.Known {
			sum += math.Abs(p.Y)
		}
	}
	return sum
}

// isOrdered tells whether x is a number or a time.
func (d *data) isOrdered() bool { return d.labels == nil }

// xOf places a value on the x axis: texts side by side.
func (d *data) xOf(v any, places map[string]int) (float64, bool) {
	if d.xType != schema.String && d.xType != schema.Bool && d.xType != schema.GUID && d.xType != schema.Dynamic {
		return numberOf(v)
	}
	label := textOf(v)
	at, ok := places[label]
	if !ok {
		at = len(places)
		places[label] = at
		d.labels = append(d.labels, label)
	}
	return float64(at), true
}

// rolesOf follows the properties, and else takes the first time, or first
// column, for x, numbers for y, and texts for names of series.
func rolesOf(columns []schema.Column, opt Options) (roles, error) {
	r := roles{x: -1}
	var err error
	if r.x, err = named(columns, opt.Properties["xcolumn"], -1); err != nil {
		return r, err
	}
	if r.ys, err = listed(columns, opt.Properties["ycolumns"]); err != nil {
		return r, err
	}
	if r.series, err = listed(columns, opt.Properties["series"]); err != nil {
		return r, err
	}
	if r.x < 0 {
		r.x = firstX(columns, opt.Kind)
	}
	for i, c := range columns {
		switch {
		case i == r.x || slices.Contains(r.series, i) || slices.Contains(r.ys, i):
		case isNumber(c.Type) && opt.Properties["ycolumns"] == "":
			r.ys = append(r.ys, i)
		case c.Type == schema.String && opt.Properties["series"] == "":
			r.series = append(r.series, i)
		}
	}
	if len(r.ys) == 0 {
		return r, errors.New("a chart needs a column of numbers beside the one for its x axis")
	}
	return r, nil
}

func firstX(columns []schema.Column, kind string) int {
	if kind != "barchart" && kind != "columnchart" && kind != "piechart" {
		for i, c := range columns {
			if c.Type == schema.Datetime {
				return i
			}
		}
	}
	return 0
}

func isNumber(t schema.Type) bool {
	switch t {
	case schema.Int, schema.Long, schema.Real, schema.Decimal, schema.Timespan:
		return true
	}
	return false
}

// named finds a column by its name; without one it is otherwise.
func named(columns []schema.Column, name string, otherwise int) (int, error) {
	if name == "" {
		return otherwise, nil
	}
	for i, c := range columns {
		if c.Name == name {
			return i, nil
		}
	}
	return 0, fmt.Errorf("there is no column %q to draw", name)
}

func listed(columns []schema.Column, names string) ([]int, error) {
	var list []int
	for name := range strings.SplitSeq(names, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		at, err := named(columns, name, 0)
		if err != nil {
			return nil, err
		}
		list = append(list, at)
	}
	return list, nil
}

// nameOf names the series of a row's value.
func nameOf(columns []schema.Column, row []any, r roles, y int) string {
	var parts []string
	for _, s := range r.series {
		parts = append(parts, textOf(row[s]))
	}
	if len(r.ys) > 1 || len(parts) == 0 {
		parts = append(parts, columns[y].Name)
	}
	return strings.Join(parts, ", ")
}

func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	return strings.Trim(fmt.Sprint(v), `"`)
}

// numberOf is a value as a number, false for null and what is none.
func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case int32:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case schema.DatetimeValue:
		return float64(v), true
	case schema.TimespanValue:
		return float64(v), true
	case schema.DecimalValue:
		f, err := strconv.ParseFloat(string(v), 64)
		return f, err == nil
	}
	return 0, false
}
