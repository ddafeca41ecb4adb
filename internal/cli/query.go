package cli

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
)

func newQuery(env *Env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "query KQL",
		Short: "Ask the tables with KQL",
		Long: "Query runs one KQL query, given as argument or on standard input (-), and prints the answer: a table for people,\n" +
			"json in the shape of the Log Analytics query API, jsonl with an object a line, or csv.",
		Example: "  nephoscope query 'AzureActivity | summarize count() by CategoryValue'\n" +
			"  nephoscope query --output jsonl - < question.kql",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOfWords("output", output, "table", "json", "jsonl", "csv"); err != nil {
				return err
			}
			text, err := queryText(env, args[0])
			if err != nil {
				return err
			}
			return query(cmd, env, text, output)
		},
	}
	addData(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table, json, jsonl or csv")
	return cmd
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

func query(cmd *cobra.Command, env *Env, text, output string) (err error) {
	a, err := openApp(cmd, env, app.Options{Existing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	cursor, err := a.Query(cmd.Context(), text)
	if err != nil {
		return explainQueryError(text, err)
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	return writeResult(env.Stdout, cursor, output)
}

// lineOf returns line n of a text, counted from 1.
func lineOf(text string, n int) string {
	lines := strings.Split(text, "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	return strings.TrimRight(lines[n-1], "\r")
}
