package cli

import (
	"errors"
	"fmt"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/incident"
)

// A bulk is a command that makes one change to several incidents.
type bulk struct {
	use, short, example string
	flags               func(*cobra.Command)
	// change says what the flags say.
	change func(*cobra.Command) (incident.Change, error)
}

// command makes the command. NUMBER... and the flags --where and --by are
// common to all.
func (b bulk) command(env *Env) *cobra.Command {
	var which choice
	var by string
	cmd := &cobra.Command{
		Use: b.use + " [NUMBER]...", Short: b.short, Example: b.example,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := which.check(args); err != nil {
				return err
			}
			change, err := b.change(cmd)
			if err != nil {
				return err
			}
			change.By = whoever(by)
			return withKeeper(cmd, env, func(k *incident.Keeper) error {
				numbers, err := which.numbers(cmd, k, args)
				if err != nil {
					return err
				}
				outcomes, err := updateAll(cmd, k, numbers, change)
				if err != nil {
					return wrongChange(err)
				}
				return tellOutcomes(env, outcomes)
			})
		},
	}
	addData(cmd)
	which.flags(cmd)
	addBy(cmd, &by)
	b.flags(cmd)
	return cmd
}

// updateAll changes one incident from a known state, or several from whatever
// states they have.
func updateAll(cmd *cobra.Command, k *incident.Keeper, numbers []int, c incident.Change) ([]incident.Outcome, error) {
	if c.Etag == "" || len(numbers) != 1 {
		return k.UpdateMany(cmd.Context(), numbers, c)
	}
	in, err := k.Update(cmd.Context(), numbers[0], c)
	return []incident.Outcome{{Number: numbers[0], Incident: in, Err: err}}, nil
}

// tellOutcomes prints what became of each incident. Some of several that could
// not be changed are an error after the others are told.
func tellOutcomes(env *Env, outcomes []incident.Outcome) error {
	var failed []string
	for _, o := range outcomes {
		if o.Err == nil {
			tellIncident(env, o.Incident)
			continue
		}
		if len(outcomes) == 1 {
			return wrongChange(unknownIncident(o.Err))
		}
		failed = append(failed, o.Err.Error())
	}
	if len(outcomes) == 0 {
		say(env.Stdout, "no incident is like that\n")
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of %s stay as they are:\n  %s", len(failed), plural(len(outcomes), "incident"), strings.Join(failed, "\n  "))
	}
	return nil
}

func tellIncident(env *Env, in *incident.Incident) {
	say(env.Stdout, "incident %d: %s, %s severity, owner %q\n", in.Number, in.Status, in.Severity, in.Owner.AssignedTo)
}

// wrongChange makes a mistake in what was to be changed one in the arguments.
func wrongChange(err error) error {
	var invalid *incident.InvalidError
	if errors.As(err, &invalid) {
		return usageError{err}
	}
	return err
}

func addBy(cmd *cobra.Command, by *string) {
	cmd.Flags().StringVar(by, "by", "", "who changes it (default: the user of this machine)")
}

// whoever is the name given, or that of the user of this machine.
func whoever(by string) string {
	if by != "" {
		return by
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "command line"
}

func newIncidentsUpdate(env *Env) *cobra.Command {
	var e edit
	return bulk{
		use: "update", short: "Change incidents",
		example: "  nephoscope incidents update 3 --status Active --owner 'Ada Lovelace'\n" +
			"  nephoscope incidents update 4 5 --label vip\n  nephoscope incidents update --where status=New --where text=lock --severity Low",
		flags: e.flags, change: e.change,
	}.command(env)
}

// An edit holds the flags of an update.
type edit struct {
	status, severity, owner, classification, reason, title, description string
	rest                                                                incident.Change
}

func (e *edit) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&e.status, "status", "", "New, Active or Closed")
	f.StringVar(&e.severity, "severity", "", "Informational, Low, Medium or High; alerts do not raise it any more then")
	f.StringVar(&e.title, "title", "", "new title")
	f.StringVar(&e.description, "description", "", "new description")
	f.StringVar(&e.owner, "owner", "", "who works on it, empty for nobody")
	f.StringVar(&e.classification, "classification", "", "when closing: "+strings.Join(incident.Classifications(), ", "))
	f.StringVar(&e.reason, "reason", "", "when closing: the reason of the classification")
	f.StringSliceVar(&e.rest.AddLabels, "label", nil, "label to add")
	f.StringSliceVar(&e.rest.RemoveLabels, "remove-label", nil, "label to take off")
	f.StringVar(&e.rest.Comment, "comment", "", "comment to add")
	f.StringVar(&e.rest.Etag, "etag", "", "of one incident: change it only if this is its present state")
}

// change returns what the flags that were given say.
func (e *edit) change(cmd *cobra.Command) (c incident.Change, err error) {
	c = e.rest
	given := func(flag string, value *string) *string {
		if !cmd.Flags().Changed(flag) {
			return nil
		}
		return value
	}
	if text := given("status", &e.status); text != nil {
		status, err := parseStatus(*text)
		if err != nil {
			return c, err
		}
		c.Status = &status
	}
	if text := given("severity", &e.severity); text != nil {
		severity, err := parseSeverity(*text)
		if err != nil {
			return c, err
		}
		c.Severity = &severity
	}
	if text := given("owner", &e.owner); text != nil {
		c.Owner = &incident.Owner{AssignedTo: *text}
	}
	c.Title, c.Description = given("title", &e.title), given("description", &e.description)
	c.Classification, c.ClassificationReason = given("classification", &e.classification), given("reason", &e.reason)
	if !changes(cmd, "status", "severity", "owner", "title", "description", "classification", "reason", "label", "remove-label", "comment") {
		return c, usagef("nothing to change: see 'nephoscope incidents update --help'")
	}
	return c, nil
}

// changes tells whether one of the flags was given.
func changes(cmd *cobra.Command, flags ...string) bool {
	for _, name := range flags {
		if cmd.Flags().Changed(name) {
			return true
		}
	}
	return false
}
