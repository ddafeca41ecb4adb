package incident

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
)

// groupingKey is equal for alerts of a rule that belong together and of no
// others, and empty for an alert that stays alone: grouping is off, or there is
// nothing to go by.
func groupingKey(rule *rules.Rule, a *detect.Alert) string {
	g := rule.Incident.Grouping
	if !g.Enabled {
		return ""
	}
	var parts []string
	switch g.Match {
	case rules.AnyAlert:
		parts = []string{"any"}
	case rules.AllEntities:
		parts = entityKeys(a, "")
	case rules.Selected:
		parts = selectedParts(g, a)
	}
	if len(parts) == 0 {
		return ""
	}
	h := xxh3.HashString128(rule.ID + "\x00" + strings.Join(parts, "\x00")).Bytes()
	return fmt.Sprintf("%x", h[:])
}

// selectedParts lists what a rule groups by, none if the alert has none of it.
func selectedParts(g rules.Grouping, a *detect.Alert) []string {
	var parts []string
	for _, name := range g.ByEntities {
		if typ, ok := rules.LookupEntityType(name); ok {
			parts = append(parts, entityKeys(a, typ.JSON)...)
		}
	}
	for _, name := range g.ByAlertDetails {
		switch name {
		case "DisplayName":
			parts = append(parts, "name="+a.Name)
		case "Severity":
			parts = append(parts, "severity="+string(a.Severity))
		}
	}
	for _, d := range a.Details {
		if slices.Contains(g.ByCustomDetails, d.Key) && len(d.Values) > 0 {
			values := slices.Sorted(slices.Values(d.Values))
			parts = append(parts, d.Key+"="+strings.Join(values, "\x01"))
		}
	}
	return parts
}

// entityKeys lists the keys of the alert's entities of one type, or of all, in
// order.
func entityKeys(a *detect.Alert, typ string) []string {
	var keys []string
	for _, e := range a.Entities {
		if typ == "" || e.Type == typ {
			keys = append(keys, e.Key())
		}
	}
	slices.Sort(keys)
	return keys
}
