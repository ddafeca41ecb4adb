package native

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// operators are the string operators as SQL and as their definition.
var operators = []struct {
	name       string
	mode       int
	ignoreCase bool
}{
	{"kql_equals", equals, true},
	{"kql_startswith", starts, true},
	{"kql_startswith_cs", starts, false},
	{"kql_endswith", ends, true},
	{"kql_endswith_cs", ends, false},
	{"kql_contains", contains, true},
	{"kql_contains_cs", contains, false},
	{"kql_has", has, true},
	{"kql_has_cs", has, false},
	{"kql_hasprefix", hasPrefix, true},
	{"kql_hasprefix_cs", hasPrefix, false},
	{"kql_hassuffix", hasSuffix, true},
	{"kql_hassuffix_cs", hasSuffix, false},
}

func TestHasIsAboutTerms(t *testing.T) {
	c := open(t)
	for _, test := range []struct {
		op, text, needle string
		want             bool
	}{
		{"kql_has", "Microsoft.Network/virtualNetworks/write", "network", true},
		{"kql_has", "Microsoft.Network/virtualNetworks/write", "Networks", false},
		{"kql_has", "Microsoft.Network/virtualNetworks/write", "network/virtualnetworks", true},
		{"kql_has_cs", "Microsoft.Network/write", "network", false},
		{"kql_has", "a_b", "b", true},
		{"kql_has", "ab", "b", false},
		{"kql_has", "grün", "gr", false},
		{"kql_has", "Äpfel und Birnen", "äpfel", true},
		{"kql_has", "x–y", "x", true},
		{"kql_has", "abc", "", true},
		{"kql_has", "", "a", false},
		{"kql_has", "one (two) three", "(two)", true},
		{"kql_hasprefix", "deny assignment", "ass", true},
		{"kql_hasprefix", "deny assignment", "sign", false},
		{"kql_hassuffix", "deny assignment", "NY", true},
		{"kql_hassuffix", "deny assignment", "assign", false},
		{"kql_contains", "deny assignment", "Y A", true},
		{"kql_equals", "ÄBC", "äbc", true},
		{"kql_startswith", "ab", "abc", false},
	} {
		got := ask(t, c, "SELECT "+test.op+"($1, $2)", test.text, test.needle)[0]
		if got != fmt.Sprint(test.want) {
			t.Errorf("%s(%q, %q) = %s, want %v", test.op, test.text, test.needle, got, test.want)
		}
	}
}

// TestOperatorsAgreeWithTheirDefinition compares the C code with match on
// random texts that are made of few letters, so that much of them is alike.
func TestOperatorsAgreeWithTheirDefinition(t *testing.T) {
	c := open(t)
	r := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"a", "A", "b", "B", "1", "_", ".", " ", "ä", "Ä", "–", "K", "😀", "k", "[", "{"}
	word := func(max int) string {
		var b strings.Builder
		for range r.IntN(max + 1) {
			b.WriteString(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	const pairs = 3000
	for _, length := range []int{4, 12, 90} {
		texts, needles := make([]string, pairs), make([]string, pairs)
		for i := range texts {
			texts[i], needles[i] = word(length), word(4)
			if r.IntN(3) == 0 && texts[i] != "" {
				runes := []rune(texts[i])
				at := r.IntN(len(runes))
				needles[i] = string(runes[at:min(at+1+r.IntN(5), len(runes))])
			}
		}
		for _, op := range operators {
			got := askPairs(t, c, op.name, texts, needles)
			for i := range texts {
				if want := fmt.Sprint(match(op.mode, op.ignoreCase, texts[i], needles[i])); got[i] != want {
					t.Fatalf("%s(%q, %q) = %s, want %s", op.name, texts[i], needles[i], got[i], want)
				}
			}
		}
	}
}

// askPairs calls an operator for many pairs in one statement.
func askPairs(t *testing.T, c duckdb.Connection, name string, texts, needles []string) []string {
	t.Helper()
	quote := func(list []string) string {
		q := make([]string, len(list))
		for i, s := range list {
			q[i] = "'" + strings.ReplaceAll(s, "'", "''") + "'"
		}
		return "unnest([" + strings.Join(q, ",") + "])"
	}
	return ask(t, c, "SELECT "+name+"(a, b) FROM (SELECT "+quote(texts)+" AS a, "+quote(needles)+" AS b)")
}

func TestConstantNeedleAndRepeatedText(t *testing.T) {
	c := open(t)
	got := ask(t, c, `SELECT count(*) FROM (SELECT unnest(['the quick brown fox', 'nothing', 'QUICK']) AS s, range(5000)) WHERE kql_has(s, 'quick')`)
	if got[0] != "2" {
		t.Errorf("rows with the term: got %s, want 2", got[0])
	}
	got = ask(t, c, `SELECT count(*) FROM (SELECT CASE i % 3 WHEN 0 THEN 'the quick brown fox jumps' ELSE 'nothing of the kind at all' END AS s FROM range(30000) AS t(i)) WHERE kql_has(s, 'quick')`)
	if got[0] != "10000" {
		t.Errorf("rows with the term: got %s, want 10000", got[0])
	}
}

func FuzzOperators(f *testing.F) {
	f.Add("Microsoft.Network/write", "network")
	f.Add("äÄ grün_x", "ä")
	f.Add(strings.Repeat("a", 100)+"b", "ab")
	f.Add("x", "")
	c := open(f)
	f.Fuzz(func(t *testing.T, text, needle string) {
		text, needle = strings.ToValidUTF8(text, "?"), strings.ToValidUTF8(needle, "?")
		for _, op := range operators {
			want := fmt.Sprint(match(op.mode, op.ignoreCase, text, needle))
			if got := ask(t, c, "SELECT "+op.name+"($1, $2)", text, needle)[0]; got != want {
				t.Fatalf("%s(%q, %q) = %s, want %s", op.name, text, needle, got, want)
			}
		}
	})
}

// BenchmarkHas searches 1 GB of text that looks like the properties of events,
// in four row groups so that two processors share the work, for terms that are
// in none of them.
func BenchmarkHas(b *testing.B) {
	c := open(b)
	ask(b, c, "SELECT 1")
	const rows, size = 4 * 122_880, 2_048
	unit := `{"eventCategory":"Administrative","entity":"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-web/providers/Microsoft.Network/networkSecurityGroups/nsg","message":"Microsoft.Network/networkSecurityGroups/write"}`
	text := strings.Repeat(unit, size/len(unit)+1)[:size-8]
	var res duckdb.Result
	sql := fmt.Sprintf("CREATE TABLE t AS SELECT '%s' || lpad(CAST(i AS VARCHAR), 8, '0') AS s FROM range(%d) AS r(i)", text, rows)
	if duckdb.Query(c, sql, &res) == duckdb.StateError {
		b.Fatal(duckdb.ResultError(&res))
	}
	duckdb.DestroyResult(&res)
	for _, needle := range []string{"runCommand", "listKeys/action", "delete", "groups"} {
		b.Run(needle, func(b *testing.B) {
			b.SetBytes(rows * size)
			b.ReportAllocs()
			for b.Loop() {
				ask(b, c, "SELECT count(*) FROM t WHERE kql_has(s, '"+needle+"')")
			}
		})
	}
}
