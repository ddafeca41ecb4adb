package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/admin"
)

// A keysChange is what hub keys is to change, at most one thing.
type keysChange struct {
	add, remove, regenerate string
	rights, key             string
}

func newHubKeys(env *Env) *cobra.Command {
	var show bool
	var form string
	var change keysChange
	cmd := &cobra.Command{
		Use:   "keys [HUB]",
		Short: "List and change the shared access policies of the namespace, or of one hub",
		Long: "Keys lists the policies; with --show also the connection strings, which are secret. Give every reader a policy with\n" +
			"Listen only. A policy has two keys so that one can be regenerated while clients use the other.",
		Example: "  nephoscope hub keys\n" +
			"  nephoscope hub keys activity --add reader --rights Listen --show\n" +
			"  nephoscope hub keys activity --regenerate reader --key secondary",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOfWords("output", form, "table", "json"); err != nil {
				return err
			}
			hub := strings.Join(args, "")
			return atHub(cmd, func(c *admin.Client) error {
				if err := change.apply(cmd, c, hub); err != nil {
					return err
				}
				keys, err := c.Keys(cmd.Context(), hub)
				if err != nil {
					return err
				}
				return printKeys(env, keys, show, form)
			})
		},
	}
	addHubDir(cmd)
	f := cmd.Flags()
	f.BoolVar(&show, "show", false, "show the connection strings")
	f.StringVar(&change.add, "add", "", "make a policy of this name")
	f.StringVar(&change.rights, "rights", "Listen", "rights of the new policy: Manage, Send, Listen")
	f.StringVar(&change.remove, "remove", "", "remove the policy of this name")
	f.StringVar(&change.regenerate, "regenerate", "", "give the policy of this name a new key")
	f.StringVar(&change.key, "key", "primary", "which key of it: primary or secondary")
	f.StringVarP(&form, "output", "o", "table", "table or json")
	cmd.MarkFlagsMutuallyExclusive("add", "remove", "regenerate")
	return cmd
}

func (k *keysChange) apply(cmd *cobra.Command, c *admin.Client, hub string) error {
	ctx := cmd.Context()
	switch {
	case k.add != "":
		rights, err := access.ParseRights(k.rights)
		if err != nil {
			return usageError{err}
		}
		_, err = c.AddPolicy(ctx, hub, admin.NewPolicy{Name: k.add, Rights: rights})
		return err
	case k.remove != "":
		return c.RemovePolicy(ctx, hub, k.remove)
	case k.regenerate != "":
		if err := oneOfWords("key", k.key, "primary", "secondary"); err != nil {
			return err
		}
		_, err := c.Regenerate(ctx, hub, k.regenerate, k.key)
		return err
	default:
		return nil
	}
}

func printKeys(env *Env, keys []admin.Key, show bool, form string) error {
	if form == "json" {
		type policy struct {
			Name      string `json:"name"`
			Rights    string `json:"rights"`
			Primary   string `json:"primaryConnectionString,omitempty"`
			Secondary string `json:"secondaryConnectionString,omitempty"`
		}
		list := []policy{}
		for _, k := range keys {
			p := policy{Name: k.Name, Rights: k.Rights.String()}
			if show {
				p.Primary, p.Secondary = k.Primary, k.Secondary
			}
			list = append(list, p)
		}
		return encodeJSON(env.Stdout, map[string]any{"policies": list})
	}
	g := newGrid("policy", "rights")
	for _, k := range keys {
		g.add(k.Name, k.Rights.String())
	}
	g.print(env.Stdout, terminal(env.Stdout))
	for _, k := range keys {
		if show {
			say(env.Stdout, "\n%s\n  primary    %s\n  secondary  %s\n", k.Name, k.Primary, k.Secondary)
		}
	}
	return nil
}
