package app

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/config"
	"nephoscope/internal/rules"
)

// ruleOf wraps a query into a rule without a fault.
func ruleOf(query string) string {
	return `id: 00000000-6a5e-4a0e-9a38-5a4f7f1f9d10
name: A published query
description: As published.
kind: Scheduled
version: 1.0.0
severity: Medium
requiredDataConnectors: []
queryFrequency: 1d
queryPeriod: 14d
triggerOperator: gt
triggerThreshold: 0
tactics: [Impact]
relevantTechniques: [T1485]
query: |2
  ` + strings.ReplaceAll(query, "\n", "\n  ") + "\n"
}

// knownLimits is how many errors the compiler finds over the product's tables in
// queries that Microsoft's binder accepts: six queries guess at columns of tables
// that are not fully declared, or use what is not supported. It may only fall.
const knownLimits = 12

// TestPublishedQueriesHaveNoErrors lints queries that Microsoft's own binder
// accepts, as rules: none has an error, but for what rules do not allow, tables
// that are not known here, and the known limits. The log tells what is found;
// with LINT_WHY=1 where.
func TestPublishedQueriesHaveNoErrors(t *testing.T) {
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "kql", "rule-queries.jsonl"))
	if err != nil {
		t.Skip("no ../shared/kql/rule-queries.jsonl beside the project")
	}
	defer func() { _ = file.Close() }() // only read
	catalog, err := NewCatalog(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	compile := CompileRule(catalog, time.Now())
	count := map[string]int{}
	in := bufio.NewScanner(file)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var q struct{ ID, Query string }
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		count["queries"]++
		for _, f := range lintOne(t, ruleOf(q.Query), compile) {
			what := string(f.Code)
			if strings.Contains(f.Message, "there is no table") {
				what = "no such table"
			}
			count[what]++
			ofCompiler := f.Code == rules.CodeKQL || f.Code == rules.CodeQueryScope
			if f.Level == rules.Error && !ofCompiler {
				t.Errorf("%s: %s", q.ID, f)
			}
			if os.Getenv("LINT_WHY") != "" {
				t.Logf("%s: %s\n%s", q.ID, f, q.Query)
			}
		}
	}
	if count["queries"] < 500 || count[string(rules.CodeKQL)] > knownLimits || count[string(rules.CodeQueryScope)] > 1 || count["no such table"] > 6 {
		t.Errorf("got too few queries or too many exceptions: %v", count)
	}
	t.Log(fmt.Sprint(count))
}

// lintOne lints one file.
func lintOne(t *testing.T, file string, compile rules.Compile) []rules.Finding {
	t.Helper()
	path := filepath.Join(t.TempDir(), "r.yaml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := rules.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return set.Review(compile, ReviewRule)
}
