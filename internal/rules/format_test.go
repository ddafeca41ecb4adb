package rules

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestRoundTrip writes random rules in both forms and reads them again.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(400) {
		rule := randomRule(rand.New(rand.NewPCG(seed, 1)))
		checkYAML(t, rule)
		checkARM(t, rule)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func checkYAML(t *testing.T, rule *Rule) {
	t.Helper()
	text := FormatYAML(rule)
	read, found := Read("r.yaml", text)
	if len(read) != 1 || len(found) > 0 {
		t.Fatalf("got %d rules and %v of\n%s", len(read), found, text)
	}
	if diff := cmp.Diff(rule, read[0], cmpopts.IgnoreUnexported(Rule{}), cmpopts.IgnoreFields(Rule{}, "Path")); diff != "" {
		t.Errorf("%s\nof\n%s", diff, text)
	}
}

func checkARM(t *testing.T, rule *Rule) {
	t.Helper()
	text, err := json.MarshalIndent(FormatARM(rule), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	read, found := ReadARM("r.json", text)
	if len(read) != 1 || len(found) > 0 {
		t.Fatalf("got %d rules and %v of\n%s", len(read), found, text)
	}
	want := *rule
	want.Version, want.Status, want.Connectors = firstVersion, "", nil
	if diff := cmp.Diff(&want, read[0], cmpopts.IgnoreUnexported(Rule{}), cmpopts.IgnoreFields(Rule{}, "Path")); diff != "" {
		t.Errorf("%s\nof\n%s", diff, text)
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add("a name", "line\n\n  indented\nlast", "T | where x == \"\\u0041\"\n", uint64(1))
	f.Add(" - x: 'y' #", "\ttab\r\n", "[x]", uint64(2))
	f.Fuzz(func(t *testing.T, name, description, query string, seed uint64) {
		rule := randomRule(rand.New(rand.NewPCG(seed, 2)))
		clip := func(s string, n int) string {
			s = strings.ToValidUTF8(s, "?")
			if r := []rune(s); len(r) > n {
				s = string(r[:n])
			}
			if strings.TrimSpace(s) == "" {
				return "x"
			}
			return s
		}
		rule.Name, rule.Description = clip(name, 256), clip(description, 5000)
		if rule.Kind.Queried() {
			rule.Query = clip(query, maxQueryLength)
			r := &reader{}
			if r.checkQueryScope(rule); len(r.found) > 0 {
				t.Skip("the query is refused")
			}
		}
		checkYAML(t, rule)
		checkARM(t, rule)
	})
}

// randomRule makes a rule without a fault.
func randomRule(rnd *rand.Rand) *Rule {
	text := func(most int) string { return randomText(rnd, most) }
	flip := func() bool { return rnd.IntN(2) == 0 }
	minutes := func(most int) time.Duration { return time.Duration(5+rnd.IntN(most-5)) * time.Minute }
	r := &Rule{
		ID: RuleID(fmt.Sprint(rnd.Uint64())), Name: text(100), Description: text(500), Version: "2.0.13", Enabled: flip(),
		Kind:     []Kind{Scheduled, NRT, IncidentCreation}[rnd.IntN(3)],
		Incident: IncidentConfig{Create: true, Grouping: defaultGrouping()},
	}
	if flip() {
		r.Status, r.TemplateID, r.TemplateVersion = text(20), RuleID(r.ID+"t"), "1.2.3"
		r.Connectors = []Connector{{ID: text(20), DataTypes: []string{text(20), text(20)}}, {ID: "x"}}
	}
	if r.Kind == IncidentCreation {
		r.Filter = AlertFilter{Product: Products()[0], Severities: []Severity{High, Low}, DisplayNames: []string{text(20)}}
		return r
	}
	r.Query, r.Severity = "T | where a == '"+text(300), Severities()[rnd.IntN(4)]
	r.Operator, r.Frequency, r.Period = GreaterThan, time.Minute, time.Minute
	if r.Kind == Scheduled {
		r.Period = minutes(2000)
		r.Frequency = min(r.Period, minutes(500))
		r.Operator, r.Threshold = []Operator{LessThan, Equal, NotEqual}[rnd.IntN(3)], rnd.IntN(100)
	}
	r.SuppressionDuration = minutes(1000)
	if flip() {
		r.Suppression = r.SuppressionDuration
	}
	if flip() {
		r.Tactics, r.Techniques = []string{"Impact", "Persistence"}, []string{"T1485", "T1098.003"}
	}
	r.PerResult = flip()
	randomDetails(r, text, flip)
	return r
}

func randomDetails(r *Rule, text func(int) string, flip func() bool) {
	if flip() {
		r.Entities = []EntityMapping{
			{Type: "Account", Fields: []FieldMapping{{"Name", text(20)}, {"UPNSuffix", text(20)}}},
			{Type: "FileHash", Fields: []FieldMapping{{"Algorithm", text(20)}, {"Value", text(20)}}},
		}
		r.CustomDetails = []CustomDetail{{"Zulu", text(20)}, {"Alpha", text(20)}}
	}
	if flip() {
		r.EntityColumns = []string{text(20)}
		r.Override = Override{Name: text(50), Description: text(50), Properties: []Property{{"AlertLink", text(20)}}}
	}
	if flip() {
		r.Override.Severity, r.Override.Tactics = text(20), text(20)
	}
	r.Incident.Create = flip()
	if r.Incident.Create && r.Entities != nil {
		r.Incident.Grouping = Grouping{
			Enabled: true, Reopen: flip(), Lookback: 90 * time.Minute, Match: Selected,
			ByEntities: []string{"Account"}, ByAlertDetails: []string{"Severity"}, ByCustomDetails: []string{"Zulu"},
		}
	}
}

// randomText makes a text of what forms of text stumble over.
func randomText(rnd *rand.Rand, most int) string {
	parts := []string{
		"a", "word", " ", "  ", "\n", "\n\n", "\t", "'", `"`, `\`, `\n`, `\u0041`, ": ", " #", "- ", "|", ">", "%", "@", "`", "{", "}", "[", "]", "[[",
		"&a", "*a", "!!str", "~", "null", "true", "1", "0x1F", "1e3", ",", "?", "=", "<<", "\r", "\u0085", "\u2028", "\ufeff", "\x00", "\x1b", "Ä", "𝄞", "é", "\u200b",
	}
	out := ""
	for range 1 + rnd.IntN(12) {
		if next := out + parts[rnd.IntN(len(parts))]; len(next) <= most {
			out = next
		}
	}
	if strings.TrimSpace(out) == "" {
		return "x"
	}
	return out
}
