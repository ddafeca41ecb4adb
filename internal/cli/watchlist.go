package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/resource"
	"nephoscope/internal/watchlist"
)

func newWatchlist(env *Env) *cobra.Command {
	cmd := group("watchlist", "Bring in, list and export watchlists")
	cmd.AddCommand(newWatchlistImport(env), newWatchlistList(env), newWatchlistShow(env), newWatchlistExport(env), newWatchlistDelete(env))
	return cmd
}

// withLists opens the data directory for a command on watchlists.
func withLists(cmd *cobra.Command, env *Env, existing bool, fn func(*watchlist.Lists) error) (err error) {
	a, err := openApp(cmd, env, app.Options{Existing: existing})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return fn(a.Watchlists())
}

func newWatchlistImport(env *Env) *cobra.Command {
	var w watchlist.Watchlist
	var format, by string
	var replace, appends bool
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Make a watchlist of a CSV or JSON file", Args: cobra.ExactArgs(1),
		Long: "Import reads a CSV file with a header, a JSON array of objects or one JSON object on each line; - is standard\n" +
			"input. Queries read the items with _GetWatchlist('ALIAS'). Rows that are wrong are left out and listed, and the exit\n" +
			"code is 3 then. A watchlist that is there is left alone without --replace or --append.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if w.Alias == "" {
				return usagef("under which name? want --alias, 3 to 64 letters, digits, - or _")
			}
			if err := notNegative(cmd, "skip"); err != nil {
				return err
			}
			opt := watchlist.ImportOptions{Format: watchlist.FormatOf(args[0]), By: cmp.Or(by, whoever(""))}
			switch {
			case replace && appends:
				return usagef("--replace and --append exclude each other")
			case replace:
				opt.Mode = watchlist.Replace
			case appends:
				opt.Mode = watchlist.Append
			}
			if format != "" {
				if err := oneOfWords("format", format, "csv", "json"); err != nil {
					return err
				}
				opt.Format = watchlist.Format(format)
			}
			w.Source = cmp.Or(w.Source, filepath.Base(args[0]))
			return importList(cmd, env, args[0], w, opt)
		},
	}
	addData(cmd)
	f := cmd.Flags()
	f.StringVar(&w.Alias, "alias", "", "name of the watchlist in queries, 3 to 64 letters, digits, - or _")
	f.StringVar(&w.SearchKey, "search-key", "", "column by which items are looked up")
	f.StringVar(&w.DisplayName, "name", "", "name for people (default: the alias)")
	f.StringVar(&w.Description, "description", "", "what is in it")
	f.StringVar(&w.Provider, "provider", "", "who provides it")
	f.IntVar(&w.SkippedLines, "skip", 0, "lines before the header")
	f.StringVar(&format, "format", "", "csv or json (default: by the file's name)")
	f.BoolVar(&replace, "replace", false, "let the items of a watchlist that is there become those of the file")
	f.BoolVar(&appends, "append", false, "add the items to a watchlist that is there")
	f.StringVar(&by, "by", "", "who changes it (default: the user of this machine)")
	return cmd
}

func importList(cmd *cobra.Command, env *Env, path string, w watchlist.Watchlist, opt watchlist.ImportOptions) error {
	in := env.Stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close() //nolint:errcheck // opened for reading
		in = file
	}
	return withLists(cmd, env, false, func(lists *watchlist.Lists) error {
		report, err := lists.Import(cmd.Context(), w, in, opt)
		var row *watchlist.RowError
		var conflict *resource.ConflictError
		var invalid *watchlist.InvalidError
		switch {
		case errors.As(err, &invalid): // the flags say what is wrong
			return usageError{err}
		case errors.As(err, &row):
			return fmt.Errorf("%s: %w", path, err)
		case errors.As(err, &conflict) && opt.Mode == watchlist.Create:
			return fmt.Errorf("there is a watchlist %q already: say --replace or --append, or choose another --alias", w.Alias)
		case err != nil:
			return err
		}
		return printImport(env, path, report)
	})
}

func printImport(env *Env, path string, r *watchlist.Report) error {
	say(env.Stdout, "watchlist %s: %s (%d new, %d changed, %d removed, %d as before)\n",
		r.List.Alias, plural(r.List.Items, "item"), r.Created, r.Updated, r.Deleted, r.Unchanged)
	if r.Bad == 0 {
		return nil
	}
	for _, p := range r.Problems {
		say(env.Stderr, "%s: %v\n", path, p)
	}
	say(env.Stderr, "%s left out, %d shown\n", plural(r.Bad, "row"), len(r.Problems))
	return errFindings
}

func newWatchlistList(env *Env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "list", Short: "List the watchlists", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOfWords("output", output, "table", "json"); err != nil {
				return err
			}
			return withLists(cmd, env, true, func(lists *watchlist.Lists) error {
				all, err := lists.List(cmd.Context())
				if err != nil {
					return err
				}
				if output == "json" {
					return json.NewEncoder(env.Stdout).Encode(map[string]any{"value": all})
				}
				g := newGrid("alias", "items", "search key", "changed", "by", "name").number(1)
				for _, w := range all {
					g.add(w.Alias, strconv.Itoa(w.Items), oneLine(w.SearchKey), w.Updated.Format(minuteLayout), oneLine(w.UpdatedBy), oneLine(w.DisplayName))
				}
				g.print(env.Stdout, terminal(env.Stdout))
				say(env.Stdout, "%s\n", plural(len(all), "watchlist"))
				return nil
			})
		},
	}
	addData(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return cmd
}

func newWatchlistShow(env *Env) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "show ALIAS", Short: "Show a watchlist and its first items", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := notNegative(cmd, "limit"); err != nil {
				return err
			}
			return withLists(cmd, env, true, func(lists *watchlist.Lists) error { return showList(cmd, env, lists, args[0], limit) })
		},
	}
	addData(cmd)
	cmd.Flags().IntVar(&limit, "limit", 20, "how many items to show, 0 for all")
	return cmd
}

func showList(cmd *cobra.Command, env *Env, lists *watchlist.Lists, alias string, limit int) error {
	w, err := lists.Get(cmd.Context(), alias)
	if err != nil {
		return err
	}
	say(env.Stdout, "%s: %s\n", w.Alias, oneLine(w.DisplayName))
	for _, line := range [][2]string{
		{"description", w.Description},
		{"provider", w.Provider},
		{"source", w.Source},
		{"search key", w.SearchKey},
		{"columns", strings.Join(w.Columns, ", ")},
		{"items", strconv.Itoa(w.Items)},
		{"created", w.Created.Format(secondLayout) + " by " + w.CreatedBy},
		{"changed", w.Updated.Format(secondLayout) + " by " + w.UpdatedBy},
		{"etag", w.Etag},
	} {
		if line[1] != "" {
			say(env.Stdout, "  %-12s %s\n", line[0], oneLine(line[1]))
		}
	}
	g := newGrid(append([]string{"id"}, w.Columns...)...)
	for it, err := range lists.Items(cmd.Context(), alias) {
		if err != nil {
			return err
		}
		if limit > 0 && len(g.rows) == limit {
			break
		}
		cells := []string{it.ID}
		for _, name := range w.Columns {
			cells = append(cells, oneLine(it.Fields[name]))
		}
		g.add(cells...)
	}
	g.print(env.Stdout, terminal(env.Stdout))
	return nil
}

func newWatchlistExport(env *Env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "export ALIAS", Short: "Print the items of a watchlist as CSV", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withLists(cmd, env, true, func(lists *watchlist.Lists) error {
				return lists.Export(cmd.Context(), args[0], env.Stdout)
			})
		},
	}
	addData(cmd)
	return cmd
}

func newWatchlistDelete(env *Env) *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "delete ALIAS", Short: "Delete a watchlist and its items", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withLists(cmd, env, true, func(lists *watchlist.Lists) error {
				if err := lists.Delete(cmd.Context(), args[0], resource.Existing, cmp.Or(by, whoever(""))); err != nil {
					return err
				}
				say(env.Stdout, "watchlist %s deleted\n", args[0])
				return nil
			})
		},
	}
	addData(cmd)
	cmd.Flags().StringVar(&by, "by", "", "who deletes it (default: the user of this machine)")
	return cmd
}
