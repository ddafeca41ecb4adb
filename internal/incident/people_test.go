package incident_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/detect"
	"nephoscope/internal/incident"
	"nephoscope/internal/rules"
	"nephoscope/internal/store"
)

// file hands alerts of a rule to the keeper, as detection does.
func (s *site) file(rule *rules.Rule, c detect.Changes) {
	s.t.Helper()
	if _, err := s.keeper.File(s.t.Context(), rule, c, &store.Batch{}); err != nil {
		s.t.Fatal(err)
	}
}

// newDoorSite is a site with n incidents of a rule that does not group.
func newDoorSite(t *testing.T, n int) *site {
	t.Helper()
	s := newSite(t)
	s.many(doorRule(rules.Grouping{}), n, 0)
	return s
}

func (s *site) number(n int) *incident.Incident {
	s.t.Helper()
	in, err := s.keeper.ByNumber(s.t.Context(), n)
	if err != nil {
		s.t.Fatal(err)
	}
	return in
}

// isConflict tells whether an error is a conflict.
func isConflict(err error) bool {
	var conflict *incident.ConflictError
	return errors.As(err, &conflict)
}

func isInvalid(err error, field string) bool {
	var invalid *incident.InvalidError
	return errors.As(err, &invalid) && invalid.Field == field
}

func me() incident.Stamp { return incident.Stamp{By: "me"} }

func TestComments(t *testing.T) {
	s := newDoorSite(t, 1)
	ctx := t.Context()
	first, err := s.keeper.PutComment(ctx, 1, "c-1", "It was the cleaner.", me())
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.keeper.PutComment(ctx, 1, "C-1", "It was not the cleaner.", incident.Stamp{By: "bo", Etag: first.Etag})
	if err != nil {
		t.Fatal(err)
	}
	if second.Author.Name != "me" || !second.Created.Equal(first.Created) || !second.LastModified.After(first.LastModified) || second.Etag == first.Etag {
		t.Errorf("got %+v after %+v", second, first)
	}
	if _, err := s.keeper.PutComment(ctx, 1, "c-1", "It was me.", incident.Stamp{By: "me", Etag: first.Etag}); !isConflict(err) {
		t.Errorf("got %v, want a conflict", err)
	}
	if diff := cmp.Diff([]incident.Comment{*second}, s.number(1).Comments); diff != "" {
		t.Error(diff)
	}
	for what, err := range map[string]error{
		"a conflict":      s.keeper.DeleteComment(ctx, 1, "c-1", incident.Stamp{By: "me", Etag: first.Etag}),
		"no such comment": s.keeper.DeleteComment(ctx, 1, "c-2", me()),
	} {
		if !isConflict(err) && !errors.Is(err, incident.ErrNoComment) {
			t.Errorf("got %v, want %s", err, what)
		}
	}
	if err := s.keeper.DeleteComment(ctx, 1, "c-1", incident.Stamp{By: "me", Etag: second.Etag}); err != nil {
		t.Error(err)
	}
	if in := s.number(1); len(in.Comments) != 0 || in.Additional.Comments != 0 {
		t.Errorf("got comments %+v, want none", in.Comments)
	}
	if _, err := s.keeper.PutComment(ctx, 1, "", " ", me()); !isInvalid(err, "comment") {
		t.Errorf("got %v, want that an empty comment is invalid", err)
	}
	if _, err := s.keeper.PutComment(ctx, 2, "", "x", me()); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestTasks(t *testing.T) {
	s := newDoorSite(t, 1)
	ctx := t.Context()
	made, err := s.keeper.PutTask(ctx, 1, incident.Task{Title: "Ask the cleaner", Description: "She has a key."}, me())
	if err != nil {
		t.Fatal(err)
	}
	done := *made
	done.Status = "completed"
	put, err := s.keeper.PutTask(ctx, 1, done, incident.Stamp{By: "bo", Etag: made.Etag})
	if err != nil {
		t.Fatal(err)
	}
	if put.Status != incident.TaskCompleted || put.CreatedBy.Name != "me" || put.ModifiedBy.Name != "bo" || !put.Created.Equal(made.Created) {
		t.Errorf("got %+v", put)
	}
	if diff := cmp.Diff([]incident.Task{*put}, s.number(1).Tasks); diff != "" {
		t.Error(diff)
	}
	if _, err := s.keeper.PutTask(ctx, 1, done, incident.Stamp{By: "me", Etag: made.Etag}); !isConflict(err) {
		t.Errorf("got %v, want a conflict", err)
	}
	for field, task := range map[string]incident.Task{"title": {}, "status": {Title: "x", Status: "Half"}} {
		if _, err := s.keeper.PutTask(ctx, 1, task, me()); !isInvalid(err, field) {
			t.Errorf("got %v, want that the %s is invalid", err, field)
		}
	}
	if err := s.keeper.DeleteTask(ctx, 1, "other", me()); !errors.Is(err, incident.ErrNoTask) {
		t.Errorf("got %v, want ErrNoTask", err)
	}
	if err := s.keeper.DeleteTask(ctx, 1, made.ID, me()); err != nil || len(s.number(1).Tasks) != 0 {
		t.Errorf("got %v and tasks %+v, want none", err, s.number(1).Tasks)
	}
}

// TestIDsOfPartsFitIntoAPath tells which ids the parts of incidents may have:
// all of them can be named in an address.
func TestIDsOfPartsFitIntoAPath(t *testing.T) {
	s := newDoorSite(t, 1)
	for _, id := range []string{"a/../b", "\x00", "a b", "ü", "..", strings.Repeat("a", 129)} {
		if _, err := s.keeper.PutComment(t.Context(), 1, id, "x", me()); !isInvalid(err, "name") {
			t.Errorf("comment %q: got %v, want that the name is invalid", id, err)
		}
		if _, err := s.keeper.PutTask(t.Context(), 1, incident.Task{ID: id, Title: "x"}, me()); !isInvalid(err, "name") {
			t.Errorf("task %q: got %v, want that the name is invalid", id, err)
		}
	}
}

func TestTasksAndCommentsHaveLimits(t *testing.T) {
	s := newDoorSite(t, 1)
	for i := range 41 {
		_, err := s.keeper.PutTask(t.Context(), 1, incident.Task{Title: fmt.Sprint(i)}, me())
		if full := isInvalid(err, "tasks"); full != (i == 40) {
			t.Fatalf("task %d: got %v", i, err)
		}
	}
	for i := range 101 {
		_, err := s.keeper.PutComment(t.Context(), 1, "", fmt.Sprint(i), me())
		if full := isInvalid(err, "comments"); full != (i == 100) {
			t.Fatalf("comment %d: got %v", i, err)
		}
	}
}

func TestCreateAndDelete(t *testing.T) {
	s := newDoorSite(t, 1)
	ctx := t.Context()
	title, low, name := "Somebody called", rules.Low, "7d3c5c5e-9e43-4bd4-8f6e-0f8a0b8f2a11"
	made, err := s.keeper.Create(ctx, "7D3C5C5E-9E43-4BD4-8F6E-0F8A0B8F2A11", incident.Change{By: "me", Title: &title, Severity: &low, AddLabels: []string{"phone"}})
	if err != nil {
		t.Fatal(err)
	}
	byName, err := s.keeper.ByName(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(made, byName); diff != "" || made.Number != 2 || made.Status != incident.StatusNew || made.FirstActivity.IsZero() {
		t.Errorf("got %+v, read %s", made, diff)
	}
	if _, err := s.keeper.Create(ctx, name, incident.Change{By: "me", Title: &title, Severity: &low}); !isConflict(err) {
		t.Errorf("got %v, want a conflict", err)
	}
	if _, err := s.keeper.Create(ctx, "me", incident.Change{By: "me", Title: &title, Severity: &low}); !isInvalid(err, "name") {
		t.Errorf("got %v, want that the name is invalid", err)
	}
	if _, err := s.keeper.Create(ctx, "", incident.Change{By: "me", Title: &title}); !isInvalid(err, "properties") {
		t.Errorf("got %v, want that the severity is missing", err)
	}
	if err := s.keeper.Delete(ctx, 2, incident.Stamp{By: "me", Etag: "old"}); !isConflict(err) {
		t.Errorf("got %v, want a conflict", err)
	}
	if err := s.keeper.Delete(ctx, 2, incident.Stamp{By: "me", Etag: "*"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.keeper.ByName(ctx, name); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if _, err := s.keeper.Show(ctx, 2); !errors.Is(err, incident.ErrNotFound) || len(s.incidents(incident.Filter{})) != 1 {
		t.Errorf("got %v and %d incidents, want it gone", err, len(s.incidents(incident.Filter{})))
	}
	again, err := s.keeper.Create(ctx, name, incident.Change{By: "me", Title: &title, Severity: &low})
	if err != nil || again.Number != 3 {
		t.Errorf("got %+v and %v, want number 3 under the old name", again, err)
	}
	if rows := s.query("SecurityIncident | where IncidentNumber == 2 | top 1 by TimeGenerated | where Status == 'Closed' and tobool(AdditionalData.deleted)"); len(rows) != 1 {
		t.Errorf("the history does not tell of the deletion")
	}
}

// TestAlertsOfDeletedIncidents lets an alert come again whose incident was
// deleted: people do not want to see it.
func TestAlertsOfDeletedIncidents(t *testing.T) {
	s := newDoorSite(t, 1)
	if err := s.keeper.Delete(t.Context(), 1, me()); err != nil {
		t.Fatal(err)
	}
	s.file(doorRule(rules.Grouping{}), detect.Changes{New: []*detect.Alert{raised(0, "user0"), raised(1, "user1")}})
	if list := s.incidents(incident.Filter{}); len(list) != 1 || list[0].Number != 2 || list[0].AlertIDs[0] != raised(1, "").ID {
		t.Errorf("got %d incidents, want one, of the alert that is new", len(list))
	}
}

func TestUpdateMany(t *testing.T) {
	s := newDoorSite(t, 4)
	title := "Checked"
	closed := incident.StatusClosed
	positive := "TruePositive"
	if _, err := s.keeper.Update(t.Context(), 3, incident.Change{By: "me", Status: &closed, Classification: &positive}); err != nil {
		t.Fatal(err)
	}
	other := s.keeper
	s.store = &rival{Store: s.store, act: func() {
		if _, err := other.Update(t.Context(), 2, incident.Change{By: "rival", Comment: "mine"}); err != nil {
			t.Error(err)
		}
	}}
	s.wire()
	outcomes, err := s.keeper.UpdateMany(t.Context(), []int{1, 2, 9, 3, 1}, incident.Change{By: "me", Title: &title, AddLabels: []string{"vip"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range outcomes {
		got = append(got, fmt.Sprintf("%d changed %t conflict %t unknown %t", o.Number, o.Incident != nil, isConflict(o.Err), errors.Is(o.Err, incident.ErrNotFound)))
	}
	want := []string{
		"1 changed true conflict false unknown false", "2 changed false conflict true unknown false",
		"9 changed false conflict false unknown true", "3 changed true conflict false unknown false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for n, want := range map[int]string{1: title, 2: "Door opened by user1", 3: title, 4: "Door opened by user3"} {
		if got := s.number(n); got.Title != want {
			t.Errorf("incident %d: got %q, want %q", n, got.Title, want)
		}
	}
	if s.number(3).Status != closed || len(s.number(2).Comments) != 1 {
		t.Error("another change was lost")
	}
}

func TestReopen(t *testing.T) {
	s := newDoorSite(t, 1)
	var state *incident.StateError
	if _, err := s.keeper.Reopen(t.Context(), 1, me()); !errors.As(err, &state) || state.Is != "New" {
		t.Errorf("got %v, want that only closed ones can be opened", err)
	}
	closed := incident.StatusClosed
	positive := "TruePositive"
	if _, err := s.keeper.Update(t.Context(), 1, incident.Change{By: "me", Status: &closed, Classification: &positive}); err != nil {
		t.Fatal(err)
	}
	in, err := s.keeper.Reopen(t.Context(), 1, me())
	if err != nil || in.Status != incident.StatusActive || in.Classification != "" || in.ClosedAt != nil {
		t.Errorf("got %+v and %v", in, err)
	}
}
