package logsource

// privilegedIdentity are the alerts of Privileged Identity Management. They
// have no table; what the service does, its alerts among it, is written to the
// audit log.
func privilegedIdentity() *Service {
	s := &Service{
		Product: "azure", Name: "pim", Also: []string{"rolemanagementalerts"},
		Doc:   "What Privileged Identity Management does and warns of.",
		Table: "AuditLogs", Connector: "AzureActiveDirectory",
		Where:    `LoggedByService =~ "PIM"`,
		Fields:   auditFields(),
		Own:      auditColumns(),
		Strip:    []string{"properties."},
		Trees:    auditTrees(),
		Text:     []string{"OperationName", "Category", "Identity", "ResultDescription", "InitiatedBy", "TargetResources", "AdditionalDetails"},
		Entities: auditEntities(),
		Makes:    auditMakes(),
		Notes: []string{
			"PIM's alerts have no table of their own: the rule looks for the alert's type among the operation, targets and details of PIM's audit records, which is not confirmed by Microsoft's documentation",
		},
	}
	s.Fields["riskeventtype"] = within("AlertText", `strcat(OperationName, " ", tostring(TargetResources), " ", tostring(AdditionalDetails))`)
	return s
}
