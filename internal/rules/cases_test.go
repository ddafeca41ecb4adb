package rules

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const caseText = `rule: Printer firmware replaced
cases:
  - name: everything
    events:
      - {at: 2026-03-02T09:00:00Z, by: ada@tidewater.example, from: 203.0.113.5, do: A/b/write, on: /subscriptions/s/p-#, repeat: 2, every: 1m}
    records:
      - {time: "2026-03-02T09:00:00Z", n: 1}
      - 'CEF:0|x'
    files: [one.json]
    format: hub
    rows:
      SigninLogs:
        - {TimeGenerated: 2026-03-02T09:00:00Z, RiskLevel: 3, Location: {city: Delft}}
    watchlists:
      VIP:
        - {SearchKey: ada, Name: Ada}
    at: 2026-03-02T10:00:00Z
    alerts:
      - name: a
        severity: high
        customDetails: {Model: X1, Count: [1, 2]}
        tactics: [Impact]
        count: 2
      - rows: 2
    incidents: 1
  - name: quiet
    none: true
    rows: {SecurityAlert: []}
`

func TestReadCaseFile(t *testing.T) {
	file, err := ReadCaseFile("r.cases.yaml", []byte(caseText))
	if err != nil {
		t.Fatal(err)
	}
	c := file.Cases[0]
	if file.Rule != "Printer firmware replaced" || len(file.Cases) != 2 || len(c.Hub()) != 4 || !file.Cases[1].Quiet() {
		t.Errorf("got rule %q, %d cases, %d hub records", file.Rule, len(file.Cases), len(c.Hub()))
	}
	if want := (Place{3, 5}); c.Place != want {
		t.Errorf("got the case at %v, want %v", c.Place, want)
	}
	if want := (Place{24, 9}); c.Alerts[1].Place != want {
		t.Errorf("got the second alert at %v, want %v", c.Alerts[1].Place, want)
	}
	wantRow := CaseRow{"TimeGenerated": "2026-03-02T09:00:00Z", "RiskLevel": uint64(3), "Location": map[string]any{"city": "Delft"}}
	if diff := cmp.Diff(wantRow, c.Rows["SigninLogs"][0]); diff != "" {
		t.Error(diff)
	}
	wantAlert := CaseAlert{
		Name: "a", Severity: High, Tactics: []string{"Impact"}, Count: 2,
		CustomDetails: map[string]Texts{"Model": {"X1"}, "Count": {"1", "2"}}, Place: Place{19, 9},
	}
	if diff := cmp.Diff(wantAlert, c.Alerts[0]); diff != "" {
		t.Error(diff)
	}
}

func TestFaultyCaseFiles(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"severity: high", "severty: high", `r.cases.yaml:20:9: unknown key "severty": did you mean "severity"?`},
		{"severity: high", "severity: hihg", `r.cases.yaml:19:9: severity "hihg" is unknown: did you mean "High"?`},
		{"at: 2026-03-02T10:00:00Z", "at: noon", "r.cases.yaml:17:"},
		{"name: quiet", "name: everything", `r.cases.yaml:26:5: there are two cases with the name "everything"`},
		{"name: quiet", "name: ''", "r.cases.yaml:26:5: the case has no name"},
		{"rows: {SecurityAlert: []}", "incidents: 0", `r.cases.yaml:26:5: case "quiet" has no events`},
		{"    rows: {SecurityAlert: []}", "    rows: {SecurityAlert: []}\n    alerts: [{rows: 1}]", `r.cases.yaml:26:5: case "quiet" says none and lists alerts`},
		{"format: hub", "format: hup", `r.cases.yaml:3:5: format "hup" is unknown`},
		{"rows:\n", "rows: [\n", "r.cases.yaml:"},
		{"name: a\n", "name: a\n        name: b\n", "r.cases.yaml:20:9: "},
	} {
		if !strings.Contains(caseText, c.old) {
			t.Fatalf("the file of cases does not hold %q", c.old)
		}
		_, err := ReadCaseFile("r.cases.yaml", []byte(strings.Replace(caseText, c.old, c.new, 1)))
		var fault *CaseError
		if !errors.As(err, &fault) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.new, err, c.want)
		}
	}
}

func TestCaseSeries(t *testing.T) {
	const text = `cases:
  - name: a series
    series:
      - {table: T_CL, repeat: 3, every: 90s, row: {TimeGenerated: 2026-03-02T09:00:00Z, File: "f-#.txt", N: 7, Deep: [{Id: "#"}]}}
    rows:
      T_CL: [{TimeGenerated: 2026-03-02T08:00:00Z}]
`
	file, err := ReadCaseFile("r.cases.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	rows := file.Cases[0].Rows["T_CL"]
	if len(rows) != 4 {
		t.Fatalf("got %d rows, want the one and three", len(rows))
	}
	want := CaseRow{"TimeGenerated": "2026-03-02T09:03:00.0000000Z", "File": "f-3.txt", "N": uint64(7), "Deep": []any{map[string]any{"Id": "3"}}}
	if diff := cmp.Diff(want, rows[3]); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct{ old, new, want string }{
		{"table: T_CL, ", "", "series[0]: table is missing"},
		{"repeat: 3", "repeat: 0", "series[0]: repeat is 0: want 1 to 10000"},
		{"{TimeGenerated: 2026-03-02T09:00:00Z, File", "{File", "series[0]: row.TimeGenerated is no time"},
		{"every", "evry", `unknown key "evry": did you mean "every"?`},
	} {
		_, err := ReadCaseFile("r.cases.yaml", []byte(strings.Replace(text, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.new, err, c.want)
		}
	}
}
