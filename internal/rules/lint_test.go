package rules

import (
	"fmt"
	"strings"
	"testing"

	"nephoscope/internal/schema"
)

// good is a rule without a fault; each case of the table spoils one thing.
const good = `id: 3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10
name: Printer firmware replaced
description: |
  Somebody replaced the firmware of a printer.
severity: Medium
requiredDataConnectors:
  - connectorId: AzureActivity
    dataTypes:
      - AzureActivity
queryFrequency: 1h
queryPeriod: 2h
triggerOperator: gt
triggerThreshold: 0
tactics:
  - Persistence
relevantTechniques:
  - T1098.003
query: |
  AzureActivity
  | where OperationNameValue =~ "Contoso.Printers/firmware/write"
  | project TimeGenerated, Caller, CallerIpAddress, Model
entityMappings:
  - entityType: Account
    fieldMappings:
      - identifier: FullName
        columnName: Caller
  - entityType: IP
    fieldMappings:
      - identifier: Address
        columnName: CallerIpAddress
customDetails:
  Model: Model
alertDetailsOverride:
  alertDisplayNameFormat: "Firmware of {{Model}} replaced by {{Caller}}"
  alertSeverityColumnName: Model
eventGroupingSettings:
  aggregationKind: AlertPerResult
incidentConfiguration:
  createIncident: true
  groupingConfiguration:
    enabled: true
    reopenClosedIncident: false
    lookbackDuration: PT5H
    matchingMethod: Selected
    groupByEntities:
      - Account
    groupByCustomDetails:
      - Model
suppressionEnabled: false
suppressionDuration: PT5H
version: 1.0.0
kind: Scheduled
`

// compileGood stands in for the compiler: it knows the result of the good
// rule's query and finds every "!!" wrong.
func compileGood(query string) ([]schema.Column, []QueryError) {
	var wrong []QueryError
	for i, line := range strings.Split(query, "\n") {
		if at := strings.Index(line, "!!"); at >= 0 {
			wrong = append(wrong, QueryError{Line: i + 1, Column: len([]rune(line[:at])) + 1, Message: "unexpected !!"})
		}
	}
	columns := []schema.Column{
		{Name: "TimeGenerated", Type: schema.Datetime},
		{Name: "Caller", Type: schema.String},
		{Name: "CallerIpAddress", Type: schema.String},
		{Name: "Model", Type: schema.String},
	}
	return columns, wrong
}

// lintText lints one file.
func lintText(text string) []Finding {
	s := &Set{}
	s.all, s.Findings = Read("r.yaml", []byte(text))
	return s.Lint(compileGood)
}

func TestGoodRuleHasNoFindings(t *testing.T) {
	for _, f := range lintText(good) {
		t.Errorf("got %s, want nothing", f)
	}
}

// TestLint spoils the good rule by replacing old by new and expects findings in
// the form line:column: level: part of the message.
func TestLint(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"id missing", "id: 3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10\n", "", []string{"1:1: error: id is missing"}},
		{"id empty", "id: 3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10", "id:", []string{"1:1: error: id has no value"}},
		{"id no guid", "4a0e-9a38", "4a0e-9z38", []string{"1:5: error: id \"3f0c1c52-6a5e-4a0e-9z38"}},
		{"name missing", "name: Printer firmware replaced\n", "", []string{"1:1: error: name is missing"}},
		{"name too long", "Printer firmware", strings.Repeat("Printer ", 40), []string{"2:7: error: name has 329 characters"}},
		{"description empty", "  Somebody replaced the firmware of a printer.\n", "", []string{"3:14: error: description is empty"}},
		{"unknown severity", "severity: Medium", "severity: Critical", []string{`5:11: error: severity "Critical" is unknown: want Informational, Low, Medium or High`}},
		{"severity in another case", "severity: Medium", "severity: medium", []string{`5:11: warning: severity "medium" should be written "Medium"`}},
		{"severity misspelt", "severity: Medium", "severity: Hihg", []string{`5:11: error: severity "Hihg" is unknown: did you mean "High"?`}},
		{"connectors missing", "requiredDataConnectors:\n  - connectorId: AzureActivity\n    dataTypes:\n      - AzureActivity\n", "", []string{"1:1: error: requiredDataConnectors is missing"}},
		{"connectors no list", "requiredDataConnectors:\n  - connectorId: AzureActivity\n    dataTypes:\n      - AzureActivity\n", "requiredDataConnectors: AzureActivity\n", []string{"6:25: error: requiredDataConnectors must be a list"}},
		{"frequency no duration", "queryFrequency: 1h", "queryFrequency: hourly", []string{`10:17: error: queryFrequency: "hourly" is no duration`}},
		{"frequency too short", "queryFrequency: 1h", "queryFrequency: 1m", []string{"10:17: error: queryFrequency is 1m: it must be between PT5M and P14D"}},
		{"period too long", "queryPeriod: 2h", "queryPeriod: 15d", []string{"11:14: error: queryPeriod is 15d"}},
		{"period shorter than frequency", "queryPeriod: 2h", "queryPeriod: 30m", []string{"11:14: error: queryPeriod PT30M is shorter than queryFrequency PT1H"}},
		{"long period, short frequency", "queryFrequency: 1h\nqueryPeriod: 2h", "queryFrequency: 15m\nqueryPeriod: 3d", []string{"10:17: error: queryFrequency PT15M is too short"}},
		{"frequency missing", "queryFrequency: 1h\n", "", []string{"1:1: error: queryFrequency is missing"}},
		{"unknown operator", "triggerOperator: gt", "triggerOperator: ge", []string{`12:18: error: triggerOperator "ge" is unknown`}},
		{"threshold no number", "triggerThreshold: 0", "triggerThreshold: many", []string{`13:19: error: triggerThreshold "many" is no whole number`}},
		{"threshold too high", "triggerThreshold: 0", "triggerThreshold: 10001", []string{"13:19: error: triggerThreshold is 10001"}},
		{"threshold negative", "triggerThreshold: 0", "triggerThreshold: -1", []string{"13:19: error: triggerThreshold is -1"}},
		{"unknown tactic", "- Persistence", "- Persistance", []string{`15:5: error: tactics[0] "Persistance" is unknown: did you mean "Persistence"?`, "17:5: error: technique T1098.003 belongs to"}},
		{"tactics no list", "tactics:\n  - Persistence", "tactics: Persistence", []string{"14:10: error: tactics must be a list", "16:5: error: technique T1098.003"}},
		{"technique of no listed tactic", "- T1098.003", "- T1485", []string{"17:5: error: technique T1485 belongs to Impact, and tactics lists none of them"}},
		{"technique malformed", "- T1098.003", "- T1098.3", []string{`17:5: error: technique "T1098.3" is not of the form`}},
		{"technique not known", "- T1098.003", "- T9999", []string{"17:5: warning: technique T9999 is not known"}},
		{"query missing", "query: |\n  AzureActivity\n  | where OperationNameValue =~ \"Contoso.Printers/firmware/write\"\n  | project TimeGenerated, Caller, CallerIpAddress, Model\n", "", []string{"1:1: error: query is missing"}},
		{"query too long", "  AzureActivity\n", "  AzureActivity // " + strings.Repeat("x", 10_000) + "\n", []string{"18:8: error: query has 10138 characters"}},
		{"query error in a block", "| project TimeGenerated", "| !!project TimeGenerated", []string{"21:5: error: query: unexpected !!"}},
		{"query error in a quoted text", "query: |\n  AzureActivity\n  | where OperationNameValue =~ \"Contoso.Printers/firmware/write\"\n  | project TimeGenerated, Caller, CallerIpAddress, Model\n", `query: "AzureActivity\n| where A == \"x\" !!"` + "\n", []string{"18:43: error: query: unexpected !!"}},
		{"query error in a folded text", "query: |\n  AzureActivity\n", "query: >-\n  AzureActivity\n  | !! take 1\n", []string{"20:5: error: query: unexpected !!"}},
		{"two query errors", "  AzureActivity\n", "  !!AzureActivity\n  | !!\n", []string{"19:3: error: query: unexpected !!", "20:5: error: query: unexpected !!"}},
		{"search over everything", "  AzureActivity\n", "  search *\n", []string{`19:3: error: "search *" over every table`}},
		{"union over everything", "  AzureActivity\n", "  union withsource = T *\n", []string{`19:3: error: "union *" over every table`}},
		{"unknown entity type", "entityType: IP", "entityType: Adress", []string{`27:17: error: entityType "Adress" is unknown: want Account, Host`}},
		{"entity type missing", "  - entityType: IP\n    fieldMappings:\n", "  - fieldMappings:\n", []string{"27:5: error: entityType is missing"}},
		{"unknown identifier", "identifier: Address", "identifier: Addres", []string{`29:21: error: IP has no identifier "Addres": did you mean "Address"?`}},
		{"no strong identifier", "identifier: FullName", "identifier: NTDomain", []string{"23:5: error: Account needs one of FullName, Sid"}},
		{"hash without algorithm", "entityType: IP\n    fieldMappings:\n      - identifier: Address", "entityType: FileHash\n    fieldMappings:\n      - identifier: Value", []string{"27:5: error: FileHash needs both Algorithm and Value"}},
		{"identifier twice", "      - identifier: Address\n", "      - identifier: Address\n        columnName: Caller\n      - identifier: Address\n", []string{`31:21: error: identifier "Address" is mapped twice`}},
		{"four fields", "        columnName: Caller\n", "        columnName: Caller\n      - identifier: Name\n        columnName: Caller\n      - identifier: Sid\n        columnName: Caller\n      - identifier: PUID\n        columnName: Caller\n", []string{"31:9: error: fieldMappings has 4 entries: at most 3"}},
		{"column not returned", "columnName: CallerIpAddress", "columnName: CallerIPAddress", []string{`30:21: error: the query returns no column "CallerIPAddress": did you mean "CallerIpAddress"?`}},
		{"entity column not returned", "customDetails:\n", "sentinelEntitiesMappings:\n  - columnName: Entities\ncustomDetails:\n", []string{`32:17: error: the query returns no column "Entities"`}},
		{"custom detail not returned", "  Model: Model\n", "  Model: Modell\n", []string{`32:10: error: the query returns no column "Modell"`}},
		{"custom detail badly named", "  Model: Model\n", "  Model: Model\n  2nd-Model: Model\n", []string{`33:3: error: custom detail "2nd-Model" must be a word`}},
		{"placeholder not returned", "{{Caller}}\"", "{{Kaller}}\"", []string{`34:27: error: the query returns no column "Kaller"`}},
		{"four placeholders", "{{Caller}}\"", "{{Caller}} {{Model}} {{Caller}}\"", []string{"34:27: error: alertDisplayNameFormat has 4 placeholders"}},
		{"severity column not returned", "alertSeverityColumnName: Model", "alertSeverityColumnName: Level", []string{`35:28: error: the query returns no column "Level"`}},
		{"unknown property", "  alertSeverityColumnName: Model\n", "  alertDynamicProperties:\n    - alertProperty: AlertLnk\n      value: Model\n", []string{`36:22: error: alertProperty "AlertLnk" is unknown: did you mean "AlertLink"?`}},
		{"unknown aggregation", "aggregationKind: AlertPerResult", "aggregationKind: AlertPerRow", []string{`37:20: error: aggregationKind "AlertPerRow" is unknown`}},
		{"createIncident no bool", "createIncident: true", "createIncident: yes", []string{`39:19: error: createIncident "yes" is neither true nor false`}},
		{"lookback too long", "lookbackDuration: PT5H", "lookbackDuration: P8D", []string{"43:23: error: lookbackDuration is P8D"}},
		{"unknown matching method", "matchingMethod: Selected", "matchingMethod: Chosen", []string{`44:21: error: matchingMethod "Chosen" is unknown`}},
		{"groups by an entity it lacks", "      - Account\n    groupBy", "      - Host\n    groupBy", []string{"46:9: error: the rule groups by Host but maps no such entity"}},
		{"groups by a detail it lacks", "    groupByCustomDetails:\n      - Model", "    groupByCustomDetails:\n      - Vendor", []string{`48:9: error: the rule groups by "Vendor" but has no such custom detail`}},
		{"suppression too long", "suppressionDuration: PT5H", "suppressionDuration: 2d", []string{"50:22: error: suppressionDuration is 2d"}},
		{"version too short", "version: 1.0.0", "version: 1.0", []string{`51:10: error: version "1.0" is not of the form X.Y.Z`}},
		{"unknown kind", "kind: Scheduled", "kind: Planned", []string{`52:7: error: kind "Planned" is unknown`}},
		{"kind not supported", "kind: Scheduled", "kind: Fusion", []string{"52:7: warning: kind Fusion is not supported"}},
		{"unknown key", "version: 1.0.0", "version: 1.0.0\ntriggerTreshold: 5", []string{`52:1: warning: unknown key "triggerTreshold": did you mean "triggerThreshold"?`}},
		{"key twice", "version: 1.0.0", "version: 1.0.0\nversion: 1.0.1", []string{`52:1: error: key "version" is given twice`}},
		{"text in place of a mapping", "customDetails:\n  Model: Model", "customDetails: Model", []string{"31:16: error: customDetails must be a mapping", `47:9: error: the rule groups by "Model"`}},
		{"list in place of a text", "name: Printer firmware replaced", "name: [a, b]", []string{"2:7: error: name must be a single value"}},
		{"no YAML", "severity: Medium", "severity: 'Medium", []string{"5:11: error: could not find end character of single-quoted text"}},
		{"several at once", "severity: Medium\nrequired", "severity: Bad\nextra: 1\nrequired", []string{"5:11: error: severity", `6:1: warning: unknown key "extra"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("the good rule does not hold %q", c.old)
			}
			compareFindings(t, lintText(strings.Replace(good, c.old, c.new, 1)), c.want)
		})
	}
}

// compareFindings wants the findings to begin with the given texts, one each.
func compareFindings(t *testing.T, got []Finding, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = fmt.Sprintf("%d:%d: %s: %s", got[i].Line, got[i].Column, got[i].Level, got[i].Message)
		}
		if i < len(want) {
			w = want[i]
		}
		if !strings.HasPrefix(g, w) {
			t.Errorf("finding %d: got %q, want %q", i, g, w)
		}
	}
}

func TestLintFindsDuplicateIDs(t *testing.T) {
	s := &Set{}
	for _, path := range []string{"a.yaml", "b.yaml"} {
		read, found := Read(path, []byte(good))
		s.all, s.Findings = append(s.all, read...), append(s.Findings, found...)
	}
	found := s.Lint(compileGood)
	if len(found) != 1 {
		t.Fatalf("got %d findings %v, want 1", len(found), found)
	}
	want := `b.yaml:1:5: error: id 3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10 is already that of "Printer firmware replaced" in a.yaml:1 [id-twice]`
	if got := found[0].String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSeveralDocuments(t *testing.T) {
	other := strings.Replace(good, "3f0c1c52", "4f0c1c52", 1)
	read, found := Read("r.yaml", []byte(good+"---\n"+other))
	if len(read) != 2 || len(found) != 0 {
		t.Errorf("got %d rules and %v, want 2 and no findings", len(read), found)
	}
}

func TestNoRule(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "1:1: error: the file holds no rule",
		"# nothing\n":             "1:1: error: the file holds no rule",
		"- a\n- b\n":              "1:1: error: a rule must be a mapping",
		"hello\n":                 "1:1: error: a rule must be a mapping",
		strings.Repeat("[", 1000): "1:1: error: nested too deeply",
		strings.Repeat("x", 3e5):  "1:1: error: the file has 300000 bytes",
	} {
		_, found := Read("r.yaml", []byte(text))
		if len(found) == 0 {
			t.Errorf("%.20q: got no findings, want %q", text, want)
			continue
		}
		compareFindings(t, found[len(found)-1:], []string{want})
	}
}
