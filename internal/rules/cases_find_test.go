package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeFiles makes a folder of files.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoadCases(t *testing.T) {
	another := func(id, name string) string {
		return strings.Replace(strings.Replace(good, "3f0c1c52", id, 1), "Printer firmware replaced", name, 1)
	}
	const quiet = "cases: [{name: quiet, at: 2026-03-02T09:00:00Z, files: [more.json]}]\n"
	dir := writeFiles(t, map[string]string{
		"a/one.yaml":               good,
		"a/one.cases.yaml":         quiet,
		"a/tests/one.cases.yml":    quiet,
		"a/tests/more.json":        "{}",
		"b/one.yaml":               another("4f0c1c52", "Scanner firmware replaced"),
		"b/tests/own.cases.yaml":   "rule: Scanner firmware replaced\n" + quiet,
		"b/lost.cases.yaml":        quiet,
		"c/both.yaml":              another("5f0c1c52", "Five") + "---\n" + another("6f0c1c52", "Six"),
		"c/six.cases.yaml":         "rule: 6F0C1C52-6A5E-4A0E-9A38-5A4F7F1F9D10\n" + quiet,
		"elsewhere/x/y.cases.yaml": "rule: Five\n" + quiet,
	})
	set, err := Load(filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c"))
	if err != nil {
		t.Fatal(err)
	}
	found, others, err := LoadCases(set.Rules, filepath.Join(dir, "elsewhere"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for rule, files := range found {
		for _, f := range files {
			got[rule.Name] = append(got[rule.Name], strings.TrimPrefix(f.Path, dir+"/"))
		}
	}
	want := map[string][]string{
		"Printer firmware replaced": {"a/one.cases.yaml", "a/tests/one.cases.yml"},
		"Scanner firmware replaced": {"b/tests/own.cases.yaml"},
		"Five":                      {"elsewhere/x/y.cases.yaml"},
		"Six":                       {"c/six.cases.yaml"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(others) != 1 || filepath.Base(others[0].Path) != "lost.cases.yaml" {
		t.Errorf("got %d files of no rule, want lost.cases.yaml", len(others))
	}
	c := found[set.Rules[0]][1].Cases[0]
	if text, err := c.Open("more.json"); err != nil || string(text) != "{}" {
		t.Errorf("got %q and %v, want the file beside the cases", text, err)
	}
	if _, err := c.Open("/etc/hostname"); err == nil {
		t.Error("a case opened a file by an absolute path")
	}
}

func TestAmbiguousCases(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"both.yaml":       good + "---\n" + strings.Replace(good, "3f0c1c52", "4f0c1c52", 1),
		"both.cases.yaml": "cases: [{name: quiet, at: 2026-03-02T09:00:00Z}]\n",
	})
	set, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadCases(set.Rules); err == nil || !strings.Contains(err.Error(), "name the id of one with the key rule") {
		t.Errorf("got %v, want an error about which rule is meant", err)
	}
}
