package incident_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nephoscope/internal/detect"
	"nephoscope/internal/event"
	"nephoscope/internal/rules"
	"nephoscope/internal/simulate"
)

// slug is how drills name a rule: its file without the ending.
func slug(rule *rules.Rule) string { return strings.TrimSuffix(filepath.Base(rule.Path), ".yaml") }

// signals returns what the company hides, by the rule that must show it.
func signals(company *simulate.Company) map[string][]simulate.Signal {
	found := map[string][]simulate.Signal{}
	for _, story := range company.Stories() {
		for _, s := range story.Signals {
			found[s.Kind.Rule()] = append(found[s.Kind.Rule()], s)
		}
	}
	return found
}

// aboutActivity tells whether a rule is one of the control plane alone.
func aboutActivity(rule *rules.Rule) bool {
	return len(rule.Connectors) == 1 && rule.Connectors[0].ID == "AzureActivity"
}

// TestDrillsRaiseTheirRules plays a company that is attacked in every way that
// a built-in rule is for. Each rule must show what it is for: who did it, when.
func TestDrillsRaiseTheirRules(t *testing.T) {
	s := newSite(t)
	company, err := simulate.New(simulate.Options{Seed: 3, End: clock(), Events: 12_000, Drills: true})
	if err != nil {
		t.Fatal(err)
	}
	s.ingest(event.FormatStorage, recordsOf(t, company))
	hidden := signals(company)
	for _, rule := range builtin(t) {
		if !aboutActivity(rule) {
			continue
		}
		want := hidden[slug(rule)]
		if len(want) == 0 {
			t.Errorf("%s: no drill and no story is for it", slug(rule))
		}
		delete(hidden, slug(rule))
		alerts := s.raised(rule)
		for _, signal := range want {
			if !slices.ContainsFunc(alerts, func(a *detect.Alert) bool { return shows(a, signal) }) {
				t.Errorf("%s: %s by %s at %s is not among the alerts %v", slug(rule), signal.Kind, signal.Actor, signal.First, brief(alerts))
			}
		}
	}
	for name := range hidden {
		t.Errorf("a drill is for the rule %s, which does not exist", name)
	}
}

// raised sweeps a rule over the thirteen days before the clock and returns what it
// raised.
func (s *site) raised(rule *rules.Rule) []*detect.Alert {
	s.t.Helper()
	if _, err := s.detector.Sweep(s.t.Context(), rule, detect.Range{From: clock().AddDate(0, 0, -13), To: clock()}); err != nil {
		s.t.Fatal(err)
	}
	return slices.DeleteFunc(s.alerts(), func(a *detect.Alert) bool { return a.RuleID != rule.ID })
}

// shows tells whether an alert names the signal's actor and its time.
func shows(a *detect.Alert, signal simulate.Signal) bool {
	actor := slices.ContainsFunc(a.Entities, func(e detect.Entity) bool { return e.Type == "account" && strings.EqualFold(e.Title(), signal.Actor) })
	return actor && !a.Start.After(signal.Last) && !a.End.Before(signal.First)
}

func brief(alerts []*detect.Alert) []string {
	var list []string
	for _, a := range alerts {
		list = append(list, fmt.Sprintf("%s (%s)", a.Name, a.Start.Format("02 15:04")))
	}
	return list
}

// TestNormalCompanyIsQuiet plays a company to which nothing happens. What
// rules raise there is noise. The first day is left out: rules that compare
// with the past have none yet.
func TestNormalCompanyIsQuiet(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	s := newSite(t)
	company, err := simulate.New(simulate.Options{Seed: 5, End: clock(), Events: 100_000, Quiet: true})
	if err != nil {
		t.Fatal(err)
	}
	s.ingest(event.FormatStorage, recordsOf(t, company))
	for _, rule := range builtin(t) {
		if aboutActivity(rule) {
			for _, a := range brief(s.raised(rule)) {
				t.Logf("%s: %s", slug(rule), a)
			}
		}
	}
}
