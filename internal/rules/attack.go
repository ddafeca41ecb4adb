package rules

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed techniques.txt
var techniqueList string

// tactics lists the tactics that a rule can name.
func tactics() []string {
	return []string{
		"Reconnaissance", "ResourceDevelopment", "InitialAccess", "Execution", "Persistence",
		"PrivilegeEscalation", "DefenseEvasion", "CredentialAccess", "Discovery", "LateralMovement",
		"Collection", "Exfiltration", "CommandAndControl", "Impact", "PreAttack",
		"ImpairProcessControl", "InhibitResponseFunction",
	}
}

// ParseTactic reads a tactic without regard to case and blanks.
func ParseTactic(s string) (string, bool) {
	return matchWord(strings.ReplaceAll(strings.TrimSpace(s), " ", ""), tactics())
}

// TacticsOf returns the tactics that a technique or sub-technique belongs to;
// none if it is not in our list.
func TacticsOf(technique string) []string {
	parent, sub, _ := strings.Cut(technique, ".")
	for line := range strings.Lines(techniqueList) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != parent {
			continue
		}
		tactics := fields[1:]
		last, err := strconv.Atoi(tactics[len(tactics)-1])
		if err != nil {
			return tactics
		}
		if n, err := strconv.Atoi(sub); err == nil && (n < 1 || n > last) {
			return nil
		}
		return tactics[:len(tactics)-1]
	}
	return nil
}

// tactics reads a list of tactics, which may be written with blanks.
func (r *reader) tactics(dst *[]string) func(value) {
	known := tactics()
	return func(v value) {
		r.items(v, len(known), func(item value) {
			s, ok := r.scalar(item)
			if !ok {
				return
			}
			word, ok := ParseTactic(s)
			switch {
			case !ok:
				r.errorf(item.place, "%s %q is unknown%s", item.name(), s, expect(s, known))
				return
			case slices.Contains(*dst, word):
				r.doubt(CodeSpelling, item.place, "%q is listed twice", word)
				return
			case word != s:
				r.doubt(CodeSpelling, item.place, "%s %q should be written %q", item.name(), s, word)
			}
			*dst = append(*dst, word)
		})
	}
}

func (r *reader) techniques(dst *[]string) func(value) {
	form := regexp.MustCompile(`^\s*(T\d{4}(?:\.\d{3})?)(?:[\s:(-].*)?$`)
	return func(v value) {
		r.items(v, 100, func(item value) {
			s, ok := r.scalar(item)
			if !ok {
				return
			}
			m := form.FindStringSubmatch(s)
			switch {
			case m == nil:
				r.errorf(item.place, "technique %q is not of the form T1234 or T1234.001", s)
				m = []string{"", ""}
			case m[1] != s:
				r.doubt(CodeSpelling, item.place, "technique %q should be written %q", s, m[1])
			}
			*dst = append(*dst, m[1])
		})
	}
}

// checkTechniques holds each technique against the rule's tactics.
func (r *reader) checkTechniques(rule *Rule) {
	for i, technique := range rule.Techniques {
		at := r.places[fmt.Sprintf("relevantTechniques[%d]", i)]
		belongs := TacticsOf(technique)
		switch {
		case technique == "":
		case belongs == nil:
			r.doubt(CodeTechniqueUnknown, at, "technique %s is not known", technique)
		case !slices.ContainsFunc(belongs, func(t string) bool { return slices.Contains(rule.Tactics, t) }):
			// The public repository refuses it; the API has taken it.
			level := Error
			if r.form != yamlForm {
				level = Warning
			}
			r.report(CodeTechniqueTactic, level, at, "technique %s belongs to %s, and tactics lists none of them", technique, listWords(belongs))
		}
	}
}
