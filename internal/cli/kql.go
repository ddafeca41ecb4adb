package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/kql"
	"nephoscope/internal/kql/reference"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables/known"
)

func newKQL(env *Env) *cobra.Command {
	cmd := group("kql", "Look at KQL queries: compile many, explain one, list functions")
	cmd.AddCommand(newKQLBatch(env), newKQLExplain(env), newKQLFunctions(env), newKQLFmt(env))
	return cmd
}

func newKQLExplain(env *Env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "explain KQL", Short: "Print the SQL that a query becomes", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := queryText(env, args[0])
			if err != nil {
				return err
			}
			catalog, err := app.NewCatalog(configOf(cmd))
			if err != nil {
				return err
			}
			query, err := kql.Compile(text, catalog, kql.Options{Now: schema.DatetimeOf(env.Now()), Known: known.Tables()})
			if err != nil {
				return explainQueryError(text, err)
			}
			_, err = fmt.Fprintln(env.Stdout, query.SQL)
			return err
		},
	}
	addTables(cmd)
	return cmd
}

func newKQLFunctions(env *Env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "functions [TEXT]", Short: "List the operators, plugins and functions that are supported", Args: cobra.MaximumNArgs(1),
		Long: "Functions lists what queries can use. With a text only that with it in its name or chapter. With --output json there\n" +
			"are signatures with the types of parameters, and examples, as editors want them. With --data the functions that are\n" +
			"saved there are in the list.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOfWords("output", output, "table", "json"); err != nil {
				return err
			}
			items := reference.Items()
			if cmd.Flags().Changed("data") {
				saved, err := savedItems(cmd, env)
				if err != nil {
					return err
				}
				items = append(items, saved...)
			}
			if len(args) == 1 {
				items = slices.DeleteFunc(items, func(it reference.Item) bool {
					return !strings.Contains(it.Name, args[0]) && !strings.Contains(it.Family, args[0]) && it.Kind != args[0]
				})
			}
			if output == "json" {
				enc := json.NewEncoder(env.Stdout)
				enc.SetEscapeHTML(false)
				enc.SetIndent("", "  ")
				return enc.Encode(items)
			}
			g := newGrid("kind", "chapter", "use", "meaning")
			for _, it := range items {
				g.add(it.Kind, it.Family, strings.Join(it.Usage, " or "), it.Doc)
			}
			width := terminal(env.Stdout)
			g.print(env.Stdout, width)
			return nil
		},
	}
	addData(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return cmd
}

func newKQLBatch(env *Env) *cobra.Command {
	var b batch
	var schemaFile string
	cmd := &cobra.Command{
		Use:   "batch",
		Short: "Run queries from standard input, one JSON object a line",
		Long: "Batch reads lines {\"id\":..., \"query\":...} and answers each with a line {\"id\", \"columns\", \"rows\"} or, when the\n" +
			"query does not compile or run, {\"id\", \"error\": {\"line\", \"column\", \"kind\", \"message\"}}; kind is syntax, semantic,\n" +
			"unsupported or runtime. Values are written as the Log Analytics query API does. Without --data the tables are empty.\n" +
			"A member \"parameters\" gives values to declared query parameters, each as text: {\"limit\": \"5\"}.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			b.env = env
			if schemaFile != "" {
				if b.catalog, err = readSchema(schemaFile); err != nil {
					return err
				}
			}
			if b.bindOnly {
				if b.catalog == nil {
					b.catalog, err = app.NewCatalog(configOf(cmd))
				}
				if err != nil {
					return err
				}
				return b.run(cmd.Context())
			}
			return b.runOnStore(cmd)
		},
	}
	addData(cmd)
	f := cmd.Flags()
	f.StringVar(&schemaFile, "schema", "", `tables to bind to, JSON {"tables": {"Name": {"Column": "type"}}}`)
	f.BoolVar(&b.bindOnly, "bind-only", false, "compile only: columns, but no rows")
	f.DurationVar(&b.timeout, "timeout", 30*time.Second, "how long one query may run")
	return cmd
}

// runOnStore runs the batch on the store of --data, or on an empty one.
func (b *batch) runOnStore(cmd *cobra.Command) (err error) {
	cfg, existing := configOf(cmd), cmd.Flags().Changed("data")
	if !existing {
		if cfg.Data, err = os.MkdirTemp("", "nephoscope-batch-"); err != nil {
			return fmt.Errorf("make an empty store: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(cfg.Data)) }()
	}
	a, err := app.Open(cmd.Context(), cfg, app.Options{Now: b.env.Now, Existing: existing})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if b.catalog == nil {
		b.catalog = a.Catalog
	}
	b.store = a.Store
	return b.run(cmd.Context())
}

// A batch answers queries, one a line.
type batch struct {
	env      *Env
	catalog  schema.Catalog
	store    kql.Querier // nil to compile only
	bindOnly bool
	timeout  time.Duration
}

// options are those of a query as of now.
func (b *batch) options() kql.Options {
	return kql.Options{Now: schema.DatetimeOf(b.env.Now()), Known: known.Tables()}
}

var errTooSlow = errors.New("the query takes too long")

// ask runs a compiled query and appends its rows as JSON.
func (b *batch) ask(ctx context.Context, query *kql.Query, dst []byte) (_ []byte, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, b.timeout, errTooSlow)
	defer cancel()
	cursor, err := query.Run(ctx, b.store)
	if err != nil {
		return dst, err
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	dst = append(appendColumns(append(dst, `,"columns":`...), cursor.Columns()), `,"rows":[`...)
	first := true
	err = each(cursor, func(row []any) error {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = appendRow(dst, row)
		return nil
	})
	return append(dst, ']'), err
}
