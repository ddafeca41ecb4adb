package sigma

import (
	"regexp"
	"slices"
	"strings"

	"nephoscope/internal/rules"
)

// attack sorts a rule's tags into tactics, techniques and others. A technique
// none of whose tactics is named brings all of them along.
func attack(tags []string, notes *noter) (tactics, techniques, rest []string) {
	technique := regexp.MustCompile(`^t\d{4}(\.\d{3})?$`)
	for _, tag := range tags {
		name, isAttack := strings.CutPrefix(strings.ToLower(strings.TrimSpace(tag)), "attack.")
		tactic, isTactic := tacticOf(name)
		switch {
		case isAttack && technique.MatchString(name):
			techniques = insert(techniques, strings.ToUpper(name))
		case isAttack && isTactic:
			tactics = insert(tactics, tactic)
		default:
			rest = insert(rest, tag)
		}
	}
	for _, t := range techniques {
		belongs := rules.TacticsOf(t)
		if slices.ContainsFunc(belongs, func(tactic string) bool { return slices.Contains(tactics, tactic) }) {
			continue
		}
		if len(belongs) == 0 {
			notes.add("technique %s is not in the list of ATT&CK techniques", t)
			continue
		}
		notes.add("technique %s belongs to none of the tactics that are named: %s added", t, strings.Join(belongs, ", "))
		for _, tactic := range belongs {
			tactics = insert(tactics, tactic)
		}
	}
	return tactics, techniques, rest
}

// tacticOf reads a tactic as tags write it. ATT&CK has split Defense Evasion in
// two since; Sentinel has not.
func tacticOf(name string) (string, bool) {
	switch name = strings.NewReplacer("-", "", "_", "").Replace(name); name {
	case "stealth", "defenseimpairment":
		return "DefenseEvasion", true
	}
	return rules.ParseTactic(name)
}

func insert(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
