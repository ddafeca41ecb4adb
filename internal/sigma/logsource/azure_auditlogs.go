package logsource

import "nephoscope/internal/rules"

// auditLogs are the audit logs of Entra ID. Much of what rules ask for stands
// in lists of unlike things, which are searched as text.
func auditLogs() *Service {
	return &Service{
		Product: "azure", Name: "auditlogs", Also: []string{"audit"},
		Doc:   "Changes in the directory: users, groups, applications, policies.",
		Table: "AuditLogs", Connector: "AzureActiveDirectory",
		Fields:   auditFields(),
		Own:      auditColumns(),
		Strip:    []string{"properties."},
		Trees:    auditTrees(),
		Text:     []string{"OperationName", "Category", "Identity", "ResultDescription", "InitiatedBy", "TargetResources", "AdditionalDetails"},
		Entities: auditEntities(),
		Makes:    auditMakes(),
	}
}

func auditFields() map[string]Column {
	return map[string]Column{
		"message":                            column("OperationName"),
		"operation":                          column("OperationName"),
		"eventname":                          column("OperationName"),
		"activity":                           column("ActivityDisplayName"),
		"operationtype":                      column("AADOperationType"),
		"consentcontext.isadminconsent":      made("AdminConsent", adminConsent),
		"activitytype":                       column("ActivityDisplayName"),
		"status":                             column("Result"),
		"resultstatus":                       column("Result"),
		"actor":                              made("Initiator", initiator),
		"user":                               made("Initiator", initiator),
		"userprincipalname":                  made("Initiator", initiator),
		"actor.userprincipalname":            made("Initiator", initiator),
		"initiatedby":                        within("InitiatedByText", "tostring(InitiatedBy)"),
		"initiatedby.user.userprincipalname": made("Initiator", initiator),
		"initiatedby.user.ipaddress":         made("InitiatorAddress", initiatorAddress),
		"ipaddress":                          made("InitiatorAddress", initiatorAddress),
		"calleripaddress":                    made("InitiatorAddress", initiatorAddress),
		"targetresources":                    within("TargetsText", "tostring(TargetResources)"),
		"target":                             within("TargetsText", "tostring(TargetResources)"),
		"targetresources.type":               made("TargetType", "tostring(TargetResources[0].type)"),
		"targetresources.displayname":        made("TargetName", "tostring(TargetResources[0].displayName)"),
		"targetresources.id":                 made("TargetId", "tostring(TargetResources[0].id)"),
		"targetresources.userprincipalname":  made("TargetUser", "tostring(TargetResources[0].userPrincipalName)"),
		"targetresources.modifiedproperties": within("ModifiedProperties", modified),
		"modifiedproperties":                 within("ModifiedProperties", modified),
		"targetresources.modifiedproperties.displayname": within("ModifiedProperties", modified),
		"targetresources.modifiedproperties.newvalue":    within("ModifiedProperties", modified),
		"targetresources.modifiedproperties.oldvalue":    within("ModifiedProperties", modified),
		"modifiedproperties{}.newvalue":                  within("ModifiedProperties", modified),
		"additionaldetails":                              within("DetailsText", "tostring(AdditionalDetails)"),
		"additionaldetails.additionalinfo":               within("DetailsText", "tostring(AdditionalDetails)"),
		"useragent":                                      within("DetailsText", "tostring(AdditionalDetails)"),
	}
}

// The parts of a record that several fields lead to.
const (
	initiator        = "coalesce(tostring(InitiatedBy.user.userPrincipalName), tostring(InitiatedBy.app.displayName), Identity)"
	initiatorAddress = "coalesce(tostring(InitiatedBy.user.ipAddress), tostring(InitiatedBy.app.ipAddress))"
	modified         = "tostring(TargetResources)"
	adminConsent     = `extract(@"ConsentContext\.IsAdminConsent[^}]*?newValue\W+(\w+)", 1, tostring(TargetResources))`
)

func auditColumns() []Column {
	return append(columns(
		"OperationName", "OperationVersion", "Category", "ResultType", "ResultSignature", "ResultDescription", "CorrelationId", "Resource",
		"ResourceGroup", "ResourceProvider", "Identity", "Level", "Location", "Id", "LoggedByService", "Result", "ResultReason", "AADTenantId",
		"ActivityDisplayName", "AADOperationType",
	), moment("TimeGenerated"), moment("ActivityDateTime"), number("DurationMs"))
}

func auditTrees() []Tree {
	return []Tree{{"InitiatedBy.", "InitiatedBy"}}
}

func auditMakes() []Column {
	return []Column{made("Initiator", initiator), made("InitiatorAddress", initiatorAddress)}
}

func auditEntities() []rules.EntityMapping {
	return []rules.EntityMapping{
		entity("Account", "FullName", "Initiator"),
		entity("IP", "Address", "InitiatorAddress"),
	}
}
