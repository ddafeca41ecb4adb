package function_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/function"
	"nephoscope/internal/kql"
	"nephoscope/internal/kql/bind"
	"nephoscope/internal/resource"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/tables"
)

// A memory is a store that forgets rows and keeps positions, which is all that
// resources of one process need.
type memory struct{ positions map[[2]string]string }

func (m *memory) Commit(_ context.Context, b *store.Batch) (store.Result, error) {
	for _, p := range b.Positions {
		if at := m.positions[[2]string{p.Source, p.Partition}]; at != p.From {
			return store.Result{}, &store.PositionError{Position: p, Stored: at}
		}
		m.positions[[2]string{p.Source, p.Partition}] = p.To
	}
	return store.Result{}, nil
}

func (m *memory) Position(_ context.Context, source, partition string) (string, error) {
	return m.positions[[2]string{source, partition}], nil
}

// none is a cursor without rows.
type none struct{}

func (none) Columns() []schema.Column { return nil }
func (none) Next() ([]any, error)     { return nil, nil }
func (none) Close() error             { return nil }

func newFunctions(t *testing.T, others ...*function.Function) (*function.Functions, *tables.Catalog) {
	t.Helper()
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	ask := func(context.Context, string) (store.Cursor, error) { return none{}, nil }
	kept, err := resource.New(t.Context(), catalog, &memory{map[[2]string]string{}}, ask, resource.Options{Now: func() time.Time { return time.Unix(1e9, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	taken := func(name string) string {
		if _, ok := catalog.Table(name); ok {
			return "a table"
		}
		return ""
	}
	return function.New(kept, function.Options{Others: others, Taken: taken}), catalog
}

// columns are those of a query with the present functions.
func columns(t *testing.T, f *function.Functions, catalog schema.Catalog, query string) string {
	t.Helper()
	library, err := f.Library(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := kql.Bind(query, catalog, kql.Options{Saved: library})
	if err != nil {
		return err.Error()
	}
	var names []string
	for _, c := range found {
		names = append(names, c.Name)
	}
	return strings.Join(names, " ")
}

func TestPutAndCall(t *testing.T) {
	f, catalog := newFunctions(t, &function.Function{Name: "OfFile", Body: "print a = 1"}, &function.Function{Name: "Both", Body: "print file = 1"})
	ctx := t.Context()
	made, err := f.Put(ctx, function.Function{Name: "Writes", Parameters: "least:long=0", Body: "AzureActivity | project Caller, OperationNameValue"}, resource.Absent, "ada")
	if err != nil {
		t.Fatal(err)
	}
	check := func(query, want string) {
		t.Helper()
		if got := columns(t, f, catalog, query); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	check("Writes", "Caller OperationNameValue")
	check("OfFile", "a")
	check("Both", "file")
	if _, err := f.Put(ctx, function.Function{Name: "writes", Body: "print b = 1"}, made.Etag, "bo"); err != nil {
		t.Fatal(err)
	}
	check("writes", "b")
	if _, err := f.Put(ctx, function.Function{Name: "Both", Body: "print kept = 1"}, resource.Any, "bo"); err != nil {
		t.Fatal(err)
	}
	check("Both", "kept")
	if err := f.Delete(ctx, "BOTH", resource.Any, "bo"); err != nil {
		t.Fatal(err)
	}
	check("Both", "file")
	var conflict *resource.ConflictError
	if _, err := f.Put(ctx, function.Function{Name: "Writes", Body: "print 1"}, made.Etag, "bo"); !errors.As(err, &conflict) {
		t.Errorf("an old state: got %v, want a conflict", err)
	}
}

func TestPutRefused(t *testing.T) {
	f, _ := newFunctions(t)
	check := func(fn function.Function, want string) {
		t.Helper()
		_, err := f.Put(t.Context(), fn, resource.Any, "ada")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %s", fn, err, want)
		}
	}
	check(function.Function{Name: "1a", Body: "print 1"}, `functionAlias "1a" is no name`)
	check(function.Function{Name: "AzureActivity", Body: "print 1"}, "is the name of a table")
	check(function.Function{Name: "A", Body: ""}, "no query")
	check(function.Function{Name: "A", Body: "print 1\n| wher x"}, "function A, 2:3:")
	check(function.Function{Name: "A", Body: strings.Repeat(" ", 300_000)}, "query has 300000 bytes")
	check(function.Function{Name: "A", Parameters: "a:long, a:long", Body: "print 1"}, `"a" is declared twice`)
	check(function.Function{Name: "A", Parameters: "a:long, T:(x:long)", Body: "print 1"}, "tables come first")
	check(function.Function{Name: "A", Parameters: "a:long=1, b:long", Body: "print 1"}, `"b" has no default`)
	check(function.Function{Name: "A", Body: "A | take 1"}, "A calls A")
	if _, err := f.Put(t.Context(), function.Function{Name: "B", Body: "A() | take 1"}, resource.Any, "ada"); err != nil {
		t.Fatal(err)
	}
	check(function.Function{Name: "A", Body: "union (B | take 2)"}, "A calls B calls A")
	if _, err := f.Put(t.Context(), function.Function{Name: "AA", Body: "C | take 1"}, resource.Any, "ada"); err != nil {
		t.Fatal(err)
	}
	check(function.Function{Name: "C", Body: "AA | take 2"}, "C calls AA calls C") // behind it in order
	if _, err := f.Put(t.Context(), function.Function{Name: "A", Body: "let B = print 1; B | take 1"}, resource.Any, "ada"); err != nil {
		t.Errorf("a name of its own: %v", err)
	}
}

const saved = `id: 5d3f6c0e-0000-4000-8000-000000000001
Function:
  Title: Sign-ins of the shop
  Version: '1.2.0'
  LastUpdated: '2026-01-01'
Category: Parser
FunctionName: ShopSignIns
FunctionAlias: ShopSignIns
FunctionQuery: |
  Shop_CL
  | project TimeGenerated
`

const normalised = `Parser:
  Title: Sign-ins
  Version: '0.3'
ParserName: vimAuthenticationShop
EquivalentBuiltInParser: _Im_Authentication_Shop
ParserParams:
  - Name: starttime
    Type: datetime
    Default: datetime(null)
  - Name: who
    Type: string
    Default: "it's *"
  - Name: disabled
    Type: bool
    Default: false
ParserQuery: |
  let parser = (t:datetime, w:string, off:bool) { print t, w, off };
  parser(starttime, who, disabled)
`

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.yaml": saved, "deep/b.yml": normalised, "rule.yaml": "id: x\nquery: y\n", "notes.txt": "FunctionQuery: |",
		"bad.yaml": "FunctionName: Bad\nFunctionQuery: |\n  print 1\n  | wher\n", "worse.yaml": "FunctionQuery: [\n",
		"nameless.yaml": "FunctionQuery: print 1\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, problems, err := function.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range list {
		got = append(got, f.Name+"("+f.Parameters+") "+f.Version+" "+f.Title)
	}
	params := `(starttime:datetime=datetime(null), who:string='it\'s *', disabled:bool=false) 0.3 Sign-ins`
	want := []string{"ShopSignIns() 1.2.0 Sign-ins of the shop", "_Im_Authentication_Shop" + params, "vimAuthenticationShop" + params}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
	var wrong []string
	for _, p := range problems {
		wrong = append(wrong, filepath.Base(p.Path))
	}
	if diff := cmp.Diff([]string{"bad.yaml", "nameless.yaml", "worse.yaml"}, wrong); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if _, problems, err = function.Load(filepath.Join(dir, "rule.yaml")); err != nil || len(problems) != 1 {
		t.Errorf("a file that is named and holds none: got %v, %v, want one problem", problems, err)
	}
	if _, _, err = function.Load(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a path that is not there: got no error")
	}
}

// TestNormalisedRuns: the parameters of a parser mean what its file says.
func TestNormalisedRuns(t *testing.T) {
	list, err := function.Read([]byte(normalised))
	if err != nil {
		t.Fatal(err)
	}
	f, catalog := newFunctions(t)
	if _, err := f.PutAll(t.Context(), list, resource.Any, "ada"); err != nil {
		t.Fatal(err)
	}
	if got, want := columns(t, f, catalog, "_Im_Authentication_Shop(disabled=true)"), "print_0 print_1 print_2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(saved))
	f.Add([]byte(normalised))
	f.Add([]byte("FunctionName: a\nFunctionQuery: '}'\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := function.Read(text)
		if err != nil {
			return
		}
		for _, fn := range list {
			if _, err := bind.ParseFunction(fn.Name, fn.Parameters, fn.Body); err != nil {
				t.Fatalf("%q was read but is wrong: %v", fn.Name, err)
			}
		}
	})
}
