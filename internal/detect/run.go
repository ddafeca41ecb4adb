package detect

import (
	"fmt"
	"time"

	"nephoscope/internal/rules"
)

// A Run tells what evaluating a rule at one run time did. It is what a row of
// SentinelHealth tells.
type Run struct {
	Rule     *rules.Rule
	At       time.Time // the run time
	From, To time.Time // of TimeGenerated, From not included
	Started  time.Time // by the clock
	Duration time.Duration

	Rows      int // result rows
	Alerts    int // newly raised, or raised again after they were withdrawn
	Revised   int // alerts that have other content now
	Withdrawn int // alerts that would not be raised any more

	// Late tells that the run was evaluated before and events that arrived
	// since then belong to it.
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
	// takes too long. Otherwise the store could not answer.
	Permanent bool
	Err       error
}

// Error names the run.
func (e *RunError) Error() string {
	return fmt.Sprintf("run of %s: %v", e.At.UTC().Format(time.RFC3339), e.Err)
}

// Unwrap returns what was wrong.
func (e *RunError) Unwrap() error { return e.Err }
