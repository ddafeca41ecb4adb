package ops

import (
	"context"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// Sessions tells of each row at which value its session began. A session ends
// where a value is too far from its beginning or from the row before, or where
// the row says so.
type Sessions struct {
	// Columns is how many of the input's columns belong to the result. Behind
	// them are the value, the greatest distance from the session's beginning,
	// that from the row before and, with Restart, whether the row begins one.
	Columns int
	Restart bool
}

// Run adds the beginning of its session to each row.
func (s *Sessions) Run(_ context.Context, f *store.Flow) error {
	var first, before any
	for {
		row, err := f.In[0].Next()
		if err != nil || row == nil {
			return err
		}
		args := row[s.Columns:]
		if s.begins(first, before, args) {
			first = args[0]
		}
		before = args[0]
		if err := f.Emit(append(row[:s.Columns:s.Columns], first)); err != nil {
			return err
		}
	}
}

func (s *Sessions) begins(first, before any, args []any) bool {
	if first == nil || s.Restart && args[3] == true {
		return true
	}
	return farther(first, args[0], args[1]) || farther(before, args[0], args[2])
}

// farther tells whether two values are more than a distance apart; what is not
// known is not near.
func farther(from, to, most any) bool {
	if a, b, d, ok := wholes(from, to, most); ok {
		return b-a > d
	}
	a, okA := from.(float64)
	b, okB := to.(float64)
	d, okD := number(most)
	return !okA || !okB || !okD || b-a > d
}

func number(v any) (float64, bool) {
	if f, ok := v.(float64); ok {
		return f, true
	}
	n, ok := whole(v)
	return float64(n), ok
}

func wholes(a, b, c any) (x, y, z int64, ok bool) {
	x, okX := whole(a)
	y, okY := whole(b)
	z, okZ := whole(c)
	return x, y, z, okX && okY && okZ
}

// whole returns whole numbers and ticks.
func whole(v any) (int64, bool) {
	switch v := v.(type) {
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
