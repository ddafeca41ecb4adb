package trial

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
)

// A Difference is one thing that is not as the case expects.
type Difference struct {
	Place     rules.Place // in the file of cases
	What      string      // the alert and its part, such as alert 2: entities
	Want, Got string
}

// String says it in one line.
func (d Difference) String() string { return fmt.Sprintf("%s: want %s, got %s", d.What, d.Want, d.Got) }

// An expectation is one alert that must be raised: an alert of the case, as
// often as it is counted.
type expectation struct {
	*rules.CaseAlert
	name string // such as alert 2
}

func expectations(c *rules.Case) []expectation {
	var list []expectation
	for i := range c.Alerts {
		a := &c.Alerts[i]
		for n := range max(1, a.Count) {
			name := fmt.Sprintf("alert %d", i+1)
			if a.Count > 1 {
				name += fmt.Sprintf(" (%d of %d)", n+1, a.Count)
			}
			list = append(list, expectation{a, name})
		}
	}
	return list
}

// compare says how what was raised differs from what the case expects.
func compare(c *rules.Case, got raised) []Difference {
	want := expectations(c)
	matched := match(want, got.alerts)
	var found []Difference
	taken := map[int]bool{}
	for i, e := range want {
		if j := matched[i]; j >= 0 {
			taken[j] = true
			found = append(found, e.differences(got.alerts[j])...)
			continue
		}
		found = append(found, Difference{e.Place, e.name, e.describe(), "no such alert" + got.evaluated()})
	}
	for j, a := range got.alerts {
		if !taken[j] {
			found = append(found, Difference{c.Place, "an alert too many", "none", describe(a)})
		}
	}
	return append(found, compareIncidents(c, got)...)
}

func compareIncidents(c *rules.Case, got raised) []Difference {
	switch {
	case c.Incidents == got.incidents, c.Incidents == 0 && !got.onlyIncidents:
		return nil
	case got.incidents < 0:
		return []Difference{{c.Place, "incidents", fmt.Sprint(c.Incidents), "none to count: at is no run time of the rule"}}
	}
	return []Difference{{c.Place, "incidents", fmt.Sprint(c.Incidents), fmt.Sprint(got.incidents)}}
}

// evaluated tells how much the rule was asked, for who wonders why it was quiet.
func (r raised) evaluated() string {
	return fmt.Sprintf(" (runs of the rule: %d, result rows: %d, alerts: %d)", r.runs, r.rows, len(r.alerts))
}

// differences compares an alert with what is expected of it.
func (e expectation) differences(a *detect.Alert) []Difference {
	var found []Difference
	add := func(part, want, got string) {
		found = append(found, Difference{e.Place, e.name + ": " + part, want, got})
	}
	text := func(part, want, got string) {
		if want != "" && want != got {
			add(part, fmt.Sprintf("%q", want), fmt.Sprintf("%q", got))
		}
	}
	list := func(part string, want, got []string) {
		if missing, surplus := apart(want, got); len(want) > 0 && len(missing)+len(surplus) > 0 {
			add(part, either(missing, "no others"), either(surplus, "no such ones"))
		}
	}
	text("name", e.Name, a.Name)
	text("description", strings.TrimSpace(e.Description), strings.TrimSpace(a.Description))
	text("severity", string(e.Severity), string(a.Severity))
	if e.Rows > 0 && e.Rows != a.Rows {
		add("rows", fmt.Sprint(e.Rows), fmt.Sprint(a.Rows))
	}
	list("entities", e.Entities, entitiesOf(a))
	list("tactics", e.Tactics, a.Tactics)
	list("techniques", e.Techniques, a.Techniques)
	for _, key := range slices.Sorted(maps.Keys(e.CustomDetails)) {
		list("customDetails."+key, e.CustomDetails[key], detailOf(a, key))
	}
	return found
}

// entitiesOf lists the entities as type and title.
func entitiesOf(a *detect.Alert) []string {
	var list []string
	for _, e := range a.Entities {
		list = append(list, e.Type+" "+e.Title())
	}
	return list
}

// detailOf returns the values of a custom detail, none if there is no such key.
func detailOf(a *detect.Alert, key string) []string {
	for _, d := range a.Details {
		if d.Key == key {
			return d.Values
		}
	}
	return nil
}

// apart returns what one list has and the other lacks, both ways, without regard
// to order and case.
func apart(want, got []string) (missing, surplus []string) {
	rest := slices.Clone(got)
	for _, w := range want {
		i := slices.IndexFunc(rest, func(g string) bool { return strings.EqualFold(g, w) })
		if i < 0 {
			missing = append(missing, w)
			continue
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return missing, rest
}

func either(list []string, none string) string {
	if len(list) == 0 {
		return none
	}
	return strings.Join(list, ", ")
}

// describe names an alert to people.
func describe(a *detect.Alert) string {
	text := fmt.Sprintf("%q (%s, rows: %d, first activity %s)", a.Name, a.Severity, a.Rows, a.Start.Format("2006-01-02T15:04:05Z"))
	if list := entitiesOf(a); len(list) > 0 {
		text += " about " + strings.Join(list, ", ")
	}
	return text
}

// describe says what is expected.
func (e expectation) describe() string {
	var parts []string
	for _, p := range []struct{ name, text string }{
		{"", e.Name},
		{"severity ", string(e.Severity)},
		{"about ", strings.Join(e.Entities, ", ")},
	} {
		if p.text != "" {
			parts = append(parts, p.name+p.text)
		}
	}
	if e.Rows > 0 {
		parts = append(parts, fmt.Sprintf("rows %d", e.Rows))
	}
	if len(parts) == 0 {
		return "an alert"
	}
	return "an alert: " + strings.Join(parts, "; ")
}
