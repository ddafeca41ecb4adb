package incident_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// put writes alerts into SecurityAlert, as they are now.
func (s *site) put(alerts ...*detect.Alert) {
	s.t.Helper()
	table, _ := s.catalog.Table("SecurityAlert")
	rows := schema.NewRows(table)
	for _, a := range alerts {
		s.files++
		for column, value := range map[string]any{
			"TimeGenerated": schema.DatetimeOf(a.Time), "SystemAlertId": a.ID, "DisplayName": a.Name, "AlertSeverity": string(a.Severity),
			"StartTime": schema.DatetimeOf(a.Start), "EndTime": schema.DatetimeOf(a.End), "ProductName": a.Product,
			"Status": a.Status, "Entities": detect.EncodeEntities(a.Entities), "Tactics": "Impact", "Techniques": `["T1485"]`,
		} {
			if err := rows.Set(column, value); err != nil {
				s.t.Fatal(err)
			}
		}
		if a.RuleID != "" {
			if err := rows.Set("ExtendedProperties", `{"Analytic Rule Ids":"[\"`+a.RuleID+`\"]"}`); err != nil {
				s.t.Fatal(err)
			}
		}
		rows.End(schema.ID{15: byte(s.files), 14: byte(s.files >> 8)})
	}
	if _, err := s.store.Commit(s.t.Context(), &store.Batch{Rows: []*schema.Rows{rows}}); err != nil {
		s.t.Fatal(err)
	}
}

// byAccount groups alerts about the same things.
func byAccount() *rules.Rule {
	return doorRule(rules.Grouping{Enabled: true, Lookback: 7 * 24 * time.Hour, Match: rules.AllEntities})
}

func TestMerge(t *testing.T) {
	s := newSite(t)
	ctx := t.Context()
	severe := raised(5, "bo")
	severe.Severity, severe.Tactics = rules.High, []string{"Persistence"}
	s.file(byAccount(), detect.Changes{New: []*detect.Alert{raised(10, "ada"), severe, raised(7, "cy")}})
	for n := 1; n <= 3; n++ {
		if _, err := s.keeper.PutComment(ctx, n, "", "seen", me()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.keeper.PutTask(ctx, 2, incident.Task{Title: "Call"}, me()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.keeper.Update(ctx, 2, incident.Change{By: "me", AddLabels: []string{"vip"}}); err != nil {
		t.Fatal(err)
	}
	in, err := s.keeper.Merge(ctx, 1, []int{3, 2, 2}, me())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, s.number(1)); diff != "" {
		t.Error(diff)
	}
	if len(in.AlertIDs) != 3 || len(in.Comments) != 3 || len(in.Tasks) != 1 || len(in.Labels) != 1 || in.Severity != rules.High {
		t.Errorf("got %+v", in)
	}
	if diff := cmp.Diff([]string{"Impact", "Persistence"}, in.Additional.Tactics); diff != "" || !in.FirstActivity.Equal(severe.Start) {
		t.Errorf("got first activity %s and tactics %s", in.FirstActivity, diff)
	}
	if diff := cmp.Diff([]int{2, 3}, in.Additional.Merged); diff != "" {
		t.Error(diff)
	}
	other := s.number(2)
	if other.Status != incident.StatusClosed || other.Additional.MergedInto != 1 || len(other.AlertIDs) != 0 || len(other.Comments) != 1 ||
		other.Comments[0].Message != "Merged into incident 1" {
		t.Errorf("got %+v", other)
	}

	s.file(byAccount(), detect.Changes{New: []*detect.Alert{raised(30, "bo"), raised(5, "bo")}})
	if in := s.number(1); len(in.AlertIDs) != 4 || len(s.incidents(incident.Filter{})) != 3 {
		t.Errorf("got alerts %v, want the new one of a merged incident here", in.AlertIDs)
	}
	if _, err := s.keeper.Reopen(ctx, 2, me()); err != nil {
		t.Fatal(err)
	}
	s.file(byAccount(), detect.Changes{New: []*detect.Alert{raised(40, "bo")}})
	if len(s.number(1).AlertIDs) != 4 || len(s.number(2).AlertIDs) != 1 {
		t.Errorf("an incident that was opened again does not take its alerts")
	}
}

func TestMergeIsRefused(t *testing.T) {
	s := newSite(t)
	ctx := t.Context()
	for i := range 4 {
		var list []*detect.Alert
		for j := range 80 {
			list = append(list, raised(100*i+j, string(rune('a'+i))))
		}
		s.file(byAccount(), detect.Changes{New: list})
	}
	for what, got := range map[string]struct {
		into  int
		from  []int
		field string
	}{
		"itself":     {1, []int{1}, "incidents"},
		"nothing":    {1, nil, "incidents"},
		"160 alerts": {1, []int{2}, "alerts"},
	} {
		if _, err := s.keeper.Merge(ctx, got.into, got.from, me()); !isInvalid(err, got.field) {
			t.Errorf("%s: got %v, want that the %s are invalid", what, err, got.field)
		}
	}
	if _, err := s.keeper.Merge(ctx, 1, []int{9}, me()); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if _, err := s.keeper.Merge(ctx, 1, []int{2}, incident.Stamp{By: "me", Etag: "old"}); !isConflict(err) {
		t.Errorf("got %v, want a conflict", err)
	}
	if list := s.incidents(incident.Filter{Statuses: []incident.Status{incident.StatusNew}}); len(list) != 4 || len(list[0].AlertIDs) != 80 {
		t.Errorf("a refused merge changed something: %d incidents are new", len(list))
	}
}

func TestRelations(t *testing.T) {
	s := newDoorSite(t, 2)
	ctx := t.Context()
	extra := raised(90, "zoe")
	s.put(raised(0, "user0"), raised(1, "user1"), extra)
	if _, err := s.keeper.AddAlerts(ctx, 1, []string{"gone"}, me()); !errors.Is(err, incident.ErrNoAlert) {
		t.Errorf("got %v, want ErrNoAlert", err)
	}
	in, err := s.keeper.AddAlerts(ctx, 1, []string{extra.ID, raised(1, "").ID, raised(0, "").ID}, me())
	if err != nil || len(in.AlertIDs) != 3 || !in.LastActivity.Equal(extra.End) {
		t.Fatalf("got %+v and %v, want three alerts", in, err)
	}
	if entities, err := s.keeper.Entities(ctx, 1); err != nil || len(entities) != 3 {
		t.Errorf("got %d entities and %v, want 3", len(entities), err)
	}
	if _, err := s.keeper.RemoveAlert(ctx, 1, raised(0, "").ID, me()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.keeper.RemoveAlert(ctx, 1, raised(0, "").ID, me()); !errors.Is(err, incident.ErrNoAlert) {
		t.Errorf("got %v, want ErrNoAlert", err)
	}
	s.file(doorRule(rules.Grouping{}), detect.Changes{New: []*detect.Alert{raised(0, "user0")}})
	if in := s.number(1); len(in.AlertIDs) != 2 || len(s.incidents(incident.Filter{})) != 2 {
		t.Errorf("the alert that was taken out is in an incident again: %+v", in)
	}
	if _, err := s.keeper.AddAlerts(ctx, 1, []string{raised(0, "").ID}, me()); err != nil || len(s.number(1).AlertIDs) != 3 {
		t.Errorf("got %v and alerts %v, want it back", err, s.number(1).AlertIDs)
	}
}

func TestSimilar(t *testing.T) {
	s := newSite(t)
	word := `dom\ada "x" <y>`
	near, far, other := raised(60, word), raised(60*24*30, word), raised(61, "bo")
	near.Entities = append(near.Entities, detect.Entity{Type: "ip", Properties: []detect.Property{{Name: "Address", Value: "192.0.2.7"}}})
	third := raised(62, "cy")
	third.Entities = append(third.Entities, near.Entities[1])
	alerts := []*detect.Alert{raised(0, word), near, far, other, third}
	alerts[0].Entities = append(alerts[0].Entities, near.Entities[1])
	s.put(alerts...)
	s.file(doorRule(rules.Grouping{}), detect.Changes{New: alerts})
	list, err := s.keeper.Similar(t.Context(), 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Number != 2 || len(list[0].Shared) != 2 || list[1].Number != 5 || len(list[1].Shared) != 1 {
		t.Errorf("got %+v, want incident 2 for two entities and 5 for one", list)
	}
	if list, err := s.keeper.Similar(t.Context(), 1, 1); err != nil || len(list) != 1 {
		t.Errorf("got %d incidents and %v, want 1", len(list), err)
	}
}
