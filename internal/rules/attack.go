package rules

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
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
// none if the technique is not in our list.
func TacticsOf(technique string) []string {
	parent, _, _ := strings.Cut(technique, ".")
	for line := range strings.Lines(techniqueList) {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[0] == parent {
			return fields[1:]
		}
	}
	return nil
}

func (r *reader) techniques(dst *[]string) func(value) {
	form := regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	return func(v value) {
		r.items(v, 100, func(item value) {
			s, ok := r.scalar(item)
			if !ok {
				return
			}
			if !form.MatchString(s) {
				r.errorf(item.place, "technique %q is not of the form T1234 or T1234.001", s)
				s = ""
			}
			*dst = append(*dst, s)
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
			r.warnf(at, "technique %s is not known", technique)
		case !slices.ContainsFunc(belongs, func(t string) bool { return slices.Contains(rule.Tactics, t) }):
			r.errorf(at, "technique %s belongs to %s, and tactics lists none of them", technique, listWords(belongs))
		}
	}
}
