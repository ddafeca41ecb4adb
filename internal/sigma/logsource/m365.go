package logsource

import "nephoscope/internal/rules"

// The sources of Microsoft 365 are its unified audit log, which stands as a
// whole in CloudAppEvents and in parts in OfficeActivity, and the alerts of its
// portals, which stand in SecurityAlert.

func exchange() *Service {
	s := office("exchange", "What people and administrators do in Exchange Online.")
	s.Where = `OfficeWorkload =~ "Exchange"`
	s.Fields["eventsource"] = only("Exchange")
	return s
}

// audit has its records as a whole in CloudAppEvents, whatever part of Microsoft
// 365 they are of.
func audit() *Service {
	return &Service{
		Product: "m365", Name: "audit",
		Doc:   "The unified audit log of Microsoft 365.",
		Table: "CloudAppEvents", Connector: "MicrosoftThreatProtection",
		Fields: map[string]Column{
			"operation":          column("ActionType"),
			"eventname":          column("ActionType"),
			"workload":           made("Workload", "tostring(RawEventData.Workload)"),
			"eventsource":        made("Workload", "tostring(RawEventData.Workload)"),
			"status":             made("ResultStatus", "tostring(RawEventData.ResultStatus)"),
			"resultstatus":       made("ResultStatus", "tostring(RawEventData.ResultStatus)"),
			"userid":             made("UserId", userOfAudit),
			"user":               made("UserId", userOfAudit),
			"user.email":         made("UserId", userOfAudit),
			"userprincipalname":  made("UserId", userOfAudit),
			"clientip":           column("IPAddress"),
			"applicationid":      made("ClientApplication", "tostring(RawEventData.ApplicationId)"),
			"objectid":           made("AuditObject", "tostring(RawEventData.ObjectId)"),
			"parameters":         within("ParametersText", "tostring(RawEventData.Parameters)"),
			"parameters.name":    within("ParametersText", "tostring(RawEventData.Parameters)"),
			"eventdata":          within("ParametersText", "tostring(RawEventData.Parameters)"),
			"modifiedproperties": within("ModifiedText", "tostring(RawEventData.ModifiedProperties)"),
			"extendedproperties": within("ExtendedText", "tostring(RawEventData.ExtendedProperties)"),
			"messageurls":        within("MessageUrls", "tostring(RawEventData.MessageURLs)"),
		},
		Own: append(columns(
			"ActionType", "ActivityType", "Application", "AccountId", "AccountType", "AccountDisplayName", "AccountObjectId", "IPAddress",
			"UserAgent", "ISP", "City", "CountryCode", "IPCategory", "OSPlatform", "DeviceType", "ObjectName", "ObjectType", "ReportId",
			"AuditSource",
		), moment("TimeGenerated"), truth("IsAdminOperation"), truth("IsExternalUser"), truth("IsAnonymousProxy"), truth("IsImpersonated")),
		Strip: []string{"o365.audit."},
		Rest:  "RawEventData",
		Text: []string{
			"ActionType", "Application", "AccountDisplayName", "IPAddress", "UserAgent", "ObjectName", "RawEventData",
		},
		Entities: []rules.EntityMapping{
			entity("Account", "FullName", "UserId"),
			entity("IP", "Address", "IPAddress"),
			entity("CloudApplication", "Name", "Application"),
		},
		Makes: []Column{made("UserId", userOfAudit)},
	}
}

const userOfAudit = "tostring(RawEventData.UserId)"

func securityCompliance() *Service {
	s := office("security_compliance", "What administrators do in the compliance portal.")
	s.Where = `OfficeWorkload =~ "SecurityComplianceCenter"`
	s.Fields["eventsource"] = only("SecurityComplianceCenter")
	return s
}

func office(name, doc string) *Service {
	return &Service{
		Product: "m365", Name: name, Doc: doc,
		Table: "OfficeActivity", Connector: "Office365",
		Fields: map[string]Column{
			"eventsource":         column("OfficeWorkload"),
			"workload":            column("OfficeWorkload"),
			"eventname":           column("Operation"),
			"status":              column("ResultStatus"),
			"user.email":          column("UserId"),
			"user":                column("UserId"),
			"userprincipalname":   column("UserId"),
			"ipaddress":           column("ClientIP"),
			"clientipaddress":     column("ClientIP"),
			"objectid":            column("OfficeObjectId"),
			"parameters":          {Name: "Parameters", Inside: true},
			"parameters.name":     {Name: "Parameters", Inside: true},
			"eventdata":           {Name: "Parameters", Inside: true},
			"payload":             within("ExtraText", "tostring(ExtraProperties)"),
			"extraproperties":     within("ExtraText", "tostring(ExtraProperties)"),
			"operationproperties": within("OperationText", "tostring(OperationProperties)"),
			"members":             within("MembersText", "tostring(Members)"),
		},
		Own: append(columns(
			"Application", "UserDomain", "UserAgent", "RecordType", "Operation", "OrganizationId", "UserType", "UserKey", "OfficeWorkload",
			"ResultStatus", "ResultReasonType", "OfficeObjectId", "UserId", "ClientIP", "ItemType", "EventSource", "Site_Url",
			"SourceRelativeUrl", "SourceFileName", "SourceFileExtension", "DestinationFileName", "UserSharedWith", "SharingType",
			"ExternalAccess", "OriginatingServer", "Logon_Type", "MailboxGuid", "MailboxOwnerUPN", "LogonUserDisplayName", "ClientInfoString",
			"Client_IPAddress", "ClientProcessName", "Folder", "Folders", "AffectedItems", "Item", "ModifiedProperties", "SendAsUserSmtp",
			"ExtendedProperties", "Actor", "ActorIpAddress", "TargetUserOrGroupName", "TargetUserOrGroupType", "TeamName", "ChannelName",
			"AddonName", "ApplicationId", "AppId", "ClientAppId", "AzureADAppId", "DeviceInformation", "Name", "OldValue", "NewValue",
		), moment("TimeGenerated"), truth("CrossMailboxOperations"), truth("IsManagedDevice")),
		Trees: []Tree{{"ExtraProperties.", "ExtraProperties"}, {"AppAccessContext.", "AppAccessContext"}},
		Text: []string{
			"Operation", "OfficeWorkload", "UserId", "ClientIP", "OfficeObjectId", "ResultStatus", "Parameters", "ModifiedProperties",
			"ExtendedProperties", "UserAgent", "SourceFileName", "Item",
		},
		Entities: []rules.EntityMapping{
			entity("Account", "FullName", "UserId"),
			entity("IP", "Address", "ClientIP"),
		},
	}
}

func threatManagement() *Service { return alerts("threat_management") }
func threatDetection() *Service  { return alerts("threat_detection") }

// alerts are those that the portals of Microsoft 365 raise. A rule names the
// alert; everything else it can ask is the same for all of them.
func alerts(name string) *Service {
	return &Service{
		Product: "m365", Name: name,
		Doc:   "Alerts of Defender for Cloud Apps and of the compliance portal.",
		Table: "SecurityAlert", Connector: "MicrosoftCloudAppSecurity",
		Where: `ProviderName !~ "ASI Scheduled Alerts"`,
		Fields: map[string]Column{
			"eventsource": only("SecurityComplianceCenter"),
			"workload":    only("SecurityComplianceCenter"),
			"status":      only("success"),
			"eventname":   column("AlertName"),
			"name":        column("AlertName"),
			"operation":   column("AlertName"),
			"severity":    column("AlertSeverity"),
			"user":        column("CompromisedEntity"),
			"userid":      column("CompromisedEntity"),
		},
		Own: append(columns(
			"AlertName", "DisplayName", "AlertSeverity", "AlertType", "Description", "ProviderName", "ProductName", "VendorName",
			"CompromisedEntity", "Tactics", "Techniques", "Entities", "ExtendedProperties", "SystemAlertId", "VendorOriginalId",
		), moment("TimeGenerated"), moment("StartTime"), moment("EndTime")),
		Text: []string{"AlertName", "Description", "CompromisedEntity", "Entities", "ExtendedProperties"},
		Once: []string{"SystemAlertId"},
		Notes: []string{
			"the alerts of Microsoft 365 are looked for in SecurityAlert, where their connectors write them; alerts of this program's own rules are left out",
		},
	}
}
