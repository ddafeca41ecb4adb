package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nephoscope/internal/cli"
	"nephoscope/internal/rules"
)

const sigmaLocks = `title: A lock is taken off
id: 5f1a2b6c-0d8e-4c52-9f0b-4f7f3f2f9a01
status: test
logsource: {product: azure, service: activitylogs}
detection:
  selection: {operationName: MICROSOFT.AUTHORIZATION/LOCKS/DELETE}
  condition: selection
level: medium
tags: [attack.impact, attack.t1485]
`

const sigmaMachine = `title: A machine is deleted
id: 5f1a2b6c-0d8e-4c52-9f0b-4f7f3f2f9a04
author: Ada Example
license: MIT
references: [https://contoso.example/machines]
logsource: {product: azure, service: activitylogs}
detection:
  selection: {operationName|endswith: /VIRTUALMACHINES/DELETE}
  condition: selection
level: medium
tags: [attack.impact, attack.t1485]
`

const sigmaMany = `title: Many locks are taken off
id: 5f1a2b6c-0d8e-4c52-9f0b-4f7f3f2f9a02
status: test
correlation:
  type: event_count
  rules: [5f1a2b6c-0d8e-4c52-9f0b-4f7f3f2f9a01]
  group-by: [caller]
  timespan: 1h
  condition: {gte: 5}
level: high
`

const sigmaUnknown = `title: Something on a machine
id: 5f1a2b6c-0d8e-4c52-9f0b-4f7f3f2f9a03
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: '\cmd.exe'}
  condition: selection
level: low
`

// TestRulesImportSigma converts Sigma rules that refer to each other across
// files, and says what cannot be converted.
func TestRulesImportSigma(t *testing.T) {
	dir, to := t.TempDir(), filepath.Join(t.TempDir(), "rules")
	for name, text := range map[string]string{"locks.yml": sigmaLocks, "many.yml": sigmaMany, "machine.yml": sigmaMachine, "windows.yml": sigmaUnknown} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := importRules(t, cli.ExitFindings, dir, "--to", to, "--strict")
	for _, want := range []string{"ready          A machine is deleted\n", "ready          Many locks are taken off\n", "windows.yml:3:12: error: no table is known for the log source"} {
		if !strings.Contains(out, want) {
			t.Errorf("got %q, want %q in it", out, want)
		}
	}
	set, err := rules.Load(to)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Rules) != 2 || len(set.Findings) > 0 {
		t.Fatalf("copied: %d rules, %v, want two without findings", len(set.Rules), set.Findings)
	}
	text, err := os.ReadFile(set.Rules[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"author: Ada Example", "license: MIT", "https://contoso.example/machines", "Sigma rule 5f1a2b6c"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the copied rule does not say %q:\n%s", want, text)
		}
	}
}
