package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/rules"
)

func newRulesImport(env *Env) *cobra.Command {
	var c importing
	cmd := &cobra.Command{
		Use:   "import PATH...",
		Short: "Say which rules of a folder can run here, and copy them",
		Long: "Import reads all rules below folders, such as a clone of the public Sentinel repository as it is, exports of the\n" +
			"portal, or Sigma rules, and says of each whether it is ready, needs tables that nobody fills, or is not supported and\n" +
			"why. Files that hold no rule are passed over. With --to the ready ones are copied into a folder from which serve loads\n" +
			"them, those of Sigma as Sentinel's templates. Exit code 3 with --strict if a rule is not supported.",
		Example: "  nephoscope rules import Azure-Sentinel --to rules\n  nephoscope rules import Azure-Sentinel -o json | jq '.counts'\n" +
			"  nephoscope rules import sigma/rules/cloud/azure --to rules",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			if err := oneOfWords("output", c.output, "table", "json"); err != nil {
				return err
			}
			catalog, err := app.NewCatalog(configOf(cmd))
			if err != nil {
				return err
			}
			filled := func(table string) bool { _, ok := catalog.Table(table); return ok }
			return c.run(env, paths, app.RuleNeeds(catalog, env.Now()), filled)
		},
	}
	addTables(cmd)
	f := cmd.Flags()
	f.StringVarP(&c.output, "output", "o", "table", "table or json")
	f.StringVar(&c.to, "to", "", "folder to copy ready rules to; it is made if it is missing")
	f.BoolVar(&c.all, "all", false, "copy those that need something, too; they find nothing until it is there")
	f.BoolVar(&c.strict, "strict", false, "exit with 3 if a rule is not supported")
	return cmd
}

// An importing is what rules import was asked for.
type importing struct {
	output, to  string
	all, strict bool
}

// An importReport is what rules import found and did.
type importReport struct {
	Files  int                   `json:"files"`
	Passed int                   `json:"passed_over"`
	Counts map[rules.Verdict]int `json:"counts"`
	Copied int                   `json:"copied"`
	Rules  []rules.Item          `json:"rules"`
	// Unread are errors in files of which no rule was read at all.
	Unread []rules.Finding `json:"unread"`

	rules int // those of Counts together; a file of which none was read counts for one
}

func (c *importing) run(env *Env, paths []string, ask rules.Ask, filled func(string) bool) error {
	report := importReport{Counts: map[rules.Verdict]int{}, Rules: []rules.Item{}, Unread: []rules.Finding{}}
	for _, root := range paths {
		set, err := app.RuleLoader().Load(root)
		if err != nil {
			return err
		}
		items := set.Inventory(ask, filled)
		report.add(set, items)
		if c.to == "" {
			continue
		}
		n, err := c.copyRules(root, items)
		report.Copied += n
		if err != nil {
			return err
		}
	}
	if err := c.print(env, &report); err != nil {
		return err
	}
	if c.strict && report.Counts[rules.NotSupported] > 0 {
		return errFindings
	}
	return nil
}

func (r *importReport) add(set *rules.Set, items []rules.Item) {
	r.Files, r.Passed = r.Files+set.Files, r.Passed+set.Passed
	read := map[string]bool{}
	for _, item := range items {
		r.Counts[item.Verdict]++
		read[item.Path] = true
	}
	r.Rules = append(r.Rules, items...)
	unread := map[string]bool{}
	for _, f := range set.Findings {
		if f.Level == rules.Error && !read[f.Path] {
			r.Unread = append(r.Unread, f)
			unread[f.Path] = true
		}
	}
	r.Counts[rules.NotSupported] += len(unread)
	r.rules += len(items) + len(unread)
}

func (c *importing) print(env *Env, r *importReport) error {
	if c.output == "json" {
		return json.NewEncoder(env.Stdout).Encode(r)
	}
	for _, item := range r.Rules {
		say(env.Stdout, "%-13s  %s%s\n", item.Verdict, shown(item.Name), shown(lack(item)))
	}
	for _, f := range r.Unread {
		say(env.Stdout, "%-13s  %s\n", rules.NotSupported, shown(f.String()))
	}
	say(env.Stdout, "%s: %d ready, %d need what nobody fills, %d not supported; %s passed over that hold no rule\n",
		plural(r.rules, "rule"), r.Counts[rules.Ready], r.Counts[rules.Needy], r.Counts[rules.NotSupported], plural(r.Passed, "file"))
	if c.to != "" {
		say(env.Stdout, "%s copied to %s\n", plural(r.Copied, "rule"), c.to)
	}
	return nil
}

// lack says what a rule lacks, or why it cannot run.
func lack(item rules.Item) string {
	switch {
	case item.Verdict == rules.NotSupported:
		return "\n                 " + item.Reasons[0].String() + more(len(item.Reasons)-1)
	case item.Verdict == rules.Needy && len(item.Tables) > 0:
		return ": needs " + strings.Join(item.Missing, ", ") + ", has " + strings.Join(item.Tables, ", ")
	case item.Verdict == rules.Needy:
		return ": needs " + strings.Join(item.Missing, ", ")
	}
	return ""
}

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more)", n)
}

// shown keeps what stands in a file from steering the terminal.
func shown(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == '\x7f' || c >= 0x80 && c < 0xa0 {
			return '?'
		}
		return c
	}, text)
}
