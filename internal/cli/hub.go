package cli

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/config"
)

func newHub(env *Env) *cobra.Command {
	cmd := group("hub", "Run and look after the embedded event hub")
	cmd.AddCommand(newHubServe(env), newHubList(env), newHubCreate(env), newHubDelete(env), newHubStats(env), newHubKeys(env), newHubPeek(env))
	return cmd
}

func newHubServe(env *Env) *cobra.Command {
	var path string
	var h config.Hub
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the embedded event hub alone",
		Long: "Serve is an event hub for the official clients: AMQP, AMQP over TLS and AMQP over websocket on each address, in\n" +
			"the clear on loopback only. A hub is created by the first event of a sender with Manage rights, or by 'hub create'.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := hubConfig(cmd, path, h)
			if err != nil {
				return usageError{err}
			}
			return serveHub(cmd, env, cfg)
		},
	}
	f := cmd.Flags()
	addData(cmd)
	f.StringVar(&path, "config", "", "configuration file (YAML); its section hub counts")
	f.StringVar(&h.Data, "hub", "", "directory of the hub (default hub below the data directory)")
	f.StringSliceVar(&h.Listen, "listen", nil, "addresses, default "+config.DefaultHubListen)
	f.StringVar(&h.Certificate, "certificate", "", "PEM file, in place of an own authority")
	f.StringVar(&h.Key, "key", "", "PEM file of the certificate's key")
	f.StringSliceVar(&h.Names, "name", nil, "host names that the own certificate is valid for, beside localhost")
	f.IntVar(&h.Partitions, "partitions", 0, "partitions of hubs made by their first event, default 4")
	f.DurationVar(&h.Retention, "retention", 0, "how long such hubs keep events, default 168h")
	f.Int64Var(&h.MaxBytes, "max-bytes", 0, "how much each partition of such hubs keeps, default no limit")
	return cmd
}

// hubConfig lays the flags over the file, and those of the hub over its
// section.
func hubConfig(cmd *cobra.Command, path string, flags config.Hub) (config.Config, error) {
	cfg, err := serveConfig(cmd, path, "")
	if err != nil {
		return cfg, err
	}
	if cfg.Hub == nil {
		cfg.Hub = &config.Hub{}
	}
	set := func(name string, lay func()) {
		if cmd.Flags().Changed(name) {
			lay()
		}
	}
	set("hub", func() { cfg.Hub.Data = flags.Data })
	set("listen", func() { cfg.Hub.Listen = flags.Listen })
	set("certificate", func() { cfg.Hub.Certificate = flags.Certificate })
	set("key", func() { cfg.Hub.Key = flags.Key })
	set("name", func() { cfg.Hub.Names = flags.Names })
	set("partitions", func() { cfg.Hub.Partitions = flags.Partitions })
	set("retention", func() { cfg.Hub.Retention = flags.Retention })
	set("max-bytes", func() { cfg.Hub.MaxBytes = flags.MaxBytes })
	return cfg, cfg.Validate()
}

func serveHub(cmd *cobra.Command, env *Env, cfg config.Config) (err error) {
	h, err := app.OpenHub(cfg, time.Now, newLogger(env.Stderr))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	announceHub(env, h)
	return h.Run(cmd.Context())
}

// announceHub says where the hub is.
func announceHub(env *Env, h *app.Hub) {
	say(env.Stdout, "hub in %s on %s, end with Ctrl-C\n", h.Dir(), strings.Join(h.Addresses(), ", "))
	if file := h.CAFile(); file != "" {
		say(env.Stdout, "clients that use TLS must trust %s\n", file)
	}
}
