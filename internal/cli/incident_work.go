package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/incident"
)

func newIncidentsAssign(env *Env) *cobra.Command {
	var to string
	return bulk{
		use: "assign", short: "Say who works on incidents", example: "  nephoscope incidents assign 3 4 --to 'Ada Lovelace'\n  nephoscope incidents assign 3 --to ''",
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&to, "to", "", "name or address, empty for nobody; required")
		},
		change: func(cmd *cobra.Command) (incident.Change, error) {
			if !cmd.Flags().Changed("to") {
				return incident.Change{}, usagef("to whom? want --to NAME, or --to '' for nobody")
			}
			return incident.Change{Owner: &incident.Owner{AssignedTo: to}}, nil
		},
	}.command(env)
}

func newIncidentsClose(env *Env) *cobra.Command {
	var classification, reason, comment string
	return bulk{
		use: "close", short: "Close incidents",
		example: "  nephoscope incidents close 3 --classification FalsePositive --reason InaccurateData\n" +
			"  nephoscope incidents close --where label=drill --classification BenignPositive",
		flags: func(cmd *cobra.Command) {
			f := cmd.Flags()
			f.StringVar(&classification, "classification", "", strings.Join(incident.Classifications(), ", ")+"; required")
			f.StringVar(&reason, "reason", "", "required with FalsePositive: "+strings.Join(incident.Reasons("FalsePositive"), " or "))
			f.StringVar(&comment, "comment", "", "why, in words")
		},
		change: func(cmd *cobra.Command) (incident.Change, error) {
			closed := incident.StatusClosed
			c := incident.Change{Status: &closed, Classification: &classification, ClassificationComment: &comment}
			if classification == "" {
				return c, usagef("as what? want --classification %s", strings.Join(incident.Classifications(), ", "))
			}
			if cmd.Flags().Changed("reason") {
				c.ClassificationReason = &reason
			}
			return c, nil
		},
	}.command(env)
}

func newIncidentsReopen(env *Env) *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "reopen NUMBER...", Short: "Open closed incidents again", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			numbers, err := parseAll(args, parseNumber)
			if err != nil {
				return err
			}
			return withKeeper(cmd, env, func(k *incident.Keeper) error {
				var outcomes []incident.Outcome
				for _, n := range numbers {
					in, err := k.Reopen(cmd.Context(), n, incident.Stamp{By: whoever(by)})
					outcomes = append(outcomes, incident.Outcome{Number: n, Incident: in, Err: err})
				}
				return tellOutcomes(env, outcomes)
			})
		},
	}
	addData(cmd)
	addBy(cmd, &by)
	return cmd
}

// one makes a command on one incident, its first argument.
func one(env *Env, cmd *cobra.Command, do func(*cobra.Command, *incident.Keeper, int, incident.Stamp, []string) error) *cobra.Command {
	var by string
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		number, err := parseNumber(args[0])
		if err != nil {
			return err
		}
		return withKeeper(cmd, env, func(k *incident.Keeper) error {
			err := do(cmd, k, number, incident.Stamp{By: whoever(by)}, args[1:])
			return wrongChange(unknownIncident(err))
		})
	}
	addData(cmd)
	addBy(cmd, &by)
	return cmd
}

func newIncidentsComment(env *Env) *cobra.Command {
	cmd := &cobra.Command{Use: "comment NUMBER TEXT", Short: "Comment on an incident", Args: cobra.ExactArgs(2)}
	return one(env, cmd, func(cmd *cobra.Command, k *incident.Keeper, number int, s incident.Stamp, args []string) error {
		c, err := k.PutComment(cmd.Context(), number, "", args[0], s)
		if err == nil {
			say(env.Stdout, "comment %s on incident %d\n", c.ID, number)
		}
		return err
	})
}

func newIncidentsMerge(env *Env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "merge INTO FROM...", Short: "Move what incidents hold into one, and close them",
		Example: "  nephoscope incidents merge 3 7 9", Args: cobra.MinimumNArgs(2),
	}
	return one(env, cmd, func(cmd *cobra.Command, k *incident.Keeper, into int, s incident.Stamp, args []string) error {
		from, err := parseAll(args, parseNumber)
		if err != nil {
			return err
		}
		in, err := k.Merge(cmd.Context(), into, from, s)
		if err == nil {
			say(env.Stdout, "incident %d holds %s now\n", into, plural(in.Additional.Alerts, "alert"))
		}
		return err
	})
}

func newIncidentsDelete(env *Env) *cobra.Command {
	cmd := &cobra.Command{Use: "delete NUMBER", Short: "Remove an incident, not its alerts", Args: cobra.ExactArgs(1)}
	return one(env, cmd, func(cmd *cobra.Command, k *incident.Keeper, number int, s incident.Stamp, _ []string) error {
		err := k.Delete(cmd.Context(), number, s)
		if err == nil {
			say(env.Stdout, "incident %d is gone\n", number)
		}
		return err
	})
}

func newIncidentsCreate(env *Env) *cobra.Command {
	var title, description, severity, by string
	var labels []string
	cmd := &cobra.Command{
		Use: "create", Short: "Open an incident by hand", Args: cobra.NoArgs,
		Example: "  nephoscope incidents create --title 'Call from the bank' --severity Medium",
		RunE: func(cmd *cobra.Command, _ []string) error {
			level, err := parseSeverity(severity)
			if err != nil {
				return err
			}
			return withKeeper(cmd, env, func(k *incident.Keeper) error {
				in, err := k.Create(cmd.Context(), "", incident.Change{
					By: whoever(by), Title: &title, Description: &description, Severity: &level, AddLabels: labels,
				})
				if err != nil {
					return wrongChange(err)
				}
				tellIncident(env, in)
				return nil
			})
		},
	}
	addData(cmd)
	addBy(cmd, &by)
	f := cmd.Flags()
	f.StringVar(&title, "title", "", "title; required")
	f.StringVar(&description, "description", "", "what happened")
	f.StringVar(&severity, "severity", "Medium", "Informational, Low, Medium or High")
	f.StringSliceVar(&labels, "label", nil, "label to put on it")
	return cmd
}
