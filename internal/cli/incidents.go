package cli

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/app"
	"nephoscope/internal/incident"
	"nephoscope/internal/rules"
)

func newIncidents(env *Env) *cobra.Command {
	cmd := group("incidents", "List, show and update incidents")
	cmd.AddCommand(newIncidentsList(env), newIncidentsShow(env), newIncidentsUpdate(env))
	return cmd
}

// withKeeper opens the data directory for a command on incidents.
func withKeeper(cmd *cobra.Command, env *Env, fn func(*incident.Keeper) error) (err error) {
	a, err := openApp(cmd, env, app.Options{Existing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return fn(a.Incidents())
}

func newIncidentsList(env *Env) *cobra.Command {
	var output string
	var statuses, severities []string
	var filter incident.Filter
	cmd := &cobra.Command{
		Use: "list", Short: "List incidents, newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := oneOfWords("output", output, "table", "json"); err != nil {
				return err
			}
			if filter.Statuses, err = parseAll(statuses, parseStatus); err != nil {
				return err
			}
			if filter.Severities, err = parseAll(severities, parseSeverity); err != nil {
				return err
			}
			return withKeeper(cmd, env, func(k *incident.Keeper) error {
				list, err := k.List(cmd.Context(), filter)
				if err != nil {
					return err
				}
				return printIncidents(env, list, output)
			})
		},
	}
	addData(cmd)
	f := cmd.Flags()
	f.StringVarP(&output, "output", "o", "table", "table or json")
	f.StringSliceVar(&statuses, "status", nil, "New, Active or Closed")
	f.StringSliceVar(&severities, "severity", nil, "Informational, Low, Medium or High")
	f.StringVar(&filter.Owner, "owner", "", "part of the owner's name")
	f.StringVar(&filter.Text, "text", "", "part of the title")
	f.IntVar(&filter.Limit, "limit", 0, "how many at most, 0 for all")
	return cmd
}

// parseAll parses every word.
func parseAll[T any](words []string, parse func(string) (T, error)) ([]T, error) {
	var list []T
	for _, word := range words {
		v, err := parse(word)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func parseStatus(word string) (incident.Status, error) {
	i := slices.IndexFunc(incident.Statuses(), func(s incident.Status) bool { return strings.EqualFold(string(s), word) })
	if i < 0 {
		return "", usagef("status %q: want New, Active or Closed", word)
	}
	return incident.Statuses()[i], nil
}

func parseSeverity(word string) (rules.Severity, error) {
	severity, ok := rules.ParseSeverity(word)
	if !ok {
		return "", usagef("severity %q: want Informational, Low, Medium or High", word)
	}
	return severity, nil
}

func printIncidents(env *Env, list []*incident.Incident, output string) error {
	if output == "json" {
		if list == nil {
			list = []*incident.Incident{}
		}
		return json.NewEncoder(env.Stdout).Encode(map[string]any{"value": list})
	}
	width := terminal(env.Stdout)
	incidentGrid(list).print(env.Stdout, width)
	say(env.Stdout, "%s\n", plural(len(list), "incident"))
	return nil
}

func incidentGrid(list []*incident.Incident) *grid {
	g := newGrid("number", "severity", "status", "alerts", "first activity", "title").number(0, 3)
	for _, i := range list {
		g.add(strconv.Itoa(i.Number), string(i.Severity), string(i.Status), strconv.Itoa(i.Additional.Alerts),
			i.FirstActivity.UTC().Format(minuteLayout), oneLine(i.Title))
	}
	return g
}

const (
	minuteLayout = "2006-01-02 15:04"
	secondLayout = "2006-01-02 15:04:05"
)
