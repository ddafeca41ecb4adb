// Package oracle holds the comparison of our parser and binder with Microsoft's
// own, which runs in Node: make test-oracle.
package oracle

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"nephoscope/internal/kql"
	"nephoscope/internal/kql/fn"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
	"nephoscope/internal/tables/known"
)

var update = flag.Bool("update", false, "rewrite docs/reference/kql-oracle.md")

const (
	page = "../../../docs/reference/kql-oracle.md"
	// mutations is how many queries are damaged.
	mutations = 2000
	// floor is the part of queries on which both must agree, and sameFloor
	// the part of those accepted by both whose columns must be the same.
	floor, sameFloor = 0.97, 0.95

	now = schema.DatetimeValue(638_000_000_000_000_000)
)

// A question is a query of one of the sources.
type question struct {
	ID    int    `json:"id"`
	Query string `json:"query"`

	source string
}

// An opinion is what the oracle says.
type opinion struct {
	ID     int    `json:"id"`
	Failed string `json:"failed"`
	Errors []struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"errors"`
	Columns []struct{ Name, Type string } `json:"columns"`
}

// TestOracle compares what both accept and, of what both accept, the columns of
// the result. ORACLE_WHY=1 prints where they differ.
func TestOracle(t *testing.T) {
	modules := os.Getenv("NEPHOSCOPE_ORACLE")
	if modules == "" {
		t.Skip("NEPHOSCOPE_ORACLE does not say where @kusto/language-service-next is installed: use make test-oracle")
	}
	cat := catalog(t)
	list := questions(t)
	opinions := ask(t, modules, cat, list)
	r := newReport()
	for i, q := range list {
		r.count(t, q, opinions[i], cat)
	}
	if *update {
		if err := os.WriteFile(page, []byte(r.page()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all := r.total()
	t.Logf("%d queries: %d agree, %d accepted by both, %d of them with the same columns", all.queries, all.agree, all.both, all.same)
	if float64(all.agree) < floor*float64(all.queries) {
		t.Errorf("%d of %d queries are accepted or refused by both, at least %.0f %% are wanted", all.agree, all.queries, 100*floor)
	}
	if float64(all.same) < sameFloor*float64(all.both) {
		t.Errorf("%d of %d results have the same columns, at least %.0f %% are wanted", all.same, all.both, 100*sameFloor)
	}
}

// catalog is the tables of ../shared/kql/sentinel-schema.json, or our own if
// that file is not beside the project.
func catalog(t *testing.T) schema.Catalog {
	t.Helper()
	f, err := os.Open("../../../../shared/kql/sentinel-schema.json")
	if err != nil {
		t.Log("no ../shared/kql beside the project: only the project's own queries are compared")
		own, err := tables.NewCatalog()
		if err != nil {
			t.Fatal(err)
		}
		return own
	}
	defer func() { _ = f.Close() }() // only read
	cat, err := kql.ReadSchema(f, false)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// questions are the queries of all sources, and damaged ones.
func questions(t *testing.T) []question {
	t.Helper()
	var list []question
	add := func(source string, queries ...string) {
		for _, q := range queries {
			list = append(list, question{ID: len(list), Query: q, source: source})
		}
	}
	add("documented", shared(t, "docs-cases.jsonl")...)
	add("published", shared(t, "rule-queries.jsonl")...)
	for _, f := range fn.Default().All() {
		for _, ex := range f.Examples {
			add("examples of functions", ex.Query)
		}
	}
	whole := slices.Clone(list)
	dice := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same damage each time
	for range mutations {
		q := whole[dice.IntN(len(whole))]
		add("damaged", damage(dice, q.Query))
	}
	return list
}

func shared(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../../shared/kql", name))
	if err != nil {
		return nil
	}
	var list []string
	for line := range bytes.Lines(text) {
		var c struct{ Query string }
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		list = append(list, c.Query)
	}
	return list
}

var token = regexp.MustCompile(`"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|//[^\n]*|\w+|\s+|[<>=!]=|.`)

// damage deletes a token, swaps two that follow each other, or renames one.
func damage(dice *rand.Rand, text string) string {
	tokens := token.FindAllString(text, -1)
	var places []int
	for i, tok := range tokens {
		if strings.TrimSpace(tok) != "" && !strings.HasPrefix(tok, "//") {
			places = append(places, i)
		}
	}
	if len(places) < 2 {
		return text
	}
	k := dice.IntN(len(places) - 1)
	i, j := places[k], places[k+1]
	switch dice.IntN(3) {
	case 0:
		tokens[i] = ""
	case 1:
		tokens[i], tokens[j] = tokens[j], tokens[i]
	default:
		tokens[i] += "x"
	}
	return strings.Join(tokens, "")
}

// ask hands all questions to the oracle.
func ask(t *testing.T, modules string, cat schema.Catalog, list []question) []opinion {
	t.Helper()
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, q := range list {
		if err := enc.Encode(q); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("node", "oracle.js", modules, writeSchema(t, cat)) //nolint:gosec // our own script
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run oracle.js: %v", err)
	}
	var opinions []opinion
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var o opinion
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Fatal(err)
		}
		opinions = append(opinions, o)
	}
	if len(opinions) != len(list) {
		t.Fatalf("the oracle answered %d of %d questions", len(opinions), len(list))
	}
	return opinions
}

// writeSchema tells the oracle the tables that we bind to.
func writeSchema(t *testing.T, cat schema.Catalog) string {
	t.Helper()
	type column struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	type table struct {
		Name    string   `json:"name"`
		Open    bool     `json:"open"`
		Columns []column `json:"columns"`
	}
	var all struct {
		Tables    []table `json:"tables"`
		Functions []table `json:"functions"`
	}
	columnsOf := func(cols []schema.Column) []column {
		list := []column{}
		for _, c := range cols {
			list = append(list, column{c.Name, c.Type.String()})
		}
		return list
	}
	declared, _ := cat.(*kql.Declared)
	for _, tab := range cat.Tables() {
		all.Tables = append(all.Tables, table{tab.Name, declared != nil && declared.IsOpen(tab.Name), columnsOf(tab.Columns)})
	}
	for name, tab := range known.Tables() {
		if _, ok := cat.Table(name); !ok {
			all.Tables = append(all.Tables, table{name, true, columnsOf(tab.Columns)})
		}
	}
	// What else a watchlist has is known where it is.
	all.Functions = []table{{Name: "_GetWatchlist", Open: true, Columns: []column{
		{"_DTItemId", "string"}, {"LastUpdatedTimeUTC", "datetime"}, {"SearchKey", "string"}, {"WatchlistItem", "dynamic"},
	}}}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A tally counts the queries of a source.
type tally struct{ queries, agree, strict, lenient, unsupported, both, same int }

// A report counts where both differ, by class.
type report struct {
	sources map[string]*tally
	classes map[string]int
}

func newReport() *report {
	return &report{sources: map[string]*tally{}, classes: map[string]int{}}
}

func (r *report) count(t *testing.T, q question, o opinion, cat schema.Catalog) {
	t.Helper()
	n := r.sources[q.source]
	if n == nil {
		n = &tally{}
		r.sources[q.source] = n
	}
	n.queries++
	cols, err := kql.Bind(q.Query, cat, kql.Options{Now: now, Known: known.Tables()})
	var list kql.Errors
	refused := len(o.Errors) > 0 || o.Failed != ""
	switch {
	case err != nil && refused:
		n.agree++
	case err == nil && !refused:
		n.agree++
		n.both++
		if sameColumns(cols, o) {
			n.same++
		} else {
			r.classes["columns differ"]++
			why(t, "columns: %s\n ours %v\nofficial %v", q.Query, names(cols), o.Columns)
		}
	case errors.As(err, &list) && list.Unsupported():
		n.unsupported++
		r.classes["not supported yet: "+what(list[0].Message)]++
		why(t, "unsupported: %v\n%s", err, q.Query)
	case err != nil:
		n.strict++
		r.classes["refused here only: "+what(err.Error())]++
		why(t, "strict: %v\n%s", err, q.Query)
	default:
		n.lenient++
		class := "accepted here only: the oracle fails"
		if len(o.Errors) > 0 {
			class = "accepted here only: " + o.Errors[0].Code
			why(t, "lenient: %s %s\n%s", o.Errors[0].Code, o.Errors[0].Message, q.Query)
		}
		r.classes[class]++
	}
}

func why(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("ORACLE_WHY") != "" {
		t.Logf(format, args...)
	}
}

// reasons say why queries of a class are answered differently.
var reasons = []struct {
	class  *regexp.Regexp
	name   string
	reason string
}{
	{
		regexp.MustCompile(`refused here only: .* is no (datetime|timespan|real number|GUID)`), "refused here only: the text of a literal",
		"Microsoft's library does not read what stands between the brackets of `datetime(...)` and others; the query cannot run.",
	},
	{
		regexp.MustCompile(`refused here only: there is no function .* returns a table`), "refused here only: a value in place of a table",
		"The library takes the call of a scalar function for a query; here a query returns a table.",
	},
	{
		regexp.MustCompile(`refused here only: there is no column`), "refused here only: names that nothing declares",
		"The library lets any name pass beside a table that it does not know in full; here it must at least be able to come from that table.",
	},
	{
		regexp.MustCompile(`refused here only: unexpected character`), "refused here only: characters that stand nowhere in the language",
		"The library leaves some of them out without a word.",
	},
	{
		regexp.MustCompile(`accepted here only: KS211`), "accepted here only: functions that the library lacks",
		"They are there for whoever knows them from their siblings; no query is refused for it.",
	},
	{
		regexp.MustCompile(`accepted here only: KS1(02|03|83)|accepted here only: KS005`), "accepted here only: stricter syntax of the library",
		"`parse` with `*` behind a column, the sides of a join's condition, the values of hints: the meaning is clear without the rule.",
	},
	{
		regexp.MustCompile(`accepted here only: KS`), "accepted here only: types of arguments",
		"Constants of another type than the library wants give null or are converted, as values in a column are.",
	},
	{
		regexp.MustCompile(`columns differ`), "columns differ",
		"The documentation's answers have no `match_id` of `scan` unless it is asked for, and its `strcat_array` returns a string; `kql-differences.md` has the matter of unions.",
	},
}

var messageParts = regexp.MustCompile(`"[^"]*"|\d+:\d+: |'[^']*'|, did you mean.*`)

// what is a message without what it is about.
func what(message string) string {
	message, _, _ = strings.Cut(message, "\n")
	return strings.TrimSpace(messageParts.ReplaceAllString(message, ""))
}

func sameColumns(cols []schema.Column, o opinion) bool {
	if len(cols) != len(o.Columns) {
		return false
	}
	for i, c := range cols {
		if c.Name != o.Columns[i].Name || c.Type.String() != o.Columns[i].Type && o.Columns[i].Type != "unknown" {
			return false
		}
	}
	return true
}

func names(cols []schema.Column) []string {
	list := make([]string, len(cols))
	for i, c := range cols {
		list[i] = c.Name + " " + c.Type.String()
	}
	return list
}

func (r *report) total() (all tally) {
	for _, n := range r.sources {
		all.queries += n.queries
		all.agree += n.agree
		all.both += n.both
		all.same += n.same
	}
	return all
}

func (r *report) page() string {
	var b strings.Builder
	b.WriteString("# Compared with Microsoft's parser\n\nWritten by `make test-oracle UPDATE=1`: every query is given to `@kusto/language-service-next` and to the compiler here.\n" +
		"Damaged queries are whole ones of which a token was deleted, renamed, or swapped with the next.\n\n")
	b.WriteString("| queries | number | both agree | refused here only | accepted here only | not supported yet | accepted by both | of these, same columns |\n|---|---|---|---|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(r.sources)) {
		n := r.sources[name]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d | %d |\n", name, n.queries, n.agree, n.strict, n.lenient, n.unsupported, n.both, n.same)
	}
	b.WriteString("\n## Where they differ\n\n| class | queries | why |\n|---|---|---|\n")
	classes, why := r.classified()
	for _, name := range slices.SortedFunc(maps.Keys(classes), func(a, b string) int {
		return cmp.Or(classes[b]-classes[a], strings.Compare(a, b))
	}) {
		fmt.Fprintf(&b, "| %s | %d | %s |\n", name, classes[name], why[name])
	}
	return b.String()
}

// classified puts together the classes that have the same reason.
func (r *report) classified() (queries map[string]int, why map[string]string) {
	queries, why = map[string]int{}, map[string]string{}
	for class, n := range r.classes {
		name, reason := class, ""
		for _, known := range reasons {
			if known.class.MatchString(class) {
				name, reason = known.name, known.reason
				break
			}
		}
		queries[name] += n
		why[name] = reason
	}
	return queries, why
}
