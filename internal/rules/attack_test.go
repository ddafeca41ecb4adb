package rules

import (
	"slices"
	"strings"
	"testing"
)

func TestTacticsOf(t *testing.T) {
	for technique, want := range map[string]string{
		"T1098":     "Persistence PrivilegeEscalation",
		"T1098.007": "Persistence PrivilegeEscalation",
		"T1098.008": "",
		"T1098.000": "",
		"T1530":     "Collection",
		"T1530.001": "",
		"T1685.006": "DefenseEvasion",
		"T1562.008": "DefenseEvasion",
		"T1417.002": "CredentialAccess Collection", // mobile: not counted
		"T9999":     "",
	} {
		if got := strings.Join(TacticsOf(technique), " "); got != want {
			t.Errorf("%s: got %q, want %q", technique, got, want)
		}
	}
}

func TestTechniqueListIsWhole(t *testing.T) {
	n, last := 0, ""
	for line := range strings.Lines(techniqueList) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		n++
		technique := strings.Fields(line)[0]
		if technique <= last {
			t.Errorf("%s stands behind %s", technique, last)
		}
		last = technique
		belongs := TacticsOf(technique)
		if len(belongs) == 0 {
			t.Errorf("%s belongs to no tactic", technique)
		}
		for _, tactic := range belongs {
			if !slices.Contains(tactics(), tactic) {
				t.Errorf("%s belongs to %q, which is no tactic", technique, tactic)
			}
		}
	}
	if n < 350 {
		t.Errorf("got %d techniques, want the whole list", n)
	}
}
