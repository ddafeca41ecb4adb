package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/user"
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
	_, keeper, err := a.Detection()
	if err != nil {
		return err
	}
	return fn(keeper)
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

func newIncidentsShow(env *Env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "show NUMBER", Short: "Show an incident with its alerts, entities, evidence and history", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := parseNumber(args[0])
			if err != nil {
				return err
			}
			if err := oneOfWords("output", output, "table", "json"); err != nil {
				return err
			}
			return withKeeper(cmd, env, func(k *incident.Keeper) error {
				detail, err := k.Show(cmd.Context(), number)
				if err != nil {
					return unknownIncident(number, err)
				}
				if output == "json" {
					return json.NewEncoder(env.Stdout).Encode(detail)
				}
				printIncident(env.Stdout, detail)
				return nil
			})
		},
	}
	addData(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return cmd
}

func parseNumber(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, usagef("incident %q: want its number", text)
	}
	return n, nil
}

func unknownIncident(number int, err error) error {
	if errors.Is(err, incident.ErrNotFound) {
		return fmt.Errorf("there is no incident %d: 'nephoscope incidents list' shows what there is", number)
	}
	return err
}

func printIncident(w io.Writer, d *incident.Detail) {
	say(w, "Incident %d: %s\n", d.Number, oneLine(d.Title))
	owner := d.Owner.AssignedTo
	if owner == "" {
		owner = "nobody"
	}
	say(w, "%s severity, %s, owned by %s\n", d.Severity, d.Status, owner)
	if d.Status == incident.StatusClosed {
		say(w, "closed as %s %s %s\n", d.Classification, d.ClassificationReason, d.ClassificationComment)
	}
	say(w, "%s\n", oneLine(d.Description))
	say(w, "Activity from %s to %s UTC; tactics: %s\n", d.FirstActivity.UTC().Format(secondLayout),
		d.LastActivity.UTC().Format(secondLayout), strings.Join(d.Additional.Tactics, ", "))
	say(w, "\nAlerts\n")
	for _, a := range d.Alerts {
		say(w, "  %s  %s\n", a.Time.UTC().Format(secondLayout), oneLine(a.Name))
	}
	say(w, "\nEntities\n")
	for _, e := range d.Entities {
		say(w, "  %-14s  %s\n", e.Type, oneLine(e.Title))
	}
	say(w, "\nEvidence\n")
	for _, row := range d.Evidence {
		say(w, "  %s\n", oneLine(string(row)))
	}
	printHistory(w, d)
}

func printHistory(w io.Writer, d *incident.Detail) {
	say(w, "\nHistory\n")
	for _, step := range d.History {
		say(w, "  %s  %s, %s, %s, by %s\n", step.Time.UTC().Format(secondLayout), step.Status, step.Severity, plural(step.Alerts, "alert"), step.By)
	}
	for _, c := range d.Comments {
		say(w, "  %s  %s: %s\n", c.Created.UTC().Format(secondLayout), c.Author.Name, oneLine(c.Message))
	}
}

func newIncidentsUpdate(env *Env) *cobra.Command {
	var e edit
	cmd := &cobra.Command{
		Use:     "update NUMBER",
		Short:   "Change an incident",
		Example: "  nephoscope incidents update 3 --status Active --owner 'Ada Lovelace'\n  nephoscope incidents update 3 --status Closed --classification TruePositive --reason SuspiciousActivity",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := parseNumber(args[0])
			if err != nil {
				return err
			}
			change, err := e.change(cmd)
			if err != nil {
				return err
			}
			return updateIncident(cmd, env, number, change)
		},
	}
	addData(cmd)
	e.flags(cmd)
	return cmd
}

// An edit holds the flags of an update.
type edit struct {
	status, severity, owner, classification, reason, title string
	rest                                                   incident.Change
}

func (e *edit) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&e.status, "status", "", "New, Active or Closed")
	f.StringVar(&e.severity, "severity", "", "Informational, Low, Medium or High")
	f.StringVar(&e.title, "title", "", "new title")
	f.StringVar(&e.owner, "owner", "", "who works on it, empty for nobody")
	f.StringVar(&e.classification, "classification", "", "when closing: "+strings.Join(incident.Classifications(), ", "))
	f.StringVar(&e.reason, "reason", "", "when closing: the reason of the classification")
	f.StringSliceVar(&e.rest.AddLabels, "label", nil, "label to add")
	f.StringSliceVar(&e.rest.RemoveLabels, "remove-label", nil, "label to take off")
	f.StringVar(&e.rest.Comment, "comment", "", "comment to add")
	f.StringVar(&e.rest.By, "by", "", "who changes it (default: the user of this machine)")
}

// change returns what the flags that were given say.
func (e *edit) change(cmd *cobra.Command) (incident.Change, error) {
	c, f := e.rest, cmd.Flags()
	if f.NFlag() == 0 || f.NFlag() == 1 && f.Changed("data") {
		return c, usagef("nothing to change: see 'nephoscope incidents update --help'")
	}
	if f.Changed("status") {
		status, err := parseStatus(e.status)
		if err != nil {
			return c, err
		}
		c.Status = &status
	}
	if f.Changed("severity") {
		severity, err := parseSeverity(e.severity)
		if err != nil {
			return c, err
		}
		c.Severity = &severity
	}
	if f.Changed("owner") {
		c.Owner = &incident.Owner{AssignedTo: e.owner}
	}
	given := func(flag string, value *string) *string {
		if !f.Changed(flag) {
			return nil
		}
		return value
	}
	c.Title = given("title", &e.title)
	c.Classification, c.ClassificationReason = given("classification", &e.classification), given("reason", &e.reason)
	if c.By == "" {
		c.By = userName()
	}
	return c, nil
}

// userName names the user of this machine.
func userName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "command line"
}

func updateIncident(cmd *cobra.Command, env *Env, number int, change incident.Change) error {
	return withKeeper(cmd, env, func(k *incident.Keeper) error {
		updated, err := k.Update(cmd.Context(), number, change)
		var invalid *incident.InvalidError
		switch {
		case errors.As(err, &invalid):
			return usageError{err}
		case err != nil:
			return unknownIncident(number, err)
		}
		say(env.Stdout, "incident %d: %s, %s severity, owner %q\n", updated.Number, updated.Status, updated.Severity, updated.Owner.AssignedTo)
		return nil
	})
}
