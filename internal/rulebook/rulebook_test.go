package rulebook_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/kql"
	"nephoscope/internal/resource"
	"nephoscope/internal/rulebook"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
)

// A site is a store and a folder of rules.
type site struct {
	*testing.T
	folder string
	now    time.Time
	kept   *resource.Resources
	book   *rulebook.Book
}

func newSite(t *testing.T, builtin bool) *site {
	t.Helper()
	s := &site{T: t, folder: t.TempDir(), now: time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)}
	clock := func() time.Time { return s.now }
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	st, err := duck.Open(t.Context(), t.TempDir(), duck.Options{Catalog: catalog, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	ask := func(ctx context.Context, text string) (store.Cursor, error) {
		query, err := kql.Compile(text, catalog, kql.Options{Now: schema.DatetimeOf(s.now)})
		if err != nil {
			return nil, err
		}
		return query.Run(ctx, st)
	}
	if s.kept, err = resource.New(t.Context(), catalog, st, ask, resource.Options{Now: clock}); err != nil {
		t.Fatal(err)
	}
	s.reopen(builtin)
	return s
}

// reopen reads the book again, as a restart would.
func (s *site) reopen(builtin bool) {
	s.Helper()
	var err error
	s.book, err = rulebook.Open(s.Context(), rulebook.Options{
		Builtin: builtin, Paths: []string{s.folder}, Resources: s.kept, Now: func() time.Time { return s.now },
	})
	if err != nil {
		s.Fatal(err)
	}
}

func (s *site) file(name, text string) {
	s.Helper()
	if err := os.WriteFile(filepath.Join(s.folder, name), []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
}

// names lists the rules that are on, and those that are off with a minus.
func (s *site) names() []string {
	var list []string
	for _, e := range s.book.List() {
		name := e.Rule.Name + " (" + string(e.Origin) + ")"
		if e.Off != "" {
			name = "-" + name
		}
		list = append(list, name)
	}
	return list
}

func (s *site) want(names ...string) {
	s.Helper()
	if diff := cmp.Diff(names, s.names()); diff != "" {
		s.Errorf("rules (-want +got):\n%s", diff)
	}
}

func idOf(n int) string { return fmt.Sprintf("3f0c2d5e-0000-4000-8000-%012d", n) }

func ruleText(n int, name string) string {
	return fmt.Sprintf(`id: %s
name: %s
description: Somebody wrote something.
severity: Low
requiredDataConnectors: []
queryFrequency: 1h
queryPeriod: 1h
triggerOperator: gt
triggerThreshold: 0
tactics: [Impact]
relevantTechniques: [T1485]
query: AzureActivity | where OperationNameValue endswith "/write"
version: 1.0.0
kind: Scheduled
`, idOf(n), name)
}

// written is a rule as the API would read it.
func written(t *testing.T, n int, name string) *rules.Rule {
	t.Helper()
	list, found := rules.Read("test", []byte(ruleText(n, name)))
	if len(list) != 1 || len(found) > 0 {
		t.Fatalf("read: %d rules, %v", len(list), found)
	}
	return list[0]
}

func TestStrongestOriginCounts(t *testing.T) {
	s := newSite(t, false)
	s.file("a.yaml", ruleText(1, "one of a file"))
	s.file("b.yaml", ruleText(2, "two of a file"))
	s.reopen(false)
	s.want("one of a file (file)", "two of a file (file)")
	first, err := s.book.Entry(idOf(1))
	if err != nil {
		t.Fatal(err)
	}
	made, err := s.book.Put(t.Context(), written(t, 1, "one of the API"), first.Etag, "ada")
	if err != nil {
		t.Fatal(err)
	}
	if made.Etag == first.Etag || !made.Modified.Equal(s.now) {
		t.Errorf("changed rule: etag %s, modified %s", made.Etag, made.Modified)
	}
	s.want("one of the API (api)", "two of a file (file)")
	s.reopen(false)
	s.want("one of the API (api)", "two of a file (file)")
	if err := s.book.Delete(t.Context(), idOf(1), made.Etag, "ada"); err != nil {
		t.Fatal(err)
	}
	s.want("one of a file (file)", "two of a file (file)")
	if err := s.book.Delete(t.Context(), idOf(2), resource.Any, "ada"); !errors.Is(err, rulebook.ErrNotOurs) {
		t.Errorf("delete of a file's rule: got %v, want ErrNotOurs", err)
	}
	if err := s.book.Delete(t.Context(), idOf(7), resource.Any, "ada"); !errors.Is(err, rulebook.ErrNotFound) {
		t.Errorf("delete of no rule: got %v, want ErrNotFound", err)
	}
}

func TestDemandsOnTheState(t *testing.T) {
	s := newSite(t, false)
	s.file("a.yaml", ruleText(1, "of a file"))
	s.reopen(false)
	var conflict *resource.ConflictError
	for name, put := range map[string]func() (rulebook.Entry, error){
		"absent, but a file has it": func() (rulebook.Entry, error) {
			return s.book.Put(t.Context(), written(t, 1, "x"), resource.Absent, "ada")
		},
		"existing, but nobody has it": func() (rulebook.Entry, error) {
			return s.book.Put(t.Context(), written(t, 2, "x"), resource.Existing, "ada")
		},
		"an etag that is not the present one": func() (rulebook.Entry, error) {
			return s.book.Put(t.Context(), written(t, 1, "x"), "old", "ada")
		},
	} {
		if _, err := put(); !errors.As(err, &conflict) {
			t.Errorf("%s: got %v, want a *resource.ConflictError", name, err)
		}
	}
	made, err := s.book.Put(t.Context(), written(t, 3, "new"), resource.Absent, "ada")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.book.Put(t.Context(), written(t, 3, "newer"), made.Etag, "ben"); err != nil {
		t.Errorf("put with the present etag: %v", err)
	}
	if _, err := s.book.Put(t.Context(), written(t, 3, "newest"), made.Etag, "ada"); !errors.As(err, &conflict) {
		t.Errorf("put with the etag before: got %v, want a *resource.ConflictError", err)
	}
}

func TestSwitchOffAndOn(t *testing.T) {
	s := newSite(t, false)
	s.file("a.yaml", ruleText(1, "fragile"))
	s.reopen(false)
	if err := s.book.SwitchOff(t.Context(), s.book.Queries()[0], "the query does not compile"); err != nil {
		t.Fatal(err)
	}
	s.reopen(false) // it outlives a restart
	s.want("-AUTO DISABLED fragile (file)")
	e, _ := s.book.Entry(idOf(1))
	if !e.AutoDisabled || !strings.Contains(e.Rule.Description, "the query does not compile") || len(s.book.Queries()) != 0 {
		t.Errorf("switched-off rule: %+v, description %q", e, e.Rule.Description)
	}
	if _, err := s.book.Put(t.Context(), e.Rule, e.Etag, "ada"); err != nil { // read, mended, written back
		t.Fatal(err)
	}
	s.want("fragile (api)")
	if got := s.book.Queries()[0].Description; got != "Somebody wrote something." {
		t.Errorf("description after it was mended: %q", got)
	}
	if err := s.book.Disable(t.Context(), idOf(1), "ada"); err != nil {
		t.Fatal(err)
	}
	s.want("-fragile (api)")
	if err := s.book.Enable(t.Context(), idOf(1), "ada"); err != nil {
		t.Fatal(err)
	}
	s.want("fragile (api)")
}

func TestChangedFileIsOnAgain(t *testing.T) {
	s := newSite(t, false)
	s.file("a.yaml", ruleText(1, "fragile"))
	s.reopen(false)
	if err := s.book.SwitchOff(t.Context(), s.book.Queries()[0], "it failed"); err != nil {
		t.Fatal(err)
	}
	s.file("a.yaml", strings.Replace(ruleText(1, "fragile"), "endswith", "has", 1))
	s.reopen(false)
	s.want("fragile (file)")
}

// TestFilesAreWatched changes files beside a running book.
func TestFilesAreWatched(t *testing.T) {
	s := newSite(t, false)
	s.file("a.yaml", ruleText(1, "first"))
	s.reopen(false)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.book.Run(ctx) }()
	s.file("b.yaml", ruleText(2, "second"))
	s.until("first (file)", "second (file)")
	s.file("a.yaml", "id: broken")
	s.file("c.yaml", ruleText(3, "third"))
	s.until("first (file)", "second (file)", "third (file)") // the broken one as it was
	if len(s.book.Findings()) == 0 {
		t.Error("no finding of the broken file")
	}
	if err := os.Remove(filepath.Join(s.folder, "a.yaml")); err != nil {
		t.Fatal(err)
	}
	s.until("second (file)", "third (file)")
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}

// until waits until these are the rules.
func (s *site) until(names ...string) {
	s.Helper()
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if cmp.Equal(names, s.names()) {
			return
		}
		select {
		case <-s.book.Changed():
		case <-time.After(100 * time.Millisecond): // a poke may have come before
		}
	}
	s.Fatalf("after a minute the rules are %v, want %v", s.names(), names)
}

func TestSameRuleStaysTheSame(t *testing.T) {
	s := newSite(t, true)
	before := s.book.Queries()
	if _, err := s.book.Put(t.Context(), written(t, 1, "another"), resource.Any, "ada"); err != nil {
		t.Fatal(err)
	}
	kept := map[*rules.Rule]bool{}
	for _, r := range s.book.Queries() {
		kept[r] = true
	}
	for _, r := range before {
		if !kept[r] {
			t.Errorf("rule %q is another value though nothing changed it", r.Name)
		}
	}
	if len(kept) != len(before)+1 {
		t.Errorf("%d rules are on, want %d", len(kept), len(before)+1)
	}
}

// TestPutIsSeenByWhoPutsIt lets several people make rules at the same time:
// each sees the own one afterwards.
func TestPutIsSeenByWhoPutsIt(t *testing.T) {
	s := newSite(t, true)
	before := len(s.book.List())
	var people sync.WaitGroup
	for person := range 8 {
		people.Go(func() {
			for i := range 4 {
				id := idOf(100*person + i)
				if _, err := s.book.Put(t.Context(), written(t, 100*person+i, id), resource.Any, "ada"); err != nil {
					t.Errorf("put %s: %v", id, err)
				}
				if _, err := s.book.Entry(id); err != nil {
					t.Errorf("after it was put: %v", err)
				}
			}
		})
	}
	people.Wait()
	if n := len(s.book.List()); n != before+32 {
		t.Errorf("%d rules, want %d", n, before+32)
	}
}

func TestMissingPath(t *testing.T) {
	s := newSite(t, false)
	_, err := rulebook.Open(t.Context(), rulebook.Options{Paths: []string{filepath.Join(s.folder, "nowhere")}, Resources: s.kept})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want an error that the path is not there", err)
	}
}
