package logsource

import "nephoscope/internal/rules"

// signinLogs are the interactive sign-ins of Entra ID.
func signinLogs() *Service {
	return &Service{
		Product: "azure", Name: "signinlogs",
		Doc:   "Sign-ins of people.",
		Table: "SigninLogs", Connector: "AzureActiveDirectory",
		Fields: map[string]Column{
			"status":                          withStatus(),
			"result":                          withStatus(),
			"authentication_result":           withStatus(),
			"mfanotificationoutcome":          made("MfaOutcome", "tostring(Status.additionalDetails)"),
			"accountupn":                      column("UserPrincipalName"),
			"activitydetails":                 only("Sign-ins"),
			"status.errorcode":                column("ResultType"),
			"errorcode":                       column("ResultType"),
			"failurereason":                   column("ResultDescription"),
			"status.failurereason":            column("ResultDescription"),
			"message":                         made("Message", signinMessage),
			"user":                            column("UserPrincipalName"),
			"username":                        column("UserPrincipalName"),
			"ipaddr":                          column("IPAddress"),
			"calleripaddress":                 column("IPAddress"),
			"clientapp":                       column("ClientAppUsed"),
			"application":                     column("AppDisplayName"),
			"resourcedisplayname":             column("ResourceDisplayName"),
			"networklocation":                 column("NetworkLocationDetails"),
			"networktype":                     column("NetworkLocationDetails"),
			"devicedetail.trusttype":          made("DeviceTrust", "tostring(DeviceDetail.trustType)"),
			"devicedetail.iscompliant":        made("DeviceCompliant", "tostring(DeviceDetail.isCompliant)"),
			"devicedetail.ismanaged":          made("DeviceManaged", "tostring(DeviceDetail.isManaged)"),
			"devicedetail.deviceid":           made("DeviceId", "tostring(DeviceDetail.deviceId)"),
			"devicedetail.operatingsystem":    made("DeviceSystem", "tostring(DeviceDetail.operatingSystem)"),
			"devicedetail.browser":            made("DeviceBrowser", "tostring(DeviceDetail.browser)"),
			"devicedetail":                    within("DeviceText", "tostring(DeviceDetail)"),
			"conditionalaccesspolicies":       within("PoliciesText", "tostring(ConditionalAccessPolicies)"),
			"mfadetail":                       within("MfaText", "tostring(MfaDetail)"),
			"locationdetails":                 within("LocationText", "tostring(LocationDetails)"),
			"location.countryorregion":        made("Country", "tostring(LocationDetails.countryOrRegion)"),
			"locationdetails.countryorregion": made("Country", "tostring(LocationDetails.countryOrRegion)"),
			"riskeventtype":                   column("RiskEventTypes_V2"),
			"riskeventtypes":                  column("RiskEventTypes_V2"),
			"homeaccount.tenantid":            column("HomeTenantId"),
			"hometenant":                      column("HomeTenantId"),
			"resourcetenant":                  column("ResourceTenantId"),
			"authenticationdetails.authenticationmethod": column("AuthenticationDetails"),
		},
		Own: append(columns(
			"OperationName", "Category", "ResultType", "ResultSignature", "ResultDescription", "CorrelationId", "Identity", "Level", "Location",
			"AlternateSignInName", "AppDisplayName", "AppId", "AuthenticationContextClassReferences", "AuthenticationDetails",
			"AuthenticationMethodsUsed", "AuthenticationProcessingDetails", "AuthenticationRequirement", "AuthenticationRequirementPolicies",
			"ClientAppUsed", "ConditionalAccessStatus", "Id", "IPAddress", "NetworkLocationDetails", "OriginalRequestId", "RiskDetail",
			"RiskEventTypes", "RiskEventTypes_V2", "RiskLevelAggregated", "RiskLevelDuringSignIn", "RiskState", "ResourceDisplayName",
			"ResourceIdentity", "ResourceServicePrincipalId", "ServicePrincipalId", "ServicePrincipalName", "TokenIssuerName", "TokenIssuerType",
			"UserAgent", "UserDisplayName", "UserId", "UserPrincipalName", "AADTenantId", "UserType", "IPAddressFromResourceProvider",
			"SignInIdentifier", "ResourceTenantId", "HomeTenantId", "UniqueTokenIdentifier", "SessionId", "AutonomousSystemNumber",
			"AuthenticationProtocol", "CrossTenantAccessType", "ClientCredentialType", "IncomingTokenType", "OriginalTransferMethod", "RiskLevel",
		), moment("TimeGenerated"), moment("CreatedDateTime"), truth("IsInteractive"), truth("IsRisky"), truth("FlaggedForReview")),
		Strip: []string{"properties."},
		Trees: []Tree{
			{"DeviceDetail.", "DeviceDetail"},
			{"LocationDetails.", "LocationDetails"},
			{"MfaDetail.", "MfaDetail"},
			{"Status.", "Status"},
		},
		Text: []string{
			"UserPrincipalName", "IPAddress", "AppDisplayName", "ResultType", "ResultDescription", "ClientAppUsed", "UserAgent",
			"ResourceDisplayName", "Location", "AuthenticationDetails", "DeviceDetail", "ConditionalAccessPolicies",
		},
		Entities: []rules.EntityMapping{
			entity("Account", "FullName", "UserPrincipalName"),
			entity("IP", "Address", "IPAddress"),
			entity("CloudApplication", "Name", "AppDisplayName"),
		},
	}
}

// Sign-ins have a number where rules ask for a word; and rules ask for the way
// of a sign-in by the words of the portal.
const (
	outcome       = `iff(ResultType == "0", "Success", "Failure")`
	signinMessage = `case(AuthenticationProtocol =~ "deviceCode", "Device Code", AuthenticationProtocol =~ "ropc", "ROPC", ResultDescription)`
)

// withStatus is the outcome in a word; of parts of it rules mean the words that
// come with it, such as MFA denied.
func withStatus() Column {
	c := made("Outcome", outcome)
	parts := within("StatusText", "tostring(Status)")
	c.Parts = &parts
	return c
}
