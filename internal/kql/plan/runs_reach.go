package plan

import (
	"nephoscope/internal/schema"
)

// A rule with a long window mostly looks for something recent that has no past:
// where TimeGenerated > ago(1h), joined with rows of two weeks. Its recent rows
// are dealt out to the runs of the last hour only, which is one, and not to all
// whose windows hold them.

// reaching deals rows out that come through a condition: to runs that are not
// further from them than the condition says. The condition stays.
func (u *unfolding) reaching(p part, cond Expr) part {
	reach := u.reach(cond)
	if p.time == nil || reach <= 0 {
		return p
	}
	narrow := *u
	narrow.runs.Period = min(u.runs.Period, max(1, reach-u.runs.Delay))
	return narrow.dealt(p)
}

// reach is how long before the run a row may lie that a condition lets through,
// 0 if it does not say.
func (u *unfolding) reach(cond Expr) schema.TimespanValue {
	call, ok := cond.(*Call)
	if !ok {
		return 0
	}
	switch call.Func.Name {
	case "and":
		a, b := u.reach(call.Args[0]), u.reach(call.Args[1])
		if a == 0 || b == 0 {
			return a + b
		}
		return min(a, b)
	case ">", ">=", "between":
		return u.since(call.Args[0], call.Args[1])
	case "<", "<=":
		return u.since(call.Args[1], call.Args[0])
	}
	return 0
}

// since reads the d of a row's own time that is later than the run's less d, or
// equal.
func (u *unfolding) since(time, bound Expr) schema.TimespanValue {
	ref, ok := time.(*Ref)
	if !ok || ref.Col.Source == nil || ref.Col.Source.Name != timeGenerated {
		return 0
	}
	before, ok := u.beforeRun(bound)
	if !ok || before <= 0 {
		return 0
	}
	return before + 1
}

// beforeRun reads how long before the run a moment is.
func (u *unfolding) beforeRun(x Expr) (schema.TimespanValue, bool) {
	if ref, ok := x.(*Ref); ok {
		return 0, ref.Col == u.now
	}
	call, ok := x.(*Call)
	if !ok || len(call.Args) != 2 {
		return 0, false
	}
	before, known := u.beforeRun(call.Args[0])
	moved, constant := ticks(call.Args[1])
	switch {
	case !known || !constant:
	case call.Func.Name == "-":
		return before + schema.TimespanValue(moved), true
	case call.Func.Name == "+":
		return before - schema.TimespanValue(moved), true
	}
	return 0, false
}
