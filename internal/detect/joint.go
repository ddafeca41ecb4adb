package detect

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"nephoscope/internal/kql"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// An AskMany asks a KQL query for many runs at once, as kql.Options.Runs says.
// The error wraps kql.ErrApart if the query must be asked run by run. The
// caller closes the cursor.
type AskMany func(ctx context.Context, query string, runs kql.Runs) (store.Cursor, error)

// Where windows overlap each row is dealt out to several runs. How many runs a
// statement takes follows from how long the one before took: rows that are few
// are read once for many runs, many rows never become more than memory holds.
const (
	firstAtOnce = 6
	mostAtOnce  = 48 // if a window holds as many runs or more
	quick, slow = 8 * time.Second, 30 * time.Second
)

// joint evaluates all runs of a rule from first to last, many at once, and
// yields the results in order of time. Runs without result rows are left out,
// unless the rule triggers on none. The error wraps kql.ErrApart if nothing was
// evaluated because it cannot be done that way.
//
// A run over no events at all must have no result rows: see silent.
func (d *Detector) joint(ctx context.Context, rule *rules.Rule, first, last schema.DatetimeValue) iter.Seq2[*result, error] {
	return func(yield func(*result, error) bool) {
		if d.opt.AskMany == nil {
			yield(nil, fmt.Errorf("rule %q %w: there is nobody to ask", rule.Name, kql.ErrApart))
			return
		}
		runs, size := d.runsOf(rule, first, last), firstAtOnce
		if runs.Once() {
			size = int((last-first)/step(rule)) + 1
		}
		for t := first; t <= last; t = runs.Last.Add(runs.Every) {
			runs.First, runs.Last = t, min(last, t.Add(runs.Every*schema.TimespanValue(size-1)))
			began := time.Now()
			j := &jointly{d: d, rule: rule, runs: runs, next: runs.First, yield: yield}
			if err := j.read(ctx); err != nil {
				if !errors.Is(err, errEnough) {
					yield(nil, err)
				}
				return
			}
			size = nextSize(runs, size, time.Since(began))
		}
	}
}

// runsOf are the runs of a rule from first to last.
func (d *Detector) runsOf(rule *rules.Rule, first, last schema.DatetimeValue) kql.Runs {
	return kql.Runs{
		First: first, Last: last, Every: schema.TimespanOf(rule.Frequency),
		Period: schema.TimespanOf(rule.Period), Delay: schema.TimespanOf(d.opt.Delay),
	}
}

// nextSize is how many runs the next statement takes.
func nextSize(runs kql.Runs, size int, took time.Duration) int {
	switch {
	case took > slow:
		return max(1, size/2)
	case took > quick:
		return size
	case runs.Period >= runs.Every*mostAtOnce:
		return min(2*size, mostAtOnce)
	}
	return 2 * size
}

// errEnough ends the reading when the receiver wants no more.
var errEnough = errors.New("no more results are wanted")

// A jointly takes the rows of many runs apart again.
type jointly struct {
	d     *Detector
	rule  *rules.Rule
	runs  kql.Runs
	next  schema.DatetimeValue // the first run that was not yielded
	yield func(*result, error) bool
}

func (j *jointly) read(ctx context.Context) error {
	cursor, err := j.d.opt.AskMany(ctx, j.rule.Query, j.runs)
	if err != nil {
		return err
	}
	defer func() { _ = cursor.Close() }()
	columns := cursor.Columns()
	columns = columns[:len(columns)-1]
	var res *result
	for {
		values, err := cursor.Next()
		if err != nil {
			return fmt.Errorf("read the results: %w", err)
		}
		if values == nil {
			return j.rest(res, columns)
		}
		at, _ := values[len(columns)].(schema.DatetimeValue)
		if res == nil || at != res.window.Now {
			if err := j.pass(res, at, columns); err != nil {
				return err
			}
			res = j.result(at, columns)
		}
		if err := j.d.add(res, values[:len(columns):len(columns)]); err != nil {
			return &RunError{At: at.Time(), Permanent: true, Err: err}
		}
	}
}

func (j *jointly) result(at schema.DatetimeValue, columns []schema.Column) *result {
	return &result{window: windowAt(j.rule, at, j.d.opt.Delay), columns: columns}
}

// pass yields a result that is complete, and the runs without rows before the
// next one if the rule triggers on them.
func (j *jointly) pass(res *result, before schema.DatetimeValue, columns []schema.Column) error {
	if res != nil {
		if !j.yield(res, nil) {
			return errEnough
		}
		j.next = res.window.Now.Add(j.runs.Every)
	}
	if !j.rule.Operator.Triggers(0, j.rule.Threshold) {
		return nil
	}
	for ; j.next < before; j.next = j.next.Add(j.runs.Every) {
		if !j.yield(j.result(j.next, columns), nil) {
			return errEnough
		}
	}
	return nil
}

func (j *jointly) rest(res *result, columns []schema.Column) error {
	return j.pass(res, j.runs.Last+1, columns)
}
