// Package trial plays the cases of rules: it stores what a case says happened,
// lets the detector run the rule over it, and says how what was raised differs
// from what the case expects. It stands behind detect and incident and before
// the command line.
//
// Invariant: cases do not see each other, and what a case raises does not depend
// on the clock or on which cases were played before. Each has a store of its own
// for that: one takes about 12 ms to open, less than what is asked of it.
package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"nephoscope/internal/event"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// A Subject is a rule with its cases.
type Subject struct {
	Rule  *rules.Rule
	Path  string // of the file of cases
	Cases []rules.Case
}

// Options of Run. The zero value plays every case, as many at once as there are
// processors.
type Options struct {
	// Tables are custom tables beside the built-in ones.
	Tables []*schema.Table
	// Events is the form that a case's events are written in: hub, which ""
	// means, or rest.
	Events event.Format
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
	// Runs is how often the rule was evaluated, Rows how many result rows all
	// runs had.
	Runs, Rows int
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

// Run plays the cases of the subjects and returns a result for each case, in
// their order. The error is about the machinery or ctx; what is wrong with a
// case is in its result.
func Run(ctx context.Context, subjects []Subject, opt Options) (_ []Result, err error) {
	dir, err := os.MkdirTemp("", "nephoscope-trial-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the cases: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	results := chosen(subjects, opt.Only)
	var group errgroup.Group
	group.SetLimit(max(1, opt.parallel()))
	var telling sync.Mutex
	for i := range results {
		group.Go(func() error {
			r := &results[i]
			play(ctx, r, dir, opt)
			if opt.Done != nil {
				telling.Lock()
				defer telling.Unlock()
				opt.Done(*r)
			}
			return ctx.Err()
		})
	}
	return results, group.Wait()
}

func (o Options) parallel() int {
	if o.Parallel == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return o.Parallel
}

// chosen makes a result for every case that is to be played.
func chosen(subjects []Subject, only func(rule, name string) bool) []Result {
	var results []Result
	for _, s := range subjects {
		for i := range s.Cases {
			c := &s.Cases[i]
			if only == nil || only(s.Rule.Name, c.Name) {
				results = append(results, Result{Rule: s.Rule, Path: s.Path, Case: c})
			}
		}
	}
	return results
}

// play plays one case in a folder of its own below dir and fills in its result.
func play(ctx context.Context, r *Result, dir string, opt Options) {
	began := time.Now()
	defer func() { r.Elapsed = time.Since(began) }()
	if r.Err = ctx.Err(); r.Err != nil {
		return
	}
	f, err := fill(r.Case, opt)
	if err != nil {
		r.Err = err
		return
	}
	s, err := open(ctx, dir, r.Rule, f)
	if err != nil {
		r.Err = err
		return
	}
	defer func() { r.Err = errors.Join(r.Err, s.close()) }()
	raised, err := s.run(ctx)
	if err != nil {
		r.Err = err
		return
	}
	r.Runs, r.Rows = raised.runs, raised.rows
	r.Differences = compare(r.Case, raised)
}
