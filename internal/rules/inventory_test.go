package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// needsGood takes the first word of each line of a query for a table, one that
// ends in () for a function, and finds !! wrong.
func needsGood(query string) Needs {
	var n Needs
	for line := range strings.Lines(query) {
		word := strings.Fields(line + " |")[0]
		switch name, call := strings.CutSuffix(word, "()"); {
		case call:
			n.Functions = append(n.Functions, name)
		case word != "|":
			n.Tables = append(n.Tables, word)
		}
	}
	_, n.Problems = compileGood(query)
	return n
}

// TestInventory writes a small repository: rules in all states among files that
// are no rules.
func TestInventory(t *testing.T) {
	dir := t.TempDir()
	id := 0
	rule := func(edits ...string) string {
		id++
		return strings.NewReplacer(append(edits, "3f0c1c52", fmt.Sprintf("%08x", id))...).Replace(good)
	}
	for path, text := range map[string]string{
		"Detections/ready.yaml":                       rule(),
		"Detections/AzureActivity/old.yaml":           rule("kind: Scheduled\n", "", "version: 1.0.0\n", ""),
		"Detections/twice.yaml":                       good,
		"Detections/twice again.yaml":                 good,
		"Solutions/Box/Analytic Rules/needs.yaml":     rule("  AzureActivity\n", "  BoxEvents_CL\n  | union\n  AzureActivity\n"),
		"Solutions/Box/Analytic Rules/parser.YAML":    rule("  AzureActivity\n", "  BoxParser()\n"),
		"Solutions/Box/Analytic Rules/wrong.yml":      rule("| project", "| !!project"),
		"Solutions/Box/Analytic Rules/faulty.yaml":    rule("severity: Medium", "severity: Worst"),
		"Solutions/Box/Analytic Rules/fusion.yaml":    rule("kind: Scheduled", "kind: Fusion"),
		"Solutions/Box/Analytic Rules/create.yaml":    create,
		"Solutions/Box/Analytic Rules/other.yaml":     strings.NewReplacer("Microsoft Cloud App Security", "Azure Security Center", "b3cfc7c0", "b3cfc7c1").Replace(create),
		"Solutions/Box/Analytic Rules/exported.json":  `{"resources": [` + strings.ReplaceAll(armGood, "3F0C1C52", "7F0C1C52") + `]}`,
		"Solutions/Box/Hunting Queries/hunt.yaml":     "id: x\nname: Hunt\ntactics: [Impact]\nquery: |\n  Box_CL\n  | where kind == 'NRT'\n",
		"Solutions/Box/Parsers/parser.yaml":           "Function:\n  Title: Box\nFunctionQuery: |\n  Box_CL\n",
		"Solutions/Box/XDR/rule.yaml":                 "kind: CustomDetection\nsource:\n  schedule:\n    queryFrequency: 5m\n",
		"Solutions/Box/Package/mainTemplate.json":     `{"resources": [{"type": "Microsoft.SecurityInsights/AlertRuleTemplates", "kind": "Scheduled", "properties": {"displayName": "x", "queryFrequency": "PT1H"}}]}`,
		"Solutions/Box/Workbooks/box.json":            `{"version": "Notebook/1.0", "items": []}`,
		"Detections/moved.yaml":                       "id: 3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10\nname: x\ndescription: It is elsewhere now.\nversion: 1.0.1",
		"Solutions/Box/sigma.yaml":                    "title: x\nid: y\ndetection:\n  condition: z\n",
		"Solutions/Box/broken.yaml":                   "a: [",
		"Solutions/Box/readme.md":                     "kind: NRT",
		".github/workflows/rule.yaml":                 good,
		"Solutions/Box/Analytic Rules/x.cases.yaml":   "cases: []",
		"Solutions/Box/Data Connectors/template.json": "{",
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	set, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, item := range set.Inventory(needsGood, func(table string) bool { return table == "AzureActivity" }) {
		line := fmt.Sprintf("%s: %s", filepath.Base(item.Path), item.Verdict)
		if len(item.Missing) > 0 {
			line += " " + strings.Join(item.Missing, ", ")
		}
		for _, r := range item.Reasons {
			line += fmt.Sprintf(" %d:%d: %s", r.Line, r.Column, r.Message)
		}
		got = append(got, line)
	}
	want := []string{
		"old.yaml: ready",
		"ready.yaml: ready",
		"twice again.yaml: ready",
		`twice.yaml: not supported 1:5: id 3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10 is already that of "Printer firmware replaced" in ` + filepath.Join(dir, "Detections/twice again.yaml") + ":1",
		"create.yaml: ready",
		"exported.json: ready",
		`faulty.yaml: not supported 5:11: severity "Worst" is unknown: want Informational, Low, Medium or High`,
		"fusion.yaml: not supported 52:7: rules of kind Fusion stand for machinery that only Microsoft has",
		"needs.yaml: needs BoxEvents_CL",
		"other.yaml: needs alerts of Azure Security Center",
		"parser.YAML: needs function BoxParser()",
		"wrong.yml: not supported 21:5: query: unexpected !!",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if set.Files != 21 || set.Passed != 9 {
		t.Errorf("got %d files, %d of them passed over, want 21 and 9", set.Files, set.Passed)
	}
	// Only what is ready or needy is among the rules that can run.
	if got, want := len(set.Rules), 9; got != want {
		t.Errorf("got %d rules that can run, want %d", got, want)
	}
}
