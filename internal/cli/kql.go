package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/kql"
	"nephoscope/internal/kql/fn"
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
	return &cobra.Command{
		Use: "functions [TEXT]", Short: "List the functions and operators that are supported", Args: cobra.MaximumNArgs(1),
		Long: "Functions lists what can be called in a query. With a text only those with it in their name or chapter.",
		RunE: func(_ *cobra.Command, args []string) error {
			g := newGrid("kind", "chapter", "use", "meaning")
			for _, f := range fn.Default().All() {
				if len(args) == 0 || strings.Contains(f.Name, args[0]) || strings.Contains(f.Family, args[0]) {
					g.add(f.Kind.String(), f.Family, f.Usage(), f.Doc)
				}
			}
			width := terminal(env.Stdout)
			g.print(env.Stdout, width)
			return nil
		},
	}
}

func newKQLBatch(env *Env) *cobra.Command {
	var b batch
	var schemaFile string
	cmd := &cobra.Command{
		Use:   "batch",
		Short: "Run queries from standard input, one JSON object a line",
		Long: "Batch reads lines {\"id\":..., \"query\":...} and answers each with a line {\"id\", \"columns\", \"rows\"} or, when the\n" +
			"query does not compile or run, {\"id\", \"error\": {\"line\", \"column\", \"kind\", \"message\"}}; kind is syntax, semantic,\n" +
			"unsupported or runtime. Values are written as the Log Analytics query API does. Without --data the tables are empty.",
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
