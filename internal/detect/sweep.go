package detect

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"nephoscope/internal/event"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// Range limits a sweep. The zero value sweeps what is new: the windows that
// hold rows which arrived since the rule's last sweep, up to the window of the
// newest row. With From or To every run time in (From, To] whose window holds
// rows is evaluated and the rule's position stays where it is.
type Range struct {
	From, To time.Time
	// Live leaves the runs whose time has not come yet to a later sweep, as a
	// clock that runs rules would.
	Live bool
	// MaxLateness leaves out rows that arrived later than that after their
	// TimeGenerated: the runs that they belong to are not evaluated again. 0
	// means that no row is too late.
	MaxLateness time.Duration
	// Progress, if set, is called after every window. SweepAll calls it from
	// several goroutines at once.
	Progress func(Progress)
	// Ran, if set, is called when what a run did is durable, and when a run
	// failed. SweepAll calls it from several goroutines at once.
	Ran func(Run)
}

// Progress tells how far a sweep has come.
type Progress struct {
	Rule        *rules.Rule
	Run         time.Time
	Done, Total int // windows
	Alerts      int
}

// A Report tells what the sweep of one rule did.
type Report struct {
	Rule    *rules.Rule   `json:"-"`
	RuleID  string        `json:"ruleId"`
	Name    string        `json:"ruleName"`
	Runs    int           `json:"runs"`
	Skipped int           `json:"skipped"` // windows whose rows cannot matter to the rule
	Rows    int           `json:"rows"`    // result rows of all runs
	Alerts  int           `json:"alerts"`  // newly filed
	Elapsed time.Duration `json:"elapsed"`
	Err     error         `json:"-"`
	Error   string        `json:"error,omitempty"`
}

// SweepAll sweeps each rule; one that fails does not stop the others, its
// report has the error. The reports are in the order of the rules.
func (d *Detector) SweepAll(ctx context.Context, list []*rules.Rule, span Range) []Report {
	reports := make([]Report, len(list))
	var group errgroup.Group
	group.SetLimit(d.opt.Parallel)
	for i, rule := range list {
		group.Go(func() error {
			reports[i], _ = d.Sweep(ctx, rule, span) // the report holds the error
			return nil
		})
	}
	_ = group.Wait() // no member returns an error
	return reports
}

// Sweep evaluates a rule over stored data, window by window, and files its
// alerts. It can be interrupted at any point and repeated: alerts that are
// filed are known again. The report tells what was done even if there is an
// error.
func (d *Detector) Sweep(ctx context.Context, rule *rules.Rule, span Range) (Report, error) {
	began := d.opt.Now()
	s := &sweep{d: d, rule: rule, span: span, report: Report{Rule: rule, RuleID: rule.ID, Name: rule.Name}}
	err := s.run(ctx)
	if err != nil {
		err = fmt.Errorf("rule %q: %w", rule.Name, err)
		s.report.Err, s.report.Error = err, err.Error()
		d.opt.Logger.WarnContext(ctx, "rule sweep failed", "rule_id", rule.ID, "err", err)
	}
	s.report.Elapsed = d.opt.Now().Sub(began)
	return s.report, err
}

// Evaluate runs a rule at a time and returns the alerts that it would raise,
// filed before or not, and the number of result rows. Nothing is written.
func (d *Detector) Evaluate(ctx context.Context, rule *rules.Rule, at time.Time) ([]*Alert, int, error) {
	res, err := d.run(ctx, rule.Query, windowAt(rule, schema.DatetimeOf(at), d.opt.Delay))
	if err != nil {
		return nil, 0, fmt.Errorf("rule %q: run of %s: %w", rule.Name, at.UTC().Format(time.RFC3339), err)
	}
	return d.alertsOf(rule, res), res.total, nil
}

// A sweep is one rule's way through its windows.
type sweep struct {
	d      *Detector
	rule   *rules.Rule
	span   Range
	report Report

	saved  state // what the store holds
	newest int64 // sequence that was the newest at the start
	last   schema.DatetimeValue
}

func (s *sweep) run(ctx context.Context) error {
	times, err := s.plan(ctx)
	if err != nil {
		return err
	}
	for i, t := range times {
		if err := s.window(ctx, t); err != nil {
			return err
		}
		if s.span.Progress != nil {
			s.span.Progress(Progress{s.rule, t.Time(), i + 1, len(times), s.report.Alerts})
		}
	}
	if s.bounded() {
		return nil
	}
	return s.d.savePosition(ctx, s.step(state{s.newest, max(s.last, s.saved.run)}))
}

// bounded tells whether the caller chose the runs.
func (s *sweep) bounded() bool { return !s.span.From.IsZero() || !s.span.To.IsZero() }

// plan finds the run times to evaluate.
func (s *sweep) plan(ctx context.Context) ([]schema.DatetimeValue, error) {
	saved, err := s.d.state(ctx, s.rule)
	if err != nil {
		return nil, err
	}
	s.saved = saved
	if s.bounded() {
		saved = state{}
	}
	silent, err := s.d.silent(ctx, s.rule)
	if err != nil {
		return nil, err
	}
	c, err := s.d.calendar(ctx, s.rule, saved, sievesOf(s.rule.Query, s.d.catalog))
	if err != nil {
		return nil, err
	}
	delay := schema.DatetimeValue(schema.TimespanOf(s.d.opt.Delay))
	s.newest, s.last = max(c.sequence, saved.sequence), roundUp(c.newest+delay, step(s.rule))
	from := saved.run
	if !s.span.From.IsZero() {
		from = schema.DatetimeOf(s.span.From)
	}
	if !s.span.To.IsZero() {
		s.last = schema.DatetimeOf(s.span.To)
	}
	if s.span.Live {
		s.last = min(s.last, schema.DatetimeOf(s.d.opt.Now()))
	}
	if silent {
		return s.everyRun(c, from), nil
	}
	times := s.times(c.matter, saved.run, from)
	s.report.Skipped = len(s.times(c.any, saved.run, from)) - len(times)
	return times, nil
}

// times lists the run times of buckets, after from if the caller chose it.
func (s *sweep) times(buckets []bucket, done, from schema.DatetimeValue) []schema.DatetimeValue {
	times := runTimes(s.rule, s.d.opt.Delay, buckets, done, s.last)
	for len(times) > 0 && s.bounded() && times[0] <= from {
		times = times[1:]
	}
	return times
}

// everyRun lists the runs of a rule that can alert on silence: up to now at
// most, and not from the beginning of time.
func (s *sweep) everyRun(c calendar, from schema.DatetimeValue) []schema.DatetimeValue {
	s.last = min(s.last, schema.DatetimeOf(s.d.opt.Now()))
	if s.span.From.IsZero() {
		oldest := s.last
		if len(c.any) > 0 {
			oldest = c.any[0].start
		}
		from = max(from, oldest, s.last-silenceReach)
	}
	return allTimes(s.rule, from, s.last)
}

// window evaluates one run and files its alerts.
func (s *sweep) window(ctx context.Context, t schema.DatetimeValue) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	res, err := s.d.run(ctx, s.rule.Query, windowAt(s.rule, t, s.d.opt.Delay))
	if err != nil {
		return fmt.Errorf("run of %s: %w", t, err)
	}
	s.report.Runs++
	s.report.Rows += res.total
	alerts := s.d.alertsOf(s.rule, res)
	if len(alerts) == 0 {
		return nil
	}
	next := s.reached(t)
	fresh, err := s.d.file(ctx, s.rule, alerts, s.step(next))
	if err != nil {
		return fmt.Errorf("run of %s: %w", t, err)
	}
	if len(fresh) > 0 {
		s.report.Alerts += len(fresh)
		s.saved = next
	}
	return nil
}

// reached is the state after the run at t. While old windows are evaluated
// again for late rows the state cannot move: later ones are still to do.
func (s *sweep) reached(t schema.DatetimeValue) state {
	if s.bounded() || t <= s.saved.run {
		return s.saved
	}
	return state{s.newest, t}
}

// step is the position's step to the next state.
func (s *sweep) step(next state) event.Position { return position(s.rule, s.saved, next) }
