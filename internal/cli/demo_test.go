package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/cli"
)

// inProcess runs the command line in this process at a time of its own.
func inProcess(ctx context.Context, now time.Time, stdout io.Writer, args ...string) (code int, stderr string) {
	var errs bytes.Buffer
	code = cli.Run(ctx, args, cli.Env{
		Stdin: strings.NewReader(""), Stdout: stdout, Stderr: &errs, Version: "test", Now: func() time.Time { return now },
	})
	return code, errs.String()
}

// TestDemoFindsWhatIsHidden runs the demo for companies and times that differ:
// the rules must find everything, and cry wolf never.
func TestDemoFindsWhatIsHidden(t *testing.T) {
	ends := []time.Time{
		time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC),   // a Friday
		time.Date(2026, 8, 2, 23, 59, 59, 0, time.UTC),  // the end of a Sunday
		time.Date(2025, 12, 31, 0, 0, 30, 0, time.UTC),  // the beginning of a day
		time.Date(2026, 11, 20, 18, 10, 1, 0, time.UTC), // within the hour of a story
	}
	if testing.Short() {
		ends = ends[:1]
	}
	for i, end := range ends {
		t.Run(end.Format(time.DateOnly), func(t *testing.T) {
			var out bytes.Buffer
			code, stderr := inProcess(t.Context(), end, &out, "demo", "--once",
				"--data", filepath.Join(t.TempDir(), "demo"), "--seed", strconv.Itoa(i+1), "--events", "8000")
			if code != cli.ExitDone {
				t.Errorf("got exit code %d, want 0: %s", code, stderr)
			}
			if want := "11 of 11 signals found; 0 incidents beside them."; !strings.Contains(out.String(), want) {
				t.Errorf("the story does not say %q:\n%s", want, &out)
			}
		})
	}
}

func TestDemoWithoutStoriesStillTells(t *testing.T) {
	var out bytes.Buffer
	data := filepath.Join(t.TempDir(), "demo")
	code, stderr := inProcess(t.Context(), time.Now(), &out, "demo", "--once", "--data", data, "--events", "300")
	if code != cli.ExitDone || !strings.Contains(out.String(), "0 of 0 signals found") {
		t.Errorf("got exit code %d, %s, and\n%s", code, stderr, &out)
	}
	// The same directory again is replaced, another one is left alone.
	if code, stderr := inProcess(t.Context(), time.Now(), io.Discard, "demo", "--once", "--data", data, "--events", "300"); code != cli.ExitDone {
		t.Errorf("second demo: got exit code %d: %s", code, stderr)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "precious"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, stderr = inProcess(t.Context(), time.Now(), io.Discard, "demo", "--once", "--data", other)
	if code != cli.ExitFailed || !strings.Contains(stderr, "--data") {
		t.Errorf("foreign directory: got exit code %d, %s", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(other, "precious")); err != nil {
		t.Error(err)
	}
}

// TestServe starts the server, asks everything it answers, and stops it.
func TestServe(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code, stderr := inProcess(ctx, time.Now(), w, "serve", "--data", data, "--listen", "127.0.0.1:0")
		_ = w.CloseWithError(fmt.Errorf("serve ended: %s", stderr))
		ended <- code
	}()
	line := make([]byte, 4096)
	n, err := r.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(line[:n]), "http://")
	if !found {
		t.Fatalf("got %q, want an address", line[:n])
	}
	url := "http://" + strings.FieldsFunc(rest, func(r rune) bool { return r == ',' || r == ' ' })[0]
	for path, want := range map[string]string{
		"/healthz":             `"status":"ok"`,
		"/metrics":             "nephoscope_rule_runs_total 0",
		"/api/v1/incidents":    `{"value":[]}`,
		"/api/v1/incidents/12": "incident 12: no such incident",
	} {
		if got := fetch(t, url+path); !strings.Contains(got, want) {
			t.Errorf("GET %s: got %s, want %s", path, got, want)
		}
	}
	stop()
	if code := <-ended; code != cli.ExitDone {
		t.Errorf("got exit code %d, want 0", code)
	}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestServeRefusesBadConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte("data: x\nlisten: 0.0.0.0:8787\nretention:\n  Nothing: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"serve", "--config", path}, cli.ExitFailed, "retention.Nothing: no such table"},
		{[]string{"serve", "--config", path + "x"}, cli.ExitUsage, "no such file"},
		{[]string{"serve", "--data", t.TempDir(), "--listen", "0.0.0.0:0"}, cli.ExitFailed, "loopback"},
		{[]string{"serve", "--listen", "8787"}, cli.ExitUsage, "host:port"},
	} {
		code, stderr := inProcess(t.Context(), time.Now(), io.Discard, c.args...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: got %d, %s, want %d with %q", c.args, code, stderr, c.code, c.want)
		}
	}
}

func TestInterruptedIngestSaysHowToGoOn(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "a.json")
	if err := os.WriteFile(input, []byte(`{"time":"2026-01-01T00:00:00Z","category":"Administrative"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, stderr := inProcess(ctx, time.Now(), io.Discard, "ingest", "--data", filepath.Join(dir, "d"), input)
	if code != cli.ExitFailed || !strings.Contains(stderr, "again to go on") {
		t.Errorf("got %d, %s, want 1 and how to go on", code, stderr)
	}
}
