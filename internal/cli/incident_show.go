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
