package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"nephoscope/internal/azure"
)

// A settingKind is what the commands of the two kinds of settings differ in.
type settingKind[T azure.Setting[T]] struct {
	command string // profile
	noun    string // log profile
	of      func(*azure.Client) azure.Settings[T]
	columns []string
	row     func(T) []string
	// note is a sentence that users of the kind should know, empty for none.
	note func(*Env) string
}

// A settingCommand is one command about settings with what its flags say.
type settingCommand[T azure.Setting[T]] struct {
	kind   settingKind[T]
	env    *Env
	cmd    *cobra.Command
	config *azure.Config
	scope  *scope
	name   string
	output string
}

// prepare adds the flags that all these commands have.
func (k settingKind[T]) prepare(env *Env, cmd *cobra.Command) *settingCommand[T] {
	c := &settingCommand[T]{kind: k, env: env, cmd: cmd}
	cmd.Args = cobra.NoArgs
	c.scope, c.config = addScope(cmd), addAzure(cmd)
	cmd.Flags().StringVarP(&c.output, "output", "o", "table", "table or json")
	return c
}

// named adds the flag for the setting's name.
func (c *settingCommand[T]) named() {
	c.cmd.Flags().StringVar(&c.name, "name", "default", "name of the "+c.kind.noun)
}

// open checks the flags and returns the client and the subscriptions.
func (c *settingCommand[T]) open() (azure.Settings[T], []string, error) {
	var none azure.Settings[T]
	if err := oneOfWords("output", c.output, "table", "json"); err != nil {
		return none, nil, err
	}
	if err := c.scope.check(); err != nil {
		return none, nil, err
	}
	if err := c.config.Validate(); err != nil {
		return none, nil, asUsage(err)
	}
	client, err := azure.NewClient(*c.config, azure.ClientOptions{Now: c.env.Now})
	if err != nil {
		return none, nil, err
	}
	ids, err := c.scope.ids(c.cmd, client)
	return c.kind.of(client), ids, err
}

// newList makes the command that shows all settings.
func (k settingKind[T]) newList(env *Env) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "Show the " + k.noun + "s of subscriptions"}
	c := k.prepare(env, cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		settings, ids, err := c.open()
		if err != nil {
			return err
		}
		return c.show(azure.Each(cmd.Context(), ids, settings.List))
	}
	return cmd
}

// newGet makes the command that shows one setting.
func (k settingKind[T]) newGet(env *Env) *cobra.Command {
	cmd := &cobra.Command{Use: "get", Short: "Show one " + k.noun + " of each subscription"}
	c := k.prepare(env, cmd)
	c.named()
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		settings, ids, err := c.open()
		if err != nil {
			return err
		}
		return c.show(azure.Each(cmd.Context(), ids, func(ctx context.Context, id string) ([]T, error) {
			setting, err := settings.Get(ctx, id, c.name)
			if err != nil {
				return nil, err
			}
			return []T{setting}, nil
		}))
	}
	return cmd
}

// newDelete makes the command that removes a setting.
func (k settingKind[T]) newDelete(env *Env) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "delete", Short: "Remove a " + k.noun,
		Long: "Delete removes the " + k.noun + " of a name from each subscription. A subscription that has none is no failure.",
	}
	c := k.prepare(env, cmd)
	c.named()
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would be sent, and send nothing")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		settings, ids, err := c.open()
		if err != nil {
			return err
		}
		return c.report(dryRun, "removed", azure.Each(cmd.Context(), ids, func(ctx context.Context, id string) (azure.Outcome, error) {
			return settings.Delete(ctx, id, c.name, dryRun)
		}))
	}
	return cmd
}

// newSet makes the command that writes a setting. wanted is asked when the
// flags are read.
func (k settingKind[T]) newSet(env *Env, cmd *cobra.Command, wanted func(name string) T) *cobra.Command {
	var opt azure.SetOptions
	c := k.prepare(env, cmd)
	c.named()
	f := cmd.Flags()
	f.BoolVar(&opt.Replace, "replace", false, "remove or overwrite a "+k.noun+" that is in the way")
	f.BoolVar(&opt.Register, "register", false, "register the provider microsoft.insights if it is not")
	f.BoolVar(&opt.DryRun, "dry-run", false, "check everything, print what would be sent, and send nothing")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		want := wanted(c.name)
		if err := want.Validate(); err != nil {
			return asUsage(err)
		}
		settings, ids, err := c.open()
		if err != nil {
			return err
		}
		return c.report(opt.DryRun, "written", azure.Each(cmd.Context(), ids, func(ctx context.Context, id string) (azure.Outcome, error) {
			return settings.Set(ctx, id, want, opt)
		}))
	}
	return cmd
}

// failures ends a command of which some subscriptions failed; what failed was
// printed.
func failures[T any](results []azure.Result[T]) error {
	failed := 0
	for _, r := range results {
		if r.Err != nil {
			failed++
		}
	}
	if failed == 0 {
		return nil
	}
	return fmt.Errorf("%d of %s failed", failed, plural(len(results), "subscription"))
}
