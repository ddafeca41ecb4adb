package cli

import (
	"cmp"
	"encoding/json"
	"time"

	"nephoscope/internal/rules"
	"nephoscope/internal/trial"
)

func (t *ruleTest) print(p testPlan, results []trial.Result, failed int, took time.Duration) {
	out := t.env.Stdout
	for _, f := range p.broken {
		say(out, "%s\n", f)
	}
	for i := range results {
		t.printResult(&results[i])
	}
	level := rules.Warning
	if t.strict {
		level = rules.Error
	}
	for _, rule := range p.untested {
		say(out, "%s:%d:1: %s: rule %q has no cases\n", rule.Path, max(1, rule.At("name").Line), level, rule.Name)
	}
	for _, path := range p.lost {
		say(out, "%s:1:1: %s: the cases belong to no rule: name it with the key rule, or call the file like the rule's\n", path, level)
	}
	say(out, "%s of %s passed, %d failed, %s without cases", plural(len(results)-failed, "case"), plural(len(p.subjects), "rule"), failed, plural(len(p.untested), "rule"))
	if terminal(out) > 0 {
		say(out, " (%s)", took.Round(10*time.Millisecond))
	}
	say(out, "\n")
}

// printResult prints what is wrong with a case, as compilers do.
func (t *ruleTest) printResult(r *trial.Result) {
	if r.Passed() {
		return
	}
	say(t.env.Stdout, "FAIL %s/%s\n", r.Rule.Name, r.Case.Name)
	if r.Err != nil {
		say(t.env.Stdout, "  %s:%d:%d: %v\n", r.Path, r.Case.Place.Line, r.Case.Place.Column, r.Err)
	}
	for _, d := range r.Differences {
		say(t.env.Stdout, "  %s:%d:%d: %s\n    want %s\n    got  %s\n", r.Path, d.Place.Line, d.Place.Column, d.What, d.Want, d.Got)
	}
}

// The results as JSON.
type (
	testJSON struct {
		Passed   int             `json:"passed"`
		Failed   int             `json:"failed"`
		Findings []rules.Finding `json:"findings"`
		Untested []string        `json:"rulesWithoutCases"`
		Lost     []string        `json:"casesWithoutRule"`
		Cases    []caseJSON      `json:"cases"`
	}
	caseJSON struct {
		Rule        string           `json:"rule"`
		RuleID      string           `json:"ruleId"`
		Case        string           `json:"case"`
		File        string           `json:"file"`
		Line        int              `json:"line"`
		Passed      bool             `json:"passed"`
		Runs        int              `json:"runs"`
		Rows        int              `json:"resultRows"`
		Seconds     float64          `json:"seconds"`
		Differences []differenceJSON `json:"differences,omitempty"`
		Error       string           `json:"error,omitempty"`
	}
	differenceJSON struct {
		Line int    `json:"line"`
		What string `json:"what"`
		Want string `json:"want"`
		Got  string `json:"got"`
	}
)

func (t *ruleTest) printJSON(p testPlan, results []trial.Result, failed int) error {
	all := testJSON{
		Passed: len(results) - failed, Failed: failed, Findings: append([]rules.Finding{}, p.broken...),
		Untested: []string{}, Lost: append([]string{}, p.lost...), Cases: []caseJSON{},
	}
	for _, rule := range p.untested {
		all.Untested = append(all.Untested, rule.Name)
	}
	for i := range results {
		r := &results[i]
		c := caseJSON{
			Rule: r.Rule.Name, RuleID: r.Rule.ID, Case: r.Case.Name, File: r.Path, Line: r.Case.Place.Line, Passed: r.Passed(),
			Runs: r.Runs, Rows: r.Rows, Seconds: r.Elapsed.Seconds(), Error: text(r.Err),
		}
		for _, d := range r.Differences {
			c.Differences = append(c.Differences, differenceJSON{cmp.Or(d.Place.Line, c.Line), d.What, d.Want, d.Got})
		}
		all.Cases = append(all.Cases, c)
	}
	enc := json.NewEncoder(t.env.Stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(all)
}
