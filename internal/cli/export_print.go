package cli

import (
	"encoding/json"
	"slices"

	"nephoscope/internal/azure"
)

// A shownResult is what list and get print of a subscription as JSON.
type shownResult[T any] struct {
	Subscription string `json:"subscription"`
	Settings     []T    `json:"settings"`
	Error        string `json:"error,omitempty"`
}

// show prints the settings of subscriptions.
func (c *settingCommand[T]) show(results []azure.Result[[]T]) error {
	c.sayNote(results)
	if c.output == "json" {
		list := []shownResult[T]{}
		for _, r := range results {
			list = append(list, shownResult[T]{r.Subscription, slices.Concat([]T{}, r.Value), textOf(r.Err)})
		}
		if err := printJSON(c.env, list); err != nil {
			return err
		}
		return failures(results)
	}
	g := newGrid(append([]string{"subscription", "name"}, c.kind.columns...)...)
	for _, r := range results {
		for _, s := range r.Value {
			g.add(append([]string{r.Subscription, s.Title()}, c.kind.row(s)...)...)
		}
	}
	g.print(c.env.Stdout, terminal(c.env.Stdout))
	for _, r := range results {
		c.sayFailure(r.Subscription, r.Err)
	}
	return failures(results)
}

// sayNote says what users of the kind should know, if there is a setting.
func (c *settingCommand[T]) sayNote(results []azure.Result[[]T]) {
	if slices.ContainsFunc(results, func(r azure.Result[[]T]) bool { return len(r.Value) > 0 }) {
		if note := c.kind.note(c.env); note != "" {
			say(c.env.Stderr, "warning: %s\n", note)
		}
	}
}

// sayFailure says what went wrong in a subscription, and what to do.
func (c *settingCommand[T]) sayFailure(subscription string, err error) {
	if err != nil {
		say(c.env.Stderr, "%s: %v%s\n", subscription, err, advice(err, c.kind.command, subscription))
	}
}

// A doneResult is what set and delete print of a subscription as JSON.
type doneResult struct {
	Subscription string       `json:"subscription"`
	Name         string       `json:"name"`
	Result       string       `json:"result"` // written, removed, unchanged, planned, failed
	Steps        []azure.Step `json:"steps"`
	Warnings     []string     `json:"warnings"`
	Error        string       `json:"error,omitempty"`
}

// report prints what was done, or would be.
func (c *settingCommand[T]) report(dryRun bool, done string, results []azure.Result[azure.Outcome]) error {
	list := []doneResult{}
	for _, r := range results {
		list = append(list, doneResult{
			r.Subscription, r.Value.Name, resultOf(r, dryRun, done), slices.Concat([]azure.Step{}, r.Value.Steps),
			slices.Concat([]string{}, r.Value.Warnings), textOf(r.Err),
		})
	}
	if c.output == "json" {
		if err := printJSON(c.env, list); err != nil {
			return err
		}
		return failures(results)
	}
	c.sayWarnings(list)
	g := newGrid("subscription", "name", "result")
	for _, r := range list {
		g.add(r.Subscription, r.Name, r.Result)
	}
	g.print(c.env.Stdout, terminal(c.env.Stdout))
	if dryRun {
		if err := c.printSteps(list); err != nil {
			return err
		}
	}
	for _, r := range results {
		c.sayFailure(r.Subscription, r.Err)
	}
	return failures(results)
}

// resultOf says in a word what came of a subscription.
func resultOf(r azure.Result[azure.Outcome], dryRun bool, done string) string {
	switch {
	case r.Err != nil:
		return "failed"
	case len(r.Value.Steps) == 0:
		return "unchanged"
	case dryRun:
		return "planned"
	default:
		return done
	}
}

// sayWarnings says each warning once; one that is not of all subscriptions
// names those it is of.
func (c *settingCommand[T]) sayWarnings(list []doneResult) {
	var order []string
	of := make(map[string][]string)
	for _, r := range list {
		for _, w := range r.Warnings {
			if of[w] == nil {
				order = append(order, w)
			}
			of[w] = append(of[w], r.Subscription)
		}
	}
	for _, w := range order {
		if len(of[w]) == len(list) {
			say(c.env.Stderr, "warning: %s\n", w)
			continue
		}
		for _, id := range of[w] {
			say(c.env.Stderr, "warning: %s: %s\n", id, w)
		}
	}
}

// printSteps prints requests with their bodies.
func (c *settingCommand[T]) printSteps(list []doneResult) error {
	for _, r := range list {
		for _, step := range r.Steps {
			say(c.env.Stdout, "\n%s %s\n", step.Method, step.URL)
			if step.Body == nil {
				continue
			}
			text, err := json.MarshalIndent(step.Body, "", "  ")
			if err != nil {
				return err
			}
			say(c.env.Stdout, "%s\n", text)
		}
	}
	return nil
}

func printJSON[T any](env *Env, results []T) error {
	return json.NewEncoder(env.Stdout).Encode(map[string]any{"results": results})
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
