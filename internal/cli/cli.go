// Package cli is the command line: flags in, words out, an exit code. It calls
// app for everything else, and is the only place that formats for people.
//
// Invariant: what a command prints on standard output when it is piped is
// stable; progress, hints and colours go to terminals only.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Exit codes.
const (
	ExitDone     = 0
	ExitFailed   = 1
	ExitUsage    = 2
	ExitFindings = 3 // done, but something was found that needs a look
)

// An Env is what a command needs of its process.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Version        string
	Now            func() time.Time
}

// errFindings ends a command whose findings are printed already.
var errFindings = errors.New("findings")

// A usageError is a mistake in the arguments.
type usageError struct{ error }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// Run executes the command line and returns the exit code.
func Run(ctx context.Context, args []string, env Env) int {
	started := false
	out := &output{w: env.Stdout}
	env.Stdout = out
	root := newRoot(&env)
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	root.SetArgs(args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil && out.err != nil {
		err = fmt.Errorf("write output: %w", out.err)
	}
	if err == nil {
		return ExitDone
	}
	return fail(ctx, env.Stderr, err, started)
}

// fail tells of an error and returns the exit code. What an error repeats of
// files and arguments does not steer the terminal.
func fail(ctx context.Context, w io.Writer, err error, started bool) int {
	var usage usageError
	switch {
	case errors.Is(err, errFindings):
		return ExitFindings
	case errors.As(err, &usage) || !started:
		say(w, "nephoscope: %s\nRun 'nephoscope help' or a command with --help to see what there is.\n", shown(err.Error()))
		return ExitUsage
	case errors.Is(err, errCancelled):
		say(w, "nephoscope: %v\n", errCancelled)
		return ExitFailed
	case ctx.Err() != nil:
		say(w, "nephoscope: interrupted; what was committed stays, run the command again to go on\n")
		return ExitFailed
	default:
		say(w, "nephoscope: %s\n", shown(err.Error()))
		return ExitFailed
	}
}

func newRoot(env *Env) *cobra.Command {
	root := &cobra.Command{
		Use:           "nephoscope",
		Short:         "Watch what is done to a cloud",
		Long:          "Nephoscope collects Azure activity logs, keeps them in tables, asks with KQL and turns detections into incidents.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		newIngest(env),
		newQuery(env),
		newKQL(env),
		newRules(env),
		newIncidents(env),
		newQuarantine(env),
		newWatchlist(env),
		newFunction(env),
		newConnector(env),
		newDemo(env),
		newHub(env),
		newServe(env),
		newExport(env),
		newSimulate(env),
		newVersion(env),
	)
	return root
}

func newVersion(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(env.Stdout, "nephoscope", env.Version)
			return err
		},
	}
}

// An output remembers the first error of writing, so that Run can report it
// and nobody else has to look.
type output struct {
	w   io.Writer
	err error
}

// Write writes until the first error.
func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	o.err = err
	return n, err
}

// say prints for people. Errors of standard output are remembered by it; what
// cannot be written to standard error is lost.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// terminal returns the width of a terminal, 0 if w is none.
func terminal(w io.Writer) int {
	if o, ok := w.(*output); ok {
		w = o.w
	}
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 20 {
		return 80
	}
	return width
}
