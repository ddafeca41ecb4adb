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
	cmd := group("rules", "Check, test and run detection rules")
	cmd.AddCommand(newRulesLint(env), newRulesTest(env), newRulesBacktest(env), newRulesRun(env), newRulesImport(env))
	return cmd
}

func newRulesRun(env *Env) *cobra.Command {
	var output, from, to string
	var builtin, explain bool
	cmd := &cobra.Command{
		Use:   "run [PATH...]",
		Short: "Run rules over the stored data",
		Long: "Run evaluates rules over everything that arrived since their last run, window by window, writes their alerts to\n" +
			"SecurityAlert and opens incidents. It can be repeated: an alert is filed once. With --from or --to all windows in\n" +
			"that range are evaluated again. With --explain it writes nothing and tells what it would do and why.",
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
			if explain {
				return explainRules(cmd, env, list, span, output)
			}
			return runRules(cmd, env, list, span, output)
		},
	}
	addData(cmd)
	f := cmd.Flags()
	f.StringVarP(&output, "output", "o", "table", "table or json")
	f.StringVar(&from, "from", "", "first run time, 2026-01-31 or 2026-01-31T12:00:00Z")
	f.StringVar(&to, "to", "", "last run time")
	f.BoolVar(&explain, "explain", false, "write nothing; tell which runs there would be, why, and what they find")
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
	if !span.To.IsZero() && span.From.After(span.To) {
		return span, usagef("--from %s is after --to %s", span.From.Format(time.RFC3339), span.To.Format(time.RFC3339))
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

// manyRules is from how many on those that found nothing are only counted.
const manyRules = 20

func printReports(env *Env, reports []detect.Report) {
	g := newGrid("runs", "rows", "new alerts", "rule").number(0, 1, 2)
	alerts, took, quiet := 0, time.Duration(0), 0
	for _, r := range reports {
		if len(reports) >= manyRules && r.Rows == 0 && r.Err == nil {
			quiet, took = quiet+1, took+r.Elapsed
			continue
		}
		note := ""
		if r.Err != nil {
			note = "  (failed)"
		}
		alerts, took = alerts+r.Alerts, took+r.Elapsed
		g.add(strconv.Itoa(r.Runs), strconv.Itoa(r.Rows), strconv.Itoa(r.Alerts), r.Name+note)
	}
	width := terminal(env.Stdout)
	if quiet < len(reports) {
		g.print(env.Stdout, width)
	}
	if quiet > 0 {
		say(env.Stdout, "%s found nothing\n", plural(quiet, "rule"))
	}
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

// readRules reads the rules of the paths; those of the program without any.
func readRules(paths []string) (*rules.Set, error) {
	if len(paths) == 0 {
		return rules.Builtin()
	}
	return app.RuleLoader().Load(paths...)
}
