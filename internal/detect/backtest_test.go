package detect_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
)

// backtest back-tests rules over the fortnight.
func backtest(t testing.TB, d *detect.Detector, list []*rules.Rule) []detect.Backtest {
	t.Helper()
	results, err := d.Backtest(t.Context(), list, begin(), end(), detect.BacktestOptions{Keep: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	return results
}

// TestBacktestIsWhatSweepsRaise compares the alerts of a back-test with those
// that a sweep files, rule by rule, and both ways of evaluating.
func TestBacktestIsWhatSweepsRaise(t *testing.T) {
	f := openFortnight(t, t.TempDir(), 6_000)
	list := builtin(t)
	joint, apart := backtest(t, f.detector(t, true), list), backtest(t, f.detector(t, false), list)
	d := f.detector(t, true)
	total := 0
	for i, rule := range list {
		ordered := strings.Contains(rule.Query, "prev(") // cannot be asked for many windows at once
		if joint[i].Joint == ordered || apart[i].Joint {
			t.Errorf("%s: got joint %t and %t, want %t and false", rule.Name, joint[i].Joint, apart[i].Joint, !ordered)
		}
		report, err := d.Sweep(t.Context(), rule, detect.Range{From: begin(), To: end()})
		if err != nil {
			t.Fatal(err)
		}
		if joint[i].Alerts != report.Alerts || joint[i].Rows != report.Rows {
			t.Errorf("%s: got %d alerts and %d rows, the sweep has %d and %d", rule.Name, joint[i].Alerts, joint[i].Rows, report.Alerts, report.Rows)
		}
		if diff := cmp.Diff(apart[i].Runs, joint[i].Runs); diff != "" {
			t.Errorf("%s: %s", rule.Name, diff)
		}
		if diff := cmp.Diff(fingerprints(apart[i].Kept), fingerprints(joint[i].Kept)); diff != "" {
			t.Errorf("%s: %s", rule.Name, diff)
		}
		total += report.Alerts
	}
	if total == 0 {
		t.Error("got no alerts at all, so nothing was compared")
	}
}

// TestBacktestOfAnyRule compares both ways of evaluating, and the sweep, for
// rules that are made up: overlapping windows, thresholds, suppression, delay.
func TestBacktestOfAnyRule(t *testing.T) {
	f := openFortnight(t, t.TempDir(), 1_000)
	g := &asking{rand.New(rand.NewPCG(9, 10))} //nolint:gosec // the same rules each time
	joint, raised := 0, 0
	for i := range 20 {
		rule := g.rule(i)
		delay := time.Duration(i%3) * 5 * time.Minute
		many := backtest(t, f.detectorWith(t, detect.Options{AskMany: f.askMany, Delay: delay}), []*rules.Rule{rule})[0]
		apart := backtest(t, f.detectorWith(t, detect.Options{Delay: delay}), []*rules.Rule{rule})[0]
		if diff := cmp.Diff(apart.Runs, many.Runs); diff != "" {
			t.Fatalf("%+v: %s", rule, diff)
		}
		if diff := cmp.Diff(fingerprints(apart.Kept), fingerprints(many.Kept)); diff != "" {
			t.Fatalf("%+v: %s", rule, diff)
		}
		opt := detect.Options{Delay: delay}
		if i%2 == 0 {
			opt.AskMany = f.askMany // a sweep looks ahead with it
		}
		report, err := f.detectorWith(t, opt).Sweep(t.Context(), rule, detect.Range{From: begin(), To: end()})
		if err != nil || report.Alerts != many.Alerts {
			t.Fatalf("%+v: got %d alerts, the sweep has %d and %v", rule, many.Alerts, report.Alerts, err)
		}
		raised += many.Alerts
		if many.Joint {
			joint++
		}
	}
	if joint < 10 || raised < 50 {
		t.Errorf("got %d rules whose runs were evaluated at once and %d alerts, want 10 and 50", joint, raised)
	}
}

// rule makes up a rule.
func (g *asking) rule(i int) *rules.Rule {
	rule := lookFor(i, g.query())
	rule.Frequency = time.Duration(g.IntN(4)+3) * 2 * time.Hour
	rule.Period = rule.Frequency + time.Duration(g.IntN(3)*g.IntN(20))*time.Hour
	rule.PerResult = g.IntN(2) == 0
	if g.IntN(3) == 0 {
		rule.Threshold = g.IntN(4)
		rule.Operator = rules.Operator(g.one("GreaterThan", "LessThan", "Equal", "NotEqual"))
	}
	if g.IntN(2) == 0 {
		rule.Suppression = time.Duration(g.IntN(24)+1) * time.Hour
	}
	return rule
}

func fingerprints(alerts []*detect.Alert) []string {
	var list []string
	for _, a := range alerts {
		list = append(list, a.Fingerprint)
	}
	slices.Sort(list)
	return list
}

// BenchmarkBacktest back-tests the built-in rules over the fortnight of a
// company with 100,000 events.
func BenchmarkBacktest(b *testing.B) {
	f := openFortnight(b, b.TempDir(), 100_000)
	for _, many := range []bool{true, false} {
		b.Run(map[bool]string{true: "many", false: "apart"}[many], func(b *testing.B) {
			d := f.detector(b, many)
			for b.Loop() {
				backtest(b, d, builtin(b))
			}
		})
	}
}

// TestBacktestAtSize tells how long a back-test of the built-in rules takes
// over as many events as NEPHOSCOPE_BACKTEST says, for example 5000000. With
// NEPHOSCOPE_BACKTEST_DIR the events are kept there for the next time, and with
// NEPHOSCOPE_BACKTEST_APART every run is evaluated by itself. NEPHOSCOPE_BACKTEST_RULE
// is a part of the names of the rules, for some of them only.
func TestBacktestAtSize(t *testing.T) {
	events, err := strconv.Atoi(os.Getenv("NEPHOSCOPE_BACKTEST"))
	if err != nil {
		t.Skip("NEPHOSCOPE_BACKTEST is not set to a number of events: docs/performance.md says how this is measured")
	}
	dir := os.Getenv("NEPHOSCOPE_BACKTEST_DIR")
	if dir == "" {
		dir = t.TempDir()
	}
	began := time.Now()
	f := openFortnight(t, dir, events)
	t.Logf("%d events are stored, %.1f s", f.number(t, "AzureActivity | count"), time.Since(began).Seconds())
	began = time.Now()
	list := builtin(t)
	if name := os.Getenv("NEPHOSCOPE_BACKTEST_RULE"); name != "" {
		list = slices.DeleteFunc(list, func(r *rules.Rule) bool { return !strings.Contains(r.Name, name) })
	}
	results := backtest(t, f.detector(t, os.Getenv("NEPHOSCOPE_BACKTEST_APART") == ""), list)
	t.Logf("%d rules, %.1f s", len(results), time.Since(began).Seconds())
	slices.SortFunc(results, func(a, b detect.Backtest) int { return int(b.Elapsed - a.Elapsed) })
	for _, r := range results {
		t.Logf("%8.2f s  joint %-5t  %6d runs  %6d rows  %5d alerts  %s", r.Elapsed.Seconds(), r.Joint, r.Evaluated, r.Rows, r.Alerts, r.Name)
	}
}
