package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/azure"
)

func newExportProfile(env *Env) *cobra.Command {
	k := settingKind[azure.Profile]{
		command: "profile", noun: "log profile", of: (*azure.Client).Profiles,
		columns: []string{"locations", "categories", "retention", "destination"},
		row: func(p azure.Profile) []string {
			return []string{strings.Join(p.Locations, " "), strings.Join(p.Categories, " "), p.Retention.String(), destination(p.RuleID, azure.ProfileHub, p.StorageAccount, "")}
		},
		note: func(env *Env) string { return azure.ProfileRetirement(env.Now()) },
	}
	cmd := group("profile", "Log profiles: the older way, by regions and kinds of operation")
	cmd.AddCommand(k.newGet(env), newProfileSet(env, k), k.newDelete(env), k.newList(env))
	return cmd
}

func newProfileSet(env *Env, k settingKind[azure.Profile]) *cobra.Command {
	var p azure.Profile
	var days int
	cmd := &cobra.Command{
		Use:   "set",
		Short: "Write the log profile of subscriptions",
		Long: "Set makes each subscription stream the events of some regions and some kinds of operation into the hub\n" +
			azure.ProfileHub + " of an Event Hubs namespace, which Azure creates with the first event. The shared access\n" +
			"policy needs Manage, Send and Listen; you need the right to list its keys. A subscription has one log profile: one\n" +
			"that is there has to go first, see --replace. Everything is checked before something is changed.",
		Example: "  nephoscope export profile set --subscription Production --locations global,westeurope \\\n" +
			"    --rule-id /subscriptions/.../providers/Microsoft.EventHub/namespaces/evh/authorizationRules/RootManageSharedAccessKey",
	}
	f := cmd.Flags()
	f.StringSliceVar(&p.Locations, "locations", []string{"all"}, "regions and global, or all for every region and global")
	f.StringSliceVar(&p.Categories, "categories", azure.ProfileCategories(), "kinds of operation")
	f.IntVar(&days, "retention-days", 0, "days that the storage account keeps events, 0 for ever")
	addDestinations(cmd, &p.RuleID, &p.StorageAccount)
	return k.newSet(env, cmd, func(name string) azure.Profile {
		p.Name, p.Retention = name, azure.Keep(days)
		return p
	})
}

// addDestinations adds the flags that both kinds of settings have.
func addDestinations(cmd *cobra.Command, rule, account *string) {
	cmd.Flags().StringVar(rule, "rule-id", "", "shared access policy: {namespace resource id}/authorizationRules/{key name}")
	cmd.Flags().StringVar(account, "storage-account", "", "resource id of a storage account")
}

// destination says where events go: namespace/hub by policy, and accounts.
func destination(ruleID, hub, account, workspace string) string {
	var list []string
	if id, err := azure.ParseRuleID(ruleID); err == nil {
		list = append(list, id.Namespace+"/"+hub+" by "+id.Rule)
	} else if ruleID != "" {
		list = append(list, ruleID)
	}
	for _, id := range []string{account, workspace} {
		if id != "" {
			list = append(list, id[strings.LastIndexByte(id, '/')+1:])
		}
	}
	return strings.Join(list, ", ")
}
