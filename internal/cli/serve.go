package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/config"
)

func newServe(env *Env) *cobra.Command {
	var path, listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve health, metrics and incidents over HTTP",
		Long: "Serve opens the store and answers on /healthz, /metrics and /api/v1/incidents until it is interrupted. The\n" +
			"address must be of loopback. Flags go before the file, the file before the defaults.",
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
	a, err := app.Open(cmd.Context(), cfg, app.Options{Now: env.Now, Logger: newLogger(env.Stderr)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	server, err := a.Listen(env.Version)
	if err != nil {
		return err
	}
	say(env.Stdout, "serving %s on %s, end with Ctrl-C\n", cfg.Data, server.URL())
	return server.Run(cmd.Context())
}
