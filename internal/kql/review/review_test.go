package review

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/schema"
)

func TestNotes(t *testing.T) {
	for query, want := range map[string][]string{
		"T | where A > 1":                                  nil,
		"let a = 1;\nlet b = 2;\nT | where A > b":          {"1:5: nothing uses a"},
		"let a = 1;\nlet b = a;\nT":                        {"2:5: nothing uses b"},
		"let f = (x:long) { let y = 1; x };\nT | take 5":   {"1:24: nothing uses y", "1:5: nothing uses f", "2:5: take returns"},
		"let V1 = view () { T }; union V*":                 nil,
		"let V1 = T; table('V1')":                          nil,
		"let a = 1; T | where A == \"a\"":                  nil, // it may be a name in a text
		"T | limit 5":                                      {"1:5: take returns"},
		"T | where A > 1\n\n  | sample 5":                  {"3:5: sample returns"},
		"T | sort by A | take 5":                           nil,
		"T | extend R = rand(), G = new_guid()":            {"1:16: rand() has", "1:28: new_guid() has"},
		"T | where A == 'ü' | take 1":                      {"1:22: take returns"},
		"T | where":                                        nil,
		"T | mv-expand a limit 5 | join (U | take 1) on b": {"1:37: take returns"},
	} {
		var got []string
		for _, n := range Of(query).Notes {
			got = append(got, fmt.Sprintf("%d:%d: %s", n.Line, n.Column, n.Message))
		}
		slices.Sort(got)
		for i := range got {
			if i < len(want) && strings.HasPrefix(got[i], want[i]) {
				got[i] = want[i] // the beginning is enough
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
}

func TestLooks(t *testing.T) {
	for query, want := range map[string]string{
		"T | where TimeGenerated > ago(1d)":                                          "1:27 24h0m0s",
		"T | where ago(90m) <= TimeGenerated":                                        "1:11 1h30m0s",
		"T | where TimeGenerated between (ago(14d) .. ago(1d))":                      "1:34 336h0m0s",
		"T | where TimeGenerated !between (ago(14d) .. ago(1d))":                     "",
		"T | where TimeGenerated < ago(1d)":                                          "",
		"T | where Created > ago(1d)":                                                "",
		"T | where ingestion_time() > ago(1h)":                                       "1:30 1h0m0s arrival",
		"let back = 2 * 7d;\nT | where TimeGenerated >= ago(back)":                   "2:28 336h0m0s",
		"let day = 1d; let from = ago(day + 2h);\nT | where TimeGenerated >= (from)": "2:28 26h0m0s",
		"T | where TimeGenerated > now() - 1d - 1h":                                  "1:27 25h0m0s",
		"T | where TimeGenerated > now(-2h)":                                         "1:27 2h0m0s",
		"T | where TimeGenerated > startofday(ago(7d))":                              "1:27 168h0m0s+24h0m0s",
		"T | where TimeGenerated > startofday(now(), -7)":                            "1:27 168h0m0s+24h0m0s",
		"T | where TimeGenerated > bin(ago(7d), 1h)":                                 "1:27 168h0m0s+1h0m0s",
		"T | where TimeGenerated > datetime(2026-01-01)":                             "",
		"let f = (t:timespan) { T | where TimeGenerated > ago(t) }; f(1d)":           "",
		"let a = b; let b = a; T | where TimeGenerated > ago(a)":                     "",
	} {
		var got []string
		for _, l := range Of(query).Looks {
			text := fmt.Sprintf("%d:%d %s", l.Line, l.Column, duration(l.Back))
			if l.Slack > 0 {
				text += "+" + duration(l.Slack)
			}
			if l.Arrival {
				text += " arrival"
			}
			got = append(got, text)
		}
		if joined := strings.Join(got, ", "); joined != want {
			t.Errorf("%s: got %q, want %q", query, joined, want)
		}
	}
}

func duration(d schema.TimespanValue) string { return (time.Duration(d) * 100).String() }

// TestHostileNamesEndSoon has a name that stands for two, which stand for two.
func TestHostileNamesEndSoon(t *testing.T) {
	var b strings.Builder
	b.WriteString("let a0 = 1d;\n")
	for i := range 60 {
		fmt.Fprintf(&b, "let a%d = a%d + a%d;\n", i+1, i, i)
	}
	b.WriteString("T | where TimeGenerated > ago(a60)")
	if looks := Of(b.String()).Looks; len(looks) != 0 {
		t.Errorf("got %v, want nothing that took so much work", looks)
	}
}
