package sieve

import (
	"strings"
	"testing"

	"nephoscope/internal/tables"
)

// shown writes a sieve in one line: the table, what may pass, and behind ! what
// must be there if that is something else.
func shown(s *Sieve) string {
	line := func(text string) string { return strings.ReplaceAll(text, "\n", "") }
	text := s.Table + "*"
	if !s.Any {
		text = s.Table + line(s.Condition())
	}
	if s.Trigger() != s.Condition() || s.Reach > 0 {
		text += "!" + line(s.Trigger())
	}
	if s.Reach > 0 {
		text += "~" + s.Reach.String()
	}
	return text
}

// TestSieves tells for each query which rows of which tables can matter.
func TestSieves(t *testing.T) {
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		`AzureActivity | where Level == "x" | take 5`: `AzureActivity((Level == "x"))`,
		`AzureActivity`:           "AzureActivity*",
		`AzureActivity | where A`: "AzureActivity*", // no such column
		`AzureActivity | where Level == "x" | where Caller has "a" or Caller has_any ("b", "c")`: `AzureActivity((Level == "x") and (Caller has "a" or Caller has_any ("b", "c")))`,
		`AzureActivity | where not(Level in~ ("x", "y"))`:                                        `AzureActivity((not(Level in~ ("x", "y"))))`,
		`// AzureActivity` + "\n" + `SecurityAlert | where DisplayName == "x" // why`:            `SecurityAlert((DisplayName == "x"))`,
		`datatable(A:long)[1]`: "",
		`let AzureActivity = datatable(Level:string)["x"]; AzureActivity | where Level == "x"`: "",
		`AzureActivity | where * has "x"`:                                                                   `AzureActivity((* has "x"))`,
		`AzureActivity | where rand() > 0.5`:                                                                "AzureActivity*",
		`AzureActivity | where Level == "x" | sort by Level asc | where prev(Level) == "y"`:                 `AzureActivity((Level == "x"))`,
		`AzureActivity | where Level == "x" | summarize count() by Caller | where Caller == "a"`:            `AzureActivity((Level == "x"))`,
		`AzureActivity | where Level in ((SecurityAlert | where DisplayName == "x" | project DisplayName))`: `AzureActivity* SecurityAlert((DisplayName == "x"))!false`,
		`AzureActivity | where Level == toscalar(SecurityAlert | count)`:                                    "AzureActivity* SecurityAlert*!false",

		// What names stand for.
		`AzureActivity | extend L = Level, C = tolower(Caller) | where L == "x" and C == "a"`: `AzureActivity(((Level) == "x") and ((tolower(Caller)) == "a"))`,
		`AzureActivity | extend Level = 5 | where Level == 5`:                                 `AzureActivity(((5) == 5))`,
		`AzureActivity | extend N = now() | where N > TimeGenerated and Level == "x"`:         `AzureActivity((Level == "x"))`,
		`AzureActivity | extend tolower(Caller) | where Level == "x"`:                         "AzureActivity*",
		`AzureActivity | project L = Level | where L == "x"`:                                  `AzureActivity(((Level) == "x"))`,
		`AzureActivity | project Level | where Caller == "x"`:                                 "AzureActivity*",
		`AzureActivity | project-rename L = Level | project-away Caller | where L == "x"`:     `AzureActivity(((Level) == "x"))`,
		`AzureActivity | extend X = 1 | where * has "x"`:                                      "AzureActivity*",
		`AzureActivity | extend Level = 1 | where column_ifexists("Level", 2) == 1`:           "AzureActivity*",
		`AzureActivity | where Properties_d.Level == "x" | extend Level = 1`:                  `AzureActivity((Properties_d.Level == "x"))`,
		`AzureActivity | extend Level = "y" | where Properties_d.Level == "x"`:                `AzureActivity((Properties_d.Level == "x"))`,
		`let x = 5; AzureActivity | where strlen(Level) == x`:                                 `AzureActivity((strlen(Level) == 5))`,
		`let x = 5; let y = x + 1; AzureActivity | where strlen(Level) == y`:                  `AzureActivity((strlen(Level) == (5 + 1)))`,
		`let ops = dynamic(["a", "b"]); AzureActivity | where Level in~ (ops)`:                `AzureActivity((Level in~ (dynamic(["a", "b"]))))`,
		`let x = ago(1h); AzureActivity | where TimeGenerated > x and Level == "x"`:           `AzureActivity((Level == "x"))`,
		`let Level = 5; AzureActivity | where Level == 5`:                                     "AzureActivity*",
		`let f = (x:string) { AzureActivity | where Level == x and Caller == "a" }; f("b")`:   `AzureActivity((Caller == "a"))`,
		`let f = (x:string) { strcat(x, "a") }; AzureActivity | where Level == f("b")`:        "AzureActivity*",

		// Several uses.
		`let a = AzureActivity | where Level == "x"; a | where Caller == "a" | union (a | where Caller == "b")`: `AzureActivity((Level == "x") and (Caller == "a")) or ((Level == "x") and (Caller == "b"))`,
		`let a = materialize(AzureActivity | where Level == "x"); a | join a on Caller`:                         `AzureActivity((Level == "x"))`,
		`let a = AzureActivity | where Level == "x"; AzureActivity | where Level == "y"`:                        `AzureActivity((Level == "y"))`,
		`AzureActivity | where Level == "x" | union AzureActivity`:                                              "AzureActivity*",
		`union AzureActivity, SecurityAlert | where Caller == "a" and DisplayName == "b"`:                       `AzureActivity((Caller == "a")) SecurityAlert((DisplayName == "b"))`,
		`union withsource=Caller AzureActivity | where Caller == "a"`:                                           "AzureActivity*",

		// What must be there.
		`AzureActivity | where Level == "x" and TimeGenerated > ago(1h)`:                                                                                    `AzureActivity((Level == "x"))!((Level == "x"))~01:00:00`,
		`let a = AzureActivity | where Level == "x"; a | where TimeGenerated >= ago(1h) | join kind=leftanti (a | where TimeGenerated < ago(1h)) on Caller`: `AzureActivity((Level == "x"))!((Level == "x"))~01:00:00`,
		`AzureActivity | where Level == "x" | join kind=leftouter (AzureActivity | where Level == "y") on Caller`:                                           `AzureActivity((Level == "y")) or ((Level == "x"))!((Level == "x"))`,
		`AzureActivity | where Level == "x" | join kind=rightouter (AzureActivity | where Level == "y") on Caller`:                                          `AzureActivity((Level == "y")) or ((Level == "x"))`,
		`AzureActivity | where Level == "x" | summarize n = count() | extend k = 1 | join kind=inner (SecurityAlert | extend k = 1) on k`:                   `AzureActivity((Level == "x")) SecurityAlert*`,
		`AzureActivity | where Level == "x" | union (print Caller = "a") | lookup (SecurityAlert) on $left.Caller == $right.DisplayName`:                    `AzureActivity((Level == "x")) SecurityAlert*`,
		`AzureActivity | where TimeGenerated between (ago(2h) .. ago(1h)) | union (AzureActivity | where TimeGenerated > ago(3h))`:                          `AzureActivity*!true~03:00:00`,
		`AzureActivity | extend TimeGenerated = now() | where TimeGenerated > ago(1h)`:                                                                      "AzureActivity*",
	} {
		var got []string
		for _, s := range Of(query, catalog) {
			got = append(got, shown(s))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s:\ngot  %s\nwant %s", query, strings.Join(got, " "), want)
		}
	}
	for _, query := range []string{`union Azure*`, `search "x"`, `table("AzureActivity")`, `no | ! query`} {
		for _, s := range Of(query, catalog) {
			if !s.Any {
				t.Errorf("%s: got a condition on %s", query, s.Table)
			}
		}
		if got, want := len(Of(query, catalog)), len(catalog.Tables()); got != want {
			t.Errorf("%s: got %d tables, want %d", query, got, want)
		}
	}
}
