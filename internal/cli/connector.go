package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nephoscope/internal/api"
	"nephoscope/internal/builtin"
	"nephoscope/internal/config"
)

func newConnector(env *Env) *cobra.Command {
	cmd := group("connector", "List the sources, and test them")
	cmd.AddCommand(newConnectorList(env), newConnectorTest(env))
	return cmd
}

func newConnectorList(env *Env) *cobra.Command {
	var server, form string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the sources: those of a running server with their lag, else what there is",
		Long: "List asks a running 'nephoscope serve' how its sources stand, partition by partition. Without a server it lists\n" +
			"what can be read from.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOfWords("output", form, "table", "json"); err != nil {
				return err
			}
			list, err := askConnectors(cmd.Context(), server)
			switch {
			case err == nil && form == "json":
				return json.NewEncoder(env.Stdout).Encode(map[string]any{"value": list})
			case err == nil:
				printConnectors(env, list)
				return nil
			case cmd.Flags().Changed("server") || form == "json":
				return err
			}
			printKinds(env)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&server, "server", "http://"+config.Default().Listen, "address of a running server")
	f.StringVarP(&form, "output", "o", "table", "table or json")
	return cmd
}

// printKinds lists what can be read from.
func printKinds(env *Env) {
	g := newGrid("type", "what it reads", "use")
	for _, c := range builtin.Connectors() {
		g.add(c.Name, c.Doc, c.Use)
	}
	g.print(env.Stdout, terminal(env.Stdout))
}

// Limits of asking a server on the same machine.
const (
	askTimeout = 3 * time.Second
	askBytes   = 16 << 20
)

// askConnectors asks a server for its sources.
func askConnectors(ctx context.Context, server string) ([]api.Connector, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	url := strings.TrimSuffix(server, "/") + "/api/v1/connectors"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, usagef("--server %q: want an address such as http://%s", server, config.Default().Listen)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the server for its connectors: %w: is 'nephoscope serve' running there?", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask %s: it answers %s: is it a nephoscope of this version?", url, answer.Status)
	}
	var body struct{ Value []api.Connector }
	if err := json.NewDecoder(io.LimitReader(answer.Body, askBytes)).Decode(&body); err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", url, err)
	}
	return body.Value, nil
}

// printConnectors prints each source and its partitions.
func printConnectors(env *Env, list []api.Connector) {
	if len(list) == 0 {
		say(env.Stdout, "the server has no sources: name some in its configuration file\n")
		return
	}
	g := newGrid("source", "partition", "state", "events", "sequence number", "lag events", "lag", "last event", "why").number(3, 4, 5, 6)
	for _, c := range list {
		if len(c.Partitions) == 0 {
			g.add(c.Name, "", c.State, "", "", "", "", "", why(c.Reason, c.Hint))
		}
		for i, p := range c.Partitions {
			reason := why(p.Reason, p.Hint)
			if i == 0 && reason == "" {
				reason = why(c.Reason, c.Hint)
			}
			g.add(c.Name, p.Partition, p.State, strconv.FormatInt(p.Events, 10), wholeOr(p.Sequence), wholeOr(p.LagEvents), secondsOr(p.LagSeconds), timeOr(p.LastEvent), reason)
		}
	}
	g.print(env.Stdout, terminal(env.Stdout))
}

// why joins a reason with what to do about it.
func why(reason, hint string) string {
	if reason == "" || hint == "" {
		return reason
	}
	return reason + ": " + hint
}

func wholeOr(n *int64) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatInt(*n, 10)
}

func secondsOr(s *float64) string {
	if s == nil {
		return "-"
	}
	return time.Duration(*s * float64(time.Second)).Round(time.Second).String()
}

func timeOr(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}
