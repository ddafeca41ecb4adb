package cli

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
)

// explainedRuns is how many runs of each rule are evaluated to be shown.
const explainedRuns = 10

// An explained is what is told of one rule.
type explained struct {
	*detect.Explanation
	SQL   string `json:"sql,omitempty"` // of the first run
	Error string `json:"error,omitempty"`
}

// explainRules tells what a run of the rules would do, without doing it.
func explainRules(cmd *cobra.Command, env *Env, list []*rules.Rule, span detect.Range, output string) (err error) {
	a, err := openApp(cmd, env, app.Options{Existing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	var all []explained
	var failed []error
	for _, rule := range list {
		x, err := a.Detector().Explain(cmd.Context(), rule, span, explainedRuns)
		e := explained{Explanation: x}
		if err != nil {
			failed = append(failed, err)
			e = explained{Explanation: &detect.Explanation{RuleID: rule.ID, Name: rule.Name}, Error: err.Error()}
		} else if len(x.Runs) > 0 {
			e.SQL, failed = sqlOf(cmd, a, rule, x.Runs[0].Window, failed)
		}
		all = append(all, e)
		if output == "table" {
			printExplained(env.Stdout, rule, &e)
		}
	}
	if output == "json" {
		err = json.NewEncoder(env.Stdout).Encode(map[string]any{"rules": all})
	}
	return errors.Join(append(failed, err)...)
}

// sqlOf is the statement of one run.
func sqlOf(cmd *cobra.Command, a *app.App, rule *rules.Rule, w detect.Window, failed []error) (string, []error) {
	query, err := a.Compile(cmd.Context(), rule.Query, w)
	if err != nil {
		return "", append(failed, err)
	}
	return query.SQL, failed
}

func printExplained(out io.Writer, rule *rules.Rule, e *explained) {
	say(out, "%s\n", rule.Name)
	if e.Error != "" {
		say(out, "  cannot run: %s\n\n", shown(e.Error))
		return
	}
	say(out, "  runs every %s over %s, alerts if rows %s %d\n", rules.FormatDuration(rule.Frequency), rules.FormatDuration(rule.Period), rule.Operator, rule.Threshold)
	if e.LastRun.IsZero() {
		say(out, "  has not run yet\n")
	} else {
		say(out, "  ran up to %s and has seen all rows up to number %d\n", e.LastRun.Format(time.RFC3339), e.Sequence)
	}
	if e.Silent {
		say(out, "  can alert on silence, so every run is evaluated\n")
	}
	for _, t := range e.Tables {
		say(out, "  looks at %s where %s\n", t.Table, flat(t.Condition))
		if t.Trigger != "" {
			say(out, "    and has a result only if there are rows where %s\n", flat(t.Trigger))
		}
	}
	say(out, "  %s to evaluate, %d passed over because no row in their windows can matter\n", plural(e.Due, "run"), e.Passed)
	g := newGrid("    run", "window", "late", "rows", "alerts", "known", "ms").number(3, 4, 5, 6)
	for _, r := range e.Runs {
		note := strconv.FormatInt(r.Duration.Milliseconds(), 10)
		if r.Err != nil {
			note += "  " + shown(r.Err.Error())
		}
		g.add("    "+r.At.Format(time.RFC3339), r.From.Format(time.RFC3339)+" to "+r.To.Format(time.RFC3339), yesNo(r.Late),
			strconv.Itoa(r.Rows), strconv.Itoa(len(r.Yield)), strconv.Itoa(r.Known), note)
	}
	if len(e.Runs) > 0 {
		g.print(out, terminal(out))
	}
	if left := e.Due - len(e.Runs); left > 0 {
		say(out, "    and %d more\n", left)
	}
	if e.SQL != "" {
		say(out, "  SQL of the first run\n    %s\n", strings.ReplaceAll(strings.TrimSpace(e.SQL), "\n", "\n    "))
	}
	say(out, "\n")
}

// flat writes a condition in one line.
func flat(condition string) string { return strings.Join(strings.Fields(condition), " ") }

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
