package rules

import (
	"testing"
	"time"
)

func TestBuiltinRulesReadWithoutFindings(t *testing.T) {
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set.Findings {
		t.Error(f)
	}
	if got, least := len(set.Queries()), 60; got < least {
		t.Errorf("got %d rules, want %d or more", got, least)
	}
	for _, rule := range set.Queries() {
		if rule.Frequency > 6*time.Hour || len(rule.Entities) < 2 || rule.Query == "" {
			t.Errorf("%s: got frequency %s and %d entity mappings", rule.Path, rule.Frequency, len(rule.Entities))
		}
	}
}

func TestBuiltinCasesReadAndFireAndNot(t *testing.T) {
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range set.Queries() {
		cases, err := BuiltinCases(rule)
		if err != nil {
			t.Error(err)
			continue
		}
		fires, quiet := 0, 0
		for _, c := range cases {
			if len(c.Hub())+len(c.Rows) == 0 || len(c.Hub()) != len(c.REST()) {
				t.Errorf("%s: %s: got %d hub records, %d REST events and rows of %d tables", rule.Path, c.Name, len(c.Hub()), len(c.REST()), len(c.Rows))
			}
			if len(c.Alerts) > 0 {
				fires++
			} else {
				quiet++
			}
		}
		if fires < 1 || quiet < 2 {
			t.Errorf("%s: got %d cases that fire and %d that do not, want 1 and 2 or more", rule.Path, fires, quiet)
		}
	}
}
