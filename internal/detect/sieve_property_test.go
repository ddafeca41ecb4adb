package detect_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nephoscope/internal/detect/sieve"
	"nephoscope/internal/kql"
	"nephoscope/internal/tables/known"
)

// What a sieve refuses must not change a query's answer: these tests ask
// queries with the tables as they are, and with less in them.

// sieved is a query whose tables hold only what passes.
func sieved(query string, list []*sieve.Sieve, pass func(*sieve.Sieve) string) string {
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, "let %s = %[1]s | where %s;\n", s.Table, pass(s))
	}
	return b.String() + query
}

// checkSieve compares the answers of a query.
func checkSieve(t *testing.T, f *fortnight, query string) {
	t.Helper()
	list := sieve.Of(query, f.catalog)
	want, err := f.answer(t, query)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	through := sieved(query, list, func(s *sieve.Sieve) string { return s.Condition() })
	if got, err := f.answer(t, through); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %d rows through the sieve and %v, want %d\n%s", len(got), err, len(want), through)
	}
	nothing, err := f.answer(t, sieved(query, list, func(*sieve.Sieve) string { return "false" }))
	if err != nil || len(nothing) > 0 {
		return // it answers silence: no window is passed over
	}
	without := sieved(query, list, func(s *sieve.Sieve) string { return "iff(" + s.Trigger() + ", false, true)" })
	if got, err := f.answer(t, without); err != nil || len(got) > 0 {
		t.Errorf("got %d rows and %v without what must be there, want none\n%s", len(got), err, without)
	}
}

// answer returns the rows of a query as texts, in order.
func (f *fortnight) answer(t *testing.T, query string) ([]string, error) {
	t.Helper()
	cursor, err := f.query(t.Context(), query, kql.Options{Now: nowOfTests(), Known: known.Tables()})
	if err != nil {
		return nil, err
	}
	defer func() { _ = cursor.Close() }() // only read
	var rows []string
	for {
		row, err := cursor.Next()
		if err != nil || row == nil {
			slices.Sort(rows)
			return rows, err
		}
		rows = append(rows, fmt.Sprint(row))
	}
}

func TestSievesChangeNoAnswer(t *testing.T) {
	f := openFortnight(t, t.TempDir(), 1_000)
	for _, rule := range builtin(t) {
		checkSieve(t, f, rule.Query)
	}
	g := &asking{rand.New(rand.NewPCG(7, 8))} //nolint:gosec // the same queries each time
	for range 200 {
		checkSieve(t, f, g.query())
	}
}

// TestSievesOfPublishedQueries asks what is published, as far as it compiles.
func TestSievesOfPublishedQueries(t *testing.T) {
	f := openFortnight(t, t.TempDir(), 3_000)
	asked := 0
	for _, query := range published(t) {
		_, err := kql.Compile(query, f.catalog, kql.Options{Now: nowOfTests(), Known: known.Tables()})
		list := sieve.Of(query, f.catalog)
		if err != nil || len(list) == 0 || !hasOneAnswer(query) {
			continue
		}
		asked++
		checkSieve(t, f, query)
	}
	t.Logf("%d queries", asked)
}

// published reads the queries beside the checkout.
func published(t *testing.T) []string {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "kql", "rule-queries.jsonl"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("there is no shared/kql/rule-queries.jsonl beside the checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // only read
	var list []string
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct{ Query string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		list = append(list, line.Query)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// hasOneAnswer tells whether a query may not return one rows or others.
func hasOneAnswer(text string) bool {
	for _, word := range []string{"sample", "take", "limit", "top ", "any(", "anyif(", "rand(", "row_", "prev(", "next(", "innerunique", "new_guid", "make_list", "make_set", "makeset", "makelist", "arg_m", "externaldata", "materialized_view"} {
		if strings.Contains(text, word) {
			return false
		}
	}
	return strings.Count(text, "join") == strings.Count(text, "kind")
}

// asking makes up queries over AzureActivity.
type asking struct{ *rand.Rand }

func (g *asking) one(of ...string) string { return of[g.IntN(len(of))] }

func (g *asking) query() string {
	lets := "let ops = dynamic(['Microsoft.Compute/virtualMachines/write', 'Microsoft.Storage/storageAccounts/listKeys/action']);\nlet least = 3;\n"
	lets += "let a = " + g.one("", "materialize(") + "AzureActivity" + g.steps(2)
	if strings.Contains(lets, "materialize(") {
		lets += ")"
	}
	lets += ";\nlet b = a" + g.steps(1) + ";\n"
	switch g.IntN(3) {
	case 0:
		return lets + g.one("a", "b", "AzureActivity") + g.steps(2) + "\n| join kind=" +
			g.one("inner", "leftouter", "rightouter", "fullouter", "leftanti", "leftsemi", "rightanti", "rightsemi") +
			" (" + g.one("a", "b", "AzureActivity") + g.steps(2) + ") on Caller" + g.steps(1) + g.end()
	case 1:
		return lets + "union (" + g.one("a", "b") + g.steps(2) + "), (" + g.one("b", "AzureActivity", "(print Caller = 'x', Level = 'y', OperationNameValue = '', TimeGenerated = ago(1d))") + g.steps(1) + ")" + g.steps(2) + g.end()
	}
	return lets + g.one("a", "b", "AzureActivity") + g.steps(4) + g.end()
}

func (g *asking) steps(most int) string {
	text := ""
	for range g.IntN(most + 1) {
		text += "\n| " + g.step()
	}
	return text
}

func (g *asking) step() string {
	switch g.IntN(8) {
	case 0:
		return "extend " + g.one("Level = tolower(Level)", "Upper = toupper(Caller), Level = OperationNameValue", "Caller = strcat(Caller, '')", "Late = TimeGenerated > ago(3d)", "Caller = iff(TimeGenerated > ago(9d), Caller, '')")
	case 1:
		return "project TimeGenerated, Level = " + g.one("Level", "tolower(Level)", "'x'") + ", Caller, OperationNameValue"
	case 2:
		return fmt.Sprintf("project-rename Who%d = Caller | extend Caller = Who%[1]d", g.Uint32())
	}
	return "where " + g.one(
		"OperationNameValue in~ (ops)", "strlen(Level) > least", "OperationNameValue endswith '/delete'", "Caller has_any ('deploy', 'example')",
		"TimeGenerated > ago(2d)", "TimeGenerated between (ago(5d) .. ago(1d))", "Level == 'informational' or Caller startswith 'a'",
		"Caller in ((AzureActivity | where OperationNameValue has 'write' | project Caller))", "not(Level =~ 'error') and Caller != ''", "isnotempty(Level) and (OperationNameValue has 'vaults' or TimeGenerated > ago(4d))")
}

func (g *asking) end() string {
	return g.one("", "\n| summarize n = count() by Caller", "\n| summarize n = count() | where n > 3", "\n| distinct Caller, Level", "\n| summarize n = dcount(Caller) by Level | where n > 1", "\n| count")
}
