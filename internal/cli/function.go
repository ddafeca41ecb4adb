package cli

import (
	"cmp"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/function"
	"nephoscope/internal/kql/reference"
	"nephoscope/internal/resource"
)

func newFunction(env *Env) *cobra.Command {
	cmd := group("function", "Bring in, list and show saved functions")
	cmd.AddCommand(newFunctionImport(env), newFunctionList(env), newFunctionShow(env), newFunctionDelete(env))
	return cmd
}

// withFunctions opens the data directory for a command on functions.
func withFunctions(cmd *cobra.Command, env *Env, existing bool, fn func(*function.Functions) error) (err error) {
	a, err := openApp(cmd, env, app.Options{Existing: existing})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return fn(a.Functions())
}

func newFunctionImport(env *Env) *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "import PATH...", Short: "Keep the functions of YAML files and folders", Args: cobra.MinimumNArgs(1),
		Long: "Import reads parsers and functions as the public rule repository has them: FunctionName and FunctionQuery, or\n" +
			"ParserName, ParserParams and ParserQuery. Queries and rules call them by name. Functions of the same name are\n" +
			"replaced. Files that are wrong are left out and listed, and the exit code is 3 then.",
		RunE: func(cmd *cobra.Command, args []string) error {
			list, problems, err := function.Load(args...)
			if err != nil {
				return err
			}
			return withFunctions(cmd, env, false, func(f *function.Functions) error {
				kept := 0
				for _, fn := range list {
					one := *fn
					one.Source = "" // the problem names it
					if _, err := f.Put(cmd.Context(), one, resource.Any, cmp.Or(by, whoever(""))); err != nil {
						problems = append(problems, function.Problem{Path: fn.Source, Err: err})
						continue
					}
					kept++
				}
				say(env.Stdout, "%s kept\n", plural(kept, "function"))
				for _, p := range problems {
					say(env.Stderr, "%v\n", p)
				}
				if len(problems) > 0 {
					return errFindings
				}
				return nil
			})
		},
	}
	addData(cmd)
	cmd.Flags().StringVar(&by, "by", "", "who keeps them (default: the user of this machine)")
	return cmd
}

func newFunctionList(env *Env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "list", Short: "List the saved functions", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOfWords("output", output, "table", "json"); err != nil {
				return err
			}
			return withFunctions(cmd, env, true, func(f *function.Functions) error {
				all, err := f.List(cmd.Context())
				if err != nil {
					return err
				}
				if output == "json" {
					return json.NewEncoder(env.Stdout).Encode(map[string]any{"value": all})
				}
				g := newGrid("call", "changed", "by", "title")
				for _, fn := range all {
					g.add(oneLine(fn.Name+"("+fn.Parameters+")"), fn.Updated.Format(minuteLayout), oneLine(fn.UpdatedBy), oneLine(fn.Title))
				}
				g.print(env.Stdout, terminal(env.Stdout))
				say(env.Stdout, "%s\n", plural(len(all), "function"))
				return nil
			})
		},
	}
	addData(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return cmd
}

func newFunctionShow(env *Env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Print a saved function", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withFunctions(cmd, env, true, func(f *function.Functions) error {
				fn, err := f.Get(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				say(env.Stdout, "// %s(%s)\n", fn.Name, oneLine(fn.Parameters))
				if fn.Title != "" {
					say(env.Stdout, "// %s\n", oneLine(fn.Title))
				}
				say(env.Stdout, "%s\n", fn.Body)
				return nil
			})
		},
	}
	addData(cmd)
	return cmd
}

func newFunctionDelete(env *Env) *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "delete NAME", Short: "Delete a saved function", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withFunctions(cmd, env, true, func(f *function.Functions) error {
				if err := f.Delete(cmd.Context(), args[0], resource.Existing, cmp.Or(by, whoever(""))); err != nil {
					return err
				}
				say(env.Stdout, "function %s deleted\n", args[0])
				return nil
			})
		},
	}
	addData(cmd)
	cmd.Flags().StringVar(&by, "by", "", "who deletes it (default: the user of this machine)")
	return cmd
}

// savedItems are the saved functions of a store, as the list of all functions
// shows them.
func savedItems(cmd *cobra.Command, env *Env) (items []reference.Item, err error) {
	err = withFunctions(cmd, env, true, func(f *function.Functions) error {
		all, err := f.List(cmd.Context())
		for _, fn := range all {
			items = append(items, reference.Item{
				Kind: "saved", Name: fn.Name, Family: fn.Category, Doc: oneLine(cmp.Or(fn.Description, fn.Title)),
				Usage: []string{fn.Name + "(" + fn.Parameters + ")"},
			})
		}
		return err
	})
	return items, err
}
