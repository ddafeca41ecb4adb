package format

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nephoscope/internal/kql/syntax"
)

func TestLayout(t *testing.T) {
	check := func(text, want string) {
		t.Helper()
		got, wrong := Source(text)
		if len(wrong) > 0 {
			t.Errorf("%s\n%v", text, wrong)
		} else if got != want {
			t.Errorf("%s\nbecomes\n%s\nwant\n%s", text, got, want)
		}
	}
	check("T|where a==1 and b=~'x'|take 5", "T\n| where a == 1 and b =~ 'x'\n| take 5\n")
	check("let x=1;let y = 2d;\n\n\n\nT | count", "let x=1;\nlet y = 2d;\n\nT\n| count\n")
	check("let A = T | where x > 1;\nA", "let A = T\n    | where x > 1;\nA\n")
	check("T // first\n| where a // second\n// own\n| take 1 // end", "T // first\n| where a // second\n// own\n| take 1 // end\n")
	check("T | join kind=inner (U | where b) on k", "T\n| join kind=inner (U | where b) on k\n")
	check("let f = (a:long) { a+1 };\nprint f(1)", "let f = (a:long) { a + 1 };\nprint f(1)\n")
	check("E | make-graph a-->b with_node_id=n | graph-match cycles=none (start)-[edge*1..3]->(end) where start.name==\"somebody\" and end.age>1 project start.name,end.name", `E
| make-graph a-->b with_node_id=n
| graph-match cycles=none (start)-[edge*1..3]->(end)
    where start.name == "somebody"
    and end.age > 1
    project start.name,
    end.name
`)
	check("T | project-away a*,b | extend c=-1-x", "T\n| project-away a*, b\n| extend c=-1-x\n")
	check("// only\n\nT", "// only\n\nT\n")
	check("", "")
	long := strings.Repeat("abcdefghij", 3)
	check("T | project "+long+"1, "+long+"2, "+long+"3, z", "T\n| project "+long+"1,\n    "+long+"2,\n    "+long+"3,\n    z\n")
	check("T | where "+long+" == 1 and "+long+" == 2 or "+long+" has 'x'", "T\n| where "+long+" == 1\n    and "+long+" == 2\n    or "+long+" has 'x'\n")
	check("T | join (U | where "+long+" == "+long+" | summarize count() by "+long+") on k",
		"T\n| join (\n    U\n    | where "+long+" == "+long+"\n    | summarize count() by "+long+"\n) on k\n")
}

func TestSyntaxErrorsAreReported(t *testing.T) {
	if _, wrong := Source("T | where"); len(wrong) == 0 {
		t.Error("a query that is none is laid out")
	}
}

// twice checks what must hold for any text that is laid out.
func twice(t *testing.T, text string) {
	t.Helper()
	if _, wrong := syntax.Parse(text); len(wrong) > 0 {
		return
	}
	once, wrong := Source(text)
	if len(wrong) > 0 {
		t.Fatalf("%s\n%s", wrong[0].Message, text)
	}
	again, wrong := Source(once)
	if len(wrong) > 0 || again != once {
		t.Errorf("formatting\n%s\ngives\n%s\nand then\n%s", text, once, again)
	}
	if a, b := commentsIn(text), commentsIn(once); a != b {
		t.Errorf("the comments\n%s\nbecome\n%s", a, b)
	}
	for line := range strings.SplitSeq(once, "\n") {
		if strings.TrimRight(line, " ") != line && !strings.Contains(text, line) {
			t.Errorf("a line ends with a space: %q", line)
		}
	}
}

func commentsIn(text string) string {
	tokens, _ := syntax.Tokens(text)
	var list []string
	for _, tok := range tokens {
		for _, c := range tok.Comments {
			list = append(list, c.Text)
		}
	}
	return strings.Join(list, "\n")
}

func TestOwnQueries(t *testing.T) {
	files, err := filepath.Glob("../testdata/golden/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for part := range strings.SplitSeq(string(text), strings.Repeat("=", 64)+"\n") {
			_, rest, _ := strings.Cut(part, "\n")
			query, _, _ := strings.Cut(rest, strings.Repeat("-", 64))
			twice(t, query)
		}
	}
}

func TestSharedQueries(t *testing.T) {
	for _, name := range []string{"docs-cases.jsonl", "rule-queries.jsonl"} {
		text, err := os.ReadFile(filepath.Join("../../../../shared/kql", name))
		if err != nil {
			t.Skip("no ../shared/kql beside the project")
		}
		for line := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
			var c struct{ Query string }
			if err := json.Unmarshal([]byte(line), &c); err != nil {
				t.Fatal(err)
			}
			twice(t, c.Query)
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, seed := range []string{
		"T|where a==1//c\n|take 5", "let f=(a:long,b:(c:int)){T|where x}; f(1,T)", "print a=1,b=dynamic({'x':[1,2]}), `\n`", "#connect x\nT\n\n//a\n\n|count;;",
		"T | parse x with * 'a' b:long '(' | mv-apply x on (take 1)", "((((((T))))))",
	} {
		f.Add(seed)
	}
	f.Fuzz(twice)
}
