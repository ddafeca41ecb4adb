package cli

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/rules"
)

func newRulesLint(env *Env) *cobra.Command {
	l := &ruleLint{env: env}
	cmd := &cobra.Command{
		Use:   "lint [PATH...]",
		Short: "Say what is wrong with rule files",
		Long: "Lint reads rules in Sentinel's YAML template or as JSON of the API, from files and directories, and reports every\n" +
			"problem with file, line, column and a code: what the form does not take, queries that do not compile over the tables\n" +
			"there are, columns that no query returns, and what is hardly meant. Without a path it checks the rules that come with\n" +
			"the program. docs/reference/rule-tests.md lists the codes. Exit code 3 if there is an error.",
		Example: "  nephoscope rules lint detections/\n  nephoscope rules lint --strict --output github detections/",
		RunE:    func(cmd *cobra.Command, paths []string) error { return l.run(cmd, paths) },
	}
	addTables(cmd)
	f := cmd.Flags()
	f.StringVarP(&l.output, "output", "o", "table", "table, json, or github: annotations in the log of a GitHub workflow")
	f.BoolVar(&l.strict, "strict", false, "exit with 3 as well if there is a warning")
	f.BoolVarP(&l.quiet, "quiet", "q", false, "leave infos out")
	f.StringSliceVar(&l.ignore, "ignore", nil, "codes of findings to leave out")
	return cmd
}

// A ruleLint is a run of rules lint.
type ruleLint struct {
	env    *Env
	output string
	strict bool
	quiet  bool
	ignore []string
}

func (l *ruleLint) run(cmd *cobra.Command, paths []string) error {
	if err := oneOfWords("output", l.output, "table", "json", "github"); err != nil {
		return err
	}
	ignored, err := l.ignored()
	if err != nil {
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
	found := []rules.Finding{}
	for _, f := range set.Review(app.CompileRule(catalog, l.env.Now()), app.ReviewRule) {
		if !ignored[f.Code] && (f.Level != rules.Info || !l.quiet) {
			found = append(found, f)
		}
	}
	return l.report(found, len(set.Rules))
}

// ignored reads --ignore.
func (l *ruleLint) ignored() (map[rules.Code]bool, error) {
	ignored := map[rules.Code]bool{}
	for _, word := range l.ignore {
		var known []string
		for _, c := range rules.Codes() {
			known = append(known, string(c.Code))
		}
		if err := oneOfWords("ignore", word, known...); err != nil {
			return nil, err
		}
		ignored[rules.Code(word)] = true
	}
	return ignored, nil
}

// report prints what was found and says by its error whether all is well. Good
// is the number of rules that can run.
func (l *ruleLint) report(found []rules.Finding, good int) error {
	count := map[rules.Level]int{}
	for _, f := range found {
		count[f.Level]++
	}
	var err error
	switch l.output {
	case "json":
		enc := json.NewEncoder(l.env.Stdout)
		enc.SetEscapeHTML(false)
		err = enc.Encode(map[string]any{"rules": good, "findings": found})
	case "github":
		printAnnotations(l.env.Stdout, found)
	default:
		for _, f := range found {
			say(l.env.Stdout, "%s\n", f)
		}
		say(l.env.Stdout, "%s can run; %s, %s, %s\n", plural(good, "rule"),
			plural(count[rules.Error], "error"), plural(count[rules.Warning], "warning"), plural(count[rules.Info], "info"))
	}
	if err == nil && (count[rules.Error] > 0 || l.strict && count[rules.Warning] > 0) {
		return errFindings
	}
	return err
}

// printAnnotations prints findings as the commands by which a GitHub workflow
// marks lines of a change.
func printAnnotations(w io.Writer, found []rules.Finding) {
	text := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, f := range found {
		level := string(f.Level)
		if f.Level == rules.Info {
			level = "notice"
		}
		say(w, "::%s file=%s,line=%d,col=%d,title=%s::%s\n",
			level, property.Replace(f.Path), max(1, f.Line), max(1, f.Column), property.Replace(string(f.Code)), text.Replace(f.Message))
	}
}
