package detect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

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
	// clock that runs rules would; those of an NRT rule begin a minute early.
	// With a MaxLateness, a rule that was never swept begins with the runs
	// that late rows can still belong to, or of one period if that is longer:
	// earlier ones are not its own.
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
	Rule    *rules.Rule `json:"-"`
	RuleID  string      `json:"ruleId"`
	Name    string      `json:"ruleName"`
	Runs    int         `json:"runs"`
	Skipped int         `json:"skipped"` // windows whose rows cannot matter to the rule
	Rows    int         `json:"rows"`    // result rows of all runs
	Alerts  int         `json:"alerts"`  // newly filed, or again after they were withdrawn
	// Revised and Withdrawn count alerts that late rows changed or made void.
	Revised   int `json:"revised"`
	Withdrawn int `json:"withdrawn"`
	// Suppressed counts runs that were left out because the rule rested.
	Suppressed int           `json:"suppressed"`
	Elapsed    time.Duration `json:"elapsed"`
	Err        error         `json:"-"`
	Error      string        `json:"error,omitempty"`
}

// count adds what a commit changed.
func (r *Report) count(c Changes) {
	r.Alerts += len(c.New) + len(c.Restored)
	r.Revised += len(c.Revised)
	r.Withdrawn += len(c.Withdrawn)
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
// error. A rule of a kind that asks nothing has no runs.
func (d *Detector) Sweep(ctx context.Context, rule *rules.Rule, span Range) (Report, error) {
	began := d.opt.Now()
	s := d.newSweep(rule, span)
	var err error
	if rule.Kind.Queried() {
		err = s.run(ctx)
	}
	if err != nil {
		err = fmt.Errorf("rule %q: %w", rule.Name, err)
		s.report.Err, s.report.Error = err, err.Error()
		d.opt.Logger.WarnContext(ctx, "rule sweep failed", "rule_id", rule.ID, "err", err)
	}
	s.report.Elapsed = d.opt.Now().Sub(began)
	return s.report, err
}

func (d *Detector) newSweep(rule *rules.Rule, span Range) *sweep {
	return &sweep{
		d: d, rule: rule, edition: edition(rule), span: span, memory: d.memoryOf(rule),
		report: Report{Rule: rule, RuleID: rule.ID, Name: rule.Name},
	}
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
	d       *Detector
	rule    *rules.Rule
	edition string
	span    Range
	report  Report
	memory  *memory

	saved  state                // what the store holds
	newest int64                // sequence that was the newest at the start
	first  schema.DatetimeValue // runs up to it are not the rule's
	last   schema.DatetimeValue // the last run to come
	kept   schema.DatetimeValue // how long the rule's tables keep their rows

	ahead   *ahead        // nil if each run is read by itself
	pending []*evaluation // looked at, but not durable yet
	held    int           // result rows and alerts that they hold
}

// The bounds of what one commit makes durable.
const (
	maxPending = 500    // runs
	maxHeld    = 20_000 // result rows in memory
	maxAge     = 3 * time.Second
)

// maxFailed is how many runs a sweep passes over because they needed more than
// a run may; those that late rows belong to are passed over however many they
// are, since the position moves only behind all of them. A rule that fails
// otherwise waits at its run until it is mended.
const maxFailed = 3

func (s *sweep) run(ctx context.Context) error {
	if s.rule.Frequency < time.Second || s.rule.Period < s.rule.Frequency {
		return &RunError{At: s.d.opt.Now(), Permanent: true, Err: fmt.Errorf("frequency %s and period %s: want a period of at least the frequency", s.rule.Frequency, s.rule.Period)}
	}
	s.memory.turn.Lock()
	defer s.memory.turn.Unlock()
	agenda, err := s.plan(ctx)
	if err != nil {
		return err
	}
	if err := s.recall(ctx, agenda); err != nil {
		return err
	}
	agenda = s.withDangling(agenda)
	if !s.memory.silent {
		s.ahead = s.d.lookAhead(ctx, s.rule, agenda)
		defer s.ahead.close()
	}
	total, failed := len(agenda), []error(nil)
	for done := 1; len(agenda) > 0; done++ {
		t := agenda[0]
		more, err := s.look(ctx, t)
		if err != nil {
			failed = append(failed, err)
			if !overLimit(err) {
				return err
			}
			if len(failed) >= maxFailed && t > s.saved.run {
				return errors.Join(errors.Join(failed...), s.settle(ctx, s.reached(t)))
			}
		}
		agenda = merge(agenda[1:], more)
		total = max(total, done+len(agenda))
		if s.span.Progress != nil {
			s.span.Progress(Progress{s.rule, t.Time(), done, total, s.report.Alerts})
		}
	}
	end := s.saved
	if !s.bounded() {
		end.sequence, end.run, end.first = s.newest, max(s.last, s.saved.run), s.first
	}
	return errors.Join(errors.Join(failed...), s.settle(ctx, end))
}

// bounded tells whether the caller chose the runs.
func (s *sweep) bounded() bool { return !s.span.From.IsZero() || !s.span.To.IsZero() }

// recall makes sure of the memory of all runs that can have to do with those to
// come: they share a fingerprint, or one lets the other rest.
func (s *sweep) recall(ctx context.Context, agenda []schema.DatetimeValue) error {
	if len(agenda) == 0 {
		return nil
	}
	reach := schema.DatetimeValue(schema.TimespanOf(s.rule.Period + s.rule.Suppression + s.d.opt.Delay))
	if err := s.d.recall(ctx, s.rule, s.memory, s.saved, max(0, agenda[0]-reach)); err != nil {
		return err
	}
	s.memory.prune(agenda[0] - 2*reach - usualLateness)
	return nil
}

// withDangling adds the runs for which an earlier sweep that was interrupted did
// not work out whether the rule rests.
func (s *sweep) withDangling(agenda []schema.DatetimeValue) []schema.DatetimeValue {
	if len(agenda) == 0 || s.rule.Suppression == 0 {
		return agenda
	}
	return merge(agenda, s.memory.dangling(s.rule, s.edition, agenda[0]))
}

// usualLateness is how far before the first run to come a memory reaches that
// was pruned, so that it seldom has to be read again.
const usualLateness = schema.DatetimeValue(2 * schema.TicksPerDay)

// look evaluates one run and remembers its yield. It returns the runs that are
// to be looked at because of it.
func (s *sweep) look(ctx context.Context, t schema.DatetimeValue) ([]schema.DatetimeValue, error) {
	e, err := s.evaluate(ctx, t)
	if err != nil {
		return nil, s.stop(ctx, e, err)
	}
	s.memory.set(t, e.now)
	s.pending = append(s.pending, e)
	s.held += e.held + len(e.alerts)
	s.report.Rows += e.run.Rows
	if e.run.Suppressed {
		s.report.Suppressed++
	} else {
		s.report.Runs++
	}
	var more []schema.DatetimeValue
	if s.rule.Suppression > 0 && (len(e.now.yield) > 0) != (len(e.before.yield) > 0) {
		more = s.memory.hanging(s.rule, t)
	}
	if s.full() {
		return more, s.settle(ctx, s.reached(t))
	}
	return more, nil
}

// full tells that what is pending is to become durable now: it is much, or old,
// or its last run found something for the first time. Runs that late rows
// belong to wait for each other, so that it is seen what moves among them.
func (s *sweep) full() bool {
	first, last := s.pending[0], s.pending[len(s.pending)-1]
	return len(s.pending) >= maxPending || s.held >= maxHeld ||
		!last.run.Late && len(last.alerts) > 0 || s.d.opt.Now().Sub(first.run.Started) >= maxAge
}

// stop makes durable what was looked at before a run that failed, even if ctx
// has ended, and records the failure. It returns what stopped the sweep.
func (s *sweep) stop(ctx context.Context, e *evaluation, err error) error {
	if n := len(s.pending); n > 0 {
		err = errors.Join(err, s.settle(context.WithoutCancel(ctx), s.reached(s.pending[n-1].at)))
	}
	if ctx.Err() == nil {
		s.fail(ctx, e)
	}
	return err
}

// reached is the state after the run at t. While old windows are evaluated
// again for late rows the state cannot move: later ones are still to do.
func (s *sweep) reached(t schema.DatetimeValue) state {
	next := s.saved
	if !s.bounded() && t > s.saved.run {
		next.sequence, next.run, next.first = s.newest, t, s.first
	}
	return next
}
