package kql_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
)

func shared(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			path := filepath.Join(dir, "..", "shared", "kql", name)
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
	}
	t.Skipf("no ../shared/kql/%s beside the project", name)
	return ""
}

func lines[T any](t *testing.T, path string) []T {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	var all []T
	for in.Scan() {
		var v T
		if err := json.Unmarshal(in.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

const now = schema.DatetimeValue(638_000_000_000_000_000)

func TestRuleQueries(t *testing.T) {
	type ruleQuery struct {
		ID, Query string
		Result    []struct{ Name, Type string }
	}
	queries := lines[ruleQuery](t, shared(t, "rule-queries.jsonl"))
	f, err := os.Open(shared(t, "sentinel-schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cat, err := kql.ReadSchema(f, false)
	if err != nil {
		t.Fatal(err)
	}
	equal, ran := 0, 0
	why := os.Getenv("WHY") != ""
	for _, q := range queries {
		cols, err := kql.Bind(q.Query, cat, kql.Options{Now: now})
		if err != nil {
			if why {
				fmt.Printf("ERR %s: %v\n", q.ID, err)
			}
			continue
		}
		ran++
		got, want := "", ""
		for _, c := range cols {
			got += c.Name + ":" + c.Type.String() + " "
		}
		for _, c := range q.Result {
			want += c.Name + ":" + c.Type + " "
		}
		if got == want {
			equal++
		} else if why {
			fmt.Printf("DIFF %s\n   got %s\n  want %s\n", q.ID, got, want)
		}
	}
	t.Logf("bind: %d of %d, equal %d", ran, len(queries), equal)
}
