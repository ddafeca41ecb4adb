package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"5m": 5 * time.Minute, "1h": time.Hour, "14d": 14 * day, "1H": time.Hour,
		"PT5M": 5 * time.Minute, "PT1H": time.Hour, "P1D": day, "P14D": 14 * day,
		"P1DT2H": 26 * time.Hour, "PT1H30M": 90 * time.Minute, "PT90S": 90 * time.Second, "P2W": 14 * day,
		"01:00:00": time.Hour, "00:05:00": 5 * time.Minute, "1.02:00:00": 26 * time.Hour, "14.00:00:00": 14 * day,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%s: got %s and %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "1", "h", "1w", "P", "PT", "P1DT", "-1h", "1h 5m", "99999999999999999999d", "999999999d", "1:2:3:4"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q: got %s, want an error", text, got)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"PT0S": 0, "PT5M": 5 * time.Minute, "P14D": 14 * day, "P1DT2H": 26 * time.Hour, "PT1H30M5S": time.Hour + 30*time.Minute + 5*time.Second,
	} {
		if got := FormatDuration(d); got != want {
			t.Errorf("%s: got %s, want %s", d, got, want)
		}
	}
}

func TestTriggers(t *testing.T) {
	for _, c := range []struct {
		op           Operator
		n, threshold int
		want         bool
	}{
		{GreaterThan, 0, 0, false},
		{GreaterThan, 1, 0, true},
		{GreaterThan, 5, 5, false},
		{LessThan, 0, 1, true},
		{LessThan, 1, 1, false},
		{Equal, 3, 3, true},
		{Equal, 2, 3, false},
		{NotEqual, 3, 3, false},
		{NotEqual, 0, 3, true},
		{"", 1, 0, false},
	} {
		if got := c.op.Triggers(c.n, c.threshold); got != c.want {
			t.Errorf("%d %s %d: got %t, want %t", c.n, c.op, c.threshold, got, c.want)
		}
	}
}

func TestReadEveryKey(t *testing.T) {
	read, _ := Read("r.yaml", []byte(good))
	want := &Rule{
		ID: "3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10", Name: "Printer firmware replaced",
		Description: "Somebody replaced the firmware of a printer.\n", Kind: Scheduled, Version: "1.0.0", Severity: Medium, Enabled: true,
		Connectors: []Connector{{ID: "AzureActivity", DataTypes: []string{"AzureActivity"}}},
		Frequency:  time.Hour, Period: 2 * time.Hour, Operator: GreaterThan, Threshold: 0,
		Tactics: []string{"Persistence"}, Techniques: []string{"T1098.003"},
		Query: "AzureActivity\n| where OperationNameValue =~ \"Contoso.Printers/firmware/write\"\n| project TimeGenerated, Caller, CallerIpAddress, Model\n",
		Entities: []EntityMapping{
			{Type: "Account", Fields: []FieldMapping{{"FullName", "Caller"}}},
			{Type: "IP", Fields: []FieldMapping{{"Address", "CallerIpAddress"}}},
		},
		CustomDetails: []CustomDetail{{"Model", "Model"}},
		Override:      Override{Name: "Firmware of {{Model}} replaced by {{Caller}}", Severity: "Model"},
		PerResult:     true, SuppressionDuration: 5 * time.Hour,
		Incident: IncidentConfig{Create: true, Grouping: Grouping{
			Enabled: true, Lookback: 5 * time.Hour, Match: Selected,
			ByEntities: []string{"Account"}, ByCustomDetails: []string{"Model"},
		}},
		Path: "r.yaml",
	}
	if diff := cmp.Diff(want, read[0], cmpopts.IgnoreUnexported(Rule{})); diff != "" {
		t.Error(diff)
	}
}

func TestOtherSpellings(t *testing.T) {
	text := good
	for old, replacement := range map[string]string{
		"queryPeriod: 2h":             "queryPeriod: P1D",
		"queryFrequency: 1h":          "queryFrequency: 01:00:00",
		"triggerOperator: gt":         "triggerOperator: LessThan",
		"suppressionEnabled: false":   "suppressionEnabled: true",
		"matchingMethod: Selected":    "entitiesMatchingMethod: None",
		"createIncident: true":        "createIncident: false",
		"id: 3f0c1c52-6a5e-4a0e":      "id: 3F0C1C52-6A5E-4A0E",
		"severity: Medium":            `severity: "High"`,
		"name: Printer firmware":      "\ufeffname: 'Printer''s firmware'  # quoted\n#",
		"tactics:\n  - Persistence":   "tactics: [Persistence, 'Impact']",
		"requiredDataConnectors:\n":   "tags:\n  - any: thing\nmetadata:\n  source: {kind: Own}\nrequiredDataConnectors:\n",
		"    groupByEntities:\n":      "    groupByAlertDetails:\n    groupByEntities:\n",
		"    reopenClosedIncident: f": "    reopenClosedIncident: F",
	} {
		text = strings.Replace(text, old, replacement, 1)
	}
	text = strings.Replace(text, "\ufeff", "", 1)
	read, found := Read("r.yaml", []byte("\ufeff"+strings.ReplaceAll(text, "\n", "\r\n")))
	for _, f := range found {
		t.Errorf("got %s, want nothing", f)
	}
	r := read[0]
	if r.Period != day || r.Frequency != time.Hour || r.Operator != LessThan || r.Suppression != 5*time.Hour {
		t.Errorf("got period %s, frequency %s, operator %s, suppression %s", r.Period, r.Frequency, r.Operator, r.Suppression)
	}
	if r.Incident.Grouping.Match != AnyAlert || r.Incident.Create || r.Name != "Printer's firmware" || r.Severity != High {
		t.Errorf("got %+v, name %q, severity %s", r.Incident, r.Name, r.Severity)
	}
	if r.ID != "3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10" {
		t.Errorf("got id %s, want it in lower case", r.ID)
	}
}

func TestLoadFoldersAndFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("b/deep/er.yml", strings.Replace(good, "3f0c1c52", "5f0c1c52", 1))
	write("b/broken.yaml", strings.Replace(good, "severity: Medium", "severity: 7", 1))
	write("b/rule.cases.yaml", "cases: []\n")
	write("b/readme.md", "no rule")
	single := write("a.yaml", good)
	set, err := Load(filepath.Join(dir, "b"), single)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, r := range set.Rules {
		paths = append(paths, filepath.ToSlash(strings.TrimPrefix(r.Path, dir)))
	}
	if diff := cmp.Diff([]string{"/a.yaml", "/b/deep/er.yml"}, paths); diff != "" {
		t.Error(diff)
	}
	if len(set.Findings) != 1 || !strings.HasSuffix(set.Findings[0].Path, "broken.yaml") {
		t.Errorf("got findings %v, want one of broken.yaml", set.Findings)
	}
	if _, err := Load(filepath.Join(dir, "none")); err == nil {
		t.Error("got no error for a path that does not exist")
	}
}

// TestSpanPlaces marks characters of a query in every scalar style and expects
// to find each where it stands in the file.
func TestSpanPlaces(t *testing.T) {
	for _, scalar := range []string{
		"|\n  Ä | where x == 'a'\n    | take ①\n\n  | ②",
		"|2-\n    Ä | ①\n  | ②",
		">-\n  Ä |\n  where ①\n\n  ②",
		"Ä | where\n  ①\n  | ②",
		"'Ä | where x == ''a'' ①\n\n   ②'",
		`"Ä | where x == \"a\"\n\t\u007c ①\x20\` + "\n   ②\"",
	} {
		source := "# first\nkey: 1\nquery: " + scalar + "\nafter: 2\n"
		r := &reader{source: source, places: map[string]Place{}, keys: map[Place]string{}}
		var rule Rule
		r.fields(root(r.documents()[0]), map[string]func(value){"query": r.query(&rule), "key": ignored, "after": ignored})
		for _, mark := range []string{"Ä", "①", "②"} {
			line, column := position(rule.Query, strings.Index(rule.Query, mark))
			wantLine, wantColumn := position(source, strings.Index(source, mark))
			if got, want := rule.query.at(line, column), (Place{wantLine, wantColumn}); got != want {
				t.Errorf("%q: %s: got %v, want %v", scalar, mark, got, want)
			}
		}
	}
}

func TestSpanBeyondTheEnd(t *testing.T) {
	s := span{text: "a\nb", places: []Place{{1, 1}, {1, 2}, {2, 1}, {2, 2}}}
	for _, c := range []struct {
		line, column int
		want         Place
	}{{1, 1, Place{1, 1}}, {1, 9, Place{1, 2}}, {2, 1, Place{2, 1}}, {2, 2, Place{2, 2}}, {9, 9, Place{2, 2}}, {0, 0, Place{2, 2}}} {
		if got := s.at(c.line, c.column); got != c.want {
			t.Errorf("%d:%d: got %v, want %v", c.line, c.column, got, c.want)
		}
	}
	if got := (span{}).at(1, 1); got != (Place{}) {
		t.Errorf("empty span: got %v, want no place", got)
	}
}

func TestMaskQuery(t *testing.T) {
	for query, want := range map[string]string{
		"a // union *\nb":        "a           \nb",
		`a "union *" b`:          `a           b`,
		`a 'it\'s *' b`:          `a           b`,
		`a @"c:\" b`:             `a        b`,
		`a @"say ""x""" b`:       `a              b`,
		"a ```x\n union * ``` b": "a     \n             b",
		`a "open` + "\nb":        "a      \nb",
		"a ```open":              "a        ",
	} {
		if got := maskQuery(query); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

func TestExpand(t *testing.T) {
	got := Expand("{{ A }} and {{B}}{{}} {{x", func(name string) string { return "<" + name + ">" })
	if want := "<A> and <B><> {{x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEveryEntityTypeCanBeMapped(t *testing.T) {
	for _, typ := range EntityTypes() {
		var fields []FieldMapping
		for _, id := range typ.Strong {
			fields = append(fields, FieldMapping{id, "X"})
			if typ.All && len(fields) < len(typ.Strong) {
				if typ.identifiedBy(fields) {
					t.Errorf("%s: %v should not be enough", typ.Name, fields)
				}
				continue
			}
			if !typ.identifiedBy(fields) {
				t.Errorf("%s: %v should be enough", typ.Name, fields)
			}
		}
		if typ.identifiedBy(nil) || typ.JSON == "" {
			t.Errorf("%s: incomplete %+v", typ.Name, typ)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("id: [a, {b: c}]\nquery: >-\n x\n\n  y\n? complex\n: z\n"))
	f.Add([]byte("query: \"a\\x41\\u0042 \\\n b\"\nname: &a 'x''y'\nkind: *a\n<<: {x: !!str 1}\n"))
	f.Add([]byte("\ufeff---\n- 1\n...\n%YAML 1.2\n---\nquery: |2+\n    a\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, found := Read("f.yaml", data)
		for _, finding := range found {
			if finding.Path != "f.yaml" || finding.Message == "" {
				t.Errorf("incomplete finding %+v", finding)
			}
		}
		for _, rule := range all {
			rule.query.at(1, 1)
			rule.columnUses()
			maskQuery(rule.Query)
		}
	})
}
