package watchlist_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/kql"
	"nephoscope/internal/kql/bind"
	"nephoscope/internal/resource"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/store/duck"
	"nephoscope/internal/tables"
	"nephoscope/internal/watchlist"
)

// A site is a store with watchlists.
type site struct {
	testing.TB
	dir     string
	catalog *tables.Catalog
	now     time.Time
	store   *duck.Store
	lists   *watchlist.Lists
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := newSiteIn(t, t.TempDir())
	t.Cleanup(s.stop)
	return s
}

// newSiteIn opens a site in a folder; the caller stops it.
func newSiteIn(t testing.TB, dir string) *site {
	t.Helper()
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{TB: t, dir: dir, catalog: catalog, now: time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)}
	s.start()
	return s
}

func (s *site) start() {
	s.Helper()
	var err error
	s.store, err = duck.Open(s.Context(), s.dir, duck.Options{Catalog: s.catalog, Now: func() time.Time { return s.now }})
	if err != nil {
		s.Fatal(err)
	}
	s.lists = s.another()
}

func (s *site) stop() {
	if err := s.store.Close(); err != nil {
		s.Error(err)
	}
}

// another opens the lists a second time, as another process would.
func (s *site) another() *watchlist.Lists {
	s.Helper()
	kept, err := resource.New(s.Context(), s.catalog, s.store, s.ask, resource.Options{Now: func() time.Time { return s.now }})
	if err != nil {
		s.Fatal(err)
	}
	lists, err := watchlist.New(s.catalog, kept, s.ask, watchlist.Options{Now: func() time.Time { return s.now }})
	if err != nil {
		s.Fatal(err)
	}
	return lists
}

func (s *site) ask(ctx context.Context, text string) (store.Cursor, error) {
	query, err := kql.Compile(text, s.catalog, kql.Options{
		Now: schema.DatetimeOf(s.now), Window: &kql.Window{To: schema.MaxDatetime},
		Watchlist: func(alias string) (*bind.Watchlist, error) {
			w, err := s.lists.Get(ctx, alias)
			if err != nil {
				return nil, err
			}
			return &bind.Watchlist{ID: w.ID, SearchKey: w.SearchKey, Columns: w.Columns}, nil
		},
	})
	if err != nil {
		return nil, err
	}
	return query.Run(ctx, s.store)
}

// asked returns the rows of a query, each as text.
func (s *site) asked(query string) []string {
	s.Helper()
	cursor, err := s.ask(s.Context(), query)
	if err != nil {
		s.Fatal(err)
	}
	defer cursor.Close() //nolint:errcheck // read to its end
	rows := []string{}
	for {
		row, err := cursor.Next()
		if err != nil {
			s.Fatal(err)
		}
		if row == nil {
			return rows
		}
		rows = append(rows, strings.TrimSpace(fmt.Sprintln(row...)))
	}
}

func (s *site) bring(text string, opt watchlist.ImportOptions) *watchlist.Report {
	s.Helper()
	report, err := s.lists.Import(s.Context(), watchlist.Watchlist{Alias: "Vips", SearchKey: "name"}, strings.NewReader(text), opt)
	if err != nil {
		s.Fatal(err)
	}
	return report
}

// held are the items of Vips as "name role", in order.
func (s *site) held() []string {
	s.Helper()
	return s.asked(`_GetWatchlist("Vips") | project SearchKey, role | order by SearchKey asc, role asc`)
}

// ids are the ids of the items of Vips by their keys.
func (s *site) ids() map[string]string {
	s.Helper()
	found := map[string]string{}
	for it, err := range s.lists.Items(s.Context(), "vips") {
		if err != nil {
			s.Fatal(err)
		}
		found[it.Key] = it.ID
	}
	return found
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// did are the numbers of a report.
func did(r *watchlist.Report) [4]int { return [4]int{r.Created, r.Updated, r.Deleted, r.Unchanged} }

const people = "name,role\nann,chief\nbob,clerk\ncid,clerk\n"

func TestImportReplaceAppend(t *testing.T) {
	s := newSite(t)
	first := s.bring(people, watchlist.ImportOptions{By: "ada"})
	equal(t, "first", did(first), [4]int{3, 0, 0, 0})
	equal(t, "items", s.held(), []string{"ann chief", "bob clerk", "cid clerk"})
	before := s.ids()

	next := s.bring("name,role\nbob,chief\ncid,clerk\ndan,clerk\n", watchlist.ImportOptions{Mode: watchlist.Replace, Match: first.List.Etag})
	equal(t, "replace", did(next), [4]int{1, 1, 1, 1})
	equal(t, "items", s.held(), []string{"bob chief", "cid clerk", "dan clerk"})
	equal(t, "the id of a replaced item", s.ids()["bob"], before["bob"])
	equal(t, "how many there are", next.List.Items, 3)

	more := s.bring(`[{"name": "eve", "role": 5, "since": "2020"}, {"name": "dan", "role": "clerk"}]`,
		watchlist.ImportOptions{Format: watchlist.JSON, Mode: watchlist.Append})
	equal(t, "append", did(more), [4]int{1, 0, 0, 1})
	s.stop()
	s.start()
	equal(t, "items", s.held(), []string{"bob chief", "cid clerk", "dan clerk", "eve 5"})
	equal(t, "changes", s.asked(`Watchlist | where _DTItemType == "watchlist-item" | summarize count() by _DTItemStatus | order by _DTItemStatus asc`),
		[]string{"Create 5", "Delete 1", "Update 1"})

	var out bytes.Buffer
	if err := s.lists.Export(t.Context(), "vips", &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	slices.Sort(lines)
	equal(t, "export", lines, []string{"bob,chief,", "cid,clerk,", "dan,clerk,", "eve,5,2020", "name,role,since"})
}

func TestConflicts(t *testing.T) {
	s := newSite(t)
	list := s.bring(people, watchlist.ImportOptions{}).List
	other := s.another()
	opt := watchlist.ImportOptions{Mode: watchlist.Replace, Match: list.Etag}
	s.bring("name,role\nx,y\n", opt)
	for _, lists := range []*watchlist.Lists{s.lists, other} {
		_, err := lists.Import(t.Context(), watchlist.Watchlist{Alias: "vips"}, strings.NewReader(people), opt)
		var conflict *resource.ConflictError
		if !errors.As(err, &conflict) {
			t.Errorf("an import that starts from an old state: got %v, want a conflict", err)
		}
		_, err = lists.Import(t.Context(), watchlist.Watchlist{Alias: "VIPS", SearchKey: "name"}, strings.NewReader(people), watchlist.ImportOptions{})
		if !errors.As(err, &conflict) {
			t.Errorf("a list is made that is there: got %v, want a conflict", err)
		}
	}
	equal(t, "items", s.held(), []string{"x y"})
}

func TestItems(t *testing.T) {
	s := newSite(t)
	s.bring(people, watchlist.ImportOptions{})
	put := func(it watchlist.Item, match string) *watchlist.Item {
		t.Helper()
		made, err := s.lists.PutItem(t.Context(), "Vips", it, match)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	item := put(watchlist.Item{Fields: map[string]string{"name": "eve", "role": "guest"}, By: "ada"}, resource.Absent)
	again := put(watchlist.Item{ID: strings.ToUpper(item.ID), Fields: map[string]string{"name": "eve", "role": "boss"}}, item.Etag)
	if again.ID != item.ID || again.Etag == item.Etag || !again.Created.Equal(item.Created) {
		t.Errorf("replaced: got %+v after %+v, want the same id and creation, another etag", again, item)
	}
	equal(t, "items", s.held(), []string{"ann chief", "bob clerk", "cid clerk", "eve boss"})
	_, err := s.lists.PutItem(t.Context(), "Vips", watchlist.Item{ID: item.ID, Fields: map[string]string{"name": "x"}}, item.Etag)
	var conflict *resource.ConflictError
	if !errors.As(err, &conflict) {
		t.Errorf("an old state: got %v, want a conflict", err)
	}
	for _, fields := range []map[string]string{{"name": "x", "age": "3"}, {"role": "x"}} {
		_, err := s.lists.PutItem(t.Context(), "Vips", watchlist.Item{Fields: fields}, resource.Any)
		var invalid *watchlist.InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("put %v: got %v, want it to be invalid", fields, err)
		}
	}
	if err := s.lists.DeleteItem(t.Context(), "vips", item.ID, again.Etag, "bo"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.lists.Item(t.Context(), "vips", item.ID); !errors.Is(err, watchlist.ErrNoItem) {
		t.Errorf("a deleted item: got %v, want ErrNoItem", err)
	}
	if err := s.lists.DeleteItem(t.Context(), "vips", item.ID, resource.Any, "bo"); !errors.Is(err, watchlist.ErrNoItem) {
		t.Errorf("delete again: got %v, want ErrNoItem", err)
	}
	equal(t, "items", s.held(), []string{"ann chief", "bob clerk", "cid clerk"})
	list, err := s.lists.Get(t.Context(), "vips")
	if err != nil || list.Items != 3 {
		t.Errorf("count: got %+v, %v, want 3 items", list, err)
	}
}

// TestDeleteAndRetain: a deleted list leaves nothing, one that stands outlives
// retention with its items, and a new list has nothing of an old one.
func TestDeleteAndRetain(t *testing.T) {
	s := newSite(t)
	s.bring(people, watchlist.ImportOptions{})
	if err := s.lists.Delete(t.Context(), "VIPS", resource.Existing, "bo"); err != nil {
		t.Fatal(err)
	}
	s.bring("name,role\nzoe,cook\n", watchlist.ImportOptions{})
	s.now = s.now.AddDate(3, 0, 0)
	if _, err := s.lists.Update(t.Context(), "vips", watchlist.Change{Description: new(string)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.Retain(t.Context(), s.now); err != nil {
		t.Fatal(err)
	}
	s.stop()
	s.start()
	equal(t, "items", s.held(), []string{"zoe cook"})
	equal(t, "rows", s.asked("Watchlist | count"), []string{"2"}) // the item, and the list itself
}

// TestTwoWriters: each item that somebody adds is there in the end.
func TestTwoWriters(t *testing.T) {
	s := newSite(t)
	s.bring(people, watchlist.ImportOptions{})
	lists := []*watchlist.Lists{s.lists, s.another()}
	done := make(chan error)
	for w, l := range lists {
		go func() {
			for i := range 10 {
				fields := map[string]string{"name": fmt.Sprint("n", w, "-", i)}
				for {
					_, err := l.PutItem(t.Context(), "vips", watchlist.Item{Fields: fields}, resource.Any)
					var conflict *resource.ConflictError
					if errors.As(err, &conflict) {
						continue // the other one was quicker, five times
					}
					if err != nil {
						done <- err
						return
					}
					break
				}
			}
			done <- nil
		}()
	}
	for range lists {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	s.lists = s.another()
	equal(t, "how many there are", len(slices.Collect(maps.Keys(s.ids()))), 23)
	list, err := s.lists.Get(t.Context(), "vips")
	if err != nil || list.Items != 23 {
		t.Errorf("count: got %+v, %v, want 23 items", list, err)
	}
}

func TestRefused(t *testing.T) {
	s := newSite(t)
	f := func(w watchlist.Watchlist, text, field string) {
		t.Helper()
		_, err := s.lists.Import(t.Context(), w, strings.NewReader(text), watchlist.ImportOptions{})
		var invalid *watchlist.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%+v: got %v, want %s to be invalid", w, err, field)
		}
	}
	f(watchlist.Watchlist{Alias: "ab", SearchKey: "name"}, people, "watchlistAlias")
	f(watchlist.Watchlist{Alias: "a b c", SearchKey: "name"}, people, "watchlistAlias")
	f(watchlist.Watchlist{Alias: "abc"}, people, "itemsSearchKey")
	f(watchlist.Watchlist{Alias: "abc", SearchKey: "Name"}, people, "itemsSearchKey")
	f(watchlist.Watchlist{Alias: "abc", SearchKey: "name", DefaultDuration: "1d"}, people, "defaultDuration")
	_, err := s.lists.Import(t.Context(), watchlist.Watchlist{Alias: "abc", SearchKey: "name"}, strings.NewReader(people), watchlist.ImportOptions{MaxBytes: 10})
	if err == nil || !strings.Contains(err.Error(), "larger than 10 bytes") {
		t.Errorf("a file that is too large: got %v", err)
	}
	all, err := s.lists.List(t.Context())
	if err != nil || len(all) > 0 {
		t.Errorf("lists: got %v, %v, want none", all, err)
	}
}
