package detect

import (
	"context"
	"fmt"
	"time"

	"nephoscope/internal/detect/sieve"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// An Explanation tells what a sweep of a rule would do now, and why.
type Explanation struct {
	RuleID string `json:"ruleId"`
	Name   string `json:"ruleName"`
	// LastRun is the last run that was evaluated, zero for none, and Sequence
	// the newest row that all runs up to it have seen.
	LastRun  time.Time `json:"lastRunTime"`
	Sequence int64     `json:"sequence"`
	// Silent tells that the rule can alert on silence: no run is passed over.
	Silent bool `json:"silent"`
	// Tables are those that the query looks at.
	Tables []Glance `json:"tables"`
	// Passed counts the runs whose windows hold rows, but none that can matter.
	Passed int `json:"passed"`
	Due    int `json:"due"` // runs to evaluate
	// Runs are the first of those, as they would come out.
	Runs []ExplainedRun `json:"runs"`
}

// A Glance says which rows of a table can matter to a rule.
type Glance struct {
	Table     string `json:"table"`
	Condition string `json:"condition"` // in KQL; true for all rows
	// Trigger are the rows without which there is no result; empty if any of
	// Condition's may make one.
	Trigger string `json:"trigger,omitempty"`
}

// An ExplainedRun is a run that was evaluated without being filed.
type ExplainedRun struct {
	Run
	Window Window
	// Yield are the alerts of the result. Known counts those that a run of the
	// rule has raised already.
	Yield []*Alert
	Known int
}

// Explain tells what a sweep would do, and evaluates the first of its runs.
// Nothing is written. A run that fails is the last one; its Err says why.
func (d *Detector) Explain(ctx context.Context, rule *rules.Rule, span Range, most int) (*Explanation, error) {
	s := d.newSweep(rule, span)
	s.memory.turn.Lock()
	defer s.memory.turn.Unlock()
	if step(rule) <= 0 {
		return nil, errNoQuery
	}
	silent, err := d.silent(ctx, rule) // what fails here would be recorded in plan
	if err != nil {
		return nil, fmt.Errorf("rule %q: %w", rule.Name, err)
	}
	pick, _, err := d.sieves(ctx, rule.Query)
	if err != nil {
		return nil, fmt.Errorf("rule %q: %w", rule.Name, err)
	}
	agenda, err := s.plan(ctx)
	if err == nil {
		err = s.recall(ctx, agenda)
	}
	if err != nil {
		return nil, fmt.Errorf("rule %q: %w", rule.Name, err)
	}
	x := &Explanation{
		RuleID: rule.ID, Name: rule.Name, Sequence: s.saved.sequence, Silent: silent,
		Tables: glances(pick), Passed: s.report.Skipped, Due: len(agenda),
	}
	if s.saved.run > 0 {
		x.LastRun = s.saved.run.Time()
	}
	for _, t := range agenda[:min(most, len(agenda))] {
		run, err := s.explain(ctx, t)
		x.Runs = append(x.Runs, run)
		if err != nil {
			return x, ctx.Err()
		}
	}
	return x, nil
}

// glances tells of sieves what people may know.
func glances(pick []*sieve.Sieve) []Glance {
	var list []Glance
	for _, p := range pick {
		g := Glance{Table: p.Table, Condition: p.Condition()}
		if trigger := p.Trigger(); trigger != g.Condition {
			g.Trigger = trigger
		}
		list = append(list, g)
	}
	return list
}

// explain evaluates one run.
func (s *sweep) explain(ctx context.Context, t schema.DatetimeValue) (ExplainedRun, error) {
	e, err := s.evaluate(ctx, t)
	run := ExplainedRun{Run: e.run, Window: windowAt(s.rule, t, s.d.opt.Delay), Yield: e.alerts}
	for _, a := range e.alerts {
		if s.memory.support[a.Fingerprint] > 0 {
			run.Known++
		}
	}
	return run, err
}
