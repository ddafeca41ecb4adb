package rulebook

import (
	"fmt"
	"slices"

	"nephoscope/internal/rules"
)

// A TextError tells that a text is no rule that can run.
type TextError struct{ Findings []rules.Finding }

// Error names the first of the errors.
func (e *TextError) Error() string {
	i := slices.IndexFunc(e.Findings, isError)
	if i < 0 {
		return "the text holds no rule that can run"
	}
	return fmt.Sprintf("the rule has errors, first %d:%d: %s", e.Findings[i].Line, e.Findings[i].Column, e.Findings[i].Message)
}

func isError(f rules.Finding) bool { return f.Level == rules.Error }

// Read reads the one rule of a text, as rules.Parse does, and checks it. The
// error is a *TextError if there is something wrong with it, beyond warnings.
func Read(path string, data []byte, compile rules.Compile) (*rules.Rule, error) {
	set := rules.Parse(path, data)
	found := set.Lint(compile)
	if len(set.All()) > 1 {
		found = append(found, rules.Finding{
			Path: path, Place: rules.Place{Line: 1, Column: 1}, Level: rules.Error,
			Message: fmt.Sprintf("the text holds %d rules: want one", len(set.All())),
		})
	}
	if slices.ContainsFunc(found, isError) || len(set.Rules) != 1 {
		return nil, &TextError{found}
	}
	return set.Rules[0], nil
}

// Named returns the rule under another id.
func Named(rule *rules.Rule, id string) *rules.Rule {
	if rule.ID == id {
		return rule
	}
	renamed := *rule
	renamed.ID = id
	return &renamed
}
