package trial_test

import (
	"testing"

	"nephoscope/internal/event"
	"nephoscope/internal/rules"
	"nephoscope/internal/trial"
)

// TestBuiltinRules plays the cases of every built-in rule, as hub records and as
// REST events, through the whole journey.
func TestBuiltinRules(t *testing.T) {
	set, err := rules.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	var subjects []trial.Subject
	for _, rule := range set.Rules {
		cases, err := rules.BuiltinCases(rule)
		if err != nil {
			t.Fatal(err)
		}
		subjects = append(subjects, trial.Subject{Rule: rule, Path: rule.Path, Cases: cases})
	}
	for _, form := range []event.Format{event.FormatHub, event.FormatREST} {
		results, err := trial.Run(t.Context(), subjects, trial.Options{Events: form})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			t.Run(r.Rule.Name+"/"+r.Case.Name+"/"+string(form), func(t *testing.T) {
				if r.Err != nil {
					t.Fatal(r.Err)
				}
				for _, d := range r.Differences {
					t.Errorf("%s:%d: %s", r.Path, d.Place.Line, d)
				}
			})
		}
	}
}
