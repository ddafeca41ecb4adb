package sigma_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/rules"
	"nephoscope/internal/sigma"
)

// whole is a rule with everything that a rule can say about itself.
const whole = `title: Under test
id: 3F0C1C52-6a5e-4a0e-9a38-5a4f7f1f9d10
status: experimental
description: |
    Somebody replaced the firmware of a printer.
license: MIT
author: Ada
references:
    - https://example.org/printers
date: 2026-01-02
modified: 2026-02-03
tags:
    - attack.privilege-escalation
    - attack.t1098.003
    - attack.T1485
    - attack.defense_impairment
    - attack.g0016
    - cve.2026-1234
logsource:
    product: Azure
    service: ActivityLogs
    definition: for people
detection:
    selection:
        operationName: Contoso.Printers/firmware/write
    condition: selection
fields:
    - caller
    - properties.model
    - nothing of ours...
falsepositives:
    - Technicians
level: critical
custom: anything
`

func TestRuleHasWhatSigmaSays(t *testing.T) {
	r := results(t, whole)[0]
	if r.Refusal != nil {
		t.Fatal(r.Refusal)
	}
	rule := r.Rule
	want := &rules.Rule{
		ID: "3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10", Name: underTest, Description: "Somebody replaced the firmware of a printer.",
		Kind: rules.Scheduled, Version: "1.0.0", Enabled: true, Severity: rules.High,
		Connectors: []rules.Connector{{ID: "AzureActivity", DataTypes: []string{"AzureActivity"}}},
		Frequency:  15 * time.Minute, Period: 75 * time.Minute, Operator: rules.GreaterThan,
		Tactics: []string{"PrivilegeEscalation", "DefenseEvasion", "Impact"}, Techniques: []string{"T1098.003", "T1485"},
		Query: `// Sigma: Under test
// id 3F0C1C52-6a5e-4a0e-9a38-5a4f7f1f9d10, status experimental, level critical, author Ada
AzureActivity
| extend Field_properties_model = tostring(Properties_d.model)
| where OperationNameValue =~ "Contoso.Printers/firmware/write"
| summarize FirstSeen = min(TimeGenerated),
    arg_max(TimeGenerated, *)
    by CorrelationId,
    OperationNameValue,
    _ResourceId
| where FirstSeen > ago(15m)`,
		Entities: []rules.EntityMapping{
			{Type: "Account", Fields: []rules.FieldMapping{{Identifier: "FullName", Column: "Caller"}}},
			{Type: "IP", Fields: []rules.FieldMapping{{Identifier: "Address", Column: "CallerIpAddress"}}},
			{Type: "AzureResource", Fields: []rules.FieldMapping{{Identifier: "ResourceId", Column: "_ResourceId"}}},
		},
		CustomDetails: []rules.CustomDetail{{Key: "Caller", Column: "Caller"}, {Key: "Field_properties_mod", Column: "Field_properties_model"}},
		PerResult:     true,
		Incident: rules.IncidentConfig{Create: true, Grouping: rules.Grouping{
			Enabled: true, Lookback: 5 * time.Hour, Match: rules.AllEntities,
		}},
		Path: "rule.yml",
	}
	if diff := cmp.Diff(fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", rule)); diff != "" {
		t.Error(diff)
	}
	metadata := sigma.Metadata{
		Author: "Ada", License: "MIT", Status: "experimental", Date: "2026-01-02", Modified: "2026-02-03",
		References: []string{"https://example.org/printers"}, FalsePositives: []string{"Technicians"}, Tags: []string{"attack.g0016", "cve.2026-1234"},
	}
	if diff := cmp.Diff(metadata, r.Metadata); diff != "" {
		t.Error(diff)
	}
	notes := []string{
		"level critical has no severity of its own: it becomes High",
		"technique T1485 belongs to none of the tactics that are named: Impact added",
	}
	if diff := cmp.Diff(notes, r.Notes); diff != "" {
		t.Error(diff)
	}
}

// refusals are detections that cannot be converted: where, and words of why.
var refusals = []struct{ name, text, want string }{
	{"no YAML", "title: [", "rule.yml:1:"},
	{"no mapping", "- a\n- b\n", "1:1: a Sigma document must be a mapping"},
	{"no detection", "title: x\nlogsource: {product: azure}\n", "1:1: the document has neither a detection nor a correlation"},
	{"no title", "logsource: {product: azure}\ndetection:\n  s: {a: b}\n  condition: s\n", "1:1: the document has no title"},
	{"no log source", "title: x\ndetection:\n  s: {a: b}\n  condition: s\n", "the document has no logsource"},
	{"a log source without a table", "title: x\nlogsource:\n  product: windows\n  service: security\ndetection:\n  s: {a: b}\n  condition: s\n", "3:3: no table is known for the log source windows/security"},
	{"a category", "title: x\nlogsource: {product: azure, service: activitylogs, category: network}\ndetection:\n  s: {a: b}\n  condition: s\n", "no table is known for the log source network/azure/activitylogs"},
	{"old collections", "action: global\ntitle: x\n", "1:1: collections with action are of an older Sigma"},
	{"a field given twice", detection("activitylogs", "s: {caller: a, caller: b}\ncondition: s"), `6:20: key "caller" is given twice`},
	{"an unknown field", detection("signinlogs", "s:\n  Status: failure\n  Count: '<10%'\ncondition: s"), `8:14: field "Count" is not known in azure/signinlogs`},
	{"an unknown modifier", detection("activitylogs", "s:\n  caller|sounds: a\ncondition: s"), `7:7: modifier "sounds" is unknown`},
	{"a placeholder", detection("activitylogs", "s:\n  caller|expand: '%Administrators%'\ncondition: s"), "7:22: placeholder %Administrators% has no values"},
	{"a flag without re", detection("activitylogs", "s:\n  caller|i: a\ncondition: s"), "modifier i only has a meaning behind re"},
	{"an expression that looks around", detection("activitylogs", "s:\n  caller|re: 'a(?!b)'\ncondition: s"), "7:18: the regular expression cannot be used"},
	{"no network", detection("activitylogs", "s:\n  caller|cidr: ada\ncondition: s"), `"ada" is no network`},
	{"no number", detection("activitylogs", "s:\n  caller|gt: ada\ncondition: s"), `modifier gt of caller needs a number, not "ada"`},
	{"text that is null", detection("activitylogs", "s:\n  caller|contains: null\ncondition: s"), "modifier contains of caller needs text, not null"},
	{"wildcards to encode", detection("activitylogs", "s:\n  caller|base64: a*\ncondition: s"), "cannot encode wildcards"},
	{"contains before base64", detection("activitylogs", "s:\n  caller|contains|base64: a\ncondition: s"), "cannot encode wildcards"},
	{"utf16 alone", detection("activitylogs", "s:\n  caller|wide: a\ncondition: s"), "text in UTF-16 is never found as it is"},
	{"exists of a text", detection("activitylogs", "s:\n  caller|exists: maybe\ncondition: s"), "modifier exists needs a field and either true or false"},
	{"too many dashes", detection("activitylogs", "s:\n  caller|windash: -a -b -c -d -e -f\ncondition: s"), "makes more than 1000 values"},
	{"an hour that is none", detection("activitylogs", "s:\n  TimeGenerated|hour: noon\ncondition: s"), "the hour of a time is a whole number"},
	{"an empty list", detection("activitylogs", "s:\n  caller: []\ncondition: s"), "caller has an empty list of values"},
	{"a mapping for a value", detection("activitylogs", "s:\n  caller: {a: b}\ncondition: s"), "a single value is wanted here"},
	{"an alias", detection("activitylogs", "s:\n  caller: &x a\n  level: *x\ncondition: s"), "8:14: aliases are not supported"},
	{"a number for the whole event", detection("activitylogs", "s:\n  - null\ncondition: s"), "only words and expressions can be looked for in the event as a whole"},
	{"no condition", detection("activitylogs", "s: {caller: a}"), "the detection has no condition"},
	{"a search that is not there", detection("activitylogs", "s: {caller: a}\ncondition: s and t"), `7:22: the detection has no search "t": it has s`},
	{"a pattern of nothing", detection("activitylogs", "s: {caller: a}\ncondition: 1 of t*"), `the detection has no search "t*"`},
	{"more than there are", detection("activitylogs", "s: {caller: a}\ncondition: 2 of s*"), "2 of s* can never be: there are only 1"},
	{"of nothing", detection("activitylogs", "s: {caller: a}\ncondition: 1 of"), "the condition ends behind of"},
	{"a bracket", detection("activitylogs", "s: {caller: a}\ncondition: (s"), "a closing bracket is missing"},
	{"an operator at the end", detection("activitylogs", "s: {caller: a}\ncondition: s and"), "the condition has the end where the name of a search is wanted"},
	{"two names", detection("activitylogs", "s: {caller: a}\ncondition: s s"), `"s" is not expected in the condition`},
	{"near", detection("activitylogs", "s: {caller: a}\ncondition: s | near s"), "near is of an older Sigma"},
	{"a count without a time", detection("activitylogs", "s: {caller: a}\ncondition: s | count() > 3"), "the detection has no timeframe"},
	{"a count without a number", detection("activitylogs", "s: {caller: a}\ntimeframe: 1h\ncondition: s | count() by caller"), "does not say what the count is compared with"},
	{"a function that is none", detection("activitylogs", "s: {caller: a}\ntimeframe: 1h\ncondition: s | mode(level) > 1"), `"mode" is no function of a condition`},
	{"a time that is none", detection("activitylogs", "s: {caller: a}\ntimeframe: soon\ncondition: s | count() > 3"), `"soon" is no length of time`},
	{"too long a time", detection("activitylogs", "s: {caller: a}\ntimeframe: 30d\ncondition: s | count() > 3"), "a time of 30d is too long"},
	{"one of several conditions counts", detection("activitylogs", "s: {caller: a}\ntimeframe: 1h\ncondition:\n  - s\n  - s | count() > 3"), "one of several conditions counts events"},
	{"an alert of another source", "title: x\nlogsource: {product: m365, service: threat_management}\ndetection:\n  s: {eventSource: Exchange, eventName: y}\n  condition: s\n", "no event of m365/threat_management can match"},
	{"two values of one column", detection("activitylogs", "s: {operationName: a, operation: b}\ncondition: s"), `operationName and operation both stand in OperationNameValue, which cannot be "a" and "b" at once`},
	{"a type of correlation", correlation("type: guess\nrules: [failed]\ntimespan: 1h"), `correlation type "guess" is unknown`},
	{"a rule that is not there", correlation("type: event_count\nrules: [elsewhere]\ntimespan: 1h\ncondition: {gte: 2}"), `no document has the id or name "elsewhere"`},
	{"a group that is not there", correlation("type: event_count\nrules: [failed]\ngroup-by: [planet]\ntimespan: 1h\ncondition: {gte: 2}"), `the rule "Failed" cannot be used: field "planet" is not known`},
	{"a group that the part has not", correlation("type: temporal\nrules: [many, signed_in]\ngroup-by: [IPAddress]\ntimespan: 1h"), `correlation "Many failed" is not grouped by IPAddress`},
	{"a correlation of itself", correlation("type: event_count\nrules: [3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10]\ntimespan: 1h\ncondition: {gte: 2}"), "the correlation is a part of itself"},
	{"values without a field", correlation("type: value_count\nrules: [failed]\ntimespan: 1h\ncondition: {gte: 2}"), "needs a field in its condition"},
	{"one rule in time", correlation("type: temporal\nrules: [failed]\ntimespan: 1h"), "needs two rules or more"},
	{"a filter of nothing", "title: x\nlogsource: {product: azure}\nfilter:\n  rules: [y]\n  s: {caller: a}\n  condition: s\n", "the filter belongs to no rule"},
}

func TestRefusalsSayWhereAndWhy(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, r := range results(t, c.text) {
				if r.Refusal == nil {
					continue
				}
				got = append(got, r.Refusal.Error())
				if r.Rule != nil {
					t.Error("there is a rule all the same")
				}
			}
			if len(got) != 1 || !strings.Contains(got[0], c.want) {
				t.Errorf("got %q, want one with %q\n%s", got, c.want, c.text)
			}
		})
	}
}

func TestFiltersAndPartsOfOtherFiles(t *testing.T) {
	files := []sigma.File{
		{Path: "filter.yml", Data: []byte("title: Not the admins\nlogsource: {product: azure, service: activitylogs}\nfilter:\n  rules: [role_given]\n  s: {caller|startswith: adm_}\n  condition: not s\n")},
		{Path: "parts.yml", Data: []byte(parts)},
		{Path: "together.yml", Data: []byte("title: Twice\ncorrelation:\n  type: event_count\n  rules: [lock_removed]\n  generate: true\n  group-by: [caller]\n  timespan: 1h\n  condition: {gte: 2}\n")},
	}
	list, err := sigma.ConvertAll(files, sigma.Options{Frequency: 10 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]string{}
	for _, r := range list {
		if r.Refusal != nil {
			t.Fatal(r.Refusal)
		}
		if r.Rule != nil {
			made[r.Path+" "+r.Title] = fmt.Sprint(r.Rule.Frequency, " ", r.Rule.Period, "\n", r.Rule.Query)
		}
	}
	if query := made["parts.yml Role given"]; !strings.Contains(query, `not(Caller startswith "adm_")`) || !strings.Contains(query, "ago(10m)") {
		t.Errorf("the filter is not in the rule:\n%s", query)
	}
	if query := made["together.yml Twice"]; !strings.HasPrefix(query, "10m0s 1h10m0s") {
		t.Errorf("the correlation looks back too little:\n%s", query)
	}
	if _, ok := made["parts.yml Lock removed"]; !ok {
		t.Error("a part that is to be generated has no rule")
	}
	if _, ok := made["parts.yml Failed"]; ok {
		t.Error("a part has a rule of its own")
	}
}

func TestFrequencyIsChecked(t *testing.T) {
	for _, f := range []time.Duration{time.Minute, -time.Hour, 48 * time.Hour, 5*time.Minute + time.Millisecond} {
		if _, err := sigma.Convert("x", nil, sigma.Options{Frequency: f}); err == nil {
			t.Errorf("a frequency of %s is taken", f)
		}
	}
}

func TestLoaderTakesSigmaFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"good.yml": whole, "bad.yml": detection("activitylogs", "s: {caller|sounds: a}\ncondition: s"), "other.yml": "title: x\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := sigma.Loader(sigma.Options{}).Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Rules) != 1 || set.Rules[0].Name != underTest {
		t.Errorf("got rules %v", set.Rules)
	}
	var lines []string
	for _, f := range set.Findings {
		lines = append(lines, strings.TrimPrefix(f.String(), dir))
	}
	if text := strings.Join(lines, "\n"); !strings.Contains(text, `/bad.yml:6:9: error: modifier "sounds" is unknown`) || !strings.Contains(text, "/good.yml:1:1: info: level critical") {
		t.Errorf("got findings\n%s", text)
	}
}

func TestIsSigma(t *testing.T) {
	for text, want := range map[string]bool{
		whole: true, parts: true, correlation("type: temporal"): true, "\ufeff" + whole: true,
		"id: x\nname: y\nkind: Scheduled\nquery: AzureActivity\n": false, "title: [": false, "": false, "title: a\n": false, "- detection\n": false,
		"title: a\n---\ntitle: b\ndetection: {}\n": true,
	} {
		if got := sigma.IsSigma([]byte(text)); got != want {
			t.Errorf("got %t, want %t\n%s", got, want, text)
		}
	}
}

// FuzzConvert converts any text: no panic, and every rule is one that the
// catalog's tables can be asked.
func FuzzConvert(f *testing.F) {
	f.Add(whole)
	f.Add(parts)
	for _, c := range refusals {
		f.Add(c.text)
	}
	for _, c := range append(modifierCases, conditionCases...) {
		f.Add(detection("activitylogs", c.detection))
	}
	for _, c := range countCases {
		f.Add(detection("activitylogs", c.detection))
	}
	for _, c := range correlationCases {
		f.Add(correlation(c.correlation))
	}
	cat := newCatalog(f)
	f.Fuzz(func(t *testing.T, text string) {
		began := time.Now()
		list := results(t, text)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("converting %d bytes takes %s", len(text), took)
		}
		for _, r := range list {
			if r.Rule != nil {
				valid(t, cat, r.Rule)
			}
		}
	})
}
