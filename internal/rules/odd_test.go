package rules

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// TestOddForms reads the good rule in forms that public rules have: none may
// keep it from running. Warnings are wanted where the form is not the right one.
func TestOddForms(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		warning        string
	}{
		{"carriage returns", "\n", "\r\n", ""},
		{"blanks behind values", "severity: Medium\n", "severity: Medium   \n", ""},
		{"blanks behind the block's mark", "query: |\n", "query:  |  \n", ""},
		{"blank first line of a block", "query: |\n", "query: |\n\n", ""},
		{"tabs in a block", "  AzureActivity\n", "  AzureActivity\t\n", ""},
		{"a block indented by five", "query: |\n  AzureActivity\n  | where OperationNameValue =~ \"Contoso.Printers/firmware/write\"\n  | project", "query: |\n     AzureActivity\n     | where OperationNameValue =~ \"Contoso.Printers/firmware/write\"\n     | project", ""},
		{"description like a comment of code", "description: |\n  Somebody", "description: // Somebody", ""},
		{"description in quotes in a block", "  Somebody replaced the firmware of a printer.", "  'Somebody replaced the firmware: of a printer.'", ""},
		{"quoted numbers", "triggerThreshold: 0", "triggerThreshold: '0'", ""},
		{"long operator", "triggerOperator: gt", "triggerOperator: GreaterThan", ""},
		{"upper-case unit", "queryPeriod: 2h", "queryPeriod: 2H", ""},
		{"lower-case severity", "severity: Medium", "severity: medium", `severity "medium" should be written "Medium"`},
		{"lower-case kind", "kind: Scheduled", "kind: scheduled", `kind "scheduled" should be written`},
		{"no kind", "kind: Scheduled\n", "", "kind is missing: Scheduled is meant"},
		{"no version", "version: 1.0.0\n", "", "version is missing: 1.0.0 is meant"},
		{"status", "kind: Scheduled", "kind: Scheduled\nstatus: Available ", ""},
		{"tactic with a blank", "- Persistence", "- Persistence\n  - Initial Access", `tactics[1] "Initial Access" should be written "InitialAccess"`},
		{"text behind a technique", "- T1098.003", "- T1098.003 - Additional Cloud Roles", `technique "T1098.003 - Additional Cloud Roles" should be written "T1098.003"`},
		{"identifier in another case", "identifier: FullName", "identifier: Fullname", `identifier "Fullname" should be written "FullName"`},
		{"entity type in another case", "entityType: IP", "entityType: Ip", `entityType "Ip" should be written "IP"`},
		{"no connectors", "requiredDataConnectors:\n  - connectorId: AzureActivity\n    dataTypes:\n      - AzureActivity\n", "requiredDataConnectors: []\n", ""},
		{"empty lists", "entityMappings:\n", "tags: null\nsentinelEntitiesMappings:\nentityMappings:\n", ""},
		{"empty override", "alertDetailsOverride:\n  alertDisplayNameFormat: \"Firmware of {{Model}} replaced by {{Caller}}\"\n  alertSeverityColumnName: Model\n", "alertDetailsOverride:\n  alertDynamicProperties: []\n  alertDisplayNameFormat: null\n", ""},
		{"list that is not indented", "tactics:\n  - Persistence", "tactics:\n- Persistence", ""},
		{"metadata", "version: 1.0.0", "version: 1.0.0\nmetadata:\n    source:\n        kind: Community\n    categories:\n        domains: [ \"Security - Others\" ]\ntags:\n  - Schema: X\n    SchemaVersion: 0.1.0", ""},
		{"keys of the API", "version: 1.0.0", "version: 1.0.0\nenabled: true\nalertRuleTemplateName: null", ""},
		{"marks of a document", "id: ", "---\nid: ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("the good rule does not hold %q", c.old)
			}
			set := &Set{}
			set.add(Read("r.yaml", []byte(strings.ReplaceAll(good, c.old, c.new))))
			set.choose()
			if len(set.Rules) != 1 {
				t.Errorf("got %d rules that can run, want 1", len(set.Rules))
			}
			for _, f := range set.Lint(compileGood) {
				if c.warning == "" || f.Level != Warning || !strings.HasPrefix(f.Message, c.warning) {
					t.Errorf("got %s, want %q", f, c.warning)
				}
				c.warning = ""
			}
			if c.warning != "" && len(set.Findings) == 0 {
				t.Errorf("got no warning %q", c.warning)
			}
		})
	}
}

// TestFoldersMayHoldPipes reads a folder with what cannot be read to its end.
func TestFoldersMayHoldPipes(t *testing.T) {
	s := &Set{}
	files := fstest.MapFS{"pipe.yaml": {Mode: fs.ModeNamedPipe, Data: []byte("id: x")}, "gone.yml": {Mode: fs.ModeSocket}}
	if err := (Loader{}).walk(s, files, ".", "rules"); err != nil || s.Files != 0 {
		t.Errorf("got %d files and %v, want none", s.Files, err)
	}
}
