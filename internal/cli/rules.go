package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
)

func newRules(env *Env) *cobra.Command {
	cmd := group("rules", "Check and run detection rules")
	cmd.AddCommand(newRulesLint(env), newRulesRun(env), newRulesImport(env), newRulesBacktest(env))
	return cmd
}

func newRulesLint(env *Env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "lint [PATH...]",
		Short: "Say what is wrong with rule files",
		Long: "Lint reads rules in Sentinel's YAML template, from files and directories, and reports every problem with file,\n" +
			"line and column. Without a path it checks the rules that come with the program. Exit code 3 if there is an error.",
		RunE: func(cmd *cobra.Command, paths []string) error {
			if err := oneOfWords("output", output, "table", "json"); err != nil {
				return err
			}
			set, err := readRules(paths)
			if err != nil {
				return err
			}
			catalog, err := app.NewCatalog(configOf(cmd))
			if err != nil {
				return err
			}
			return printFindings(env, set.Lint(app.CompileRule(catalog, env.Now())), len(set.Rules), output)
		},
	}
	addTables(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return cmd
}

func readRules(paths []string) (*rules.Set, error) {
	if len(paths) == 0 {
		return rules.Builtin()
	}
	return rules.Load(paths...)
}

func printFindings(env *Env, found []rules.Finding, good int, output string) error {
	failed := 0
	for _, f := range found {
		if f.Level == rules.Error {
			failed++
		}
		if output == "table" {
			say(env.Stdout, "%s\n", f)
		}
	}
	if output == "json" {
		if found == nil {
			found = []rules.Finding{}
		}
		if err := json.NewEncoder(env.Stdout).Encode(map[string]any{"rules": good, "findings": found}); err != nil {
			return err
		}
	} else {
		say(env.Stdout, "%s can run; %s, %s\n", plural(good, "rule"), plural(failed, "error"), plural(len(found)-failed, "warning"))
	}
	if failed > 0 {
		return errFindings
	}
	return nil
}

func newRulesRun(env *Env) *cobra.Command {
	var output, from, to string
	var builtin bool
	cmd := &cobra.Command{
		Use:   "run [PATH...]",
		Short: "Run rules over the stored data",
		Long: "Run evaluates rules over everything that arrived since their last run, window by window, writes their alerts to\n" +
			"SecurityAlert and opens incidents. It can be repeated: an alert is filed once. With --from or --to all windows in\n" +
			"that range are evaluated again.",
		RunE: func(cmd *cobra.Command, paths []string) error {
			if err := oneOfWords("output", output, "table", "json"); err != nil {
				return err
			}
			span, err := spanOf(env, from, to)
			if err != nil {
				return err
			}
			list, err := app.LoadRules(builtin || len(paths) == 0, paths)
			if err != nil {
				return err
			}
			return runRules(cmd, env, list, span, output)
		},
	}
	addData(cmd)
	f := cmd.Flags()
	f.StringVarP(&output, "output", "o", "table", "table or json")
	f.StringVar(&from, "from", "", "first run time, 2026-01-31 or 2026-01-31T12:00:00Z")
	f.StringVar(&to, "to", "", "last run time")
	f.BoolVar(&builtin, "builtin", false, "run the rules that come with the program beside those of the paths")
	return cmd
}

func spanOf(env *Env, from, to string) (span detect.Range, err error) {
	for _, bound := range []struct {
		text string
		into *time.Time
	}{{from, &span.From}, {to, &span.To}} {
		if bound.text == "" {
			continue
		}
		if *bound.into, err = parseTime(bound.text, env.Now()); err != nil {
			return span, usageError{err}
		}
	}
	return span, nil
}

func runRules(cmd *cobra.Command, env *Env, list []*rules.Rule, span detect.Range, output string) (err error) {
	a, err := openApp(cmd, env, app.Options{Existing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	reports := sweep(cmd.Context(), env, a, list, span)
	if output == "json" {
		err = json.NewEncoder(env.Stdout).Encode(map[string]any{"rules": reports})
	} else {
		printReports(env, reports)
	}
	return errors.Join(err, failedRules(cmd.Context(), reports))
}

// sweep runs rules with a line of progress.
func sweep(ctx context.Context, env *Env, a *app.App, list []*rules.Rule, span detect.Range) []detect.Report {
	line := newProgress(env.Stderr)
	var mu sync.Mutex
	span.Progress = func(p detect.Progress) {
		mu.Lock()
		defer mu.Unlock()
		line.show(fmt.Sprintf("%s: %d of %d windows, %s", p.Rule.Name, p.Done, p.Total, plural(p.Alerts, "alert")))
	}
	reports := a.Sweep(ctx, list, span)
	line.clear()
	return reports
}

func printReports(env *Env, reports []detect.Report) {
	g := newGrid("runs", "rows", "new alerts", "rule").number(0, 1, 2)
	alerts, took := 0, time.Duration(0)
	for _, r := range reports {
		note := ""
		if r.Err != nil {
			note = "  (failed)"
		}
		alerts, took = alerts+r.Alerts, took+r.Elapsed
		g.add(strconv.Itoa(r.Runs), strconv.Itoa(r.Rows), strconv.Itoa(r.Alerts), r.Name+note)
	}
	width := terminal(env.Stdout)
	g.print(env.Stdout, width)
	say(env.Stdout, "%s, %s in %s\n", plural(len(reports), "rule"), plural(alerts, "new alert"), took.Round(10*time.Millisecond))
}

// failedRules joins the errors of the reports.
func failedRules(ctx context.Context, reports []detect.Report) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var list []error
	for _, r := range reports {
		list = append(list, r.Err)
	}
	return errors.Join(list...)
}
