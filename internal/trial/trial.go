// Package trial plays the cases of rules: it stores what a case says happened,
// lets the detector run the rule over it, and says how what was raised differs
// from what the case expects. It stands behind detect and incident and before
// the command line.
//
// Invariant: cases do not see each other, and what a case raises does not depend
// on the clock or on which cases were played before.
package trial

import (
	"context"
	"errors"
	"time"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// A Subject is a rule with its cases.
type Subject struct {
	Rule  *rules.Rule
	Path  string // of the file of cases
	Cases []rules.Case
}

// Options of Run. The zero value plays every case on two workers.
type Options struct {
	// Tables are custom tables beside the built-in ones.
	Tables []*schema.Table
	// Parallel is how many cases are played at once; 0 means one per
	// processor.
	Parallel int
	// Only chooses the cases to play by the names of rule and case; nil means
	// all.
	Only func(rule, name string) bool
	// Done, if set, is called after every case, from one goroutine at a time.
	Done func(Result)
}

// A Result is what came of a case.
type Result struct {
	Rule *rules.Rule
	Path string // of the file of cases
	Case *rules.Case
	// Differences say what the rule raised and should not have, or should
	// have and did not; none means that the case passed.
	Differences []Difference
	// Err tells that the case could not be played: a query that does not
	// compile, a row that does not fit its table.
	Err     error
	Elapsed time.Duration
}

// Passed tells whether the rule did what the case expects.
func (r *Result) Passed() bool { return r.Err == nil && len(r.Differences) == 0 }

// A Difference is one thing that is not as the case expects.
type Difference struct {
	Place     rules.Place // in the file of cases
	What      string      // the alert and its part, such as alert 2: entities
	Want, Got string
}

// Run plays the cases of the subjects and returns a result for each case, in
// their order. The error is about the machinery or ctx; what is wrong with a
// case is in its result.
func Run(ctx context.Context, subjects []Subject, opt Options) ([]Result, error) {
	return nil, errors.New("not there yet")
}
