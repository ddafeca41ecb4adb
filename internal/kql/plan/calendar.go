package plan

import (
	"strings"
	"time"

	"nephoscope/internal/schema"
)

// foldCalendar computes the begin and end of days, weeks, months and years, and
// bins of times: with them queries say from when on they look, and a store can
// make use of it only if it is a constant.
func foldCalendar(c *Call) Expr {
	if len(c.Args) == 0 || c.Args[0].Type() != schema.Datetime {
		return nil
	}
	at, ok := ticks(c.Args[0])
	if !ok {
		return nil
	}
	steps, ok := int64(0), true
	if len(c.Args) == 2 {
		steps, ok = ticks(c.Args[1])
	}
	if !ok || len(c.Args) > 2 {
		return nil
	}
	if c.Func.Name == "bin" {
		return binOf(at, steps)
	}
	if period, isStart := strings.CutPrefix(c.Func.Name, "startof"); isStart {
		return timeOf(beginOf(period, at, steps))
	}
	if period, isEnd := strings.CutPrefix(c.Func.Name, "endof"); isEnd {
		next, ok := beginOf(period, at, steps+1)
		return timeOf(next-1, ok)
	}
	return nil
}

func binOf(at, size int64) Expr {
	if size <= 0 {
		return nil
	}
	return valueOf(schema.Datetime, at-at%size)
}

func timeOf(at int64, ok bool) Expr {
	if !ok || at < 0 || at > int64(schema.MaxDatetime) {
		return nil
	}
	return valueOf(schema.Datetime, at)
}

// maxSteps bounds how far a period is counted on, so that nothing overflows.
const maxSteps = 100_000

// beginOf returns when a period begins that lies a number of steps behind the
// one of a time, false if there is no such period.
func beginOf(period string, at, steps int64) (int64, bool) {
	if steps < -maxSteps || steps > maxSteps {
		return 0, false
	}
	t, n := schema.DatetimeValue(at).Time(), int(steps)
	year, month, day := t.Date()
	switch period {
	case "day":
		day += n
	case "week":
		day += 7*n - int(t.Weekday())
	case "month":
		month, day = month+time.Month(n), 1
	case "year":
		year, month, day = year+n, time.January, 1
	default:
		return 0, false
	}
	begin := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if begin.Year() < 1 || begin.Year() > 10_000 {
		return 0, false
	}
	return int64(schema.DatetimeOf(begin)), true
}
