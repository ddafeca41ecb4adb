package simulate

// drillsOfEvasion are about defences that are taken away.
func drillsOfEvasion() []drill {
	const (
		network = "Microsoft.Network/"
		open    = `{"properties":{"networkAcls":{"defaultAction":"Allow","bypass":"AzureServices"}}}`
	)
	return []drill{
		upon("defender plan off", "Microsoft.Security/pricings/write", "VirtualMachines", `{"properties":{"pricingTier":"Free"}}`),
		upon("defender alerts suppressed", "Microsoft.Security/alertsSuppressionRules/write", "quiet", `{"properties":{"alertType":"*","state":"Enabled"}}`),
		once("defender voice removed", "Microsoft.Security/automations/delete", "to-siem", ""),
		{kind: "sentinel detection removed", play: func(s *stage) {
			workspace := s.company.teams[0].groups[0].of("Microsoft.OperationalInsights/workspaces")[0]
			s.do(call{operation: "Microsoft.SecurityInsights/alertRules/delete", on: workspace.under("Microsoft.SecurityInsights/alertRules", s.guid().String())})
		}},
		once("log store destroyed", "Microsoft.OperationalInsights/workspaces/delete", "log-app", ""),
		often("monitoring alerts deleted", 4, "Microsoft.Insights/activityLogAlerts/delete", "policy-#", ""),
		once("log export cut", "Microsoft.EventHub/namespaces/eventhubs/delete", "evh-logs/activity", ""),
		once("flow logs removed", "Microsoft.Network/networkWatchers/flowLogs/delete", "nw-westeurope/all", ""),
		once("firewall removed", network+"firewallPolicies/ruleCollectionGroups/delete", "afwp-hub/deny", ""),
		once("waf weakened", network+"frontDoorWebApplicationFirewallPolicies/write", "wafshop", `{"properties":{"policySettings":{"enabledState":"Enabled","mode":"Detection"}}}`),
		once("security agent removed", "Microsoft.Compute/virtualMachines/extensions/delete", "vm-a/MDE.Linux", ""),
		once("vault network opened", "Microsoft.KeyVault/vaults/write", "kv-shop", open),
		once("storage network opened", "Microsoft.Storage/storageAccounts/write", "stcargo", open),
		once("storage public access", "Microsoft.Storage/storageAccounts/blobServices/containers/write", "stcargo/default/papers", `{"properties":{"publicAccess":"Container"}}`),
		upon("policy assignment removed", "Microsoft.Authorization/policyAssignments/delete", "baseline", ""),
		upon("policy not enforced", "Microsoft.Authorization/policyAssignments/write", "baseline", `{"properties":{"displayName":"Baseline","enforcementMode":"DoNotEnforce"}}`),
		{kind: "subscription moved", play: func(s *stage) {
			place := *s.group.Subscription.self
			place.Type, place.Name = "Microsoft.Management/managementGroups/subscriptions", "mg-sandbox/"+place.Name
			place.ID = "/providers/" + interleave(place.Type, place.Name)
			s.do(call{operation: "Microsoft.Management/managementGroups/subscriptions/write", on: &place})
		}},
		once("sql audit off", "Microsoft.Sql/servers/auditingSettings/write", "sql-ledger/default", `{"properties":{"state":"Disabled"}}`),
		once("database open to world", "Microsoft.Sql/servers/firewallRules/write", "sql-ledger/all", `{"properties":{"startIpAddress":"0.0.0.0","endIpAddress":"255.255.255.255"}}`),
		upon("quota raised", "Microsoft.Quota/quotas/write", "standardNCADSH100v5Family", ""),
	}
}
