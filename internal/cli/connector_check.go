package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nephoscope/internal/azure"
	"nephoscope/internal/builtin"
	"nephoscope/internal/config"
	"nephoscope/internal/remote"
	"nephoscope/internal/source/eventhub"
)

func newConnectorTest(env *Env) *cobra.Command {
	var path, form string
	flags := eventhub.Default()
	cmd := &cobra.Command{
		Use:   "test [NAME]",
		Short: "Test the way to an event hub, step by step",
		Long: "Test goes the way to a hub that a source would go and says of each step how it came out and what would help. It\n" +
			"reads an event without taking it from anybody, and sends nothing. The hub is that of the source NAME in the\n" +
			"configuration file (of the only one without NAME), or the one that the flags describe.",
		Example: "  nephoscope connector test --config nephoscope.yaml activity\n" +
			"  HUB='Endpoint=sb://...' nephoscope connector test --connection-string-env HUB --consumer-group nephoscope",
		Args: cobra.MaximumNArgs(1),
	}
	identity := addAzure(cmd)
	f := cmd.Flags()
	f.StringVar(&path, "config", "", "configuration file (YAML) with the source")
	f.StringVar(&flags.ConnectionStringFile, "connection-string-file", "", "file with the connection string")
	f.StringVar(&flags.ConnectionStringEnv, "connection-string-env", "", "environment variable with the connection string")
	f.StringVar(&flags.Namespace, "namespace", "", "fully qualified namespace, to sign in with an identity instead")
	f.StringVar(&flags.Hub, "hub", "", "hub, if the connection string does not say (default "+azure.ProfileHub+")")
	f.StringVar(&flags.ConsumerGroup, "consumer-group", flags.ConsumerGroup, "consumer group")
	f.StringVar((*string)(&flags.Transport), "transport", string(flags.Transport), strings.Join([]string{string(remote.AMQP), string(remote.WebSocket), string(remote.Kafka)}, ", "))
	f.StringVar(&flags.Proxy, "proxy", "", "HTTP proxy, for --transport websocket")
	f.StringVar(&flags.CustomEndpoint, "custom-endpoint", "", "host:port to dial in place of the namespace")
	f.StringVar(&flags.CAFile, "ca-file", "", "PEM file with certificates to trust in place of the system's")
	f.StringVarP(&form, "output", "o", "table", "table or json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := oneOfWords("output", form, "table", "json"); err != nil {
			return err
		}
		cfg, err := hubToTest(path, args, flags, *identity)
		if err != nil {
			return usageError{err}
		}
		return testConnector(cmd, env, cfg, form)
	}
	return cmd
}

// hubToTest returns what the arguments name.
func hubToTest(path string, args []string, flags eventhub.Config, identity azure.Config) (eventhub.Config, error) {
	if path == "" {
		if len(args) > 0 {
			return flags, errors.New("a name needs --config, the file that it stands in")
		}
		flags.Credential = identity
		return flags, nil
	}
	cfg, err := config.Load(path)
	if err != nil {
		return flags, err
	}
	var hubs []config.Part
	for _, p := range cfg.Sources {
		if p.Type == eventhub.Name {
			hubs = append(hubs, p)
		}
	}
	switch {
	case len(args) > 0:
		part, err := config.PartNamed(hubs, args[0])
		if err != nil {
			return flags, fmt.Errorf("%s: event hub %w", path, err)
		}
		return builtin.EventHub(part)
	case len(hubs) == 1:
		return builtin.EventHub(&hubs[0])
	default:
		return flags, fmt.Errorf("%s has %s of type %s: name one", path, plural(len(hubs), "source"), eventhub.Name)
	}
}

// testConnector runs the test and prints its steps as they are done.
func testConnector(cmd *cobra.Command, env *Env, cfg eventhub.Config, form string) error {
	print, line := printStep, newProgress(env.Stderr)
	if form == "json" {
		print = printStepJSON
	}
	steps := eventhub.StepNames()
	line.show("testing: " + steps[0])
	done, warned := 0, false
	err := eventhub.Check(cmd.Context(), cfg, eventhub.CheckOptions{}, func(s eventhub.Step) {
		line.clear()
		print(env.Stdout, s)
		warned = warned || s.Status == eventhub.Warning
		if done++; done < len(steps) {
			line.show("testing: " + steps[done])
		}
	})
	line.clear()
	switch {
	case cmd.Context().Err() != nil:
		return err
	case err != nil:
		return errFailedStep
	case warned:
		return errFindings
	default:
		return nil
	}
}

// errFailedStep ends a test whose steps have told everything.
var errFailedStep = errors.New("the connection does not work")

func printStep(w io.Writer, s eventhub.Step) {
	took := ""
	if s.Took >= time.Millisecond {
		took = s.Took.Round(time.Millisecond).String()
	}
	say(w, "%-8s  %-14s  %7s  %s\n", s.Status, s.Name, took, s.Detail)
	if s.Remedy != "" {
		say(w, "%-8s  %-14s  %7s  -> %s\n", "", "", "", s.Remedy)
	}
}

func printStepJSON(w io.Writer, s eventhub.Step) {
	_ = json.NewEncoder(w).Encode(map[string]any{ // w remembers its errors
		"step": s.Name, "status": s.Status, "detail": s.Detail, "remedy": s.Remedy, "milliseconds": s.Took.Milliseconds(),
	})
}
