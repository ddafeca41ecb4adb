package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/incident"
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
					return unknownIncident(err)
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

// unknownIncident says where to look for an incident that there is not.
func unknownIncident(err error) error {
	if errors.Is(err, incident.ErrNotFound) {
		return fmt.Errorf("%w: 'nephoscope incidents list' shows what there is", err)
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
	printMarks(w, d)
	say(w, "\nAlerts\n")
	for _, a := range d.Alerts {
		note := ""
		if a.Withdrawn != "" {
			note = "  (withdrawn: " + oneLine(a.Withdrawn) + ")"
		}
		say(w, "  %s  %s%s\n", a.Time.UTC().Format(secondLayout), oneLine(a.Name), note)
	}
	say(w, "\nEntities\n")
	for _, e := range d.Entities {
		say(w, "  %-14s  %s\n", e.Type, oneLine(e.Title))
	}
	say(w, "\nEvidence\n")
	for _, row := range d.Evidence {
		say(w, "  %s\n", oneLine(string(row)))
	}
	printTasks(w, d.Tasks)
	printHistory(w, d)
}

// printMarks says what people or merging have put on an incident.
func printMarks(w io.Writer, d *incident.Detail) {
	var labels []string
	for _, l := range d.Labels {
		labels = append(labels, oneLine(l.Name))
	}
	if len(labels) > 0 {
		say(w, "Labels: %s\n", strings.Join(labels, ", "))
	}
	if d.Additional.MergedInto != 0 {
		say(w, "Merged into incident %d\n", d.Additional.MergedInto)
	}
	for _, n := range d.Additional.Merged {
		say(w, "Holds what was incident %d\n", n)
	}
}

func printTasks(w io.Writer, tasks []incident.Task) {
	if len(tasks) == 0 {
		return
	}
	say(w, "\nTasks\n")
	for _, t := range tasks {
		say(w, "  %-9s  %s  %s\n", t.Status, t.ID, oneLine(t.Title))
	}
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
