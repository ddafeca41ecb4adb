package tenant

import (
	"slices"
	"testing"
)

func TestFilterWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                            nil,
		"  a  eq 'b c' ":              {"a", "eq", "b c"},
		"a eq ''":                     {"a", "eq", ""},
		"a eq 'it''s' and b eq ''''":  {"a", "eq", "it's", "and", "b", "eq", "'"},
		"eventTimestamp ge 2026-03-1": {"eventTimestamp", "ge", "2026-03-1"},
	} {
		if got, err := filterWords(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}

func FuzzFilter(f *testing.F) {
	f.Add("eventTimestamp ge '2026-03-13T00:00:00Z' and resourceGroupName eq 'a''b'")
	f.Add("eventTimestamp ge 2026-03-13 and caller eq '")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseFilter(text)
		if err == nil && parsed.from.IsZero() {
			t.Errorf("%q is taken without a start", text)
		}
	})
}
