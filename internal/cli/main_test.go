package cli_test

import (
	"context"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"nephoscope/internal/cli"
)

// TestMain lets this test binary be the command nephoscope, in scripts and in
// child processes.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"nephoscope": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		profiled := profile()
		code := cli.Run(ctx, os.Args[1:], cli.Env{
			Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Version: "v0.0.0-test", Now: time.Now,
		})
		stop()
		profiled()
		os.Exit(code)
	}})
}

// profile writes where processor time goes into the file NEPHOSCOPE_PROFILE, if
// the command is serve: for looking at benchmarks by hand.
func profile() (stop func()) {
	path := os.Getenv("NEPHOSCOPE_PROFILE")
	if path == "" || !slices.Contains(os.Args, "serve") || slices.Contains(os.Args, "hub") {
		return func() {}
	}
	file, err := os.Create(path)
	if err != nil {
		panic(err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		panic(err)
	}
	return pprof.StopCPUProfile
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("NEPHOSCOPE_DATA", e.WorkDir+"/data")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exitcode": exitCode},
	})
}

// exitCode runs nephoscope with arguments and compares the exit code:
// exitcode 3 ingest --strict bad.json.
func exitCode(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec("nephoscope", args[1:]...)
	got := "0"
	if err != nil {
		got = err.Error()
	}
	if want := "exit status " + args[0]; got != want && (args[0] != "0" || err != nil) {
		ts.Fatalf("nephoscope %v: got %s, want %s", args[1:], got, want)
	}
}
