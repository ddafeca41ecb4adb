package plan

import (
	"math"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/schema"
)

// Fold computes a call whose arguments are constants, as far as its result is
// wanted while the plan is made: times, spans and whole numbers. Other calls
// are left to the store.
func Fold(c *Call, now schema.DatetimeValue) Expr {
	if c.Func.Kind == fn.Scalar {
		if folded := foldTime(c, now); folded != nil {
			return folded
		}
		if folded := foldCalendar(c); folded != nil {
			return folded
		}
	}
	if len(c.Args) == 1 && c.Sig.SQL == "$1" && c.Args[0].Type() == c.T {
		return c.Args[0]
	}
	if c.Func.Kind == fn.Operator {
		if folded := foldOperator(c); folded != nil {
			return folded
		}
	}
	return c
}

func foldTime(c *Call, now schema.DatetimeValue) Expr {
	offset, ok := int64(0), true
	if len(c.Args) == 1 {
		offset, ok = ticks(c.Args[0])
	}
	if !ok {
		return nil
	}
	switch c.Func.Name {
	case "now":
		return valueOf(schema.Datetime, int64(now)+offset)
	case "ago":
		return valueOf(schema.Datetime, int64(now)-offset)
	}
	return nil
}

// ticks returns a constant that is held as a whole number.
func ticks(e Expr) (int64, bool) {
	c, ok := e.(*Const)
	if !ok {
		return 0, false
	}
	switch v := c.Value.(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case schema.DatetimeValue:
		return int64(v), true
	case schema.TimespanValue:
		return int64(v), true
	}
	return 0, false
}

// valueOf makes a constant of a type that is held as a whole number.
func valueOf(t schema.Type, n int64) Expr {
	switch t {
	case schema.Int:
		if n != int64(int32(n)) {
			return nil
		}
		return &Const{T: t, Value: int32(n)}
	case schema.Datetime:
		if n < 0 || n > int64(schema.MaxDatetime) {
			return &Const{T: t}
		}
		return &Const{T: t, Value: schema.DatetimeValue(n)}
	case schema.Timespan:
		return &Const{T: t, Value: schema.TimespanValue(n)}
	case schema.Long:
		return &Const{T: t, Value: n}
	}
	return nil
}

func foldOperator(c *Call) Expr {
	if c.Func.Name == "negate" {
		return negate(c)
	}
	if len(c.Args) != 2 {
		return nil
	}
	a, okA := ticks(c.Args[0])
	b, okB := ticks(c.Args[1])
	if !okA || !okB || c.T == schema.Real {
		return foldScaled(c)
	}
	n, ok := wholeNumbers(c.Func.Name, a, b)
	if !ok {
		return nil
	}
	return valueOf(c.T, n)
}

func negate(c *Call) Expr {
	if n, ok := ticks(c.Args[0]); ok && n != math.MinInt64 {
		return valueOf(c.T, -n)
	}
	if x, ok := c.Args[0].(*Const); ok {
		if f, ok := x.Value.(float64); ok {
			return &Const{T: schema.Real, Value: -f}
		}
	}
	return nil
}

// wholeNumbers computes without overflow; division is left to the store.
func wholeNumbers(op string, a, b int64) (int64, bool) {
	switch op {
	case "+":
		return a + b, (a+b > a) == (b > 0)
	case "-":
		return a - b, (a-b < a) == (b > 0)
	case "*":
		if a == 0 || b == 0 {
			return 0, true
		}
		return a * b, a*b/b == a && (a != -1 || b != math.MinInt64)
	case "/":
		if b == 0 || a == math.MinInt64 {
			return 0, false
		}
		return a / b, true
	}
	return 0, false
}

// foldScaled computes a span times or divided by a real number.
func foldScaled(c *Call) Expr {
	x, okX := number(c.Args[0])
	y, okY := number(c.Args[1])
	if !okX || !okY || c.T != schema.Timespan {
		return nil
	}
	switch {
	case c.Func.Name == "*":
		x *= y
	case c.Func.Name == "/" && y != 0:
		x /= y
	default:
		return nil
	}
	if math.Abs(x) > 1<<62 {
		return nil
	}
	return valueOf(c.T, int64(math.Round(x)))
}

func number(e Expr) (float64, bool) {
	if n, ok := ticks(e); ok {
		return float64(n), true
	}
	c, ok := e.(*Const)
	if !ok {
		return 0, false
	}
	f, ok := c.Value.(float64)
	return f, ok
}

// IsConstant tells whether an expression depends on no row.
func IsConstant(e Expr) bool {
	constant := true
	Walk(e, func(e Expr) bool {
		switch e := e.(type) {
		case *Ref, *In:
			constant = false
		case *Call:
			constant = constant && (e.Func.Kind == fn.Scalar || e.Func.Kind == fn.Operator)
		}
		return constant
	})
	return constant
}
