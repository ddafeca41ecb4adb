package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/cli"
	"nephoscope/internal/rules"
)

// importable is a rule of which the tests change name, id and query.
const importable = `id: 00000000-0000-4000-8000-000000000000
name: NAME
description: Made for a test.
severity: Low
requiredDataConnectors: []
queryFrequency: 1h
queryPeriod: 1h
triggerOperator: gt
triggerThreshold: 0
query: |
  QUERY
version: 1.0.0
kind: Scheduled
`

// TestRulesImport takes a small repository: what is ready is copied unchanged,
// and is all that the folder holds when it is read again.
func TestRulesImport(t *testing.T) {
	dir, to := t.TempDir(), filepath.Join(t.TempDir(), "rules")
	rule := func(id, name, query string) string {
		return strings.NewReplacer("00000000-", id+"-", "NAME", name, "QUERY", query).Replace(importable)
	}
	ready := rule("00000001", `"Locks gone \e[2J"`, "AzureActivity | where OperationNameValue endswith 'LOCKS/DELETE'")
	files := map[string]string{
		"Detections/ready.yaml":        ready,
		"Detections/needs.yaml":        rule("00000002", "Sign-ins", "SigninLogs | union AzureActivity | join Box_CL on TenantId"),
		"Detections/parser.yaml":       rule("00000003", "Names", "_Im_Dns(responsecodename='NXDOMAIN') | where SrcIpAddr == '::1'"),
		"Detections/wrong.yaml":        rule("00000004", "Wrong", "AzureActivity | where Caler == 'x'"),
		"Detections/faulty.yaml":       strings.Replace(rule("00000005", "Faulty", "AzureActivity"), "1h", "soon", 1),
		"Hunting Queries/hunting.yaml": "name: Hunt\nquery: AzureActivity\n",
	}
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := importRules(t, cli.ExitDone, dir, "--to", to)
	for _, want := range []string{
		"ready          Locks gone ?[2J\n",
		"needs          Sign-ins: needs SigninLogs, Box_CL, has AzureActivity\n",
		"needs          Names: needs function _Im_Dns()\n",
		"wrong.yaml:11:25: error: query: there is no column or value \"Caler\" here",
		"faulty.yaml:6:17: error: queryFrequency: \"soon\" is no duration",
		"5 rules: 1 ready, 2 need what nobody fills, 2 not supported; 1 file passed over that hold no rule\n1 rule copied to ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("got no %q in\n%s", want, out)
		}
	}
	copied, err := os.ReadFile(filepath.Join(to, "Detections", "ready.yaml"))
	if err != nil || string(copied) != files["Detections/ready.yaml"] {
		t.Errorf("got %q and %v, want the file as it was", copied, err)
	}
	if set, err := rules.Load(to); err != nil || len(set.Rules) != 1 || len(set.Findings) > 0 {
		t.Errorf("got %+v and %v of the copies, want one rule", set, err)
	}

	out = importRules(t, cli.ExitFindings, dir, "--strict", "-o", "json", "--all", "--to", to)
	var report struct {
		Counts map[string]int
		Copied int
		Rules  []struct{ Missing []string }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	if report.Copied != 3 || report.Counts["needs"] != 2 || len(report.Rules) != 5 {
		t.Errorf("got %+v", report)
	}
}

func importRules(t *testing.T, want int, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Run(t.Context(), append([]string{"rules", "import"}, args...), cli.Env{
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Version: "test", Now: time.Now,
	})
	if code != want {
		t.Fatalf("got exit code %d, want %d: %s", code, want, stderr.String())
	}
	return stdout.String()
}
