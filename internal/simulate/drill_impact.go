package simulate

import "time"

// drillsOfTheft are about data that is carried away.
func drillsOfTheft() []drill {
	return []drill{
		once("disk exported", "Microsoft.Compute/disks/beginGetAccess/action", "disk-a", `{"access":"Read","durationInSeconds":3600}`),
		once("disk copied across", "Microsoft.Compute/snapshots/write", "snap-copy",
			`{"properties":{"creationData":{"createOption":"Copy","sourceResourceId":"/subscriptions/0b0e6d5a-6c0f-4a55-9f43-2d7c5c1f8a10/resourceGroups/dc/providers/Microsoft.Compute/disks/dc-os"}}}`),
		once("database exported", "Microsoft.Sql/servers/databases/export/action", "sql-ledger/bookings", ""),
		once("object replication set", "Microsoft.Storage/storageAccounts/objectReplicationPolicies/write", "stcargo/default", ""),
		once("private endpoint approved", "Microsoft.Storage/storageAccounts/privateEndpointConnections/write", "stcargo/pe-foreign", ""),
	}
}

// drillsOfImpact are about what is destroyed, stopped or held to ransom.
func drillsOfImpact() []drill {
	const (
		vault = "Microsoft.RecoveryServices/vaults/"
		roles = "Microsoft.Authorization/roleAssignments"
	)
	return []drill{
		{kind: "resource groups deleted", play: func(s *stage) {
			for _, g := range s.session.team.groups {
				s.do(call{operation: "Microsoft.Resources/subscriptions/resourceGroups/delete", on: g.Resource, code: "Accepted", long: 2 * time.Minute})
			}
		}},
		often("key vaults deleted", 2, "Microsoft.KeyVault/vaults/delete", "kv-#", ""),
		once("backup stopped", vault+"backupFabrics/protectionContainers/protectedItems/delete", "rsv/Azure/vm-container/vm-a", ""),
		once("backup protection weakened", vault+"backupconfig/write", "rsv/vaultconfig", `{"properties":{"softDeleteFeatureState":"Disabled"}}`),
		often("recovery points destroyed", 8, "Microsoft.Compute/snapshots/delete", "snap-#", ""),
		once("blob recovery off", "Microsoft.Storage/storageAccounts/blobServices/write", "stcargo/default", `{"properties":{"deleteRetentionPolicy":{"enabled":false}}}`),
		once("immutability removed", "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/delete", "stcargo/default/papers/default", ""),
		often("encryption key switched", 5, "Microsoft.Storage/storageAccounts/write", "stcargo#",
			`{"properties":{"encryption":{"keySource":"Microsoft.Keyvault","keyvaultproperties":{"keyname":"k","keyvaulturi":"https://kv-elsewhere.vault.azure.net"}}}}`),
		{kind: "role assignments removed", play: func(s *stage) {
			for range 10 {
				s.do(call{operation: roles + "/delete", on: s.group.under(roles, s.guid().String())})
				s.wait(5*time.Second, 40*time.Second)
			}
		}},
		often("storage keys regenerated", 4, "Microsoft.Storage/storageAccounts/regenerateKey/action", "stcargo#", `{"keyName":"key1"}`),
		once("dns zone deleted", "Microsoft.Network/dnsZones/delete", "brightwater.example", ""),
		{kind: "subscription cancelled", play: func(s *stage) {
			s.do(call{operation: "Microsoft.Subscription/cancel/action", on: s.group.Subscription.self})
		}},
		often("machines stopped by new hand", 10, "Microsoft.Compute/virtualMachines/deallocate/action", "vm-#", ""),
	}
}

// drillsOfHabits are about people and machines that do what they never did.
func drillsOfHabits() []drill {
	return []drill{
		{kind: "unused region", play: func(s *stage) {
			vm := s.group.resource("Microsoft.Compute/virtualMachines", "node-1")
			vm.Location = "australiasoutheast"
			createVirtualMachine(s.shift, vm, "Standard_D4s_v5")
		}},
		{kind: "privileged from new network", from: "198.18.7.40", play: func(s *stage) {
			listKeys(s.shift, s.group.of("Microsoft.Storage/storageAccounts")[0])
		}},
		{kind: "new powers used", play: func(s *stage) {
			for _, operation := range []string{
				"Microsoft.Authorization/roleAssignments/delete",
				"Microsoft.Authorization/policyAssignments/delete",
				"Microsoft.KeyVault/vaults/accessPolicies/write",
				"Microsoft.Compute/virtualMachines/runCommand/action",
				"Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
			} {
				s.do(call{operation: operation, on: pick(s.dice, s.group.all)})
				s.wait(time.Minute, 4*time.Minute)
			}
		}},
		{kind: "dormant identity", actor: func(c *Company) *Identity { return c.cast.absent }, play: func(s *stage) {
			runCommand(s.shift, s.group.of("Microsoft.Compute/virtualMachines")[0], "RunShellScript", "id")
		}},
	}
}
