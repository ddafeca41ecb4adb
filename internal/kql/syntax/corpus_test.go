package syntax

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestCorpus parses every published query that lies beside the project.
func TestCorpus(t *testing.T) {
	for _, name := range []string{"docs-cases.jsonl", "rule-queries.jsonl"} {
		t.Run(name, func(t *testing.T) {
			for _, c := range sharedCases(t, name) {
				if _, errs := Parse(c.Query); malformed(errs) {
					at := PositionOf(c.Query, errs[0].Start)
					t.Errorf("%s: %d:%d: got error %q, want none", c.ID, at.Line, at.Column, errs[0].Message)
				}
			}
		})
	}
}

// malformed tells whether one of the errors is about the form.
func malformed(errs []Error) bool {
	return slices.ContainsFunc(errs, func(e Error) bool { return e.Kind == Malformed })
}

type sharedCase struct {
	ID    string `json:"id"`
	Query string `json:"query"`
}

// sharedCases reads a file of the shared folder beside the project's root, or
// skips the test.
func sharedCases(t testing.TB, name string) []sharedCase {
	t.Helper()
	path := filepath.Join(projectRoot(t), "..", "shared", "kql", name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("the shared folder is not beside the project: %v", err)
	}
	var cases []sharedCase
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var c sharedCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatalf("read %s: %v", path, err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	return cases
}

// projectRoot returns the folder above the test that holds go.mod.
func projectRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}
