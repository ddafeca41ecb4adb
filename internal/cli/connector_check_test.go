package cli_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/cli"
)

// TestConnectorTest tests the way to a hub from the command line.
func TestConnectorTest(t *testing.T) {
	s := newStream(t)
	if err := send(t.Context(), s.producer(t), numbered(3)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NEPHOSCOPE_TEST_HUB", s.login)
	t.Setenv("NEPHOSCOPE_TEST_WRONG", strings.Replace(s.login, "SharedAccessKey=", "SharedAccessKey=x", 1))
	for name, c := range map[string]struct {
		args []string
		code int
		want []string
	}{
		"source of a file": {
			[]string{"--config", s.config, "activity"},
			cli.ExitFindings,
			[]string{"ok        listen right", "ok        partitions", "ok        sample event", "warning   other rights"},
		},
		"the only source": {[]string{"--config", s.config}, cli.ExitFindings, []string{"ok        sample event"}},
		"flags":           {[]string{"--connection-string-env", "NEPHOSCOPE_TEST_HUB"}, cli.ExitFindings, []string{"ok        sample event"}},
		"wrong key":       {[]string{"--connection-string-env", "NEPHOSCOPE_TEST_WRONG"}, cli.ExitFailed, []string{"failed    sign-in"}},
		"no group": {
			[]string{"--connection-string-env", "NEPHOSCOPE_TEST_HUB", "--consumer-group", "other"},
			cli.ExitFailed,
			[]string{"failed    consumer group"},
		},
		"no such source":    {[]string{"--config", s.config, "other"}, cli.ExitUsage, []string{"other"}},
		"name without file": {[]string{"activity"}, cli.ExitUsage, []string{"--config"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			code, stderr := inProcess(t.Context(), time.Now(), &out, append([]string{"connector", "test"}, c.args...)...)
			if code != c.code {
				t.Errorf("got exit code %d, want %d: %s", code, c.code, stderr)
			}
			for _, want := range c.want {
				if text := out.String() + stderr; !strings.Contains(text, want) {
					t.Errorf("got\n%s\nwant %q in it", text, want)
				}
			}
			if strings.Contains(out.String()+stderr, "SharedAccessKey=") {
				t.Error("the key is shown")
			}
		})
	}
	var out bytes.Buffer
	inProcess(t.Context(), time.Now(), &out, "connector", "test", "--config", s.config, "--output", "json")
	lines := 0
	for decoder := json.NewDecoder(&out); decoder.More(); lines++ {
		var step struct{ Step, Status, Detail string }
		if err := decoder.Decode(&step); err != nil || step.Step == "" || step.Status == "" {
			t.Fatalf("got %+v, %v", step, err)
		}
	}
	if lines != 12 {
		t.Errorf("got %d steps, want 12", lines)
	}
}
