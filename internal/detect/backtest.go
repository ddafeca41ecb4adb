package detect

import (
	"context"
	"errors"
	"time"

	"nephoscope/internal/rules"
)

// BacktestOptions say what a back-test keeps and whom it tells. The zero value
// counts and keeps no alert.
type BacktestOptions struct {
	// Keep is how many alerts of each rule are kept with their content, the
	// earliest; 0 means none. They are counted in any case.
	Keep int
	// Progress, if set, is called after every run that was evaluated, from
	// one goroutine at a time.
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
	// evaluated, and those that were passed over because their windows hold
	// no row that can matter.
	Evaluated int `json:"evaluated"`
	Passed    int `json:"passed"`

	Rows       int `json:"rows"`       // result rows of all runs
	Alerts     int `json:"alerts"`     // that would have been raised
	Duplicates int `json:"duplicates"` // raised by an earlier run already
	Suppressed int `json:"suppressed"` // of runs while the rule rested

	// Kept are the first alerts, as many as BacktestOptions.Keep allows.
	Kept []*Alert `json:"alertContents,omitempty"`

	// Elapsed is the time that the rule took, without what all rules share.
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
// others, its result has the error; the returned error is that of the look at
// the tables, or the context's. The results are in the order of the rules.
func (d *Detector) Backtest(ctx context.Context, list []*rules.Rule, from, to time.Time, opt BacktestOptions) ([]Backtest, error) {
	return nil, errors.New("back-test: not there yet")
}
