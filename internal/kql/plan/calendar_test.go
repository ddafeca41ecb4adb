package plan

import (
	"testing"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/schema"
)

// fold folds a function of a time and, if it is not 0, a number.
func fold(name string, at schema.DatetimeValue, steps int64) any {
	args := []Expr{&Const{T: schema.Datetime, Value: at}}
	if steps != 0 {
		args = append(args, &Const{T: schema.Long, Value: steps})
	}
	f := fn.Default().Find(fn.Scalar, name)
	folded, ok := Fold(&Call{Func: f, Sig: &f.Sigs[0], T: schema.Datetime, Args: args}, 0).(*Const)
	if !ok {
		return nil
	}
	return folded.Value
}

func TestCalendarFolds(t *testing.T) {
	const thursday = schema.DatetimeValue(638_448_001_271_234_567) // 2024-02-29T10:42:07.1234567Z
	check := func(name string, steps int64, want string) {
		t.Helper()
		got, ok := fold(name, thursday, steps).(schema.DatetimeValue)
		if !ok || got.String() != want {
			t.Errorf("%s, %d steps on: %v, want %s", name, steps, got, want)
		}
	}
	check("startofday", 0, "2024-02-29T00:00:00.0000000Z")
	check("startofday", -1, "2024-02-28T00:00:00.0000000Z")
	check("endofday", 1, "2024-03-01T23:59:59.9999999Z")
	check("startofweek", 0, "2024-02-25T00:00:00.0000000Z")
	check("endofweek", -1, "2024-02-24T23:59:59.9999999Z")
	check("startofmonth", 11, "2025-01-01T00:00:00.0000000Z")
	check("endofmonth", 0, "2024-02-29T23:59:59.9999999Z")
	check("startofyear", -24, "2000-01-01T00:00:00.0000000Z")
	check("endofyear", 0, "2024-12-31T23:59:59.9999999Z")
	if got := fold("startofyear", thursday, -2024); got != nil {
		t.Errorf("a year before the first folds to %v", got)
	}
	if got := fold("endofyear", thursday, 7975); got.(schema.DatetimeValue) != schema.MaxDatetime {
		t.Errorf("the end of the last year folds to %v", got)
	}
	if got := fold("startofday", thursday, 1<<40); got != nil {
		t.Errorf("a day far away folds to %v", got)
	}
}
