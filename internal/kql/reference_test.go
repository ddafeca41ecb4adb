package kql_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/reference"
	"nephoscope/internal/kql/syntax"
)

// TestReferencePage holds docs/reference/kql.md to the declarations.
func TestReferencePage(t *testing.T) {
	path := filepath.Join(root(t), "docs/reference/kql.md")
	want := reference.Page()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not what the declarations say; make golden writes it anew (-want +got):\n%.2000s", path, diff)
	}
}

// TestOperatorExamples runs the examples of operators and statements.
func TestOperatorExamples(t *testing.T) {
	db := openStore(t, noTables{})
	for _, e := range slices.Concat(reference.Operators(), reference.Statements(), reference.ScalarOperators()) {
		for _, ex := range e.Examples {
			_, rows, err := run(t, db, noTables{}, ex.Query)
			switch {
			case err != nil:
				t.Errorf("%s: %s\n%v", e.Name, ex.Query, err)
			case len(rows) == 0 || !slices.Equal(texts(rows[0]), ex.Want):
				t.Errorf("%s: %s\n got %q\nwant %q", e.Name, ex.Query, rows, ex.Want)
			}
			if word, _, _ := strings.Cut(e.Name, " "); word != "[]" && !strings.Contains(ex.Query, word) {
				t.Errorf("%s: the example does not show it: %s", e.Name, ex.Query)
			}
		}
	}
}

// TestOperatorList holds the reference and the parser together.
func TestOperatorList(t *testing.T) {
	described := map[string]bool{}
	for _, e := range reference.Operators() {
		described[e.Name] = true
	}
	for _, name := range syntax.OperatorNames() {
		if !described[name] && !slices.Contains(notDescribed, name) {
			t.Errorf("the operator %s is parsed but not described", name)
		}
		delete(described, name)
	}
	for _, name := range []string{"datatable", "externaldata"} { // sources, not operators
		delete(described, name)
	}
	for name := range described {
		t.Errorf("the operator %s is described but not parsed", name)
	}
}

// TestScalarOperatorList holds the reference and the declarations together.
func TestScalarOperatorList(t *testing.T) {
	declared := map[string]bool{}
	for _, f := range fn.Default().All() {
		declared[f.Name] = f.Kind == fn.Operator
	}
	for _, e := range reference.ScalarOperators() {
		if !declared[e.Name] {
			t.Errorf("the operator %s is described but not declared", e.Name)
		}
		delete(declared, e.Name)
	}
	for name, isOperator := range declared {
		if isOperator && !slices.Contains(boundOnly, name) {
			t.Errorf("the operator %s is declared but not described", name)
		}
	}
}

// boundOnly are operators that no query writes: the binder puts them in.
var boundOnly = []string{
	"negate", "like", "is distinct", "same", "parse-kv", "as_number", "in array", "in~ array", "has_any array", "has_all array", "as_dynamic",
	"bag_pack filled", "size of", "array_sort_asc with", "array_sort_desc with", "series bin", "series end", "series known",
}

// notDescribed are other names of operators, and operators that are not
// supported yet.
var notDescribed = []string{
	"filter", "limit", "order", "assert-schema", "macro-expand",
}
