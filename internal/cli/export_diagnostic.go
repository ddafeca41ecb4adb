package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/azure"
)

func newExportDiagnostic(env *Env) *cobra.Command {
	k := settingKind[azure.DiagnosticSetting]{
		command: "diagnostic-setting", noun: "diagnostic setting", of: (*azure.Client).DiagnosticSettings,
		columns: []string{"categories", "destination"},
		row: func(d azure.DiagnosticSetting) []string {
			return []string{strings.Join(d.Categories, " "), destination(d.RuleID, d.Hub(), d.StorageAccount, d.Workspace)}
		},
		note: func(*Env) string { return "" },
	}
	cmd := group("diagnostic-setting", "Diagnostic settings of subscriptions: the way that stays, by event categories")
	cmd.AddCommand(k.newGet(env), newDiagnosticSet(env, k), k.newDelete(env), k.newList(env))
	return cmd
}

func newDiagnosticSet(env *Env, k settingKind[azure.DiagnosticSetting]) *cobra.Command {
	var d azure.DiagnosticSetting
	cmd := &cobra.Command{
		Use:   "set",
		Short: "Write a diagnostic setting of subscriptions",
		Long: "Set makes each subscription stream the events of some categories, of all regions, into a hub of an Event Hubs\n" +
			"namespace. Without --event-hub-name that is " + azure.DiagnosticHub + ", which Azure creates with the first event: the\n" +
			"shared access policy needs Manage, Send and Listen for it, and Send for a hub that is there. You need the right to\n" +
			"list the policy's keys. A subscription has at most five diagnostic settings; one of the same name is overwritten\n" +
			"with --replace only. Everything is checked before something is changed.",
		Example: "  nephoscope export diagnostic-setting set --subscription Production --categories Administrative,Policy \\\n" +
			"    --rule-id /subscriptions/.../providers/Microsoft.EventHub/namespaces/evh/authorizationRules/RootManageSharedAccessKey",
	}
	f := cmd.Flags()
	f.StringSliceVar(&d.Categories, "categories", azure.EventCategories(), "event categories, or allLogs for those to come too")
	f.StringVar(&d.EventHub, "event-hub-name", "", "hub, default "+azure.DiagnosticHub)
	addDestinations(cmd, &d.RuleID, &d.StorageAccount)
	return k.newSet(env, cmd, func(name string) azure.DiagnosticSetting {
		d.Name = name
		return d
	})
}
