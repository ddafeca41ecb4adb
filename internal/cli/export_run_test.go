package cli_test

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/cli"
	"nephoscope/internal/remote/remotetest"
	"nephoscope/internal/simulate"
	"nephoscope/internal/simulate/tenant"
)

// recordsIn counts the records in a hub's messages by their operation's kind.
func recordsIn(t *testing.T, ns *remotetest.Namespace, name string) (n int) {
	t.Helper()
	for _, e := range ns.Events(t, name) {
		n += strings.Count(string(e.Body), `"operationName":"`)
	}
	return n
}

// command runs a command line.
func command(t *testing.T, now time.Time, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	code := cli.Run(t.Context(), args, cli.Env{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &problems, Version: "v0.0.0-test", Now: func() time.Time { return now },
	})
	if code != want {
		t.Errorf("%v: exit code %d, want %d\n%s%s", args, code, want, out.String(), problems.String())
	}
	return out.String(), problems.String()
}

// TestExportRunFromTheStore: what is in the store goes to a hub that the first
// event makes, chosen by location and kind, and only once.
func TestExportRunFromTheStore(t *testing.T) {
	ns := remotetest.Serve(t)
	t.Setenv("NEPHOSCOPE_TEST_HUB", ns.Root(t).Text())
	now := time.Now()
	company, err := simulate.New(simulate.Options{Seed: 5, Events: 300, Days: 3, End: now})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "events.json")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w, err := simulate.NewWriter(out, simulate.ShapeHubProfile)
	if err != nil {
		t.Fatal(err)
	}
	inEurope := 0
	for e := range company.Events() {
		if e.Region() == "westeurope" && e.Verb() != "Action" {
			inEurope++
		}
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	command(t, now, 0, "ingest", "--data", data, file)
	run := []string{"export", "run", "--data", data, "--connection-string-env", "NEPHOSCOPE_TEST_HUB"}

	first, _ := command(t, now, 0, run...)
	wantText(t, "the first run", first, "300 events read, 300 sent")
	again, _ := command(t, now, 0, run...)
	wantText(t, "the second run", again, "0 events read, 0 sent")
	if n := recordsIn(t, ns, "insights-activity-logs"); n != 300 {
		t.Errorf("the hub has %d records, want 300", n)
	}
	chosen, _ := command(t, now, 0, append(run, "--name", "chosen", "--envelope", "hub-profile", "--locations", "West Europe", "--categories", "write,delete", "--partition-key", "subscription")...)
	wantText(t, "the run with a choice", chosen, "300 events read, "+strconv.Itoa(inEurope)+" sent")
	if n := recordsIn(t, ns, "insights-operational-logs"); n != inEurope || n == 0 {
		t.Errorf("the hub has %d records, want %d", n, inEurope)
	}
}

// TestExportRunFromAzure reads the Activity Log of the stand-in.
func TestExportRunFromAzure(t *testing.T) {
	c := &cloud{t: t, now: time.Now()}
	company, err := simulate.New(simulate.Options{Seed: 2, Events: 50, Days: 3, End: c.now.Add(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(tenant.New(company, tenant.Options{Principals: []tenant.Principal{{ClientID: cloudClient, ObjectID: "o", Token: "token-of-a-test"}}}))
	t.Cleanup(server.Close)
	c.url = server.URL
	t.Setenv("NEPHOSCOPE_TEST_TOKEN", "token-of-a-test")
	ns := remotetest.Serve(t)
	t.Setenv("NEPHOSCOPE_TEST_HUB", ns.Root(t).Text())
	data := t.TempDir()
	run := "run --source rest --all-subscriptions --connection-string-env NEPHOSCOPE_TEST_HUB --hub mine --data " + data
	first, _ := c.export(0, run)
	wantText(t, "the first run", first, "50 events read, 50 sent")
	if n := recordsIn(t, ns, "mine"); n != 50 {
		t.Errorf("the hub has %d records, want 50", n)
	}
	if _, err := os.Stat(filepath.Join(data, "exports", "default.json")); err != nil {
		t.Errorf("the cursors: %v", err)
	}
	c.now = c.now.Add(time.Hour)
	again, _ := c.export(0, run)
	wantText(t, "an hour later", again, "0 events read, 0 sent")
}

func TestExportRunMistakes(t *testing.T) {
	t.Setenv("NEPHOSCOPE_TEST_HUB", "Endpoint=sb://example.com/;SharedAccessKeyName=n;SharedAccessKey=hunter2")
	const hub = " --connection-string-env NEPHOSCOPE_TEST_HUB"
	for line, want := range map[string]string{
		"":                          "--connection-string-env and --connection-string-file are empty",
		"--from yesterday" + hub:    `--from "yesterday": want earliest, latest or a time`,
		"--source hub" + hub:        `--source "hub": want store, rest`,
		"--envelope rows" + hub:     `--envelope "rows": want hub, hub-profile`,
		"--follow" + hub:            "--follow needs --source rest",
		"--categories Read" + hub:   `--categories: category "Read": want Write`,
		"--transport kafka" + hub:   `--transport: "kafka": want amqp, websocket`,
		"--hub a/b" + hub:           `--hub: "a/b": want letters`,
		"--subscription Prod" + hub: `--subscription "Prod": want an id`,
		"--source rest" + hub:       "--subscription is empty",
	} {
		t.Setenv("AZURE_SUBSCRIPTION_ID", "")
		_, stderr := command(t, time.Now(), 2, append([]string{"export", "run", "--data", t.TempDir()}, strings.Fields(line)...)...)
		if !strings.Contains(stderr, want) || strings.Contains(stderr, "hunter2") {
			t.Errorf("export run %s: got %q, want %q and no key", line, stderr, want)
		}
	}
	_, stderr := command(t, time.Now(), 1, "export", "run", "--data", filepath.Join(t.TempDir(), "none"), "--connection-string-env", "NEPHOSCOPE_TEST_HUB")
	if !strings.Contains(stderr, "there is no store yet") {
		t.Errorf("without a store: got %q", stderr)
	}
}
