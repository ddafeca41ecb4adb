package resource_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/kql"
	"nephoscope/internal/resource"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
)

// A site is a store with what is kept in it.
type site struct {
	*testing.T
	dir     string
	catalog *tables.Catalog
	now     time.Time
	store   *duck.Store
	kept    *resource.Resources
}

func newSite(t *testing.T) *site {
	t.Helper()
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{T: t, dir: t.TempDir(), catalog: catalog, now: time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)}
	s.start()
	t.Cleanup(s.stop)
	return s
}

func (s *site) start() {
	s.Helper()
	st, err := duck.Open(s.Context(), s.dir, duck.Options{Catalog: s.catalog, Now: func() time.Time { return s.now }})
	if err != nil {
		s.Fatal(err)
	}
	s.store = st
	s.kept = s.another()
}

func (s *site) stop() {
	s.Helper()
	if err := s.store.Close(); err != nil {
		s.Error(err)
	}
}

// another opens the resources a second time, as another process would.
func (s *site) another() *resource.Resources {
	s.Helper()
	kept, err := resource.New(s.Context(), s.catalog, s.store, s.ask, resource.Options{Now: func() time.Time { return s.now }})
	if err != nil {
		s.Fatal(err)
	}
	return kept
}

func (s *site) ask(ctx context.Context, text string) (store.Cursor, error) {
	query, err := kql.Compile(text, s.catalog, kql.Options{Now: schema.DatetimeOf(s.now)})
	if err != nil {
		return nil, err
	}
	return query.Run(ctx, s.store)
}

func (s *site) put(name, body, match string) *resource.Resource {
	s.Helper()
	made, err := s.kept.Put(s.Context(), note(name, body), match)
	if err != nil {
		s.Fatalf("put %s: %v", name, err)
	}
	return made
}

func note(name, body string) resource.Resource {
	return resource.Resource{Type: "note", Name: name, Body: json.RawMessage(body), By: "ada"}
}

// bodies are the present bodies by name.
func bodies(t *testing.T, kept *resource.Resources) map[string]string {
	t.Helper()
	list, err := kept.List(t.Context(), "note")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, r := range list {
		found[r.Name] = string(r.Body)
	}
	return found
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestPutGetDelete(t *testing.T) {
	s := newSite(t)
	s.put("Zebra", `{"a": 1}`, resource.Absent)
	first := s.put("ant", `[1]`, resource.Any)
	second := s.put("ANT", `[2]`, first.Etag)
	if second.Etag == first.Etag || !second.Modified.After(first.Modified) || !second.Created.Equal(first.Created) {
		t.Errorf("a change at the same moment: got %+v after %+v, want a new etag, a later change and the same creation", second, first)
	}
	want := map[string]string{"ANT": "[2]", "Zebra": `{"a":1}`}
	equal(t, "present states", bodies(t, s.kept), want)
	got, err := s.kept.Get(t.Context(), "note", "Ant")
	if err != nil || got.Etag != second.Etag || got.By != "ada" {
		t.Errorf("get without case: got %+v, %v, want the second state", got, err)
	}
	if _, err := s.kept.Get(t.Context(), "other", "ant"); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("get of another type: got %v, want ErrNotFound", err)
	}
	if err := s.kept.Delete(t.Context(), "note", "zebra", resource.Existing, "bo"); err != nil {
		t.Fatal(err)
	}
	if err := s.kept.Delete(t.Context(), "note", "zebra", resource.Any, "bo"); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("delete again: got %v, want ErrNotFound", err)
	}
	s.stop()
	s.start()
	equal(t, "states after a restart", bodies(t, s.kept), map[string]string{"ANT": "[2]"})
	s.put("zebra", `3`, resource.Absent)
}

func TestConditions(t *testing.T) {
	s := newSite(t)
	made := s.put("a", `1`, resource.Absent)
	f := func(name, match, wantFound string) {
		t.Helper()
		_, err := s.kept.Put(t.Context(), note(name, `2`), match)
		var conflict *resource.ConflictError
		if !errors.As(err, &conflict) || conflict.Found != wantFound {
			t.Errorf("put %s if %q: got %v, want a conflict with %q", name, match, err, wantFound)
		}
	}
	f("a", resource.Absent, made.Etag)
	f("a", "stale", made.Etag)
	f("b", resource.Existing, "")
	f("b", made.Etag, "")
	equal(t, "what is left", bodies(t, s.kept), map[string]string{"a": "1"})
}

func TestRefused(t *testing.T) {
	s := newSite(t)
	f := func(r resource.Resource, field string) {
		t.Helper()
		_, err := s.kept.Put(t.Context(), r, resource.Any)
		var invalid *resource.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%s %q %.20s: got %v, want %s to be invalid", r.Type, r.Name, r.Body, err, field)
		}
	}
	f(resource.Resource{Type: "a b", Name: "n", Body: []byte(`1`)}, "type")
	f(note("", `1`), "name")
	f(note("a/b", `1`), "name")
	f(note("a\nb", `1`), "name")
	f(note("a\xff", `1`), "name")
	f(note("n", `{`), "body")
	f(note("n", ``), "body")
	f(note("n", "\"\xff\""), "body")
	f(note("n", fmt.Sprintf("%q", make([]byte, resource.MaxBody))), "body")
}

// TestTogether: several changes with other rows are one step.
func TestTogether(t *testing.T) {
	s := newSite(t)
	s.put("a", `1`, resource.Any)
	change := func(name, match string) resource.Change {
		return resource.Change{Resource: note(name, `2`), Match: match}
	}
	if _, err := s.kept.Commit(t.Context(), nil, change("b", resource.Any), change("a", resource.Absent)); err == nil {
		t.Error("a commit with one change that cannot be: got no error")
	}
	equal(t, "nothing happened", bodies(t, s.kept), map[string]string{"a": "1"})
	deleted := change("a", resource.Any)
	deleted.Delete = true
	if _, err := s.kept.Commit(t.Context(), nil, change("b", resource.Any), deleted, change("a", resource.Absent)); err != nil {
		t.Fatal(err)
	}
	equal(t, "all of it happened", bodies(t, s.another()), map[string]string{"a": "2", "b": "2"})
}

// TestTwoWriters: of those who change what both have read one wins, and those
// who demand nothing all do.
func TestTwoWriters(t *testing.T) {
	s := newSite(t)
	start := s.put("n", `0`, resource.Any)
	other := s.another()
	changed := other.Changed()
	if _, err := s.kept.Put(t.Context(), note("n", `1`), start.Etag); err != nil {
		t.Fatal(err)
	}
	_, err := other.Put(t.Context(), note("n", `2`), start.Etag)
	var conflict *resource.ConflictError
	if !errors.As(err, &conflict) {
		t.Errorf("the second of two changes: got %v, want a conflict", err)
	}
	<-changed // it has seen what the first one did
	equal(t, "what the second one sees", bodies(t, other), map[string]string{"n": "1"})

	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			kept := []*resource.Resources{s.kept, other}[i%2]
			err := putAny(t, kept, i)
			for errors.As(err, new(*store.PositionError)) { // the other one was quicker, five times
				err = putAny(t, kept, i)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	equal(t, "how many there are", len(bodies(t, s.another())), 21)
}

func putAny(t *testing.T, kept *resource.Resources, i int) error {
	_, err := kept.Put(t.Context(), note(fmt.Sprint("n", i), `1`), resource.Any)
	return err
}

// TestOutlivesRetention: states stay, what they replaced goes, and a name that
// was deleted long ago can be used again.
func TestOutlivesRetention(t *testing.T) {
	s := newSite(t)
	s.put("a", `1`, resource.Any)
	s.put("a", `2`, resource.Any)
	s.put("b", `1`, resource.Any)
	if err := s.kept.Delete(t.Context(), "note", "b", resource.Any, "bo"); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.AddDate(2, 0, 0)
	s.put("c", `1`, resource.Any)
	dropped, err := s.store.Retain(t.Context(), s.now)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "dropped", dropped, []store.Dropped{{Table: "NephoscopeResource", Day: "2026-11-20", Rows: 3}})
	s.stop()
	s.start()
	equal(t, "what is kept", bodies(t, s.kept), map[string]string{"a": "2", "c": "1"})
	s.put("b", `3`, resource.Absent)
}
