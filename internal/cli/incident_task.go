package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/incident"
)

func newIncidentsTask(env *Env) *cobra.Command {
	cmd := group("task", "Tasks of an incident: add one, say that it is done, remove it")
	cmd.AddCommand(newTaskAdd(env), newTaskDone(env), newTaskRemove(env))
	return cmd
}

func newTaskAdd(env *Env) *cobra.Command {
	var description string
	cmd := &cobra.Command{
		Use: "add NUMBER TITLE", Short: "Add a task", Args: cobra.ExactArgs(2),
		Example: "  nephoscope incidents task add 3 'Ask the owner of the vault'",
	}
	cmd.Flags().StringVar(&description, "description", "", "what is to be done")
	return one(env, cmd, func(cmd *cobra.Command, k *incident.Keeper, number int, s incident.Stamp, args []string) error {
		t, err := k.PutTask(cmd.Context(), number, incident.Task{Title: args[0], Description: description}, s)
		if err == nil {
			say(env.Stdout, "task %s of incident %d\n", t.ID, number)
		}
		return err
	})
}

func newTaskDone(env *Env) *cobra.Command {
	var undo bool
	cmd := &cobra.Command{
		Use: "done NUMBER TASK", Short: "Say that a task is done", Args: cobra.ExactArgs(2),
		Long: "Say that a task is done. TASK is its id, the beginning of its id, or its title.",
	}
	cmd.Flags().BoolVar(&undo, "undo", false, "it is not done after all")
	return one(env, cmd, func(cmd *cobra.Command, k *incident.Keeper, number int, s incident.Stamp, args []string) error {
		t, err := findTask(cmd, k, number, args[0])
		if err != nil {
			return err
		}
		t.Status, s.Etag = incident.TaskCompleted, t.Etag
		if undo {
			t.Status = incident.TaskNew
		}
		if _, err = k.PutTask(cmd.Context(), number, t, s); err == nil {
			say(env.Stdout, "task %q: %s\n", t.Title, t.Status)
		}
		return err
	})
}

func newTaskRemove(env *Env) *cobra.Command {
	cmd := &cobra.Command{Use: "remove NUMBER TASK", Short: "Remove a task", Args: cobra.ExactArgs(2)}
	return one(env, cmd, func(cmd *cobra.Command, k *incident.Keeper, number int, s incident.Stamp, args []string) error {
		t, err := findTask(cmd, k, number, args[0])
		if err != nil {
			return err
		}
		s.Etag = t.Etag
		return k.DeleteTask(cmd.Context(), number, t.ID, s)
	})
}

// findTask returns the only task whose title, or the beginning of whose id, is
// a word.
func findTask(cmd *cobra.Command, k *incident.Keeper, number int, word string) (incident.Task, error) {
	in, err := k.ByNumber(cmd.Context(), number)
	if err != nil {
		return incident.Task{}, err
	}
	tasks := slices.DeleteFunc(slices.Clone(in.Tasks), func(t incident.Task) bool {
		return !strings.EqualFold(t.Title, word) && !strings.HasPrefix(t.ID, strings.ToLower(word))
	})
	switch len(tasks) {
	case 1:
		return tasks[0], nil
	case 0:
		return incident.Task{}, fmt.Errorf("incident %d has no task %q: 'nephoscope incidents show %d' lists them", number, word, number)
	}
	return incident.Task{}, usagef("incident %d has %d tasks like %q: want the id of one, as 'nephoscope incidents show %d' lists them", number, len(tasks), word, number)
}
