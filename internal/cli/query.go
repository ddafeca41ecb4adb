package cli

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/config"
	"nephoscope/internal/kql"
)

func newQuery(env *Env) *cobra.Command {
	var q question
	cmd := &cobra.Command{
		Use:   "query KQL",
		Short: "Ask the tables with KQL",
		Long: "Query runs one KQL query, given as argument or on standard input (-), and prints the answer: a table for people,\n" +
			"json in the shape of the Log Analytics query API, jsonl with an object a line, or csv. What render asks for is drawn on\n" +
			"a terminal. A result that reaches a limit is cut off, says so, and ends with exit code 3; Ctrl-C ends a query.",
		Example: "  nephoscope query 'AzureActivity | summarize count() by CategoryValue'\n" +
			"  nephoscope query 'AzureActivity | summarize count() by bin(TimeGenerated, 1h) | render timechart'\n" +
			"  nephoscope query --output jsonl - < question.kql",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOfWords("output", q.output, "table", "json", "jsonl", "csv"); err != nil {
				return err
			}
			if err := oneOfWords("chart", q.chart, "auto", "always", "never"); err != nil {
				return err
			}
			text, err := queryText(env, args[0])
			if err != nil {
				return err
			}
			return q.ask(cmd, env, text)
		},
	}
	addData(cmd)
	def, f := config.Default().Query, cmd.Flags()
	f.StringVarP(&q.output, "output", "o", "table", "table, json, jsonl or csv")
	f.StringVar(&q.chart, "chart", "auto", "draw what render asks for: auto (on a terminal), always or never")
	f.Int64Var(&q.limits.MaxRows, "max-rows", def.MaxRows, "rows of a result, 0 for any number")
	f.Int64Var(&q.limits.MaxBytes, "max-bytes", def.MaxBytes, "size of a result in bytes, 0 for any")
	f.DurationVar(&q.limits.Timeout, "timeout", def.Timeout, "how long a query may take, 0 for any time")
	return cmd
}

// A question is how a query is asked and shown.
type question struct {
	output, chart string
	limits        config.Query
}

// queryText returns the argument, or standard input for "-".
func queryText(env *Env, arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	const tooLong = 1 << 20
	text, err := io.ReadAll(io.LimitReader(env.Stdin, tooLong+1))
	if err != nil {
		return "", err
	}
	if len(text) > tooLong {
		return "", usagef("the query is longer than 1 MB")
	}
	return string(text), nil
}

// errCancelled is the end of a query that a person has ended.
var errCancelled = errors.New("query cancelled")

func (q *question) ask(cmd *cobra.Command, env *Env, text string) (err error) {
	cfg := configOf(cmd)
	cfg.Query.MaxRows, cfg.Query.MaxBytes, cfg.Query.Timeout = q.limits.MaxRows, q.limits.MaxBytes, q.limits.Timeout
	a, err := app.Open(cmd.Context(), cfg, app.Options{Existing: true, Now: env.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	wait := startWaiting(env.Stderr)
	defer wait.stop()
	err = q.answer(cmd.Context(), env, a, wait, text)
	if cmd.Context().Err() != nil && err != nil {
		return errCancelled
	}
	return err
}

func (q *question) answer(ctx context.Context, env *Env, a *app.App, wait *waiting, text string) (err error) {
	result, err := a.Query(ctx, text)
	if err != nil {
		return explainQueryError(text, err)
	}
	results, err := allResults(ctx, a, result)
	defer func() {
		for _, r := range results {
			err = errors.Join(err, r.Close())
		}
	}()
	if err != nil {
		return err
	}
	for _, note := range result.Query.Notes {
		wait.say("note: %s", note)
	}
	w := &answer{question: q, tables: results, width: terminal(env.Stdout), wait: wait}
	if err := w.write(env.Stdout); err != nil {
		return err
	}
	wait.stop()
	return w.partial(env)
}

// allResults starts the further tables of a query, too.
func allResults(ctx context.Context, a *app.App, first *kql.Result) ([]*kql.Result, error) {
	list := []*kql.Result{first}
	for _, f := range first.Query.Further {
		r, err := f.Query.Run(ctx, a.Store)
		if err != nil {
			return list, err
		}
		list = append(list, r)
	}
	return list, nil
}

// lineOf returns line n of a text, counted from 1.
func lineOf(text string, n int) string {
	lines := strings.Split(text, "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	return strings.TrimRight(lines[n-1], "\r")
}
