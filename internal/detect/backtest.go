package detect

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"nephoscope/internal/kql"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// BacktestOptions say what a back-test keeps and whom it tells. The zero value
// counts and keeps no alert.
type BacktestOptions struct {
	// Keep is how many alerts of each rule are kept with their content, the
	// earliest; 0 means none. They are counted in any case.
	Keep int
	// Progress, if set, is called after every run that yielded something and
	// at the end of each rule, from one goroutine at a time.
	Progress func(Progress)
}

// A Backtest tells how a rule would have fired over stored data. Nothing of it
// was written.
type Backtest struct {
	Rule   *rules.Rule `json:"-"`
	RuleID string      `json:"ruleId"`
	Name   string      `json:"ruleName"`

	// Runs are those that yielded an alert, in order of time.
	Runs []BacktestRun `json:"runs"`
	// Days are the UTC days of the span in order, also those without alerts.
	Days []BacktestDay `json:"days"`

	// Evaluated and Passed count the runs of the span: those that were
	// evaluated, by themselves or many at once, and those that were passed
	// over because their windows hold no row that can matter.
	Evaluated int `json:"evaluated"`
	Passed    int `json:"passed"`
	// Joint tells that many runs were evaluated at once.
	Joint bool `json:"joint"`

	Rows       int `json:"rows"`       // result rows of all runs
	Alerts     int `json:"alerts"`     // that would have been raised
	Duplicates int `json:"duplicates"` // raised by an earlier run already
	Suppressed int `json:"suppressed"` // of runs while the rule rested

	// Kept are the first alerts, as many as BacktestOptions.Keep allows.
	Kept []*Alert `json:"alertContents,omitempty"`

	// Elapsed is the time that the rule took.
	Elapsed time.Duration `json:"elapsed"`
	Err     error         `json:"-"`
	Error   string        `json:"error,omitempty"`
}

// A BacktestRun is a run that yielded alerts. Those of a run while the rule
// rested are all Suppressed.
type BacktestRun struct {
	Time       time.Time `json:"time"`
	Rows       int       `json:"rows"` // result rows
	New        int       `json:"new"`
	Duplicate  int       `json:"duplicate"`
	Suppressed int       `json:"suppressed"`
}

// A BacktestDay counts the alerts that the runs of a day would have raised.
type BacktestDay struct {
	Day    string `json:"day"` // 2006-01-02
	Alerts int    `json:"alerts"`
}

// Backtest evaluates every run in (from, to] of each rule over what is stored,
// in order of time, and tells what would have been raised. The alerts have the
// fingerprints that live runs give them. A rule that fails does not stop the
// others, its result has the error; the returned error is the context's. A rule
// without a query has no runs. The results are in the order of the rules.
func (d *Detector) Backtest(ctx context.Context, list []*rules.Rule, from, to time.Time, opt BacktestOptions) ([]Backtest, error) {
	results := make([]Backtest, len(list))
	var progress sync.Mutex
	var group errgroup.Group
	group.SetLimit(d.opt.Parallel)
	for i, rule := range list {
		group.Go(func() error {
			b := &backtest{d: d, rule: rule, opt: opt, progress: &progress, seen: map[string]bool{}}
			results[i] = b.run(ctx, schema.DatetimeOf(from), schema.DatetimeOf(to))
			return nil
		})
	}
	_ = group.Wait() // no member returns an error
	return results, context.Cause(ctx)
}

// A backtest is one rule's way through its runs.
type backtest struct {
	d        *Detector
	rule     *rules.Rule
	opt      BacktestOptions
	progress *sync.Mutex // held while opt.Progress is called

	out         Backtest
	first, last schema.DatetimeValue
	seen        map[string]bool // fingerprints that were raised
	rests       schema.DatetimeValue
}

func (b *backtest) run(ctx context.Context, from, to schema.DatetimeValue) Backtest {
	began := time.Now()
	b.out = Backtest{Rule: b.rule, RuleID: b.rule.ID, Name: b.rule.Name, Days: daysOf(from, to)}
	if step(b.rule) <= 0 {
		b.out.Err, b.out.Error = errNoQuery, errNoQuery.Error()
		return b.out
	}
	b.first, b.last = roundUp(from+1, step(b.rule)), to/step(b.rule)*step(b.rule)
	if b.first <= b.last {
		if err := b.evaluate(ctx); err != nil {
			b.out.Err = fmt.Errorf("rule %q: %w", b.rule.Name, err)
			b.out.Error = b.out.Err.Error()
		}
	}
	b.out.Elapsed = time.Since(began)
	b.tell(b.last)
	return b.out
}

// evaluate takes all runs at once if that can be done.
func (b *backtest) evaluate(ctx context.Context) error {
	silent, err := b.d.answersNothing(ctx, b.rule)
	if err != nil {
		return err
	}
	if !silent {
		b.out.Evaluated, b.out.Joint = b.count(), true
		err := b.takeAll(b.d.joint(ctx, b.rule, b.first, b.last))
		if !errors.Is(err, kql.ErrApart) {
			return err
		}
		b.out.Joint = false
	}
	return b.takeAll(b.apart(ctx))
}

// count is the number of runs in the span.
func (b *backtest) count() int { return int((b.last-b.first)/step(b.rule)) + 1 }

func (b *backtest) takeAll(results iter.Seq2[*result, error]) error {
	for res, err := range results {
		if err != nil {
			return err
		}
		b.take(res)
	}
	return nil
}

// apart evaluates one run after the other: those whose windows hold rows that
// can matter.
func (b *backtest) apart(ctx context.Context) iter.Seq2[*result, error] {
	return func(yield func(*result, error) bool) {
		times, err := b.times(ctx)
		b.out.Evaluated, b.out.Passed = len(times), b.count()-len(times)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, t := range times {
			res, err := b.d.run(ctx, b.rule.Query, windowAt(b.rule, t, b.d.opt.Delay))
			if err != nil {
				err = fmt.Errorf("run of %s: %w", t, err)
			}
			if !yield(res, err) || err != nil {
				return
			}
		}
	}
}

func (b *backtest) times(ctx context.Context) ([]schema.DatetimeValue, error) {
	silent, err := b.d.silent(ctx, b.rule)
	if err != nil {
		return nil, err
	}
	if silent {
		return allTimes(b.rule, b.first-1, b.last), nil
	}
	pick, _, err := b.d.sieves(ctx, b.rule.Query)
	if err != nil {
		return nil, err
	}
	c, err := b.d.calendar(ctx, b.rule, state{}, pick)
	if err != nil {
		return nil, err
	}
	times := runTimes(b.rule, b.d.opt.Delay, c.matter, 0, b.last)
	for len(times) > 0 && times[0] < b.first {
		times = times[1:]
	}
	return c.may(b.rule, b.d.opt.Delay, 0, times), nil
}

// take counts what a run yields.
func (b *backtest) take(res *result) {
	b.out.Rows += res.total
	alerts := distinct(b.d.alertsOf(b.rule, res))
	if len(alerts) == 0 {
		return
	}
	t := res.window.Now
	run := BacktestRun{Time: t.Time(), Rows: res.total}
	if t < b.rests {
		run.Suppressed = len(alerts)
		b.out.Suppressed += run.Suppressed
	} else {
		b.raise(&run, alerts)
		b.rests = t.Add(schema.TimespanOf(b.rule.Suppression))
	}
	b.out.Runs = append(b.out.Runs, run)
	b.tell(t)
}

// raise takes alerts as raised, each once.
func (b *backtest) raise(run *BacktestRun, alerts []*Alert) {
	sortAlerts(alerts)
	for _, a := range alerts {
		if b.seen[a.Fingerprint] {
			run.Duplicate++
			continue
		}
		b.seen[a.Fingerprint] = true
		run.New++
		if len(b.out.Kept) < b.opt.Keep {
			b.out.Kept = append(b.out.Kept, a)
		}
	}
	b.out.Alerts += run.New
	b.out.Duplicates += run.Duplicate
	day := run.Time.Format(time.DateOnly)
	for i := range b.out.Days {
		if b.out.Days[i].Day == day {
			b.out.Days[i].Alerts += run.New
		}
	}
}

func (b *backtest) tell(at schema.DatetimeValue) {
	if b.opt.Progress == nil || b.first == 0 {
		return
	}
	b.progress.Lock()
	defer b.progress.Unlock()
	done := max(0, int((at-b.first)/step(b.rule))+1)
	b.opt.Progress(Progress{b.rule, at.Time(), done, max(done, b.count()), b.out.Alerts})
}

// daysOf lists the UTC days that (from, to] touches.
func daysOf(from, to schema.DatetimeValue) []BacktestDay {
	var days []BacktestDay
	for t := (from + 1) / schema.TicksPerDay * schema.TicksPerDay; t <= to; t += schema.TicksPerDay {
		days = append(days, BacktestDay{Day: t.Time().Format(time.DateOnly)})
	}
	return days
}
