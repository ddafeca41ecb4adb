package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
	"nephoscope/internal/trial"
)

func newRulesTest(env *Env) *cobra.Command {
	t := &ruleTest{env: env}
	cmd := &cobra.Command{
		Use:   "test [PATH...]",
		Short: "Play the cases of rules and compare what they raise",
		Long: "Test plays the cases of rules: what a case says happened is stored in an empty store, the rule runs over it, and\n" +
			"its alerts are compared with those that the case expects. Cases stand in NAME.cases.yaml beside the rule NAME.yaml or\n" +
			"in a folder tests beside it; docs/reference/rule-tests.md has their format. Without a path the rules that come with\n" +
			"the program are tested. Exit code 3 if a case differs or a rule cannot be read.",
		Example: "  nephoscope rules test detections/\n" +
			"  nephoscope rules test detections/ --run 'Purge/.*vault' --junit report.xml",
		RunE: func(cmd *cobra.Command, paths []string) error { return t.run(cmd, paths) },
	}
	addTables(cmd)
	f := cmd.Flags()
	f.StringSliceVar(&t.cases, "cases", nil, "further files or directories with cases")
	f.StringVar(&t.junit, "junit", "", "write the results to this file as JUnit XML")
	f.StringVarP(&t.output, "output", "o", "table", "table or json")
	f.StringVar(&t.pattern, "run", "", "play only cases whose RULE/CASE matches this regular expression")
	f.BoolVar(&t.strict, "strict", false, "exit with 3 as well if a rule has no cases, or cases belong to no rule")
	f.IntVar(&t.parallel, "parallel", 0, "play so many cases at once (default one per processor)")
	return cmd
}

// A ruleTest is a run of rules test.
type ruleTest struct {
	env      *Env
	cases    []string
	junit    string
	output   string
	pattern  string
	strict   bool
	parallel int
}

func (t *ruleTest) run(cmd *cobra.Command, paths []string) error {
	if err := oneOfWords("output", t.output, "table", "json"); err != nil {
		return err
	}
	if err := notNegative(cmd, "parallel"); err != nil {
		return err
	}
	only, err := t.only()
	if err != nil {
		return err
	}
	custom, err := customTables(configOf(cmd).Tables)
	if err != nil {
		return err
	}
	p, err := t.plan(paths)
	if err != nil {
		return err
	}
	line := newProgress(t.env.Stderr)
	began, done := time.Now(), 0
	results, err := trial.Run(cmd.Context(), p.subjects, trial.Options{
		Tables: custom, Parallel: t.parallel, Only: only,
		Done: func(r trial.Result) {
			done++
			line.show(fmt.Sprintf("%s played: %s/%s", plural(done, "case"), r.Rule.Name, r.Case.Name))
		},
	})
	line.clear()
	if err != nil {
		return err
	}
	return t.report(p, results, time.Since(began))
}

// only chooses the cases that --run names.
func (t *ruleTest) only() (func(rule, name string) bool, error) {
	if t.pattern == "" {
		return nil, nil
	}
	re, err := regexp.Compile(t.pattern)
	if err != nil {
		return nil, usagef("--run: %w", err)
	}
	return func(rule, name string) bool { return re.MatchString(rule + "/" + name) }, nil
}

func customTables(paths []string) ([]*schema.Table, error) {
	var custom []*schema.Table
	for _, path := range paths {
		declared, err := tables.LoadCustom(path)
		if err != nil {
			return nil, err
		}
		custom = append(custom, declared...)
	}
	return custom, nil
}

// A testPlan is what there is to test, and what stands in the way of it.
type testPlan struct {
	subjects []trial.Subject
	broken   []rules.Finding // errors in the files of rules
	untested []*rules.Rule
	lost     []string // files of cases that belong to no rule
}

// plan finds the rules and their cases.
func (t *ruleTest) plan(paths []string) (testPlan, error) {
	set, err := readRules(paths)
	if err != nil {
		return testPlan{}, err
	}
	var p testPlan
	for _, f := range set.Findings {
		if f.Level == rules.Error {
			p.broken = append(p.broken, f)
		}
	}
	if len(paths) == 0 {
		err = p.addBuiltin(set.Rules)
	} else {
		err = p.add(set.Rules, paths, t.cases)
	}
	var fault *rules.CaseError
	if errors.As(err, &fault) {
		p.broken = append(p.broken, rules.Finding{Path: fault.Path, Place: fault.Place, Code: rules.CodeSchema, Level: rules.Error, Message: fault.Message})
		return p, nil
	}
	return p, err
}

func (p *testPlan) addBuiltin(list []*rules.Rule) error {
	for _, rule := range list {
		cases, err := rules.BuiltinCases(rule)
		if err != nil {
			return err
		}
		p.subjects = append(p.subjects, trial.Subject{Rule: rule, Path: rule.Path, Cases: cases})
	}
	return nil
}

func (p *testPlan) add(list []*rules.Rule, paths, further []string) error {
	found, others, err := rules.LoadCases(list, further...)
	if err != nil {
		return err
	}
	for _, rule := range list {
		if len(found[rule]) == 0 {
			p.untested = append(p.untested, rule)
		}
		for _, file := range found[rule] {
			p.subjects = append(p.subjects, trial.Subject{Rule: rule, Path: file.Path, Cases: file.Cases})
		}
	}
	for _, file := range others {
		if isBelow(file.Path, append(paths, further...)) {
			p.lost = append(p.lost, file.Path)
		}
	}
	return nil
}

// isBelow tells whether a file was meant by one of the paths, and not only lies
// beside what was meant.
func isBelow(file string, paths []string) bool {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() && filepath.Clean(path) != file {
			continue
		}
		if rel, err := filepath.Rel(path, file); err == nil && !strings.HasPrefix(rel, "..") {
			return true
		}
	}
	return false
}

// report prints the results and says by its error whether all is well.
func (t *ruleTest) report(p testPlan, results []trial.Result, took time.Duration) error {
	if t.junit != "" {
		if err := writeJUnit(t.junit, results); err != nil {
			return err
		}
	}
	failed := 0
	for i := range results {
		if !results[i].Passed() {
			failed++
		}
	}
	var err error
	if t.output == "json" {
		err = t.printJSON(p, results, failed)
	} else {
		t.print(p, results, failed, took)
	}
	switch {
	case err != nil:
		return err
	case failed > 0 || len(p.broken) > 0, t.strict && len(p.untested)+len(p.lost) > 0:
		return errFindings
	case len(results) == 0 && t.pattern != "":
		return usagef("--run %q matches no case", t.pattern)
	}
	return nil
}

func writeJUnit(path string, results []trial.Result) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write the results: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return trial.WriteJUnit(file, results)
}
