package kql_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables/known"
)

// These tests run the queries of ../shared/kql, where the project stands beside
// that folder: documented queries with their answers, and published ones with
// the columns that Microsoft's binder gives them. How many are answered as
// documented must not become less; -update takes over what it has become and
// writes the reference page.

const (
	floorFile = "testdata/coverage.json"
	page      = "docs/reference/kql-coverage.md"
)

// now is the time of queries in tests.
const now = schema.DatetimeValue(638_000_000_000_000_000)

// A tally counts the queries of a group.
type tally struct {
	All         int `json:"all"`
	Same        int `json:"same"`
	Unsupported int `json:"unsupported"`
}

// A coverage is what both files come to.
type coverage struct {
	Documented map[string]*tally `json:"documented"`
	Published  tally             `json:"published"`
	// Missing counts published queries over tables that the schema file does
	// not have.
	Missing int `json:"missing"`
}

func (c *coverage) documented() (all tally) {
	for _, n := range c.Documented {
		all.All += n.All
		all.Same += n.Same
		all.Unsupported += n.Unsupported
	}
	return all
}

func TestCoverage(t *testing.T) {
	got := coverage{Documented: map[string]*tally{}}
	documented(t, &got)
	published(t, &got)
	all := got.documented()
	t.Logf("documented queries answered as documented: %d of %d; %d not supported yet", all.Same, all.All, all.Unsupported)
	t.Logf("published queries bound with the official columns: %d of %d; %d not supported yet, %d over unknown tables",
		got.Published.Same, got.Published.All, got.Published.Unsupported, got.Missing)
	if *update {
		writeCoverage(t, &got)
		return
	}
	want := readFloor(t)
	if floor := want.documented(); all.All == floor.All && all.Same < floor.Same {
		t.Errorf("documented queries: %d as documented, it has been %d", all.Same, floor.Same)
	}
	if got.Published.All == want.Published.All && got.Published.Same < want.Published.Same {
		t.Errorf("published queries: %d with the official columns, it has been %d", got.Published.Same, want.Published.Same)
	}
}

func readFloor(t *testing.T) *coverage {
	t.Helper()
	text, err := os.ReadFile(floorFile)
	if err != nil {
		t.Fatal(err)
	}
	var want coverage
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	return &want
}

// documented runs the documented queries; KQL_WHY=1 prints what differs.
func documented(t *testing.T, to *coverage) {
	cases := lines[docsCase](t, sharedFile(t, "docs-cases.jsonl"))
	db := openStore(t, noTables{})
	for _, c := range cases {
		n := to.Documented[c.Category]
		if n == nil {
			n = &tally{}
			to.Documented[c.Category] = n
		}
		n.All++
		cols, rows, err := run(t, db, noTables{}, c.Query)
		if err == nil {
			err = compare(c, cols, rows)
		}
		var list kql.Errors
		switch {
		case err == nil:
			n.Same++
		case errors.As(err, &list) && list.Unsupported():
			n.Unsupported++
			explain(t, "unsupported: %s: %v", c.ID, err)
		default:
			explain(t, "differs: %s: %v\n%s\n", c.ID, err, c.Query)
		}
	}
}

func explain(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("KQL_WHY") != "" {
		t.Logf(format, args...)
	}
}

// published binds the published queries.
func published(t *testing.T, to *coverage) {
	type query struct {
		ID, Query string
		Result    []struct{ Name, Type string }
	}
	queries := lines[query](t, sharedFile(t, "rule-queries.jsonl"))
	cat := declared(t)
	for _, q := range queries {
		to.Published.All++
		cols, err := kql.Bind(q.Query, cat, kql.Options{Now: now, Known: known.Tables()})
		var list kql.Errors
		switch {
		case errors.As(err, &list) && list.Unsupported():
			to.Published.Unsupported++
			explain(t, "unsupported: %s: %v", q.ID, err)
			continue
		case err != nil && strings.Contains(err.Error(), "there is no table"):
			to.Missing++
			continue
		}
		var got, want []string
		for _, c := range cols {
			got = append(got, c.Name+":"+c.Type.String())
		}
		for _, c := range q.Result {
			want = append(want, c.Name+":"+c.Type)
		}
		if err == nil && slices.Equal(got, want) {
			to.Published.Same++
		} else {
			explain(t, "differs: %s: %v\n got %v\nwant %v", q.ID, err, got, want)
		}
	}
}

func declared(t testing.TB) *kql.Declared {
	t.Helper()
	f, err := os.Open(sharedFile(t, "sentinel-schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	cat, err := kql.ReadSchema(f, false)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func writeCoverage(t *testing.T, c *coverage) {
	t.Helper()
	floor, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{floorFile: string(floor) + "\n", filepath.Join(root(t), page): coveragePage(c)} {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func coveragePage(c *coverage) string {
	var b strings.Builder
	all := c.documented()
	b.WriteString("# How much of KQL there is\n\nWritten by `go test ./internal/kql -run TestCoverage -update`.\n\n")
	fmt.Fprintf(&b, "## Documented queries\n\nQueries of Microsoft's documentation, run and compared with the answers printed there: **%d of %d** are the same.\n", all.Same, all.All)
	fmt.Fprintf(&b, "%d use something that is not supported yet and say so; the others differ.\n\n", all.Unsupported)
	b.WriteString("| category | queries | same answer | not supported yet | differ |\n|---|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(c.Documented)) {
		n := c.Documented[name]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", name, n.All, n.Same, n.Unsupported, n.All-n.Same-n.Unsupported)
	}
	p := c.Published
	b.WriteString("\n## Published queries\n\nQueries that people published as rules and hunts, bound against the columns of Sentinel's tables and compared, name by\n")
	fmt.Fprintf(&b, "name and type by type, with what Microsoft's own binder says their result is: **%d of %d** are the same.\n", p.Same, p.All)
	fmt.Fprintf(&b, "%d use something that is not supported yet; %d ask for tables of which no columns are known here; %d differ.\n",
		p.Unsupported, c.Missing, p.All-p.Same-p.Unsupported-c.Missing)
	return b.String()
}

// root is the folder of the project.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("no go.mod above the test")
	return ""
}

func sharedFile(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(root(t), "..", "shared", "kql", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no ../shared/kql/%s beside the project", name)
	}
	return path
}

// lines reads a file of JSON objects, one a line.
func lines[T any](t testing.TB, path string) []T {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	var all []T
	for in.Scan() {
		var v T
		if err := json.Unmarshal(in.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
