package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
)

// A backtest is what the flags of a back-test say.
type backtest struct {
	env      *Env
	output   string
	from, to string
	keep     int
	limit    float64
}

func newRulesBacktest(env *Env) *cobra.Command {
	b := &backtest{env: env}
	cmd := &cobra.Command{
		Use:   "backtest [RULE...]",
		Short: "Tell how rules would have fired over the stored data",
		Long: "Backtest evaluates every run of the rules in a span of time, in order, over what is stored, and tells which alerts\n" +
			"they would have raised. Nothing is written. A RULE is a file or directory, or the id or a part of the name of a rule\n" +
			"that comes with the program; without one all of those are tested. With --max-per-day the exit code is 3 if a rule\n" +
			"raises more alerts a day on average.",
		Example: "  nephoscope rules backtest my-rule.yaml --from 2026-11-01 --to 2026-11-15\n" +
			"  nephoscope rules backtest 'mass deletion' --from -14d -o json",
		RunE: func(cmd *cobra.Command, args []string) error { return b.run(cmd, args) },
	}
	addData(cmd)
	f := cmd.Flags()
	f.StringVarP(&b.output, "output", "o", "table", "table or json")
	f.StringVar(&b.from, "from", "-14d", "beginning of the span, 2026-01-31, 2026-01-31T12:00:00Z or -14d")
	f.StringVar(&b.to, "to", "", "end of the span, default now")
	f.IntVar(&b.keep, "alerts", 0, "show so many alerts of each rule")
	f.Float64Var(&b.limit, "max-per-day", 0, "exit with 3 if a rule raises more alerts a day; 0 is no limit")
	return cmd
}

func (b *backtest) run(cmd *cobra.Command, args []string) (err error) {
	if err := oneOfWords("output", b.output, "table", "json"); err != nil {
		return err
	}
	if err := notNegative(cmd, "alerts"); err != nil {
		return err
	}
	span, err := spanOf(b.env, b.from, b.to)
	if err != nil {
		return err
	}
	if span.To.IsZero() {
		span.To = b.env.Now()
	}
	list, err := chooseRules(args)
	if err != nil {
		return err
	}
	a, err := openApp(cmd, b.env, app.Options{Existing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	line := newProgress(b.env.Stderr)
	began := time.Now()
	results, err := a.Detector().Backtest(cmd.Context(), list, span.From, span.To, detect.BacktestOptions{
		Keep: b.keep,
		Progress: func(p detect.Progress) {
			line.show(fmt.Sprintf("%s: %d of %d windows, %s", p.Rule.Name, p.Done, p.Total, plural(p.Alerts, "alert")))
		},
	})
	line.clear()
	if err != nil {
		return err
	}
	return b.tell(results, span, time.Since(began))
}

// chooseRules reads rules from paths, and finds those of the program by id or
// a part of the name.
func chooseRules(args []string) ([]*rules.Rule, error) {
	builtin, err := app.LoadRules(true, nil)
	if err != nil || len(args) == 0 {
		return builtin, err
	}
	var list []*rules.Rule
	for _, arg := range args {
		if _, err := os.Stat(arg); err == nil {
			own, err := app.LoadRules(false, []string{arg})
			if err != nil {
				return nil, err
			}
			list = append(list, own...)
			continue
		}
		found := len(list)
		for _, rule := range builtin {
			if strings.EqualFold(rule.ID, arg) || strings.Contains(strings.ToLower(rule.Name), strings.ToLower(arg)) {
				list = append(list, rule)
			}
		}
		if found == len(list) {
			return nil, usagef("%q is no file, and no rule of the program has it as id or in its name", arg)
		}
	}
	return list, nil
}

// tell prints the results and judges them.
func (b *backtest) tell(results []detect.Backtest, span detect.Range, took time.Duration) error {
	if b.output == "json" {
		answer := map[string]any{"from": span.From, "to": span.To, "elapsed": took.Seconds(), "rules": results}
		if err := json.NewEncoder(b.env.Stdout).Encode(answer); err != nil {
			return err
		}
	} else {
		b.print(results, span, took)
	}
	noisy, failed := 0, []error(nil)
	for i := range results {
		failed = append(failed, results[i].Err)
		if b.limit > 0 && perDay(&results[i]) > b.limit {
			noisy++
		}
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	if noisy > 0 {
		return errFindings
	}
	return nil
}

// perDay is how many alerts a rule raises a day on average.
func perDay(r *detect.Backtest) float64 {
	return float64(r.Alerts) / float64(max(len(r.Days), 1))
}

func (b *backtest) print(results []detect.Backtest, span detect.Range, took time.Duration) {
	out := b.env.Stdout
	g := newGrid("alerts", "per day", "busiest day", "runs", "with alerts", "seconds", "rule").number(0, 1, 3, 4, 5)
	alerts := 0
	for i := range results {
		r := &results[i]
		alerts += r.Alerts
		note := ""
		if r.Err != nil {
			note = "  (failed)"
		}
		g.add(strconv.Itoa(r.Alerts), fmt.Sprintf("%.2f", perDay(r)), busiest(r), strconv.Itoa(r.Evaluated+r.Passed),
			strconv.Itoa(len(r.Runs)), fmt.Sprintf("%.2f", r.Elapsed.Seconds()), r.Name+note)
	}
	g.print(out, terminal(out))
	if len(results) == 1 {
		printRuns(out, &results[0])
	}
	for i := range results {
		printAlerts(out, &results[i])
	}
	say(out, "%s from %s to %s: %s in %s\n", plural(len(results), "rule"), minute(span.From), minute(span.To),
		plural(alerts, "alert"), took.Round(10*time.Millisecond))
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// busiest is the day with most alerts and how many there were.
func busiest(r *detect.Backtest) string {
	day := detect.BacktestDay{}
	for _, d := range r.Days {
		if d.Alerts > day.Alerts {
			day = d
		}
	}
	if day.Alerts == 0 {
		return "-"
	}
	return fmt.Sprintf("%s: %d", day.Day, day.Alerts)
}

// printRuns lists the runs that yielded something, and the alerts of each day.
func printRuns(out io.Writer, r *detect.Backtest) {
	if len(r.Runs) == 0 {
		return
	}
	g := newGrid("run", "rows", "new", "known", "suppressed").number(1, 2, 3, 4)
	for _, run := range r.Runs {
		g.add(run.Time.UTC().Format(time.RFC3339), strconv.Itoa(run.Rows), strconv.Itoa(run.New), strconv.Itoa(run.Duplicate), strconv.Itoa(run.Suppressed))
	}
	say(out, "\n")
	g.print(out, 0)
	days := newGrid("day", "alerts").number(1)
	for _, d := range r.Days {
		days.add(d.Day, strconv.Itoa(d.Alerts))
	}
	say(out, "\n")
	days.print(out, 0)
	say(out, "\n")
}

// printAlerts lists the alerts that were kept.
func printAlerts(out io.Writer, r *detect.Backtest) {
	if len(r.Kept) == 0 {
		return
	}
	say(out, "%s\n", r.Name)
	for _, a := range r.Kept {
		var entities []string
		for _, e := range a.Entities {
			entities = append(entities, e.Type+" "+e.Title())
		}
		say(out, "  %s  %s  %s  [%s]\n", a.Start.UTC().Format(time.RFC3339), a.Severity, a.Name, strings.Join(entities, ", "))
	}
}
