package rules

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// FileName returns the name of the rule's file without folder and ending, by
// which tests and documentation call a built-in rule.
func (r *Rule) FileName() string {
	return strings.TrimSuffix(filepath.Base(r.Path), filepath.Ext(r.Path))
}

// NeedsBody tells whether the rule reads the bodies of requests, which not all
// exports of the Activity Log carry.
func (r *Rule) NeedsBody() bool { return strings.Contains(strings.ToLower(r.Query), "requestbody") }

// WriteReference writes the reference page of the built-in rules as Markdown.
// The page in docs/reference/rules.md is made from it; a test compares the two.
func WriteReference(w io.Writer, list []*Rule, noise *Noise) error {
	var b strings.Builder
	b.WriteString("# Built-in rules\n\n" +
		"<!-- Made from internal/rules/builtin: change the rules there, then run go test ./internal/rules -run Reference -update. -->\n\n")
	fmt.Fprintf(&b, "%d rules come with the program. `nephoscope rules run` runs them all; cases beside each of them in\n"+
		"`internal/rules/builtin` say what must raise it and what must not, and `internal/simulate` has a drill for each of the\n"+
		"control plane that must raise it in a company full of other things.\n\n", len(list))
	writeNoise(&b, list, noise)
	writeMatrix(&b, list)
	writeTactics(&b, list)
	writeTable(&b, list, noise)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write rule reference: %w", err)
	}
	return nil
}

func writeNoise(b *strings.Builder, list []*Rule, noise *Noise) {
	total, measured := 0, 0
	for _, r := range list {
		if n, ok := noise.Alerts[r.FileName()]; ok {
			total, measured = total+n, measured+1
		}
	}
	fmt.Fprintf(b, "Noise: in a simulated company to which nothing happens (%d events in 14 days, the first of which the rules only learn\n"+
		"from) the %d rules that were measured raise %d alerts in %d days, %.2f a day.\n",
		noise.Events, measured, total, noise.Days, float64(total)/float64(noise.Days))
}

// writeMatrix writes a column for each tactic with its techniques and how many
// rules are for each.
func writeMatrix(b *strings.Builder, list []*Rule) {
	b.WriteString("\n## ATT&CK matrix\n\nTactics of ATT&CK for the cloud (IaaS); behind each technique stands how many rules are for it.\n\n")
	var columns [][]string
	var heads []string
	longest := 0
	for _, tactic := range usedTactics(list) {
		var cells []string
		for _, technique := range techniquesOf(list, tactic) {
			cells = append(cells, fmt.Sprintf("%s (%d)", techniqueTitle(technique), len(rulesFor(list, tactic, technique))))
		}
		columns, heads, longest = append(columns, cells), append(heads, fmt.Sprintf("[%s](#%s)", apart(tactic), anchor(apart(tactic)))), max(longest, len(cells))
	}
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
	for i := range longest {
		for _, cells := range columns {
			cell := ""
			if i < len(cells) {
				cell = cells[i]
			}
			b.WriteString("| " + cell + " ")
		}
		b.WriteString("|\n")
	}
}

// writeTactics lists the rules of each tactic by technique.
func writeTactics(b *strings.Builder, list []*Rule) {
	for _, tactic := range usedTactics(list) {
		fmt.Fprintf(b, "\n## %s\n\n", apart(tactic))
		for _, technique := range techniquesOf(list, tactic) {
			fmt.Fprintf(b, "- **%s**\n", techniqueTitle(technique))
			for _, r := range rulesFor(list, tactic, technique) {
				fmt.Fprintf(b, "  - [%s](%s)\n", r.Name, source(r))
			}
		}
	}
}

func writeTable(b *strings.Builder, list []*Rule, noise *Noise) {
	b.WriteString("\n## All rules\n\n*Body* marks rules that read the body of the request, which exports by diagnostic setting carry and older log\n" +
		"profiles do not. *Noise* is alerts per day, as above.\n\n" +
		"| Rule | Severity | Tactics | Techniques | Kind | Every | Looks back | Tables | Body | Noise |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range list {
		body, loud, every, back := "", "", "-", "-"
		if r.NeedsBody() {
			body = "yes"
		}
		if perDay, ok := noise.PerDay(r.FileName()); ok {
			loud = fmt.Sprintf("%.2f", perDay)
		}
		if r.Kind == Scheduled {
			every, back = short(r.Frequency), short(r.Period)
		}
		fmt.Fprintf(b, "| [%s](%s) | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", r.Name, source(r), r.Severity, apart(strings.Join(r.Tactics, ", ")),
			strings.Join(r.Techniques, ", "), r.Kind, every, back, strings.Join(r.tables(), ", "), body, loud)
	}
}

// tables lists the tables that the rule says it needs.
func (r *Rule) tables() []string {
	var list []string
	for _, c := range r.Connectors {
		for _, t := range c.DataTypes {
			if !slices.Contains(list, t) {
				list = append(list, t)
			}
		}
	}
	return list
}

func source(r *Rule) string { return "../../internal/rules/builtin/" + filepath.Base(r.Path) }

// usedTactics lists the tactics that rules name, in ATT&CK's order.
func usedTactics(list []*Rule) []string {
	return slices.DeleteFunc(tactics(), func(tactic string) bool {
		return !slices.ContainsFunc(list, func(r *Rule) bool { return slices.Contains(r.Tactics, tactic) })
	})
}

// techniquesOf lists the techniques of a tactic that rules name.
func techniquesOf(list []*Rule, tactic string) []string {
	found := map[string]bool{}
	for _, r := range list {
		for _, t := range r.Techniques {
			if slices.Contains(r.Tactics, tactic) && slices.Contains(TacticsOf(t), tactic) {
				found[t] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func rulesFor(list []*Rule, tactic, technique string) []*Rule {
	var found []*Rule
	for _, r := range list {
		if slices.Contains(r.Tactics, tactic) && slices.Contains(r.Techniques, technique) {
			found = append(found, r)
		}
	}
	return found
}

// apart writes PrivilegeEscalation as Privilege Escalation.
func apart(name string) string {
	var b strings.Builder
	for i, c := range name {
		if i > 0 && c >= 'A' && c <= 'Z' && name[i-1] >= 'a' && name[i-1] <= 'z' {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func anchor(heading string) string { return strings.ReplaceAll(strings.ToLower(heading), " ", "-") }
