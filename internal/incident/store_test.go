package incident_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/detect"
	"nephoscope/internal/event"
	"nephoscope/internal/incident"
	"nephoscope/internal/rules"
	"nephoscope/internal/store"
)

// locks is a case of three locks removed within a day by two people.
func locks() rules.Case {
	at := time.Date(2026, 3, 2, 9, 15, 0, 0, time.UTC)
	remove := func(hours int, by, group string) rules.CaseEvent {
		return rules.CaseEvent{
			At: at.Add(time.Duration(hours) * time.Hour), By: by, From: "203.0.113.5", Do: "Microsoft.Authorization/locks/delete",
			On: "/subscriptions/5a0e1d3c-77aa-4b8e-9f43-6d2c11e0b801/resourceGroups/" + group + "/providers/Microsoft.Authorization/locks/keep",
		}
	}
	return rules.Case{Events: []rules.CaseEvent{
		remove(0, "ada@tidewater.example", "north"), remove(2, "ada@tidewater.example", "south"), remove(3, "bo@tidewater.example", "south"),
	}}
}

func lockRule(t *testing.T) *rules.Rule {
	t.Helper()
	for _, r := range builtin(t) {
		if r.Name == "Resource lock removed" {
			return r
		}
	}
	t.Fatal("there is no rule about locks")
	return nil
}

func (s *site) sweep(rule *rules.Rule) detect.Report {
	s.t.Helper()
	report, err := s.detector.Sweep(s.t.Context(), rule, detect.Range{})
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

// newLockedSite is a site where the locks are gone and two incidents open: 1
// with two alerts about ada, 2 with one about bo.
func newLockedSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	story := locks()
	s.ingest(event.FormatHub, story.Hub())
	s.sweep(lockRule(t))
	return s
}

func TestShow(t *testing.T) {
	s := newLockedSite(t)
	d, err := s.keeper.Show(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if d.Title != "Resource lock keep removed by ada@tidewater.example" || d.URL != "https://nephoscope.example/incidents/1" || len(d.Alerts) != 2 {
		t.Errorf("got %q at %q with %d alerts", d.Title, d.URL, len(d.Alerts))
	}
	var entities []string
	for _, e := range d.Entities {
		entities = append(entities, fmt.Sprintf("%d %s %s", e.Alerts, e.Type, e.Title))
	}
	want := []string{
		"2 account ada@tidewater.example", "2 ip 203.0.113.5",
		"1 azure-resource /subscriptions/5a0e1d3c-77aa-4b8e-9f43-6d2c11e0b801/resourcegroups/north",
		"1 azure-resource /subscriptions/5a0e1d3c-77aa-4b8e-9f43-6d2c11e0b801/resourcegroups/south",
	}
	if diff := cmp.Diff(want, entities); diff != "" {
		t.Error(diff)
	}
	if len(d.Evidence) != 2 || len(d.History) != 2 || d.History[0].Alerts != 1 || d.History[1].Alerts != 2 {
		t.Errorf("got %d pieces of evidence and history %+v", len(d.Evidence), d.History)
	}
	if _, err := s.keeper.Show(t.Context(), 9); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// TestShowAfterRetention shows an incident whose history has outlived its
// retention, in a process that still knows the incident.
func TestShowAfterRetention(t *testing.T) {
	s := newLockedSite(t)
	if _, err := s.store.Retain(t.Context(), time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	d, err := s.keeper.Show(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if d.Number != 1 || len(d.AlertIDs) != 2 || len(d.History)+len(d.Alerts) != 0 {
		t.Errorf("got incident %d of %v with %d steps and %d alerts that are gone", d.Number, d.AlertIDs, len(d.History), len(d.Alerts))
	}
}

func TestList(t *testing.T) {
	s := newLockedSite(t)
	closed := incident.StatusClosed
	positive := "TruePositive"
	if _, err := s.keeper.Update(t.Context(), 1, incident.Change{By: "me", Status: &closed, Classification: &positive, Owner: &incident.Owner{AssignedTo: `Q "u" \`}}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		filter incident.Filter
		want   []int
	}{
		"all":           {incident.Filter{}, []int{2, 1}},
		"limit":         {incident.Filter{Limit: 1}, []int{2}},
		"closed":        {incident.Filter{Statuses: []incident.Status{"closed"}}, []int{1}},
		"new or active": {incident.Filter{Statuses: []incident.Status{incident.StatusNew, incident.StatusActive}}, []int{2}},
		"severity":      {incident.Filter{Severities: []rules.Severity{rules.High}}, nil},
		"owner":         {incident.Filter{Owner: "q"}, []int{1}},
		"text":          {incident.Filter{Text: "BO@"}, []int{2}},
		"rule":          {incident.Filter{RuleID: lockRule(t).ID}, []int{2, 1}},
		"another rule":  {incident.Filter{RuleID: "none"}, nil},
		"created":       {incident.Filter{CreatedAfter: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}, []int{2}},
	} {
		var got []int
		for _, in := range s.incidents(c.filter) {
			got = append(got, in.Number)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestUpdateKeepsHistoryAndRefusesStaleChanges(t *testing.T) {
	s := newLockedSite(t)
	first := s.incidents(incident.Filter{})[1]
	active, high := incident.StatusActive, rules.High
	second, err := s.keeper.Update(t.Context(), 1, incident.Change{By: "me", Etag: first.Etag, Status: &active, Severity: &high, Comment: "mine"})
	if err != nil {
		t.Fatal(err)
	}
	stored := s.incidents(incident.Filter{})[1]
	if diff := cmp.Diff(second, stored); diff != "" {
		t.Error(diff)
	}
	_, err = s.keeper.Update(t.Context(), 1, incident.Change{By: "other", Etag: first.Etag, Comment: "mine too"})
	var conflict *incident.ConflictError
	if !errors.As(err, &conflict) || conflict.ModifiedBy != "me" || conflict.Stored != second.Etag {
		t.Errorf("got %v, want a conflict with me", err)
	}
	d, err := s.keeper.Show(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	last := d.History[len(d.History)-1]
	if len(d.History) != 3 || last.By != "me" || last.Status != active || last.Severity != "High" || last.Comments != 1 {
		t.Errorf("got history %+v", d.History)
	}
	if _, err := s.keeper.Update(t.Context(), 7, incident.Change{By: "me"}); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestAlertAfterAnUpdateStaysTheLatest(t *testing.T) {
	s := newLockedSite(t)
	if _, err := s.keeper.Update(t.Context(), 1, incident.Change{By: "me", AddLabels: []string{"vip"}}); err != nil {
		t.Fatal(err)
	}
	more := locks()
	more.Events = more.Events[:1]
	more.Events[0].At = more.Events[0].At.Add(time.Hour)
	s.ingest(event.FormatHub, more.Hub())
	s.sweep(lockRule(t))
	in := s.incidents(incident.Filter{})[1]
	if len(in.AlertIDs) != 3 || len(in.Labels) != 1 {
		t.Errorf("got %d alerts and labels %v, want 3 alerts and the label kept", len(in.AlertIDs), in.Labels)
	}
}

// A flaky store fails the nth commit, before or after it happens.
type flaky struct {
	store.Store
	n      int
	before bool
}

var errPower = errors.New("power cut")

func (f *flaky) Commit(ctx context.Context, b *store.Batch) (store.Result, error) {
	f.n--
	if f.n == 0 && f.before {
		return store.Result{}, errPower
	}
	result, err := f.Store.Commit(ctx, b)
	if f.n == 0 && err == nil {
		err = errPower
	}
	return result, err
}

// TestPowerCut lets one commit fail and everything start anew: alerts and
// incidents are as if nothing had happened.
func TestPowerCut(t *testing.T) {
	for _, before := range []bool{true, false} {
		for n := 1; n <= 3; n++ {
			s := newSite(t)
			story := locks()
			s.ingest(event.FormatHub, story.Hub())
			healthy := s.store
			s.store = &flaky{Store: healthy, n: n, before: before}
			s.wire()
			_, err := s.detector.Sweep(t.Context(), lockRule(t), detect.Range{})
			if !errors.Is(err, errPower) {
				t.Errorf("commit %d: got %v, want the power cut", n, err)
			}
			s.store = healthy
			s.wire()
			s.sweep(lockRule(t))
			list := s.incidents(incident.Filter{})
			if len(list) != 2 || len(s.alerts()) != 3 || list[0].Number != 2 || list[1].Additional.Alerts != 2 {
				t.Errorf("commit %d, before %t: got %d incidents and %d alerts", n, before, len(list), len(s.alerts()))
			}
		}
	}
}

// A rival changes positions between the reading of a state and its commit, as
// another process does.
type rival struct {
	store.Store
	act func()
}

func (r *rival) Commit(ctx context.Context, b *store.Batch) (store.Result, error) {
	if act := r.act; act != nil {
		r.act = nil
		act()
	}
	return r.Store.Commit(ctx, b)
}

func TestAnotherProcessTakesTheNumber(t *testing.T) {
	s := newSite(t)
	story := locks()
	s.ingest(event.FormatHub, story.Hub())
	shared := s.store
	s.store = &rival{Store: shared, act: func() {
		step := event.Position{Source: "incident", Partition: "number", To: "41"}
		if _, err := shared.Commit(t.Context(), &store.Batch{Positions: []event.Position{step}}); err != nil {
			t.Error(err)
		}
	}}
	s.wire()
	s.sweep(lockRule(t))
	if list := s.incidents(incident.Filter{}); len(list) != 2 || list[1].Number != 42 || list[0].Number != 43 {
		t.Errorf("got %d incidents, want numbers 42 and 43", len(list))
	}
}

func TestAnotherProcessChangesTheIncident(t *testing.T) {
	s := newLockedSite(t)
	other := s.keeper
	s.store = &rival{Store: s.store, act: func() {
		if _, err := other.Update(t.Context(), 1, incident.Change{By: "rival", Comment: "first"}); err != nil {
			t.Error(err)
		}
	}}
	s.wire()
	_, err := s.keeper.Update(t.Context(), 1, incident.Change{By: "me", Comment: "second"})
	var conflict *incident.ConflictError
	if !errors.As(err, &conflict) {
		t.Errorf("got %v, want a conflict", err)
	}
	if in := s.incidents(incident.Filter{})[1]; len(in.Comments) != 1 || in.Comments[0].Message != "first" {
		t.Errorf("got comments %+v, want the rival's", in.Comments)
	}
}

func TestRuleThatMakesNoIncidents(t *testing.T) {
	s := newSite(t)
	story := locks()
	s.ingest(event.FormatHub, story.Hub())
	quiet := *lockRule(t)
	quiet.Incident.Create = false
	if report := s.sweep(&quiet); report.Alerts != 3 {
		t.Errorf("got %+v, want 3 alerts", report)
	}
	if list := s.incidents(incident.Filter{}); len(list) != 0 {
		t.Errorf("got %d incidents, want none", len(list))
	}
}
