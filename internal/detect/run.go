package detect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nephoscope/internal/kql"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// A Run tells what evaluating a rule at one run time did. It is what a row of
// SentinelHealth tells.
type Run struct {
	Rule     *rules.Rule
	At       time.Time // the run time
	From, To time.Time // of TimeGenerated, both included
	Started  time.Time // by the clock
	Duration time.Duration

	Rows      int // result rows
	Alerts    int // newly raised, or raised again after they were withdrawn
	Revised   int // alerts that have other content now
	Withdrawn int // alerts that would not be raised any more

	// Late tells that the run's time had been passed before, and that events
	// which arrived since then belong to it.
	Late bool
	// Suppressed tells that the rule rested, so that nothing was evaluated.
	Suppressed bool
	Err        error // a *RunError
}

// A RunError tells that a run could not be evaluated.
type RunError struct {
	At time.Time // the run time
	// Permanent tells that repeating the run cannot help before the rule or
	// the tables change: the query does not compile, returns too many rows or
	// takes too long. Otherwise the store could not answer, or what the query
	// names could not be read.
	Permanent bool
	Err       error
}

// Error names the run.
func (e *RunError) Error() string {
	return fmt.Sprintf("run of %s: %v", schema.DatetimeOf(e.At), e.Err)
}

// Unwrap returns what was wrong.
func (e *RunError) Unwrap() error { return e.Err }

// runError tells what stopped a run.
func runError(at time.Time, err error) *RunError {
	var limit *limitError
	var wrong kql.Errors
	return &RunError{At: at, Permanent: errors.As(err, &limit) || errors.As(err, &wrong) && !wrong.Passing(), Err: err}
}

func permanent(err error) bool {
	var e *RunError
	return errors.As(err, &e) && e.Permanent
}

// overLimit tells whether a run needed more than a run may: repeating it cannot
// help, others of the rule may do.
func overLimit(err error) bool {
	var limit *limitError
	return errors.As(err, &limit)
}

// An evaluation is a run with all that follows from it.
type evaluation struct {
	run         Run
	at          schema.DatetimeValue
	alerts      []*Alert // one for each fingerprint
	before, now record
	held        int // result rows in memory
}

// evaluation begins the run at t.
func (s *sweep) evaluation(t schema.DatetimeValue, began time.Time) *evaluation {
	w := windowAt(s.rule, t, s.d.opt.Delay)
	return &evaluation{at: t, before: s.memory.runs[t], run: Run{
		Rule: s.rule, At: t.Time(), From: w.From.Time(), To: (w.To - 1).Time(), Started: began, Late: t <= s.saved.run,
	}}
}

// evaluate runs the rule at t, unless it rests then. The error is a *RunError,
// or that of ctx.
func (s *sweep) evaluate(ctx context.Context, t schema.DatetimeValue) (*evaluation, error) {
	e := s.evaluation(t, s.d.opt.Now())
	if ctx.Err() != nil {
		return e, ctx.Err()
	}
	if e.run.Suppressed = s.rule.Suppression > 0 && s.memory.rests(s.rule, t); !e.run.Suppressed {
		res, err := s.result(ctx, t)
		if ctx.Err() != nil {
			return e, ctx.Err()
		}
		e.run.Duration = s.d.opt.Now().Sub(e.run.Started)
		if err != nil {
			e.run.Err = runError(e.run.At, err)
			return e, e.run.Err
		}
		e.run.Rows, e.held = res.total, len(res.rows)
		e.alerts = distinct(s.d.alertsOf(s.rule, res))
	}
	var yield []string
	for _, a := range e.alerts {
		yield = append(yield, a.Fingerprint)
	}
	now := record{yield: yield, suppressed: e.run.Suppressed, edition: s.edition, made: schema.DatetimeOf(e.run.Started)}
	e.now = e.before.next(now, s.judges(e.before, now))
	return e, nil
}

// judges tells whether an evaluation now can tell that what an earlier one
// yielded does not hold: the rule must be the same, and the events that were
// stored then must be so still.
func (s *sweep) judges(before, now record) bool {
	if before.idle() {
		return true
	}
	reach := schema.DatetimeValue(schema.TimespanOf(s.rule.Period + s.d.opt.Delay))
	return before.edition == now.edition && before.made-reach > now.made-s.kept
}

// result is that of the run at t, read with many others or by itself.
func (s *sweep) result(ctx context.Context, t schema.DatetimeValue) (*result, error) {
	if res := s.ahead.at(s.rule, s.d, t); res != nil {
		return res, nil
	}
	return s.d.run(ctx, s.rule.Query, windowAt(s.rule, t, s.d.opt.Delay))
}

// distinct leaves out alerts of the same content.
func distinct(alerts []*Alert) []*Alert {
	met := make(map[string]bool, len(alerts))
	var list []*Alert
	for _, a := range alerts {
		if !met[a.Fingerprint] {
			met[a.Fingerprint] = true
			list = append(list, a)
		}
	}
	return list
}
