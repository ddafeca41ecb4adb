package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/config"
	"nephoscope/internal/incident"
	"nephoscope/internal/schedule"
	"nephoscope/internal/simulate"
)

// badRules are rules that cannot be evaluated, by what the health table must
// say of them.
func badRules() map[string]string {
	return map[string]string{
		"the query takes too long":    "range x from 1 to 100000000 step 1 | extend y = hash(tostring(x)) | summarize dcount(y), TimeGenerated = now() by x % 10000000",
		"it returns too many rows":    "range x from 1 to 500000 step 1 | extend TimeGenerated = now()",
		"a column is not there again": "AzureActivity | where ColumnOfYesterday == 1",
	}
}

func writeRule(t *testing.T, dir string, n int, name, query string) string {
	t.Helper()
	id := fmt.Sprintf("5d0a7f3e-0000-4000-8000-%012d", n)
	text := fmt.Sprintf("id: %s\nname: %s\ndescription: A rule of a test.\nkind: Scheduled\nseverity: Low\nrequiredDataConnectors: []\n"+
		"queryFrequency: 1h\nqueryPeriod: 1h\ntriggerOperator: gt\ntriggerThreshold: 0\ntactics: [Impact]\nrelevantTechniques: [T1485]\n"+
		"query: |\n  %s\nversion: 1.0.0\n", id, name, query)
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.yaml", n)), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestBadRulesDoNoHarm lets rules that cannot be evaluated run beside a good
// one: it raises its incident, the health table tells of the others, and in the
// end they are switched off.
func TestBadRulesDoNoHarm(t *testing.T) {
	end := time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC)
	cfg := config.Default()
	cfg.Data = filepath.Join(t.TempDir(), "data")
	cfg.Rules = config.Rules{Paths: []string{t.TempDir()}, Parallel: 2, MaxRows: 20_000, Timeout: time.Second, MaxLateness: 30 * 24 * time.Hour}
	bad := map[string]string{}
	for name, query := range badRules() {
		bad[writeRule(t, cfg.Rules.Paths[0], len(bad), name, query)] = name
	}
	good := writeRule(t, cfg.Rules.Paths[0], len(bad), "good", "AzureActivity | where OperationNameValue endswith '/delete'")
	began := time.Now()
	clock := func() time.Time { return end.Add(time.Minute + 3600*time.Since(began)) } // an hour a second
	a, err := Open(t.Context(), cfg, Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	runUntilEnd(t, a)
	ingestCompany(t, a, simulate.Options{Seed: 1, Events: 4000, End: end})
	a.scheduler.Trigger(good)
	waitForIncident(t, a)
	waitFor(t, "the bad rules to be switched off", func() bool {
		off := 0
		for id := range bad {
			a.scheduler.Trigger(id)
			if e, err := a.book.Entry(id); err == nil && e.AutoDisabled && strings.HasPrefix(e.Rule.Name, "AUTO DISABLED") {
				off++
			}
		}
		return off == len(bad)
	})
	for id, name := range bad {
		failures := health(t, a, id, "Failure")
		if len(failures) < 5 {
			t.Errorf("%s: the health table tells of %d failures, want at least 5: %v", name, len(failures), failures)
		}
	}
}

// runUntilEnd runs an App as a server does until the test ends, and waits until
// each rule has run once: what arrives from then on counts.
func runUntilEnd(t *testing.T, a *App) {
	t.Helper()
	if err := a.OpenRules(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("told to stop: got %v, want nil", err)
		}
	})
	waitFor(t, "the first run of each rule", func() bool {
		states := a.scheduler.States()
		return len(states) > 0 && !slices.ContainsFunc(states, func(s schedule.State) bool { return s.LastRun == nil })
	})
}

// waitForIncident waits until there is an incident.
func waitForIncident(t *testing.T, a *App) {
	t.Helper()
	waitFor(t, "an incident", func() bool {
		list, err := a.Incidents().List(t.Context(), incident.Filter{})
		return err == nil && len(list) > 0
	})
}

// health lists what the health table says of a rule's runs with a status.
func health(t *testing.T, a *App, id, status string) (said []string) {
	t.Helper()
	cursor, err := a.askAll(t.Context(), fmt.Sprintf(
		`SentinelHealth | where SentinelResourceId contains "%s" and Status == "%s" | project strcat(Reason, " ", Description)`, id, status))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cursor.Close() }()
	for {
		row, err := cursor.Next()
		if err != nil {
			t.Fatal(err)
		}
		if row == nil {
			return said
		}
		said = append(said, fmt.Sprint(row[0]))
	}
}

// waitFor waits until something is so.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for time.Now().Before(deadline) {
		if so() {
			return
		}
		time.Sleep(50 * time.Millisecond) // between two looks
	}
	t.Fatalf("waited two minutes for %s", what)
}
