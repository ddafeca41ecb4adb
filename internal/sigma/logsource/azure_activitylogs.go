package logsource

import "nephoscope/internal/rules"

// activityLogs is the Azure Activity Log. Rules name its fields as Elastic and
// the stream of event hubs do, or as the columns of the table.
func activityLogs() *Service {
	return &Service{
		Product: "azure", Name: "activitylogs",
		Doc:   "Operations on Azure resources.",
		Table: "AzureActivity", Connector: "AzureActivity",
		Fields: map[string]Column{
			"operationname":           column("OperationNameValue"),
			"operation":               column("OperationNameValue"),
			"eventname":               made("EventName", "coalesce(OperationName, tostring(Properties_d.message), OperationNameValue)"),
			"eventsource":             column("ResourceProviderValue"),
			"message":                 made("Message", messageOfActivity),
			"properties.message":      made("Message", messageOfActivity),
			"status":                  column("ActivityStatusValue"),
			"resulttype":              column("ActivityStatusValue"),
			"activitystatus":          column("ActivityStatusValue"),
			"resultsignature":         column("ActivitySubstatusValue"),
			"substatus":               column("ActivitySubstatusValue"),
			"identity":                column("Caller"),
			"initiatedby":             column("Caller"),
			"sourceipaddress":         column("CallerIpAddress"),
			"ipaddress":               column("CallerIpAddress"),
			"category":                column("CategoryValue"),
			"resourceprovider":        column("ResourceProviderValue"),
			"resourceprovidername":    column("ResourceProviderValue"),
			"resourceid":              column("_ResourceId"),
			"resourceuri":             column("_ResourceId"),
			"resourcename":            column("Resource"),
			"resourcegroupname":       column("ResourceGroup"),
			"properties.entity":       column("_ResourceId"),
			"authorization.action":    made("Action", "tostring(Authorization_d.action)"),
			"authorization.scope":     made("Scope", "tostring(Authorization_d.scope)"),
			"eventtimestamp":          moment("TimeGenerated"),
			"time":                    moment("TimeGenerated"),
			"httprequest.method":      made("Method", "tostring(parse_json(HTTPRequest).method)"),
			"httprequest.uri":         made("Uri", "tostring(parse_json(HTTPRequest).uri)"),
			"claims.upn":              made("Upn", `tostring(Claims_d["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"])`),
			"identity.claims.upn":     made("Upn", `tostring(Claims_d["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"])`),
			"identity.claims.ipaddr":  made("ClaimedAddress", "tostring(Claims_d.ipaddr)"),
			"properties.responsebody": made("ResponseBody", "tostring(Properties_d.responseBody)"),
		},
		Own: append(columns(
			"OperationNameValue", "OperationName", "CategoryValue", "ResourceProviderValue", "ActivityStatusValue", "ActivitySubstatusValue",
			"ActivitySubstatus", "Caller", "CallerIpAddress", "Level", "ResourceGroup", "Resource", "SubscriptionId", "CorrelationId",
			"Hierarchy", "Properties", "Authorization", "Claims", "HTTPRequest", "OperationId", "EventDataId",
		), moment("TimeGenerated")),
		Trees: []Tree{
			{"properties.", "Properties_d"},
			{"identity.claims.", "Claims_d"},
			{"identity.authorization.", "Authorization_d"},
			{"claims.", "Claims_d"},
			{"authorization.", "Authorization_d"},
		},
		Rest: "Properties_d",
		Text: []string{
			"OperationNameValue", "OperationName", "_ResourceId", "Caller", "CallerIpAddress", "CategoryValue", "ActivityStatusValue",
			"ActivitySubstatusValue", "Authorization", "Claims", "Properties", "HTTPRequest",
		},
		Once: []string{"CorrelationId", "OperationNameValue", "_ResourceId"},
		Entities: []rules.EntityMapping{
			entity("Account", "FullName", "Caller"),
			entity("IP", "Address", "CallerIpAddress"),
			entity("AzureResource", "ResourceId", "_ResourceId"),
		},
	}
}

// messageOfActivity is what the portal shows as the name of an operation.
const messageOfActivity = "coalesce(tostring(Properties_d.message), OperationName, OperationNameValue)"
