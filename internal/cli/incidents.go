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
	cmd := group("incidents", "List, show and work on incidents")
	cmd.AddCommand(
		newIncidentsList(env), newIncidentsShow(env), newIncidentsUpdate(env), newIncidentsAssign(env), newIncidentsClose(env),
		newIncidentsReopen(env), newIncidentsComment(env), newIncidentsTask(env), newIncidentsMerge(env),
		newIncidentsCreate(env), newIncidentsDelete(env),
	)
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
	var output, order string
	var ascending bool
	var skip, limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List incidents, newest first", Args: cobra.NoArgs,
		Example: "  nephoscope incidents list --status New,Active --severity High\n  nephoscope incidents list --order lastModifiedTimeUtc --limit 10",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := oneOfWords("output", output, "table", "json"); err != nil {
				return err
			}
			if err := notNegative(cmd, "limit", "skip"); err != nil {
				return err
			}
			filter, err := filterOf(cmd)
			if err != nil {
				return err
			}
			if filter.Order, err = parseOrder(order); err != nil {
				return err
			}
			filter.Ascending, filter.Skip, filter.Limit = ascending, skip, limit
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
	addFilters(cmd)
	f := cmd.Flags()
	f.StringVarP(&output, "output", "o", "table", "table or json")
	f.StringVar(&order, "order", string(incident.ByIncidentNumber), "what to sort by: "+orderNames())
	f.BoolVar(&ascending, "ascending", false, "the least first")
	f.IntVar(&skip, "skip", 0, "how many to leave out at the beginning")
	f.IntVar(&limit, "limit", 0, "how many at most, 0 for all")
	return cmd
}

func orderNames() string {
	var names []string
	for _, o := range incident.Orders() {
		names = append(names, string(o))
	}
	return strings.Join(names, ", ")
}

func parseOrder(word string) (incident.Order, error) {
	i := slices.IndexFunc(incident.Orders(), func(o incident.Order) bool { return strings.EqualFold(string(o), word) })
	if i < 0 {
		return "", usagef("--order %q: want one of %s", word, orderNames())
	}
	return incident.Orders()[i], nil
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
