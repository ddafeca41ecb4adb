package simulate

// drillsOfMachines are about code and people that get into machines, networks
// and services.
func drillsOfMachines() []drill {
	const (
		extension = "Microsoft.Compute/virtualMachines/extensions/write"
		gateway   = "Microsoft.Network/virtualNetworkGateways/"
		everybody = `{"virtualMachines":[{"id":"/providers/Microsoft.Compute/virtualMachines/vm-a","ports":[{"number":22,"duration":"PT3H","allowedSourceAddressPrefix":"*"}]}]}`
	)
	return []drill{
		once("vm access reset", extension, "vm-a/VMAccessForLinux", `{"properties":{"type":"VMAccessForLinux"}}`),
		once("custom script by new hand", extension, "vm-a/CustomScriptExtension", `{"properties":{"type":"CustomScriptExtension"}}`),
		{kind: "serial console opened", play: func(s *stage) {
			vm := s.group.of("Microsoft.Compute/virtualMachines")[0]
			s.do(call{operation: "Microsoft.SerialConsole/serialPorts/connect/action", on: vm.under("Microsoft.SerialConsole/serialPorts", "0")})
		}},
		once("automation webhook created", "Microsoft.Automation/automationAccounts/webhooks/write", "aa-tools/patch", ""),
		once("runbook by new hand", "Microsoft.Automation/automationAccounts/runbooks/publish/action", "aa-tools/nightly", ""),
		once("deployment script by new hand", "Microsoft.Resources/deploymentScripts/write", "probe", `{"kind":"AzureCLI","properties":{"scriptContent":"az account get-access-token"}}`),
		once("container exec", "Microsoft.ContainerInstance/containerGroups/containers/exec/action", "jobs/worker", `{"command":"/bin/sh"}`),
		once("bastion shareable link", "Microsoft.Network/bastionHosts/createShareableLinks/action", "bas-hub", ""),
		once("jit opened to all", "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", "westeurope/default", everybody),
		once("vpn client package", gateway+"generatevpnclientpackage/action", "vgw-hub", ""),
		once("sql administrator changed", "Microsoft.Sql/servers/administrators/write", "sql-ledger/ActiveDirectory", ""),
		once("identity by new hand", "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", "id-deploy", ""),
	}
}
