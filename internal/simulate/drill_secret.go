package simulate

import "time"

// drillsOfSecrets are about credentials that are read or made, and about
// looking around.
func drillsOfSecrets() []drill {
	return []drill{
		once("aks admin credential", "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action", "aks-shop", ""),
		{kind: "keys of many kinds listed", play: collectEverything},
		often("service keys listed", 9, "Microsoft.ServiceBus/namespaces/authorizationRules/listKeys/action", "sb-#/RootManageSharedAccessKey", ""),
		once("registry token password", "Microsoft.ContainerRegistry/registries/generateCredentials/action", "crshop", ""),
		often("publishing credentials listed", 5, "Microsoft.Web/sites/publishxml/action", "app-#", ""),
		often("account sas made", 4, "Microsoft.Storage/storageAccounts/listAccountSas/action", "stcargo#", ""),
		once("storage local user", "Microsoft.Storage/storageAccounts/localUsers/write", "stcargo/drop", ""),
		{kind: "vault access to self", play: func(s *stage) {
			vault := s.group.of("Microsoft.KeyVault/vaults")[0]
			s.do(call{
				operation: "Microsoft.KeyVault/vaults/accessPolicies/write", on: s.group.resource("Microsoft.KeyVault/vaults/accessPolicies", vault.Name+"/add"),
				request: `{"properties":{"accessPolicies":[{"objectId":"` + s.session.ObjectID.String() + `","permissions":{"secrets":["all"]}}]}}`,
			})
		}},
		once("packet capture started", "Microsoft.Network/networkWatchers/packetCaptures/write", "nw-westeurope/look", ""),
		{kind: "templates exported", play: func(s *stage) {
			for _, t := range s.company.teams[:5] {
				s.do(call{operation: "Microsoft.Resources/subscriptions/resourceGroups/exportTemplate/action", on: t.groups[0].Resource})
				s.wait(20*time.Second, time.Minute)
			}
		}},
		often("network mapped", 7, "Microsoft.Network/networkInterfaces/effectiveRouteTable/action", "nic-#", ""),
		{kind: "denied in series", play: tryDoors},
	}
}

// collectEverything lists the keys of one service of every kind.
func collectEverything(s *stage) {
	for _, operation := range []string{
		"Microsoft.Storage/storageAccounts/listKeys/action",
		"Microsoft.DocumentDB/databaseAccounts/listKeys/action",
		"Microsoft.ServiceBus/namespaces/authorizationRules/listKeys/action",
		"Microsoft.Cache/redis/listKeys/action",
		"Microsoft.Search/searchServices/listAdminKeys/action",
	} {
		name := "spare"
		if operation == "Microsoft.ServiceBus/namespaces/authorizationRules/listKeys/action" {
			name = "spare/send"
		}
		s.do(call{operation: operation, on: s.group.resource(typeOf(operation), name)})
		s.wait(30*time.Second, 2*time.Minute)
	}
}

// tryDoors calls what the identity has no right to.
func tryDoors(s *stage) {
	for _, r := range s.company.teams[0].groups[0].all {
		for _, verb := range []string{"/write", "/delete"} {
			s.do(call{operation: r.Type + verb, on: r, fails: "Forbidden"})
			s.wait(5*time.Second, 30*time.Second)
		}
	}
}
