package cli

import (
	"errors"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/incident"
)

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
