package syntax

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"nephoscope/internal/schema"
)

var update = flag.Bool("update", false, "rewrite the trees in testdata")

// A goldenCase is a query of a case file and the tree it must give.
type goldenCase struct {
	file, name, query, tree string
}

const (
	caseMark = "## "
	treeMark = "\n----\n"
)

// goldenCases reads the case files: "## name", the query, "----", the tree.
func goldenCases(t testing.TB) []goldenCase {
	t.Helper()
	files, err := filepath.Glob("testdata/trees/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d case files (%v), want some", len(files), err)
	}
	var cases []goldenCase
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split("\n"+string(text), "\n"+caseMark)[1:] {
			name, body, _ := strings.Cut(block, "\n")
			query, tree, _ := strings.Cut(body, treeMark)
			cases = append(cases, goldenCase{f, name, strings.TrimRight(query, "\n"), strings.TrimSpace(tree)})
		}
	}
	return cases
}

// TestTrees compares the trees of the case files; -update rewrites them.
func TestTrees(t *testing.T) {
	out := map[string]*strings.Builder{}
	for _, c := range goldenCases(t) {
		q, errs := Parse(c.query)
		if len(errs) > 0 {
			t.Errorf("%s: got errors %v, want none", c.name, errs)
		}
		checkSpans(t, q)
		got := dump(q)
		if got != c.tree && !*update {
			t.Errorf("%s\n%s\n got %s\nwant %s", c.name, c.query, got, c.tree)
		}
		if out[c.file] == nil {
			out[c.file] = &strings.Builder{}
		}
		fmt.Fprintf(out[c.file], "%s%s\n%s%s%s\n\n", caseMark, c.name, c.query, treeMark, got)
	}
	if !*update {
		return
	}
	for f, b := range out {
		if err := os.WriteFile(f, []byte(strings.TrimRight(b.String(), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// dump writes a tree as an S-expression, one statement to a line.
func dump(q *Query) string {
	lines := make([]string, 0, len(q.Statements))
	for _, s := range q.Statements {
		lines = append(lines, dumpNode(s))
	}
	return strings.Join(lines, "\n")
}

func dumpNode(n Node) string {
	switch n := n.(type) {
	case *Ident:
		return dumpIdent(n)
	case *Star:
		return "*"
	case *Literal:
		return dumpLiteral(n)
	case *TypeName:
		return n.Name
	case *ExprStatement:
		return dumpNode(n.X)
	}
	v := reflect.ValueOf(n).Elem()
	parts := []string{strings.ToLower(v.Type().Name())}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous || f.Name == "OpSpan" {
			continue
		}
		if text := dumpField(f.Name, v.Field(i)); text != "" {
			parts = append(parts, text)
		}
	}
	return "(" + strings.Join(parts, " ") + ")"
}

func dumpIdent(n *Ident) string {
	switch {
	case n.Quoted:
		return "['" + n.Name + "']"
	case n.Wild:
		return "<" + n.Name + ">"
	}
	return n.Name
}

// dumpLiteral writes the value, and the type where the value does not show
// it.
func dumpLiteral(n *Literal) string {
	text := "null"
	switch v := n.Value.(type) {
	case nil:
	case string:
		text = strconv.Quote(v)
		if n.Hidden {
			text = "hidden:" + text
		}
		return text
	case bool, int64:
		return fmt.Sprint(v)
	default:
		text = fmt.Sprint(v)
	}
	if n.Type == schema.Unknown {
		return text
	}
	return n.Type.String() + ":" + text
}

// dumpField writes a field, nothing if it is empty. Fields that are not the
// main part of a node show their name.
func dumpField(name string, v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	switch value := v.Interface().(type) {
	case Op:
		return value.String()
	case bool:
		return strings.ToLower(name)
	case Node:
		return label(name) + dumpNode(value)
	}
	if v.Kind() != reflect.Slice {
		return label(name) + fmt.Sprint(v.Interface())
	}
	var items []string
	for i := range v.Len() {
		n, ok := v.Index(i).Interface().(Node)
		if !ok {
			return fmt.Sprint(v.Interface())
		}
		items = append(items, dumpNode(n))
	}
	if label(name) == "" {
		return strings.Join(items, " ")
	}
	return label(name) + "[" + strings.Join(items, " ") + "]"
}

// label returns the name of a field that needs one.
func label(name string) string {
	switch name {
	case "X", "Y", "Name", "Names", "Value", "Values", "Args", "Source", "Ops", "Columns", "Cond", "Params",
		"Statements", "Aggregates", "N", "Chart", "Index", "Right", "Tables", "Items", "List", "Call", "Pattern",
		"Patterns", "Steps", "Levels", "Branches", "Series", "Body", "Type":
		return ""
	}
	return strings.ToLower(name) + "="
}
