package cli

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/config"
	"nephoscope/internal/hub/admin"
	"nephoscope/internal/hub/space"
)

// The commands that look after a namespace, whether it is served or not.

// addHubDir adds the flags that say which namespace is meant.
func addHubDir(cmd *cobra.Command) {
	cmd.Flags().String("data", "", "data directory (default $NEPHOSCOPE_DATA or "+config.DataDir()+")")
	cmd.Flags().String("hub", "", "directory of the hub (default hub below the data directory)")
}

// atHub calls do with the namespace that the flags name.
func atHub(cmd *cobra.Command, do func(c *admin.Client) error) (err error) {
	cfg := configOf(cmd)
	dir, err := cmd.Flags().GetString("hub")
	if err != nil {
		return err
	}
	c, err := admin.Open(cmd.Context(), space.Options{
		Dir: cmp.Or(dir, app.HubDir(cfg)), Endpoint: app.HubEndpoint(config.DefaultHubListen),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return do(c)
}

func newHubList(env *Env) *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use: "list", Short: "List the hubs", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOfWords("output", form, "table", "json"); err != nil {
				return err
			}
			return atHub(cmd, func(c *admin.Client) error {
				stats, err := c.Stats(cmd.Context())
				switch {
				case err != nil:
					return err
				case form == "json":
					return encodeJSON(env.Stdout, map[string]any{"hubs": stats.Hubs})
				}
				g := newGrid("hub", "partitions", "retention", "events", "stored", "created", "consumer groups").number(1, 3, 4)
				for _, h := range stats.Hubs {
					events, bytes := kept(h)
					g.add(h.Name, strconv.Itoa(len(h.Partitions)), hoursText(h.RetentionHours), strconv.FormatInt(events, 10),
						megabytes(bytes), h.Created.UTC().Format(minuteLayout), strings.Join(h.Groups, " "))
				}
				g.print(env.Stdout, terminal(env.Stdout))
				return nil
			})
		},
	}
	addHubDir(cmd)
	cmd.Flags().StringVarP(&form, "output", "o", "table", "table or json")
	return cmd
}

// kept counts what a hub holds.
func kept(h space.HubStats) (events, bytes int64) {
	for _, p := range h.Partitions {
		events += p.Last + 1 - p.Begin
		bytes += p.Bytes
	}
	return events, bytes
}

// hoursText writes a number of hours as people do.
func hoursText(h float64) string {
	if days := h / 24; days == float64(int64(days)) && days > 0 {
		return plural(int(days), "day")
	}
	return strconv.FormatFloat(h, 'g', 4, 64) + " h"
}

func encodeJSON(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

func newHubStats(env *Env) *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use: "stats", Short: "Show every partition, and what a running server does", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOfWords("output", form, "table", "json"); err != nil {
				return err
			}
			return atHub(cmd, func(c *admin.Client) error {
				stats, err := c.Stats(cmd.Context())
				switch {
				case err != nil:
					return err
				case form == "json":
					return encodeJSON(env.Stdout, stats)
				}
				g := newGrid("hub", "partition", "first", "last", "last enqueued", "stored", "events in", "events out", "receivers").number(1, 2, 3, 5, 6, 7, 8)
				for _, h := range stats.Hubs {
					for _, p := range h.Partitions {
						g.add(h.Name, p.ID, strconv.FormatInt(p.Begin, 10), strconv.FormatInt(p.Last, 10), enqueued(p.LastEnqueued), megabytes(p.Bytes),
							strconv.FormatInt(p.In.Events, 10), strconv.FormatInt(p.Out.Events, 10), strconv.Itoa(p.Receivers))
					}
				}
				g.print(env.Stdout, terminal(env.Stdout))
				if c.Running {
					say(env.Stdout, "%s, %s\n", plural(stats.Connections, "connection"), plural(stats.Links, "link"))
				} else {
					say(env.Stdout, "not served now\n")
				}
				return nil
			})
		},
	}
	addHubDir(cmd)
	cmd.Flags().StringVarP(&form, "output", "o", "table", "table or json")
	return cmd
}

func enqueued(t time.Time) string {
	if t.IsZero() || t.Year() <= 1 {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func newHubCreate(env *Env) *cobra.Command {
	var want admin.NewHub
	var retention time.Duration
	var groups []string
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Create a hub", Args: cobra.ExactArgs(1),
		Long: "Create makes a hub; its number of partitions never changes. For a hub that is there, it makes the consumer groups\n" +
			"of --group that are not.",
		RunE: func(cmd *cobra.Command, args []string) error {
			want.Name, want.RetentionHours = args[0], retention.Hours()
			return atHub(cmd, func(c *admin.Client) error {
				made, err := c.Create(cmd.Context(), want)
				switch {
				case errors.Is(err, space.ErrHub) && len(groups) > 0:
				case err != nil:
					return err
				default:
					say(env.Stdout, "hub %s with %s, retention %s\n", made.Name, plural(len(made.Partitions), "partition"), hoursText(made.RetentionHours))
				}
				for _, g := range groups {
					switch err := c.CreateGroup(cmd.Context(), want.Name, g); {
					case errors.Is(err, space.ErrGroup):
					case err != nil:
						return err
					default:
						say(env.Stdout, "consumer group %s of hub %s\n", g, want.Name)
					}
				}
				return nil
			})
		},
	}
	addHubDir(cmd)
	f := cmd.Flags()
	f.IntVar(&want.Partitions, "partitions", 0, "number of partitions (default 4)")
	f.DurationVar(&retention, "retention", 0, "how long events are kept (default 168h)")
	f.Int64Var(&want.MaxBytes, "max-bytes", 0, "how much each partition keeps (default no limit)")
	f.StringSliceVar(&groups, "group", nil, "consumer groups beside $Default; can be repeated")
	return cmd
}

func newHubDelete(env *Env) *cobra.Command {
	var group string
	var yes bool
	cmd := &cobra.Command{
		Use: "delete NAME", Short: "Delete a hub with all its events, or a consumer group", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return atHub(cmd, func(c *admin.Client) error {
				if group != "" {
					return c.DeleteGroup(cmd.Context(), args[0], group)
				}
				if !yes {
					return usagef("hub %s would be gone with all its events: say so with --yes", args[0])
				}
				if err := c.Delete(cmd.Context(), args[0]); err != nil {
					return err
				}
				say(env.Stdout, "hub %s deleted\n", args[0])
				return nil
			})
		},
	}
	addHubDir(cmd)
	cmd.Flags().StringVar(&group, "group", "", "delete this consumer group only")
	cmd.Flags().BoolVar(&yes, "yes", false, "do it")
	return cmd
}

func newHubPeek(env *Env) *cobra.Command {
	var form string
	var p space.Peek
	cmd := &cobra.Command{
		Use: "peek NAME", Short: "Look at events without taking them away", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOfWords("output", form, "text", "json"); err != nil {
				return err
			}
			p.Hub = args[0]
			return atHub(cmd, func(c *admin.Client) error {
				events, err := c.Peek(cmd.Context(), p)
				if err != nil {
					return err
				}
				for i := range events {
					if form == "json" {
						err = errors.Join(err, encodeJSON(env.Stdout, &events[i]))
						continue
					}
					printEvent(env.Stdout, &events[i])
				}
				return err
			})
		},
	}
	addHubDir(cmd)
	f := cmd.Flags()
	f.StringVar(&p.Partition, "partition", "0", "partition")
	f.IntVar(&p.Count, "count", 10, "number of events, 1 to 1000")
	f.BoolVar(&p.First, "first", false, "the oldest events in place of the newest")
	f.StringVarP(&form, "output", "o", "text", "text or json, one event a line")
	return cmd
}

// printEvent prints what surrounds an event, and then its body, in one line
// each: what publishers write must not steer a terminal.
func printEvent(w io.Writer, e *space.Event) {
	say(w, "%d  %s  offset %s", e.Sequence, e.Enqueued.UTC().Format(time.RFC3339Nano), e.Offset)
	if e.Key != "" {
		say(w, "  key %s", strconv.Quote(e.Key))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Properties)) {
		say(w, "  %s", oneLine(fmt.Sprintf("%s=%v", name, e.Properties[name])))
	}
	say(w, "\n%s\n", oneLine(bodyText(e)))
}

// bodyText is the body as text, or as base64 if it is none.
func bodyText(e *space.Event) string {
	switch {
	case e.Body == nil:
		return fmt.Sprint(e.Value)
	case utf8.Valid(e.Body):
		return string(e.Body)
	default:
		return base64.StdEncoding.EncodeToString(e.Body)
	}
}
