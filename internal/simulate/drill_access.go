package simulate

// drillsOfAccess are about who may do what.
func drillsOfAccess() []drill {
	return []drill{
		{kind: "elevate access", play: func(s *stage) {
			root := *s.group.Subscription.self
			root.ID, root.Type, root.Name = "/providers/Microsoft.Authorization", "Microsoft.Authorization", "Microsoft.Authorization"
			s.do(call{operation: "Microsoft.Authorization/elevateAccess/action", on: &root})
		}},
		{kind: "owner at wide scope", play: func(s *stage) {
			grant(s.shift, s.group.Subscription.self, s.guid(), "ServicePrincipal", owner)
		}},
		{kind: "role to self", play: func(s *stage) {
			grant(s.shift, s.group.Resource, s.session.ObjectID, "User", owner)
		}},
		upon("custom role with power", "Microsoft.Authorization/roleDefinitions/write", "4b1c9f6e-52d4-4d0b-8a5e-0f6f5e1d2c3b",
			`{"properties":{"roleName":"Night watch","type":"CustomRole","permissions":[{"actions":["*/read","Microsoft.Authorization/*"],"notActions":[]}]}}`),
		once("federated credential added", "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write", "id-deploy/ci",
			`{"properties":{"issuer":"https://token.actions.githubusercontent.com","subject":"repo:somebody/something:ref:refs/heads/main"}}`),
		upon("lighthouse delegation", "Microsoft.ManagedServices/registrationAssignments/write", "7f0d7b1a-9d55-4f0a-b7a1-6c1c3b0a9d21", ""),
		upon("classic administrator added", "Microsoft.Authorization/classicAdministrators/write", "helper", ""),
		upon("activation policy changed", "Microsoft.Authorization/roleManagementPolicies/write", "0ce1f9a4-3f3d-4b8c-9d3e-7f1b2a6c5d4e", ""),
	}
}
