package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// armGood is a rule as the API returns it; tabs and escapes are as people's
// tools write them.
const armGood = `{
	"id": "\/subscriptions\/11111111-0000-4000-8000-000000000001\/resourceGroups\/soc\/providers\/Microsoft.OperationalInsights\/workspaces\/soc\/providers\/Microsoft.SecurityInsights\/alertRules\/3F0C1C52-6a5e-4a0e-9a38-5a4f7f1f9d10",
	"name": "3F0C1C52-6a5e-4a0e-9a38-5a4f7f1f9d10",
	"etag": "\"1d00-77\"",
	"type": "Microsoft.SecurityInsights/alertRules",
	"kind": "Scheduled",
	"properties": {
		"displayName": "Printer firmware replaced \ud83d\udda8",
		"description": "",
		"severity": "Medium",
		"enabled": false,
		"query": "AzureActivity\r\n| where OperationNameValue =~ \"Contoso.Printers\/firmware\/write\"\r\n| project Caller, Model",
		"queryFrequency": "PT1H",
		"queryPeriod": "P1D",
		"triggerOperator": "GreaterThan",
		"triggerThreshold": 3,
		"suppressionDuration": "PT2H",
		"suppressionEnabled": false,
		"startTimeUtc": null,
		"tactics": ["Persistence"],
		"techniques": ["T1098"],
		"subTechniques": ["T1098.003"],
		"alertRuleTemplateName": null,
		"templateVersion": "1.2.3",
		"incidentConfiguration": {
			"createIncident": true,
			"groupingConfiguration": {
				"enabled": true, "reopenClosedIncident": true, "lookbackDuration": "PT5H", "matchingMethod": "AllEntities",
				"groupByEntities": [], "groupByAlertDetails": null, "groupByCustomDetails": []
			}
		},
		"eventGroupingSettings": {"aggregationKind": "AlertPerResult"},
		"alertDetailsOverride": {"alertDisplayNameFormat": "Firmware of {{Model}}", "alertSeverityColumnName": "", "alertDynamicProperties": []},
		"customDetails": {"Model": "Model"},
		"entityMappings": [{"entityType": "Account", "fieldMappings": [{"identifier": "FullName", "columnName": "Caller"}]}],
		"sentinelEntitiesMappings": null,
		"lastModifiedUtc": "2026-01-31T12:00:00Z"
	}
}
`

func TestReadARM(t *testing.T) {
	read, found := ReadARM("r.json", []byte(armGood))
	if len(read) != 1 || len(found) > 0 {
		t.Fatalf("got %d rules and %v", len(read), found)
	}
	want := &Rule{
		ID: "3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10", Name: "Printer firmware replaced 🖨", Kind: Scheduled, Version: "1.0.0",
		Severity: Medium, TemplateVersion: "1.2.3", Frequency: time.Hour, Period: day, Operator: GreaterThan, Threshold: 3,
		Tactics: []string{"Persistence"}, Techniques: []string{"T1098", "T1098.003"},
		Query:         "AzureActivity\r\n| where OperationNameValue =~ \"Contoso.Printers/firmware/write\"\r\n| project Caller, Model",
		Entities:      []EntityMapping{{Type: "Account", Fields: []FieldMapping{{"FullName", "Caller"}}}},
		CustomDetails: []CustomDetail{{"Model", "Model"}}, Override: Override{Name: "Firmware of {{Model}}"}, PerResult: true,
		Incident:            IncidentConfig{Create: true, Grouping: Grouping{Enabled: true, Reopen: true, Lookback: 5 * time.Hour, Match: AllEntities}},
		SuppressionDuration: 2 * time.Hour, Path: "r.json",
	}
	if diff := cmp.Diff(want, read[0], cmpopts.IgnoreUnexported(Rule{})); diff != "" {
		t.Error(diff)
	}
}

// TestARMFindings spoils the good resource by replacing old by new and expects
// findings in the form line:column: key: level: part of the message.
func TestARMFindings(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"no JSON", `"kind": "Scheduled",`, `"kind": "Scheduled"`, []string{"7:2: : error: "}},
		{"text behind the end", "\n}\n", "\n}\nmore", []string{"40:1: : error: there is text behind the end"}},
		{"nothing", armGood, `{"a": 1}`, []string{"1:1: : error: the file holds no rule"}},
		{"kind misspelt", `"Scheduled"`, `"Sheduled"`, []string{`6:10: kind: error: kind "Sheduled" is unknown: did you mean "Scheduled"?`}},
		{"query in the middle", `| project Caller, Model`, `| !!project Caller, Model`, []string{"12:103: : error: query: unexpected !!"}},
		{"query behind halves of a character", `"AzureActivity\r`, `"\ud83d\udda8!! AzureActivity\r`, []string{"12:25: : error: query: unexpected !!"}},
		{"query empty", `"AzureActivity\r\n| where OperationNameValue =~ \"Contoso.Printers\/firmware\/write\"\r\n| project Caller, Model"`, `""`, []string{"12:12: properties.query: error: query has no value"}},
		{"duration", `"P1D"`, `"1 day"`, []string{`14:18: properties.queryPeriod: error: queryPeriod: "1 day" is no duration`}},
		{"period too short", `"P1D"`, `"PT5M"`, []string{"14:18: properties.queryPeriod: error: queryPeriod PT5M is shorter"}},
		{"threshold no number", `"triggerThreshold": 3`, `"triggerThreshold": true`, []string{"16:23: properties.triggerThreshold: error"}},
		{"technique of no tactic", `["T1098.003"]`, `["T1485"]`, []string{"22:21: properties.subTechniques[0]: warning: technique T1485 belongs to Impact"}},
		{"unknown key", `"lastModifiedUtc"`, `"lastModified"`, []string{`37:3: properties.lastModified: warning: unknown key "lastModified"`}},
		{"identifier", `"FullName"`, `"Fullname"`, []string{`35:81: properties.entityMappings[0].fieldMappings[0].identifier: warning: identifier "Fullname" should be written "FullName"`}},
		{"column not returned", `"columnName": "Caller"`, `"columnName": "Kaller"`, []string{`35:107: : error: the query returns no column "Kaller"`}},
		{"name without GUID, id with", `"name": "3F0C1C52-6a5e-4a0e-9a38-5a4f7f1f9d10"`, `"name": "printers"`, nil},
		{"key twice", `"etag"`, `"kind"`, []string{`4:10: kind: error: kind "\"1d00-77\"" is unknown`, `6:2: kind: error: key "kind" is given twice`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(armGood, c.old) {
				t.Fatalf("the good resource does not hold %q", c.old)
			}
			s := &Set{}
			s.add(ReadARM("r.json", []byte(strings.Replace(armGood, c.old, c.new, 1))))
			compareKeyed(t, s.Lint(compileGood), c.want)
		})
	}
}

func compareKeyed(t *testing.T, got []Finding, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = fmt.Sprintf("%d:%d: %s: %s: %s", got[i].Line, got[i].Column, got[i].Key, got[i].Level, got[i].Message)
		}
		if i < len(want) {
			w = want[i]
		}
		if !strings.HasPrefix(g, w) {
			t.Errorf("finding %d: got %q, want %q", i, g, w)
		}
	}
}

// TestARMForms wraps the good resource in every form that files have.
func TestARMForms(t *testing.T) {
	const id = "3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10"
	other := strings.NewReplacer("3F0C1C52", "4F0C1C52", "P1D", "one day").Replace(armGood)
	deployed := func(name string) string {
		return strings.NewReplacer(
			`"name": "3F0C1C52-6a5e-4a0e-9a38-5a4f7f1f9d10"`, `"name": "`+name+`"`,
			"Microsoft.SecurityInsights/alertRules", "Microsoft.OperationalInsights/workspaces/providers/alertRules",
			"Printer firmware replaced", "[[x]", "\\/3F0C1C52-6a5e-4a0e-9a38-5a4f7f1f9d10", "",
		).Replace(armGood)
	}
	template := func(resource string) string {
		return `{"$schema": "deploymentTemplate.json#", "parameters": {"workspace": {"type": "String"}, "rule-id": {"defaultValue": "` + id + `"}, "severity": {"defaultValue": "High"}},
			"resources": [{"type": "Microsoft.Logic/workflows", "properties": {}}, ` + resource + `]}`
	}
	for _, c := range []struct {
		name, text string
		ids        []string
		finding    string
	}{
		{"a list", "[" + armGood + "," + armGood + "]", []string{id, id}, ""},
		{"the API's list", `{"value": [` + armGood + `], "nextLink": null}`, []string{id}, ""},
		{"a finding in the API's list", `{"value": [` + armGood + "," + other + `]}`, []string{id, "4" + id[1:]}, `53:18: value[1].properties.queryPeriod: error`},
		{"byte order mark", "\ufeff" + armGood, []string{id}, ""},
		{"a template", template(deployed("[concat(parameters('workspace'),'/Microsoft.SecurityInsights/" + id + "')]")), []string{id}, ""},
		{"a template with parameters", template(deployed("[concat(parameters('workspace'),'/Microsoft.SecurityInsights/',parameters('rule-id'))]")), []string{id}, ""},
		{"a template in a template", template(`{"type": "Microsoft.Resources/deployments", "properties": {"template": ` + template(deployed(id)) + `}}`), []string{id}, ""},
		{"a computed text", template(strings.Replace(deployed(id), `"Medium"`, `"[variables('severity')]"`, 1)), []string{id}, "11:15: resources[1].properties.severity: error: severity is computed"},
		{"a parameter with a default", template(strings.Replace(deployed(id), `"Medium"`, `"[parameters('severity')]"`, 1)), []string{id}, ""},
		{"a name that is no GUID", strings.ReplaceAll(deployed("Printers"), "3F0C1C52", ""), []string{RuleID("a/b/printers")}, "3:10: name: warning: name \"Printers\" holds no GUID"},
	} {
		t.Run(c.name, func(t *testing.T) {
			read, found := ReadARM("r.json", []byte(c.text))
			var ids []string
			for _, r := range read {
				ids = append(ids, r.ID)
			}
			if diff := cmp.Diff(c.ids, ids); diff != "" {
				t.Error(diff)
			}
			var want []string
			if c.finding != "" {
				want = []string{c.finding}
			}
			compareKeyed(t, found, want)
		})
	}
}

// TestARMEscapedBracket reads a text that looks like an expression: in templates
// its bracket is doubled, elsewhere it is not.
func TestARMEscapedBracket(t *testing.T) {
	text := strings.Replace(armGood, `Printer firmware replaced \ud83d\udda8`, `[[Firmware] of {a}]`, 1)
	for want, wrapped := range map[string]string{"[Firmware] of {a}]": `{"resources": [` + text + `]}`, "[[Firmware] of {a}]": text} {
		read, found := ReadARM("r.json", []byte(wrapped))
		if len(found) > 0 || read[0].Name != want {
			t.Errorf("got name %q and %v, want %q", read[0].Name, found, want)
		}
	}
}

func FuzzReadARM(f *testing.F) {
	f.Add([]byte(armGood))
	f.Add([]byte(`{"value": [{"kind": "NRT", "properties": {"displayName": "\ud800", "query": "\u0000\t"}}]}`))
	f.Add([]byte(`{"resources": [{"type": "x/alertRules", "kind": "Fusion", "properties": {"a": [[[]]]}, "name": "[parameters('x')]"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, found := ReadARM("f.json", data)
		for _, finding := range found {
			if finding.Path != "f.json" || finding.Message == "" || finding.Line < 1 {
				t.Errorf("incomplete finding %+v", finding)
			}
		}
		for _, rule := range all {
			rule.query.at(1, 1)
			FormatYAML(rule)
			FormatARM(rule)
		}
	})
}
