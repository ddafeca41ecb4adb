package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/kql"
	"nephoscope/internal/schema"
)

// TestRulesKill kills the built-in rules with SIGKILL at random moments, while
// a company's events come in an order that has nothing to do with time. In the
// end the alerts must be those of an undisturbed run over all events, each
// stand once, and be in one incident. NEPHOSCOPE_KILL_ROUNDS sets the number of
// kills.
func TestRulesKill(t *testing.T) {
	kills := 8
	if testing.Short() {
		kills = 3
	}
	kills = setting(t, "NEPHOSCOPE_KILL_ROUNDS", kills)
	dice := rand.New(rand.NewPCG(3, uint64(time.Now().UnixNano())))
	parts := shuffledParts(t, dice, 4)

	calm := filepath.Join(t.TempDir(), "calm")
	for _, part := range parts {
		nephoscope(t, "ingest", "--data", calm, part)
	}
	began := time.Now()
	nephoscope(t, "rules", "run", "--data", calm)
	undisturbed := time.Since(began)
	want := standingIn(t, calm)
	if len(want) < 10 {
		t.Fatalf("undisturbed run: got %d alerts, want some to compare", len(want))
	}

	data := filepath.Join(t.TempDir(), "killed")
	for i, part := range parts {
		nephoscope(t, "ingest", "--data", data, part)
		for range (kills + i) / len(parts) {
			runAndKill(t, data, time.Duration(dice.Float64()*1.2*float64(undisturbed)))
		}
	}
	nephoscope(t, "rules", "run", "--data", data)
	if diff := cmp.Diff(want, standingIn(t, data)); diff != "" {
		t.Errorf("after %d kills: %s", kills, diff)
	}
	for _, row := range answer(t, data, incidentsOfAlerts) {
		if row != "1" {
			t.Errorf("got an alert in %s incidents, want 1", row)
		}
	}
	t.Logf("%d kills, %d alerts, an undisturbed run takes %s", kills, len(want), undisturbed.Round(time.Millisecond))
}

// shuffledParts writes a company's events, shuffled, into files.
func shuffledParts(t *testing.T, dice *rand.Rand, n int) []string {
	t.Helper()
	dir := t.TempDir()
	whole := filepath.Join(dir, "events.json")
	nephoscope(t, "simulate", "--events", "3000", "--seed", "9", "--end", "2026-03-13", "--shape", "storage", "--out", whole)
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	files := make([]bytes.Buffer, n)
	for line := range bytes.Lines(text) {
		files[dice.IntN(n)].Write(line)
	}
	var paths []string
	for i := range files {
		path := filepath.Join(dir, "part-"+strconv.Itoa(i)+".json")
		if err := os.WriteFile(path, files[i].Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// runAndKill starts the rules and kills them after a while, if they have not
// come through by then.
func runAndKill(t *testing.T, data string, after time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	out, err := exec.CommandContext(ctx, "nephoscope", "rules", "run", "--data", data).CombinedOutput() // the context kills with SIGKILL
	if exit := (*exec.ExitError)(nil); err != nil && (ctx.Err() == nil || errors.As(err, &exit) && exit.Exited()) {
		t.Fatalf("the rules failed by themselves: %v\n%s", err, out)
	}
}

// standingIn lists the alerts that stand, each as often as it does.
func standingIn(t *testing.T, data string) []string {
	t.Helper()
	return answer(t, data, `SecurityAlert | summarize arg_max(TimeGenerated, *) by SystemAlertId
| where isempty(tostring(parse_json(ExtendedProperties).Withdrawn))
| project Alert = strcat(AlertType, " ", VendorOriginalId, " ", DisplayName) | order by Alert asc`)
}

// incidentsOfAlerts counts the incidents of each alert.
const incidentsOfAlerts = `let held = SecurityIncident | summarize arg_max(TimeGenerated, *) by IncidentNumber
| mv-expand AlertId = AlertIds to typeof(string) | summarize Incidents = count() by AlertId;
SecurityAlert | distinct SystemAlertId | join kind=leftouter held on $left.SystemAlertId == $right.AlertId | project coalesce(Incidents, 0)`

// answer runs a query on a store and returns the first column.
func answer(t *testing.T, data, query string) []string {
	t.Helper()
	catalog, st, done := openStore(t, data)
	defer done()
	q, err := kql.Compile(query, catalog, kql.Options{Now: schema.DatetimeOf(time.Now())})
	if err != nil {
		t.Fatal(err)
	}
	cursor, err := q.Run(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cursor.Close() }()
	var list []string
	for {
		values, err := cursor.Next()
		if err != nil {
			t.Fatal(err)
		}
		if values == nil {
			return list
		}
		list = append(list, fmt.Sprint(values[0]))
	}
}
