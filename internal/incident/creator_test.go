package incident_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
	"nephoscope/internal/rules"
)

const cloudApps = "Microsoft Cloud App Security"

func creation(id string, f rules.AlertFilter) *rules.Rule {
	return &rules.Rule{ID: id, Name: "Create " + id, Kind: rules.IncidentCreation, Enabled: true, Filter: f}
}

// foreign makes an alert of another product.
func foreign(n int, name string, severity rules.Severity) *detect.Alert {
	a := raised(n, "ada")
	a.Name, a.Severity, a.Product = name, severity, cloudApps
	return a
}

func (s *site) step(c *incident.Creator, list ...*rules.Rule) int {
	s.t.Helper()
	made, err := c.Step(s.t.Context(), list)
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

func TestCreatorChooses(t *testing.T) {
	s := newSite(t)
	c := incident.NewCreator(s.keeper)
	own := foreign(5, "Mass delete", rules.High)
	own.RuleID = "0d9b1b7e-1f0e-4a57-8f52-25f1f6b3d4aa" // ours, whatever product it names
	elsewhere := foreign(6, "Mass delete", rules.High)
	elsewhere.Product = "Azure Security Center"
	s.put(foreign(1, "Mass DELETE of files", rules.High), foreign(2, "Impossible travel", rules.Low), foreign(3, "Mass delete, test", rules.High),
		foreign(4, "Impossible travel", rules.High), own, elsewhere)
	list := []*rules.Rule{
		creation("b", rules.AlertFilter{Product: cloudApps, DisplayNames: []string{"delete"}, DisplayNamesExclude: []string{"TEST"}}),
		creation("a", rules.AlertFilter{Product: cloudApps, Severities: []rules.Severity{rules.High}, DisplayNamesExclude: []string{"test"}}),
		doorRule(rules.Grouping{}),
	}
	if made := s.step(c, list...); made != 2 {
		t.Errorf("got %d incidents, want 2", made)
	}
	var got []string
	for _, in := range s.incidents(incident.Filter{Ascending: true}) {
		got = append(got, fmt.Sprintf("%d %s %s by %s of %s", in.Number, in.Title, in.Severity, in.RuleIDs, in.Provider))
	}
	want := "[1 Mass DELETE of files High by [a] of Microsoft Cloud App Security 2 Impossible travel High by [a] of Microsoft Cloud App Security]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if made := s.step(c, list...); made != 0 {
		t.Errorf("got %d incidents from alerts that were looked at", made)
	}
}

func TestCreatorFollowsUpdates(t *testing.T) {
	s := newSite(t)
	c, all := incident.NewCreator(s.keeper), creation("a", rules.AlertFilter{Product: cloudApps})
	a := foreign(1, "Mass delete", rules.Low)
	s.put(a)
	s.step(c, all)
	same := *a
	same.Time = a.Time.Add(time.Minute)
	s.put(&same)
	s.step(c, all)
	if history, err := s.keeper.History(t.Context(), 1); err != nil || len(history) != 1 {
		t.Errorf("got %d states and %v after a row that says the same, want 1", len(history), err)
	}
	more := *a
	more.Time, more.End, more.Severity = a.Time.Add(time.Hour), a.End.Add(time.Hour), rules.High
	s.put(&more)
	s.put(&same) // an old row that comes late
	if made := s.step(c); made != 0 {
		t.Errorf("got %d incidents, want none", made)
	}
	in := s.number(1)
	if in.Severity != rules.High || !in.LastActivity.Equal(more.End) || in.ModifiedBy != "Alert updated by its product" || len(s.incidents(incident.Filter{})) != 1 {
		t.Errorf("got %+v", in)
	}
}

// TestCreatorWithoutRules passes over alerts: a rule that is made later is about
// those that come later.
func TestCreatorWithoutRules(t *testing.T) {
	s := newSite(t)
	c, all := incident.NewCreator(s.keeper), creation("a", rules.AlertFilter{Product: cloudApps})
	s.put(foreign(1, "x", rules.Low))
	s.step(c)
	s.put(foreign(2, "y", rules.Low))
	if made := s.step(c, all); made != 1 || s.number(1).Title != "y" {
		t.Errorf("got %d incidents, want one of the second alert", made)
	}
}

// TestCreatorAfterPowerCut lets a commit fail, before or after it happened, and
// another creator go on: no alert is lost, none has two incidents.
func TestCreatorAfterPowerCut(t *testing.T) {
	all := creation("a", rules.AlertFilter{Product: cloudApps})
	for _, before := range []bool{true, false} {
		s := newSite(t)
		for i := range 600 { // more than a page
			s.put(foreign(i, fmt.Sprint(i), rules.Low))
		}
		healthy := s.store
		s.store = &flaky{Store: healthy, n: 2, before: before}
		s.wire()
		if _, err := incident.NewCreator(s.keeper).Step(t.Context(), []*rules.Rule{all}); !errors.Is(err, errPower) {
			t.Fatalf("got %v, want the power cut", err)
		}
		s.store = healthy
		s.wire()
		s.step(incident.NewCreator(s.keeper), all)
		s.eachAlertOnce(600)
	}
}

// TestTwoCreators lets another creator be faster between the look and the
// commit.
func TestTwoCreators(t *testing.T) {
	s := newSite(t)
	all := creation("a", rules.AlertFilter{Product: cloudApps})
	s.put(foreign(1, "x", rules.Low), foreign(2, "y", rules.Low))
	other := incident.NewCreator(s.keeper)
	s.store = &rival{Store: s.store, act: func() { s.step(other, all) }}
	s.wire()
	if made := s.step(incident.NewCreator(s.keeper), all); made != 0 {
		t.Errorf("got %d incidents, want none: the other made them", made)
	}
	s.eachAlertOnce(2)
}

// eachAlertOnce checks that n incidents hold one alert each, all different.
func (s *site) eachAlertOnce(n int) {
	s.t.Helper()
	seen := map[string]int{}
	for _, in := range s.incidents(incident.Filter{}) {
		for _, id := range in.AlertIDs {
			seen[id]++
		}
	}
	for id, times := range seen {
		if times != 1 {
			s.t.Errorf("alert %s is in %d incidents", id, times)
		}
	}
	if got := len(s.incidents(incident.Filter{})); got != n || len(seen) != n {
		s.t.Errorf("got %d incidents of %d alerts, want %d", got, len(seen), n)
	}
}
