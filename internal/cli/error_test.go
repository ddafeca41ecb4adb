package cli_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/cli"
)

// TestErrorsDoNotSteerTheTerminal gives the program a name that would.
func TestErrorsDoNotSteerTheTerminal(t *testing.T) {
	var out, errs bytes.Buffer
	env := cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Now: time.Now}
	code := cli.Run(t.Context(), []string{"rules", "lint", "nothing\x1b[2J\u009bhere"}, env)
	if code != cli.ExitFailed || !strings.Contains(errs.String(), "nothing?[2J?here") {
		t.Errorf("got exit code %d and %q, want 1 and the name without control characters", code, errs.String())
	}
}
