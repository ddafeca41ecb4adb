package trial_test

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
	"nephoscope/internal/trial"
)

// ruleWith is a rule that runs each hour, with more keys.
func ruleWith(query, more string) string {
	return fmt.Sprintf(`id: 9c0f6c52-6a5e-4a0e-9a38-5a4f7f1f9d10
name: Something happened
description: Something happened.
kind: Scheduled
version: 1.0.0
severity: Medium
requiredDataConnectors: []
queryFrequency: 1h
queryPeriod: 1h
triggerOperator: gt
triggerThreshold: 0
query: %q
%s`, query, more)
}

const (
	aboutAccount = `entityMappings:
  - entityType: Account
    fieldMappings:
      - {identifier: FullName, columnName: Who}
customDetails: {Number: N}
`
	perResult = "eventGroupingSettings: {aggregationKind: AlertPerResult}\n"
)

// play writes a rule and a file of cases into a folder and plays them.
func play(t *testing.T, rule, cases string, opt trial.Options, further ...string) []trial.Result {
	t.Helper()
	dir := t.TempDir()
	files := append([]string{"r.yaml", rule, "r.cases.yaml", cases}, further...)
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := rules.Load(filepath.Join(dir, "r.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Rules) != 1 {
		t.Fatal(set.Findings)
	}
	found, _, err := rules.LoadCases(set.Rules)
	if err != nil {
		t.Fatal(err)
	}
	file := found[set.Rules[0]][0]
	results, err := trial.Run(t.Context(), []trial.Subject{{Rule: set.Rules[0], Path: "r.cases.yaml", Cases: file.Cases}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// pass wants every result to be good.
func pass(t *testing.T, results []trial.Result) {
	t.Helper()
	for _, r := range results {
		if !r.Passed() {
			t.Errorf("%s: got %v and %v", r.Case.Name, r.Err, r.Differences)
		}
	}
}

func TestRowsOfATableThatNothingFills(t *testing.T) {
	query := `SigninLogs | where ResultType == "50126" and Novel == 3 | extend Country = tostring(LocationDetails.countryOrRegion)
| summarize N = count(), TimeGenerated = min(TimeGenerated) by Who = UserPrincipalName, Country`
	pass(t, play(t, ruleWith(query, aboutAccount), `
cases:
  - name: two failures
    rows:
      SigninLogs:
        - &failure {TimeGenerated: 2026-03-02T09:10:00Z, UserPrincipalName: ada@tidewater.example, ResultType: 50126, Novel: 3, LocationDetails: {countryOrRegion: NL}}
        - {<<: *failure, TimeGenerated: 2026-03-02T09:20:00Z}
    alerts:
      - entities: [ACCOUNT ada@tidewater.example]
        customDetails: {Number: 2}
        rows: 1
    incidents: 1
  - name: another result
    rows:
      SigninLogs:
        - {TimeGenerated: 2026-03-02T09:10:00Z, UserPrincipalName: ada@tidewater.example, ResultType: "0", Novel: 3}
    none: true
`, trial.Options{}))
}

func TestRowsOfCustomTablesAndAlerts(t *testing.T) {
	custom, err := tables.ReadCustom("t.yaml", []byte("name: Door_CL\nmatch: [{field: door, exists: true}]\ncolumns: [{name: Badge_s, type: string, from: badge.id}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	query := `SecurityAlert | where ProviderName == "MCAS" | join kind=inner (Door_CL | project Badge_s) on $left.CompromisedEntity == $right.Badge_s
| project TimeGenerated, Who = Badge_s, N = 1`
	pass(t, play(t, ruleWith(query, aboutAccount), `
cases:
  - name: an alert about who opened a door
    rows:
      SecurityAlert:
        - {TimeGenerated: 2026-03-02T09:10:00Z, ProviderName: MCAS, SystemAlertId: a-1, CompromisedEntity: ada, StartTime: 2026-03-02T09:00:00Z}
      Door_CL:
        - {TimeGenerated: 2026-03-02T09:05:00Z, Badge_s: ada}
    alerts:
      - entities: [account ada]
`, trial.Options{Tables: []*schema.Table(custom)}))
}

// activity is one record in the shape of a hub.
const activity = `{"time": "2026-03-02T09:10:00Z", "resourceId": "/SUBSCRIPTIONS/5A0E1D3C-77AA-4B8E-9F43-6D2C11E0B801/RESOURCEGROUPS/G", "operationName": "MICROSOFT.RESOURCES/SUBSCRIPTIONS/RESOURCEGROUPS/DELETE", "category": "Administrative", "resultType": "Success", "correlationId": "c0ffee00-0000-4000-8000-00000000000%d", "callerIpAddress": "203.0.113.5"}`

func TestRecordsInAnyShape(t *testing.T) {
	query := `AzureActivity | where OperationNameValue =~ "Microsoft.Resources/subscriptions/resourceGroups/delete" | summarize N = count(), TimeGenerated = max(TimeGenerated) by Who = CallerIpAddress`
	text := func(n int) string { return fmt.Sprintf(activity, n) }
	cases := `
cases:
  - name: an object and a text
    records:
      - ` + text(1) + `
      - '` + text(2) + `'
    alerts: [{customDetails: {Number: 2}, entities: [account 203.0.113.5]}]
  - name: a file of lines
    files: [lines.json]
    format: storage
    alerts: [{customDetails: {Number: 3}}]
  - name: a message with an envelope, beside rows and calls
    records:
      - records: [` + text(1) + `]
    rows:
      AzureActivity:
        - {TimeGenerated: 2026-03-02T09:12:00Z, OperationNameValue: MICROSOFT.RESOURCES/SUBSCRIPTIONS/RESOURCEGROUPS/DELETE, CallerIpAddress: 203.0.113.5, CorrelationId: c1}
    events:
      - {at: 2026-03-02T09:13:00Z, by: ada@tidewater.example, from: 203.0.113.5, do: Microsoft.Resources/subscriptions/resourceGroups/delete, on: /subscriptions/s/resourceGroups/g, flow: [Success]}
    alerts: [{customDetails: {Number: "3"}}]
`
	pass(t, play(t, ruleWith(query, aboutAccount), cases, trial.Options{}, "lines.json", text(1)+"\n"+text(2)+"\n"+text(3)+"\n"))
}

func TestRunsOfACase(t *testing.T) {
	const row = "{TimeGenerated: 2026-03-02T09:10:00Z, ResultType: a}"
	query := "SigninLogs | project TimeGenerated, Who = ResultType, N = tostring(now())"
	pass(t, play(t, ruleWith(query, aboutAccount+perResult), `
cases:
  - {name: at a run time, rows: {SigninLogs: [`+row+`]}, at: 2026-03-02T10:00:00Z, incidents: 1, alerts: [{customDetails: {Number: "2026-03-02T10:00:00.0000000Z"}}]}
  - {name: at another time, rows: {SigninLogs: [`+row+`]}, at: 2026-03-02T09:30:00Z, alerts: [{customDetails: {Number: "2026-03-02T09:30:00.0000000Z"}}]}
  - {name: too early, rows: {SigninLogs: [`+row+`]}, at: 2026-03-02T09:00:00Z}
  - {name: the last day only, rows: {SigninLogs: [`+row+`, {TimeGenerated: 2026-02-27T09:10:00Z, ResultType: b}]}, alerts: [{entities: [account a]}]}
  - {name: from the beginning, rows: {SigninLogs: [`+row+`, {TimeGenerated: 2026-02-27T09:10:00Z, ResultType: b}]}, from: 2026-02-27T00:00:00Z, alerts: [{rows: 1, count: 2}]}
  - {name: up to, rows: {SigninLogs: [`+row+`]}, to: 2026-03-02T09:00:00Z}
`, trial.Options{}))
}

func TestSilence(t *testing.T) {
	rule := strings.Replace(ruleWith("SigninLogs", ""), "triggerOperator: gt\ntriggerThreshold: 0", "triggerOperator: lt\ntriggerThreshold: 1", 1)
	pass(t, play(t, rule, `
cases:
  - {name: nothing at all, at: 2026-03-02T10:00:00Z, alerts: [{rows: 0}]}
  - {name: three hours of nothing, from: 2026-03-02T10:00:00Z, to: 2026-03-02T13:00:00Z, alerts: [{count: 3}]}
  - {name: not silent, rows: {SigninLogs: [{TimeGenerated: 2026-03-02T09:10:00Z}]}, at: 2026-03-02T10:00:00Z, none: true}
`, trial.Options{}))
}

func TestWatchlistsAndArrival(t *testing.T) {
	query := `SigninLogs | where ingestion_time() > ago(1h) | join kind=inner (_GetWatchlist("VIP") | project SearchKey, Name) on $left.UserPrincipalName == $right.SearchKey
| project TimeGenerated, Who = Name, N = 1`
	pass(t, play(t, ruleWith(query, aboutAccount), `
cases:
  - name: a person of the list
    watchlists: {VIP: [{Key: x, SearchKey: ada, Name: Ada}, {SearchKey: bo, Name: Bo}]}
    rows: {SigninLogs: [{TimeGenerated: 2026-03-02T09:10:00Z, UserPrincipalName: bo}, {TimeGenerated: 2026-03-02T09:10:00Z, UserPrincipalName: eve}]}
    alerts: [{entities: [account Bo]}]
`, trial.Options{}))
}

func TestCasesThatCannotBePlayed(t *testing.T) {
	const query = "SigninLogs | project Who = UserPrincipalName, N = 1"
	for inputs, want := range map[string]string{
		"rows: {SigninLog: [{TimeGenerated: 2026-03-02T09:10:00Z}]}":                               `rows.SigninLog: there is no table "SigninLog": did you mean "SigninLogs"?`,
		"rows: {SecurityAlert: [{TimeGenerated: 2026-03-02T09:10:00Z, Severity: a, AlertNam: b}]}": `rows.SecurityAlert[0]: table SecurityAlert has no column "AlertNam": did you mean "AlertName"?`,
		"rows: {SecurityAlert: [{TimeGenerated: yesterday}]}":                                      "column TimeGenerated of SecurityAlert is datetime and cannot hold \"yesterday\"",
		"rows: {SigninLogs: [{UserPrincipalName: ada}]}":                                           "row 1 of SigninLogs has no TimeGenerated",
		"records: [{hello: world}]":                                                                "records[0]: no table claims the record",
		"records: ['{\"time\": ']":                                                                 "records[0]: ",
		"files: [none.json]":                                                                       "none.json",
		"files: [/etc/hostname]":                                                                   "want a path relative to the file of cases",
	} {
		results := play(t, ruleWith(query, aboutAccount), "cases: [{name: x, "+inputs+"}]\n", trial.Options{})
		if err := results[0].Err; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", inputs, err, want)
		}
	}
	broken := play(t, ruleWith("SigninLogs | project Whom = 1 |", ""), "cases: [{name: x, at: 2026-03-02T09:10:00Z}]\n", trial.Options{})
	if broken[0].Err == nil || broken[0].Passed() {
		t.Error("a rule whose query does not compile passed")
	}
}

// three makes three alerts of one row each, numbered.
const three = `SigninLogs | project TimeGenerated, Who = UserPrincipalName, N = ResultType`

const threeRows = `
    rows:
      SigninLogs:
        - {TimeGenerated: 2026-03-02T09:10:00Z, UserPrincipalName: ada, ResultType: 1}
        - {TimeGenerated: 2026-03-02T09:20:00Z, UserPrincipalName: bo, ResultType: 2}
        - {TimeGenerated: 2026-03-02T09:30:00Z, UserPrincipalName: cy, ResultType: 3}
`

func TestDifferences(t *testing.T) {
	for _, c := range []struct {
		name, alerts string
		want         []string
	}{
		{"in another order", "[{entities: [account cy]}, {}, {entities: [account bo]}]", nil},
		{"the free one leaves the fitting one to others", "[{}, {}, {entities: [account ada]}]", nil},
		{"counted", "[{rows: 1, count: 3}]", nil},
		{"one is missing", "[{rows: 1, count: 4}]", []string{"alert 1 (4 of 4): want an alert: rows 1, got no such alert (runs of the rule: 1, result rows: 3, alerts: 3)"}},
		{"one too many", "[{}, {}]", []string{`an alert too many: want none, got "Something happened" (Medium, rows: 1, first activity 2026-03-02T09:30:00Z) about account cy`}},
		{"the nearest is compared", "[{}, {}, {name: Something else, severity: High, entities: [account cy], customDetails: {Number: 4, Other: x}}]", []string{
			`alert 3: name: want "Something else", got "Something happened"`,
			`alert 3: severity: want "High", got "Medium"`,
			`alert 3: customDetails.Number: want 4, got 3`,
			`alert 3: customDetails.Other: want x, got no such ones`,
		}},
		{"an entity is missing", "[{}, {}, {entities: [account cy, ip 203.0.113.5]}]", []string{"alert 3: entities: want ip 203.0.113.5, got no such ones"}},
		{"tactics", "[{}, {}, {tactics: [Impact], rows: 2}]", []string{"alert 3: rows: want 2, got 1", "alert 3: tactics: want Impact, got no such ones"}},
		{"incidents", "[{count: 3}]\n    incidents: 1", []string{"incidents: want 1, got 3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cases := "cases:\n  - name: x" + threeRows + "    alerts: " + c.alerts + "\n"
			r := play(t, ruleWith(three, aboutAccount+perResult), cases, trial.Options{})[0]
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			var got []string
			for _, d := range r.Differences {
				got = append(got, d.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOnlyAndJUnit(t *testing.T) {
	cases := "cases:\n  - name: good" + threeRows + "    alerts: [{count: 3}]\n  - name: bad <&>" + threeRows +
		"    alerts: [{count: 3, severity: Low}]\n  - {name: broken, rows: {Nothing: []}}\n  - {name: left out, at: 2026-03-02T09:10:00Z}\n"
	only := func(_, name string) bool { return name != "left out" }
	results := play(t, ruleWith(three, aboutAccount+perResult), cases, trial.Options{Only: only, Parallel: 1})
	var b strings.Builder
	if err := trial.WriteJUnit(&b, results); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string `xml:"name,attr"`
				File    string `xml:"file,attr"`
				Line    int    `xml:"line,attr"`
				Failure string `xml:"failure"`
				Error   string `xml:"error"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Tests != 3 || got.Failures != 1 || got.Errors != 1 || len(got.Suites) != 1 || got.Suites[0].Name != "Something happened" {
		t.Errorf("got %+v", got)
	}
	bad, broken := got.Suites[0].Cases[1], got.Suites[0].Cases[2]
	if bad.Name != "bad <&>" || bad.Line != 9 || !strings.HasPrefix(bad.Failure, `r.cases.yaml:15: alert 1 (1 of 3): severity: want "Low", got "Medium"`) {
		t.Errorf("got %+v", bad)
	}
	if !strings.Contains(broken.Error, `there is no table "Nothing"`) {
		t.Errorf("got %+v", broken)
	}
}

func TestIncidentsOfAnotherProductsAlerts(t *testing.T) {
	rule := `id: 9c0f6c52-6a5e-4a0e-9a38-5a4f7f1f9d11
name: Incidents of alerts
description: For each alert.
kind: MicrosoftSecurityIncidentCreation
version: 1.0.0
requiredDataConnectors: []
productFilter: Microsoft Cloud App Security
severitiesFilter: [High]
`
	const rows = `rows: {SecurityAlert: [{TimeGenerated: 2026-03-02T08:10:00Z, SystemAlertId: a-1, DisplayName: A, AlertSeverity: High, ProductName: Microsoft Cloud App Security, Status: New}]}`
	results := play(t, rule, `
cases:
  - {name: one, `+rows+`, incidents: 1}
  - {name: too many, `+rows+`, incidents: 2}
  - {name: none at all, `+rows+`, none: true}
  - {name: an alert, `+rows+`, incidents: 1, alerts: [{name: A}]}
`, trial.Options{})
	want := [][]string{
		nil,
		{"incidents: want 2, got 1"},
		{"incidents: want 0, got 1"},
		{"alert 1: want an alert: A, got no such alert (runs of the rule: 1, result rows: 0, alerts: 0)"},
	}
	for i, r := range results {
		var got []string
		for _, d := range r.Differences {
			got = append(got, d.String())
		}
		if diff := cmp.Diff(want[i], got); diff != "" || r.Err != nil {
			t.Errorf("%s: got %v, %s", r.Case.Name, r.Err, diff)
		}
	}
}
