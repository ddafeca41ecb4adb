package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAlertFilter(t *testing.T) {
	const product = "Microsoft Cloud App Security"
	for _, c := range []struct {
		what     string
		filter   AlertFilter
		product  string
		name     string
		severity Severity
		want     bool
	}{
		{"any alert of the product", AlertFilter{Product: product}, product, "Mass delete", Low, true},
		{"another product", AlertFilter{Product: product}, "Azure Security Center", "Mass delete", Low, false},
		{"case of the product", AlertFilter{Product: product}, strings.ToUpper(product), "Mass delete", Low, true},
		{"a listed severity", AlertFilter{Product: product, Severities: []Severity{High, Low}}, product, "Mass delete", Low, true},
		{"no listed severity", AlertFilter{Product: product, Severities: []Severity{High}}, product, "Mass delete", Low, false},
		{"one of the names", AlertFilter{Product: product, DisplayNames: []string{"travel", "DELETE"}}, product, "Mass delete", Low, true},
		{"none of the names", AlertFilter{Product: product, DisplayNames: []string{"travel"}}, product, "Mass delete", Low, false},
		{"an excluded name", AlertFilter{Product: product, DisplayNamesExclude: []string{"mass"}}, product, "Mass delete", Low, false},
		{"excluded wins", AlertFilter{Product: product, DisplayNames: []string{"delete"}, DisplayNamesExclude: []string{"mass"}}, product, "Mass delete", Low, false},
	} {
		if got := c.filter.Matches(c.product, c.name, c.severity); got != c.want {
			t.Errorf("%s: got %t, want %t", c.what, got, c.want)
		}
	}
}

const create = `id: b3cfc7c0-0000-4000-8000-35a400758cba
name: Incidents of cloud apps
description: Makes an incident of each alert.
kind: MicrosoftSecurityIncidentCreation
version: 1.0.0
requiredDataConnectors: []
productFilter: Microsoft Cloud App Security
severitiesFilter: [High, Medium]
displayNamesFilter:
  - travel
displayNamesExcludeFilter:
  - test
enabled: false
`

func TestReadIncidentCreation(t *testing.T) {
	set := &Set{}
	set.add(Read("r.yaml", []byte(create)))
	set.choose()
	if len(set.Findings) != 0 || len(set.Rules) != 1 || len(set.Queries()) != 0 {
		t.Fatalf("got %d rules and %v, want one that has no query", len(set.Rules), set.Findings)
	}
	want := AlertFilter{
		Product: "Microsoft Cloud App Security", Severities: []Severity{High, Medium},
		DisplayNames: []string{"travel"}, DisplayNamesExclude: []string{"test"},
	}
	r := set.Rules[0]
	if diff := cmp.Diff(want, r.Filter); diff != "" {
		t.Error(diff)
	}
	if r.Enabled || r.Frequency != 0 || r.Suppression != 0 {
		t.Errorf("got enabled %t, frequency %s, suppression %s, want false and nothing", r.Enabled, r.Frequency, r.Suppression)
	}
	_, found := Read("r.yaml", []byte(strings.Replace(create, "productFilter: Microsoft Cloud App Security", "query: SecurityAlert", 1)))
	compareFindings(t, found, []string{"1:1: error: productFilter is missing", "7:8: warning: query means nothing in a rule of kind Microsoft"})
}

func TestReadNRT(t *testing.T) {
	text := strings.Replace(good, "kind: Scheduled", "kind: NRT", 1)
	read, found := Read("r.yaml", []byte(text))
	compareFindings(t, found, []string{
		"10:17: warning: queryFrequency means nothing in a rule of kind NRT", "11:14: warning: queryPeriod",
		"12:18: warning: triggerOperator", "13:19: warning: triggerThreshold",
	})
	r := read[0]
	if r.Frequency != time.Minute || r.Period != time.Minute || r.Operator != GreaterThan || r.Threshold != 0 || r.MaxAlerts() != 30 {
		t.Errorf("got %s, %s, %s %d, %d alerts", r.Frequency, r.Period, r.Operator, r.Threshold, r.MaxAlerts())
	}
	bare := strings.Replace(text, "queryFrequency: 1h\nqueryPeriod: 2h\ntriggerOperator: gt\ntriggerThreshold: 0\n", "", 1)
	_, found = Read("r.yaml", []byte(bare))
	compareFindings(t, found, nil)
}
