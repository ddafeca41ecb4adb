package review

import (
	"strings"

	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// compared finds a lower bound of time in a comparison.
func (r *reviewer) compared(b *syntax.Binary) {
	switch b.Op {
	case syntax.OpGreater, syntax.OpGreaterEqual:
		r.look(b.X, b.Y)
	case syntax.OpLess, syntax.OpLessEqual:
		r.look(b.Y, b.X)
	}
}

// look remembers that what is at or after bound, if it is the time of rows.
func (r *reviewer) look(what, bound syntax.Expr) {
	arrival, isTime := timeOfRows(what)
	if !isTime {
		return
	}
	r.steps = 0
	back, ok := r.moment(bound)
	if !ok {
		return
	}
	at := r.tree.Position(bound.Extent().Start)
	r.found.Looks = append(r.found.Looks, Look{Line: at.Line, Column: at.Column, Back: back.offset, Slack: back.slack, Arrival: arrival})
}

// timeOfRows tells whether an expression is the time of rows, or that of their
// arrival.
func timeOfRows(x syntax.Expr) (arrival, ok bool) {
	switch x := x.(type) {
	case *syntax.Paren:
		return timeOfRows(x.X)
	case *syntax.Ident:
		return false, x.Name == "TimeGenerated"
	case *syntax.Call:
		return true, strings.EqualFold(x.Name.Name, "ingestion_time")
	}
	return false, false
}

// A moment is a time relative to now: so long before it.
type moment struct{ offset, slack schema.TimespanValue }

// maxSteps bounds the work on one bound: names may stand for names, many times
// over and in circles.
const maxSteps = 1000

// step tells whether there is a step left.
func (r *reviewer) step() bool {
	r.steps++
	return r.steps <= maxSteps
}

// moment works out what an expression says, false if it cannot be told from the
// text.
func (r *reviewer) moment(x syntax.Expr) (moment, bool) {
	if !r.step() {
		return moment{}, false
	}
	switch x := x.(type) {
	case *syntax.Paren:
		return r.moment(x.X)
	case *syntax.Ident:
		if value, ok := r.lets[x.Name]; ok {
			return r.moment(value)
		}
	case *syntax.Binary:
		return r.shifted(x)
	case *syntax.Call:
		return r.momentOfCall(x)
	}
	return moment{}, false
}

// shifted is a moment plus or minus a timespan.
func (r *reviewer) shifted(b *syntax.Binary) (moment, bool) {
	m, ok := r.moment(b.X)
	d, isSpan := r.timespan(b.Y)
	if !ok || !isSpan {
		return m, false
	}
	switch b.Op {
	case syntax.OpSub:
		m.offset += d
	case syntax.OpAdd:
		m.offset -= d
	default:
		return m, false
	}
	return m, true
}

func (r *reviewer) momentOfCall(c *syntax.Call) (moment, bool) {
	name := strings.ToLower(c.Name.Name)
	switch {
	case name == "now" && len(c.Args) == 0:
		return moment{}, true
	case (name == "now" || name == "ago") && len(c.Args) == 1:
		d, ok := r.timespan(c.Args[0])
		if name == "now" {
			d = -d
		}
		return moment{offset: d}, ok
	}
	unit, rounds := roundings()[name]
	if !rounds || len(c.Args) == 0 {
		return moment{}, false
	}
	m, ok := r.moment(c.Args[0])
	if len(c.Args) < 2 {
		m.slack += unit
		return m, ok
	}
	d, isSpan := r.timespan(c.Args[1]) // bin(X, 1d)
	if unit > 0 {
		n, isNumber := r.number(c.Args[1]) // startofday(X, -1)
		d, isSpan = unit, isNumber
		m.offset -= schema.TimespanValue(n * float64(unit))
	}
	m.slack += d
	return m, ok && isSpan
}

// roundings are the functions that round a time down, by how much at most; 0
// for those that are told.
func roundings() map[string]schema.TimespanValue {
	const day = schema.TimespanValue(schema.TicksPerDay)
	return map[string]schema.TimespanValue{
		"bin": 0, "floor": 0, "startofday": day, "startofweek": 7 * day, "startofmonth": 31 * day, "startofyear": 366 * day,
	}
}

// timespan works out a constant timespan.
func (r *reviewer) timespan(x syntax.Expr) (schema.TimespanValue, bool) {
	if !r.step() {
		return 0, false
	}
	switch x := x.(type) {
	case *syntax.Paren:
		return r.timespan(x.X)
	case *syntax.Literal:
		d, ok := x.Value.(schema.TimespanValue)
		return d, ok
	case *syntax.Ident:
		if value, ok := r.lets[x.Name]; ok {
			return r.timespan(value)
		}
	case *syntax.Unary:
		d, ok := r.timespan(x.X)
		if x.Op == syntax.OpSub {
			d = -d
		}
		return d, ok
	case *syntax.Binary:
		return r.reckoned(x)
	}
	return 0, false
}

// reckoned is the sum of timespans, or a multiple of one.
func (r *reviewer) reckoned(b *syntax.Binary) (schema.TimespanValue, bool) {
	x, isX := r.timespan(b.X)
	y, isY := r.timespan(b.Y)
	switch {
	case isX && isY && b.Op == syntax.OpAdd:
		return x + y, true
	case isX && isY && b.Op == syntax.OpSub:
		return x - y, true
	case b.Op != syntax.OpMul:
		return 0, false
	}
	if isX {
		n, ok := r.number(b.Y)
		return schema.TimespanValue(float64(x) * n), ok
	}
	n, ok := r.number(b.X)
	return schema.TimespanValue(float64(y) * n), ok && isY
}

// number works out a constant number.
func (r *reviewer) number(x syntax.Expr) (float64, bool) {
	if !r.step() {
		return 0, false
	}
	switch x := x.(type) {
	case *syntax.Paren:
		return r.number(x.X)
	case *syntax.Ident:
		if value, ok := r.lets[x.Name]; ok {
			return r.number(value)
		}
	case *syntax.Unary:
		n, ok := r.number(x.X)
		if x.Op == syntax.OpSub {
			n = -n
		}
		return n, ok
	case *syntax.Literal:
		switch n := x.Value.(type) {
		case int64:
			return float64(n), true
		case int32:
			return float64(n), true
		case float64:
			return n, true
		}
	}
	return 0, false
}
