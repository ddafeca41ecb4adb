package simulate

import (
	"strconv"
	"time"
)

// What everybody does beside the main thing: the ordinary neighbours of what
// attacks do. A rule that is to be quiet has to tell the two apart.

// routine is one call on a resource of the group, or of the company if the
// group has none of the kind.
func routine(operation, request string) func(*shift, *group) {
	return func(s *shift, g *group) {
		s.do(call{operation: operation, on: oneOf(s, g, typeOf(operation)), request: request})
	}
}

// detail is one call on a part of a resource: a database of a server, a rule
// of a policy. The part's name ends with a number if it ends with #.
func detail(operation, parent, part, request string) func(*shift, *group) {
	return func(s *shift, g *group) {
		name := part
		if last := len(part) - 1; part[last] == '#' {
			name = part[:last] + strconv.Itoa(s.between(1, 30))
		}
		whole := oneOf(s, g, parent)
		on := *whole
		on.Type, on.Name = typeOf(operation), whole.Name+"/"+name
		on.ID = whole.Subscription.self.ID + "/resourceGroups/" + whole.Group + "/providers/" + interleave(on.Type, on.Name)
		s.do(call{operation: operation, on: &on, request: request})
	}
}

func chores() []skill {
	const (
		vault  = `{"properties":{"networkAcls":{"defaultAction":"Deny","bypass":"AzureServices"}}}`
		closed = `{"properties":{"allowBlobPublicAccess":false,"minimumTlsVersion":"TLS1_2"}}`
	)
	return []skill{
		{4, routine("Microsoft.ContainerService/managedClusters/listClusterUserCredential/action", "")},
		{3, detail("Microsoft.Sql/servers/databases/write", "Microsoft.Sql/servers", "db-#", `{"sku":{"name":"S2"}}`)},
		{2, routine("Microsoft.Web/sites/publishxml/action", "")},
		{2, routine("Microsoft.Compute/virtualMachines/restart/action", "")},
		{2, askJustInTime},
		{2, routine("Microsoft.KeyVault/vaults/write", vault)},
		{2, routine("Microsoft.Storage/storageAccounts/write", closed)},
		{1, lookAtRoutes},
		{1, exportOwnTemplate},
		{1, routine("Microsoft.Storage/storageAccounts/listAccountSas/action", "")},
		{1, routine("Microsoft.Logic/workflows/triggers/run/action", "")},
		{1, dropTestApp},
		{1, routine("Microsoft.Network/publicIPAddresses/delete", "")},
	}
}

// choresOfPipelines come with what pipelines deploy.
func choresOfPipelines() []skill {
	const (
		issuer  = `{"properties":{"issuer":"https://westeurope.oic.prod-aks.azure.com/8d1c57f2/0a/","subject":"system:serviceaccount:web:web"}}`
		machine = "Microsoft.Compute/virtualMachineScaleSets"
	)
	return []skill{
		{5, detail("Microsoft.ServiceBus/namespaces/authorizationRules/listKeys/action", "Microsoft.ServiceBus/namespaces", "send", "")},
		{4, routine("Microsoft.DocumentDB/databaseAccounts/listKeys/action", "")},
		{4, letAppIn},
		{3, grantToApp},
		{3, routine("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", "")},
		{3, detail("Microsoft.ContainerService/managedClusters/agentPools/write", "Microsoft.ContainerService/managedClusters", "pool#", `{"properties":{"count":3,"vmSize":"Standard_D4s_v5"}}`)},
		{2, detail(machine+"/extensions/write", machine, "CustomScript", `{"properties":{"type":"CustomScript"}}`)},
		{2, detail(machine+"/extensions/write", machine, "AzureMonitorLinuxAgent", `{"properties":{"type":"AzureMonitorLinuxAgent"}}`)},
		{2, routine("Microsoft.Resources/deploymentScripts/write", `{"kind":"AzureCLI","properties":{"scriptContent":"./seed.sh"}}`)},
		{2, detail("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write", "Microsoft.ManagedIdentity/userAssignedIdentities", "aks", issuer)},
		{2, detail("Microsoft.Web/sites/slots/delete", "Microsoft.Web/sites", "preview-#", "")},
		{2, detail("Microsoft.Network/privateDnsZones/A/write", "Microsoft.Network/privateDnsZones", "app-#", "")},
		{1, routine("Microsoft.Network/privateEndpoints/write", "")},
		{1, routine("Microsoft.Insights/metricAlerts/delete", "")},
		{1, detail("Microsoft.Sql/servers/auditingSettings/write", "Microsoft.Sql/servers", "default", `{"properties":{"state":"Enabled"}}`)},
	}
}

// choresOfPlatform keep the common ground in order.
func choresOfPlatform() []skill {
	const roles = "Microsoft.Authorization/"
	return []skill{
		{5, grantTeam},
		{3, detail("Microsoft.Network/firewallPolicies/ruleCollectionGroups/write", "Microsoft.Network/firewallPolicies", "web-#", "")},
		{3, detail("Microsoft.Network/routeTables/routes/write", "Microsoft.Network/routeTables", "to-hub-#", "")},
		{3, handleIncident},
		{2, writeDetection},
		{2, extension(roles+"roleAssignments/delete", "")},
		{2, extension(roles+"policyAssignments/delete", "")},
		{2, detail("Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write", "Microsoft.Network/virtualNetworks", "to-hub", "")},
		{1, routine("Microsoft.Network/privateEndpoints/write", "")},
		{1, routine("Microsoft.Insights/actionGroups/write", "")},
		{1, buyProtection},
	}
}

// extension is one call on an extension of the group with a name of its own.
func extension(operation, request string) func(*shift, *group) {
	return func(s *shift, g *group) {
		s.do(call{operation: operation, on: g.under(typeOf(operation), s.guid().String()), request: request})
	}
}

// askJustInTime opens a machine for the caller's own address.
func askJustInTime(s *shift, g *group) {
	vm := oneOf(s, g, "Microsoft.Compute/virtualMachines")
	s.do(call{
		operation: "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action",
		on:        g.resource("Microsoft.Security/locations/jitNetworkAccessPolicies", g.Location+"/default"),
		request: `{"virtualMachines":[{"id":"` + vm.ID + `","ports":[{"number":22,"duration":"PT1H","allowedSourceAddressPrefix":"` +
			s.session.IP + `"}]}]}`,
	})
}

// lookAtRoutes asks why one machine does not answer.
func lookAtRoutes(s *shift, g *group) {
	nic := g.resource("Microsoft.Network/networkInterfaces", "nic-"+strconv.Itoa(s.between(1, 9)))
	s.do(call{operation: "Microsoft.Network/networkInterfaces/effectiveRouteTable/action", on: nic, code: "Accepted", long: 20 * time.Second})
	s.do(call{operation: "Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action", on: nic, code: "Accepted", long: 20 * time.Second})
}

func exportOwnTemplate(s *shift, g *group) {
	s.do(call{operation: "Microsoft.Resources/subscriptions/resourceGroups/exportTemplate/action", on: g.Resource})
}

// dropTestApp removes an app that somebody tried something with.
func dropTestApp(s *shift, g *group) {
	s.do(call{operation: "Microsoft.Web/sites/delete", on: g.resource("Microsoft.Web/sites", "app-try-"+strconv.Itoa(s.between(1, 99)))})
}

// letAppIn lets the team's application read a vault.
func letAppIn(s *shift, g *group) {
	vault := oneOf(s, g, "Microsoft.KeyVault/vaults")
	s.do(call{
		operation: "Microsoft.KeyVault/vaults/accessPolicies/write",
		on:        g.resource("Microsoft.KeyVault/vaults/accessPolicies", vault.Name+"/add"),
		request:   `{"properties":{"accessPolicies":[{"objectId":"` + g.team.app.String() + `","permissions":{"secrets":["get","list"]}}]}}`,
	})
}

// grantToApp gives the team's application a role that reads.
func grantToApp(s *shift, g *group) {
	grant(s, oneOf(s, g, "Microsoft.Storage/storageAccounts"), g.team.app, "ServicePrincipal", blobReader)
}

// grantTeam makes a team contributor of a group that it owns.
func grantTeam(s *shift, _ *group) {
	t := pick(s.dice, s.company.teams)
	grant(s, pick(s.dice, t.groups).Resource, t.members, "Group", contributor)
}

// handleIncident takes or closes an incident of the company's workspace.
func handleIncident(s *shift, g *group) {
	workspace := oneOf(s, g, "Microsoft.OperationalInsights/workspaces")
	s.do(call{
		operation: "Microsoft.SecurityInsights/incidents/write", on: workspace.under("Microsoft.SecurityInsights/incidents", s.guid().String()),
		request: `{"properties":{"status":"Closed","classification":"BenignPositive"}}`,
	})
}

func writeDetection(s *shift, g *group) {
	workspace := oneOf(s, g, "Microsoft.OperationalInsights/workspaces")
	s.do(call{operation: "Microsoft.SecurityInsights/alertRules/write", on: workspace.under("Microsoft.SecurityInsights/alertRules", "rule-"+strconv.Itoa(s.between(1, 80)))})
}

// buyProtection sets a plan of Defender as it is everywhere.
func buyProtection(s *shift, g *group) {
	s.do(call{
		operation: "Microsoft.Security/pricings/write", on: g.Subscription.self.under("Microsoft.Security/pricings", "StorageAccounts"),
		request: `{"properties":{"pricingTier":"Standard"}}`,
	})
}

// publishRunbook is how the platform's pipeline changes what automation does.
func publishRunbook(s *shift, g *group) {
	account := oneOf(s, g, "Microsoft.Automation/automationAccounts")
	book := g.resource("Microsoft.Automation/automationAccounts/runbooks", account.Name+"/nightly")
	s.do(call{operation: "Microsoft.Automation/automationAccounts/runbooks/draft/write", on: book})
	s.do(call{operation: "Microsoft.Automation/automationAccounts/runbooks/publish/action", on: book})
}

// sendHome stops the machines that a team does not need at night.
func sendHome(s *shift, _ *group) {
	for _, vm := range pick(s.dice, s.company.teams).in("dev")[0].of("Microsoft.Compute/virtualMachines") {
		s.do(call{operation: "Microsoft.Compute/virtualMachines/deallocate/action", on: vm, code: "Accepted", long: time.Minute})
	}
}

// protect puts a machine under the backup policy, restore tries one out.
func protect(s *shift, g *group) {
	vault := oneOf(s, g, "Microsoft.RecoveryServices/vaults")
	s.do(call{operation: "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/write", on: vault, code: "Accepted", long: time.Minute})
}

func restore(s *shift, g *group) {
	vault := oneOf(s, g, "Microsoft.RecoveryServices/vaults")
	s.do(call{operation: "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action", on: vault, code: "Accepted", long: 30 * time.Minute})
}

// remediate repairs what a policy found.
func remediate(s *shift, g *group) {
	s.do(call{operation: "Microsoft.PolicyInsights/remediations/write", on: g.under("Microsoft.PolicyInsights/remediations", "fix-"+strconv.Itoa(s.between(1, 99))), code: "Created"})
}
