package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"nephoscope/internal/app"
	"nephoscope/internal/config"
)

func newServe(env *Env) *cobra.Command {
	var path, listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Read the configured sources, run the rules, feed the outputs, serve over HTTP",
		Long: "Serve reads the sources of the configuration file into the store, runs the rules over what arrives, each by its own\n" +
			"clock, and answers on /healthz, /metrics and /api/v1 until it is interrupted. The address must be of\n" +
			"loopback. Flags go before the file, the file before the defaults.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := serveConfig(cmd, path, listen)
			if err != nil {
				return usageError{err}
			}
			return serve(cmd, env, cfg)
		},
	}
	addData(cmd)
	cmd.Flags().StringVar(&path, "config", "", "configuration file (YAML)")
	cmd.Flags().StringVar(&listen, "listen", "", "address, default "+config.Default().Listen)
	return cmd
}

// serveConfig reads the file, if there is one, and lays the flags over it.
func serveConfig(cmd *cobra.Command, path, listen string) (config.Config, error) {
	cfg := config.Default()
	if path != "" {
		var err error
		if cfg, err = config.Load(path); err != nil {
			return cfg, err
		}
	}
	flags := configOf(cmd)
	if cmd.Flags().Changed("data") {
		cfg.Data = flags.Data
	}
	cfg.Tables = append(cfg.Tables, flags.Tables...)
	if listen != "" {
		cfg.Listen = listen
	}
	return cfg, cfg.Validate()
}

func serve(cmd *cobra.Command, env *Env, cfg config.Config) (err error) {
	log := newLogger(env.Stderr)
	a, err := app.Open(cmd.Context(), cfg, app.Options{Now: env.Now, Logger: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	runs := []func(context.Context) error{a.Run}
	if cfg.Hub != nil {
		var h *app.Hub
		if h, err = a.OpenHub(); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, h.Close()) }()
		announceHub(env, h)
		runs = append(runs, h.Run)
	}
	if err := a.OpenRules(cmd.Context()); err != nil {
		return err
	}
	if err := a.OpenSources(); err != nil {
		return err
	}
	if err := a.OpenOutputs(); err != nil {
		return err
	}
	server, err := a.Listen(env.Version)
	if err != nil {
		return err
	}
	say(env.Stdout, "serving %s on %s, %s, %s, end with Ctrl-C\n", cfg.Data, server.URL(),
		plural(len(cfg.Sources), "source"), plural(len(cfg.Outputs), "output"))
	group, ctx := errgroup.WithContext(cmd.Context())
	for _, run := range append(runs, server.Run) {
		group.Go(func() error { return run(ctx) })
	}
	return group.Wait()
}
