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
	if got, want := len(set.Rules), 10; got != want {
		t.Errorf("got %d rules, want %d", got, want)
	}
	for _, rule := range set.Rules {
		if rule.Frequency > time.Hour || len(rule.Entities) < 2 || rule.Query == "" {
			t.Errorf("%s: got frequency %s and %d entity mappings", rule.Path, rule.Frequency, len(rule.Entities))
		}
	}
}
