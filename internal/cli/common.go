package cli

import (
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/config"
)

// group makes a command that only holds others.
func group(use, short string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
}

// addData adds the flags that say which store is meant.
func addData(cmd *cobra.Command) {
	cmd.Flags().String("data", "", "data directory (default $NEPHOSCOPE_DATA or "+config.DataDir()+")")
	addTables(cmd)
}

func addTables(cmd *cobra.Command) {
	cmd.Flags().StringSlice("tables", nil, "files or directories with custom tables")
}

// configOf returns the defaults with what --data and --tables say.
func configOf(cmd *cobra.Command) config.Config {
	cfg := config.Default()
	if dir, err := cmd.Flags().GetString("data"); err == nil && dir != "" {
		cfg.Data = dir
	}
	if paths, err := cmd.Flags().GetStringSlice("tables"); err == nil {
		cfg.Tables = paths
	}
	return cfg
}

// openApp opens the data directory that the flags name.
func openApp(cmd *cobra.Command, env *Env, opt app.Options) (*app.App, error) {
	opt.Now = env.Now
	return app.Open(cmd.Context(), configOf(cmd), opt)
}

// newLogger logs to w as text.
func newLogger(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

// oneOfWords checks the value of a flag.
func oneOfWords(flag, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return usagef("--%s %q: want %s", flag, value, strings.Join(allowed, ", "))
}

// notNegative checks the values of flags that count something.
func notNegative(cmd *cobra.Command, flags ...string) error {
	for _, flag := range flags {
		if n, err := cmd.Flags().GetInt(flag); err == nil && n < 0 {
			return usagef("--%s %d: want 0 or more", flag, n)
		}
	}
	return nil
}

// progress shows one changing line on a terminal, and nothing elsewhere.
type progress struct {
	w     io.Writer
	width int
	shown bool
}

func newProgress(w io.Writer) *progress {
	return &progress{w: w, width: terminal(w)}
}

func (p *progress) show(line string) {
	if p.width > 0 {
		say(p.w, "\r\x1b[K%s", cut(line, p.width-1))
		p.shown = true
	}
}

func (p *progress) clear() {
	if p.shown {
		say(p.w, "\r\x1b[K")
		p.shown = false
	}
}
