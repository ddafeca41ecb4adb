package logsource

import "nephoscope/internal/rules"

// riskDetection are the detections of Entra ID Protection. A detection is
// written again whenever its state changes.
func riskDetection() *Service {
	return &Service{
		Product: "azure", Name: "riskdetection",
		Doc:   "Risks that Entra ID Protection sees in users and sign-ins.",
		Table: "AADUserRiskEvents", Connector: "AzureActiveDirectory",
		Fields: map[string]Column{
			"risktype":        column("RiskEventType"),
			"ipaddress":       column("IpAddress"),
			"calleripaddress": column("IpAddress"),
			"user":            column("UserPrincipalName"),
			"additionalinfo":  within("InfoText", "tostring(AdditionalInfo)"),
			"location":        within("LocationText", "tostring(Location)"),
		},
		Own: append(columns(
			"RiskEventType", "RiskLevel", "RiskState", "RiskDetail", "Activity", "CorrelationId", "DetectionTimingType", "Id", "IpAddress",
			"RequestId", "Source", "TokenIssuerType", "UserDisplayName", "UserId", "UserPrincipalName", "OperationName",
		), moment("TimeGenerated"), moment("ActivityDateTime"), moment("DetectedDateTime")),
		Trees: []Tree{{"Location.", "Location"}, {"AdditionalInfo.", "AdditionalInfo"}},
		Text:  []string{"RiskEventType", "RiskDetail", "Activity", "Source", "UserPrincipalName", "IpAddress", "AdditionalInfo"},
		Once:  []string{"Id"},
		Entities: []rules.EntityMapping{
			entity("Account", "FullName", "UserPrincipalName"),
			entity("IP", "Address", "IpAddress"),
		},
	}
}
