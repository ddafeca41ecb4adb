package incident_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
	"nephoscope/internal/simulate"
)

var update = flag.Bool("update", false, "measure the noise of the built-in rules anew and write it down")

// signals returns what stories hide, by the rule that must show it.
func signals(stories []simulate.Story) map[string][]simulate.Signal {
	found := map[string][]simulate.Signal{}
	for _, story := range stories {
		for _, s := range story.Signals {
			found[s.Kind.Rule()] = append(found[s.Kind.Rule()], s)
		}
	}
	return found
}

// TestDrillsRaiseTheirRules plays a company that is attacked in every way that
// a built-in rule is for. Each rule must show what it is for: who did it, when.
func TestDrillsRaiseTheirRules(t *testing.T) {
	s, stories := newCompanySite(t, simulate.Options{Seed: 3, End: clock(), Events: 12_000, Drills: true})
	hidden := signals(stories)
	for _, test := range s.backtest() {
		name := test.Rule.FileName()
		if test.Err != nil || len(hidden[name]) == 0 {
			t.Errorf("%s: error %v; %d drills and stories are for it", name, test.Err, len(hidden[name]))
		}
		for _, signal := range hidden[name] {
			if !slices.ContainsFunc(test.Kept, func(a *detect.Alert) bool { return shows(a, signal) }) {
				t.Errorf("%s: %s by %s at %s is not among the alerts %v", name, signal.Kind, signal.Actor, signal.First, brief(test.Kept))
			}
		}
		delete(hidden, name)
	}
	for name := range hidden {
		t.Errorf("a drill is for the rule %s, which does not exist", name)
	}
}

// backtest runs the built-in rules over the thirteen days before the clock. The first day of the company is left out: rules that compare with
// the past have none yet.
func (s *site) backtest() []detect.Backtest {
	s.t.Helper()
	tests, err := s.detector.Backtest(s.t.Context(), builtin(s.t), clock().AddDate(0, 0, -13), clock(), detect.BacktestOptions{Keep: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	return tests
}

// shows tells whether an alert names the signal's actor and its time.
func shows(a *detect.Alert, signal simulate.Signal) bool {
	actor := slices.ContainsFunc(a.Entities, func(e detect.Entity) bool { return e.Type == "account" && strings.EqualFold(e.Title(), signal.Actor) })
	return actor && !a.Start.After(signal.Last) && !a.End.Before(signal.First)
}

func brief(alerts []*detect.Alert) []string {
	var list []string
	for _, a := range alerts {
		list = append(list, fmt.Sprintf("%s (%s)", a.Name, a.Start.Format("02 15:04")))
	}
	return list
}

// TestNormalCompanyIsQuiet plays a company to which nothing happens. What
// rules raise there is noise.
func TestNormalCompanyIsQuiet(t *testing.T) {
	if testing.Short() {
		t.Skip("a company of thirteen days takes half a minute: it is played without -short")
	}
	events := 30_000
	if *update {
		events = 100_000
	}
	s, _ := newCompanySite(t, simulate.Options{Seed: 5, End: clock(), Events: events, Quiet: true})
	noise := rules.Noise{Events: events, Days: 13, Alerts: map[string]int{}}
	for _, test := range s.backtest() {
		if test.Err != nil || test.Alerts > 0 {
			t.Logf("%s: error %v, alerts %v", test.Rule.FileName(), test.Err, brief(test.Kept))
		}
		if noise.Alerts[test.Rule.FileName()] = test.Alerts; test.Err != nil {
			t.Error(test.Err)
		}
	}
	if *update {
		writeNoise(t, &noise)
		return
	}
	total := 0
	for _, alerts := range noise.Alerts {
		total += alerts
	}
	if total > 1 {
		t.Errorf("got %d alerts in %d days, want 1 at most", total, noise.Days)
	}
}

func writeNoise(t *testing.T, noise *rules.Noise) {
	t.Helper()
	var text bytes.Buffer
	if err := noise.Write(&text); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("../rules/testdata/noise.txt", text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
