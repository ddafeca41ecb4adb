package incident_test

import (
	"fmt"
	"testing"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
	"nephoscope/internal/rules"
)

// revised is an alert with other content.
func revised(a *detect.Alert) *detect.Alert {
	r := *a
	r.Time, r.Start, r.Severity, r.Tactics = a.Time.Add(time.Hour), a.Start.Add(-time.Hour), rules.High, []string{"Exfiltration"}
	return &r
}

// withdrawn is an alert that does not hold any more.
func withdrawn(a *detect.Alert) *detect.Alert {
	w := *a
	w.Time, w.Status, w.Withdrawn = a.Time.Add(2*time.Hour), "Dismissed", "the run finds nothing with the events that arrived since"
	return &w
}

func TestRevisedAlertOfOne(t *testing.T) {
	s := newDoorSite(t, 2)
	rule := doorRule(rules.Grouping{})
	rule.Incident.Create = false // alerts that have an incident keep it
	s.file(rule, detect.Changes{Revised: []*detect.Alert{revised(raised(0, "user0"))}})
	in := s.number(1)
	if len(in.AlertIDs) != 1 || in.Severity != rules.High || !in.FirstActivity.Equal(raised(0, "").Start.Add(-time.Hour)) ||
		fmt.Sprint(in.Additional.Tactics) != "[Exfiltration]" || in.ModifiedBy != "Alert revised by late events" {
		t.Errorf("got %+v", in)
	}
	if history, err := s.keeper.History(t.Context(), 1); err != nil || len(history) != 2 || len(s.incidents(incident.Filter{})) != 2 {
		t.Errorf("got %d states and %v", len(history), err)
	}
}

// TestRevisedAlertOfSeveral makes the incident tell what all its alerts say,
// those that did not change too.
func TestRevisedAlertOfSeveral(t *testing.T) {
	s := newSite(t)
	first, second := raised(0, "ada"), raised(10, "ada")
	first.Severity = rules.High
	s.put(first, second)
	s.file(byAccount(), detect.Changes{New: []*detect.Alert{first, second}})
	calm := revised(first)
	calm.Severity, calm.Start = rules.Low, first.Start.Add(time.Minute)
	s.file(byAccount(), detect.Changes{Revised: []*detect.Alert{calm}})
	in := s.number(1)
	if in.Severity != rules.Medium || !in.FirstActivity.Equal(calm.Start) || !in.LastActivity.Equal(second.End) ||
		fmt.Sprint(in.Additional.Tactics) != "[Exfiltration Impact]" {
		t.Errorf("got %s from %s to %s with %v", in.Severity, in.FirstActivity, in.LastActivity, in.Additional.Tactics)
	}
}

func TestSeverityThatPeopleChoseStays(t *testing.T) {
	s := newSite(t)
	s.file(byAccount(), detect.Changes{New: []*detect.Alert{raised(0, "ada")}})
	low := rules.Low
	if _, err := s.keeper.Update(t.Context(), 1, incident.Change{By: "me", Severity: &low}); err != nil {
		t.Fatal(err)
	}
	severe := raised(5, "ada")
	severe.Severity = rules.High
	s.file(byAccount(), detect.Changes{New: []*detect.Alert{severe}})
	if in := s.number(1); in.Severity != rules.Low || len(in.AlertIDs) != 2 {
		t.Errorf("got %s with %d alerts", in.Severity, len(in.AlertIDs))
	}
}

func TestWithdrawnAlerts(t *testing.T) {
	work := map[string]func(*testing.T, *site){
		"": func(*testing.T, *site) {},
		"owner": func(t *testing.T, s *site) {
			s.mustUpdate(t, 1, incident.Change{By: "me", Owner: &incident.Owner{AssignedTo: "Ada"}})
		},
		"comment": func(t *testing.T, s *site) { s.mustUpdate(t, 1, incident.Change{By: "me", Comment: "hm"}) },
		"status": func(t *testing.T, s *site) {
			active := incident.StatusActive
			s.mustUpdate(t, 1, incident.Change{By: "me", Status: &active})
		},
	}
	for name, begin := range work {
		s := newSite(t)
		first, second := raised(0, "ada"), raised(10, "ada")
		s.put(first, second)
		s.file(byAccount(), detect.Changes{New: []*detect.Alert{first, second}})
		begin(t, s)

		s.file(byAccount(), detect.Changes{Withdrawn: []*detect.Alert{withdrawn(first)}})
		half := s.number(1)
		if half.Status == incident.StatusClosed || len(half.AlertIDs) != 2 || !half.FirstActivity.Equal(second.Start) {
			t.Errorf("%s: one of two is withdrawn: got %+v", name, half)
		}
		s.file(byAccount(), detect.Changes{Withdrawn: []*detect.Alert{withdrawn(second)}})
		in := s.number(1)
		told := 0
		for _, c := range in.Comments {
			if c.Author.Name == incident.Engine {
				told++
			}
		}
		if name == "" {
			if in.Status != incident.StatusClosed || in.Classification != "FalsePositive" || in.ClassificationReason != "InaccurateData" || told != 0 {
				t.Errorf("got %+v, want it closed by the engine", in)
			}
			continue
		}
		if in.Status == incident.StatusClosed || told != 2 {
			t.Errorf("%s: got status %s and %d comments, want it open with two", name, in.Status, told)
		}
	}
}

func (s *site) mustUpdate(t *testing.T, number int, c incident.Change) {
	t.Helper()
	if _, err := s.keeper.Update(t.Context(), number, c); err != nil {
		t.Fatal(err)
	}
}

// TestAlertComesBack lets a withdrawn alert hold again: it is in its old
// incident, which is open again if nobody but the engine closed it.
func TestAlertComesBack(t *testing.T) {
	a := raised(0, "ada")
	back := *a
	back.Time = a.Time.Add(5 * time.Hour)
	for how, c := range map[string]detect.Changes{
		"restored": {Restored: []*detect.Alert{&back}}, "as new": {New: []*detect.Alert{&back}},
	} {
		for _, byPeople := range []bool{false, true} {
			s := newSite(t)
			s.file(byAccount(), detect.Changes{New: []*detect.Alert{a}})
			want := incident.StatusNew
			if byPeople {
				want = incident.StatusClosed
				status, classification := incident.StatusClosed, "Undetermined"
				s.mustUpdate(t, 1, incident.Change{By: "me", Status: &status, Classification: &classification})
			}
			s.file(byAccount(), detect.Changes{Withdrawn: []*detect.Alert{withdrawn(a)}})
			s.file(byAccount(), c)
			in := s.number(1)
			if in.Status != want || len(in.Additional.Withdrawn) != 0 || in.Additional.Retracted || len(s.incidents(incident.Filter{})) != 1 {
				t.Errorf("%s, closed by people %t: got %+v", how, byPeople, in)
			}
			if in.ModifiedBy != "Alert raised again by late events" {
				t.Errorf("%s: got change by %q", how, in.ModifiedBy)
			}
		}
	}
}
