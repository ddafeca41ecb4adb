package cli

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/rules"
)

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
