package tables

import (
	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// The columns of AzureActivity by index, in the order in which the portal
// shows them; hidden ones follow.
const (
	colTenantID = iota
	colSourceSystem
	colCallerIPAddress
	colCategoryValue
	colCorrelationID
	colAuthorization
	colAuthorizationD
	colClaims
	colClaimsD
	colLevel
	colOperationNameValue
	colProperties
	colPropertiesD
	colCaller
	colEventDataID
	colEventSubmissionTimestamp
	colHTTPRequest
	colOperationID
	colResourceGroup
	colResourceProviderValue
	colActivityStatusValue
	colActivitySubstatusValue
	colHierarchy
	colTimeGenerated
	colSubscriptionID
	colOperationName
	colActivityStatus
	colActivitySubstatus
	colCategory
	colResourceID
	colResourceProvider
	colResource
	colType
	colHiddenResourceID
	colHiddenSubscriptionID
	colIsBillable
	colBilledSize
	colAction
	colRole
	colPrincipalType
	colAppID
	colIPAddr
	colName
	colObjectID
	colUPN
	colStatusCode
	colResourceName
	activityColumns // their number
)

// The claims whose names are URLs.
const (
	claimUPN      = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
	claimName     = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
	claimSPN      = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/spn"
	claimEmail    = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
	claimObjectID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
)

// AzureActivity returns the table of Activity Log events: what was done to
// Azure resources, by whom, from where, and with what result. Its records come
// from the REST API, from an event hub, from storage blobs, or from an export
// of the same table.
func AzureActivity() *schema.Table {
	return &schema.Table{
		Name: "AzureActivity",
		Doc: "Events of the Azure Activity Log: operations on resources, and what the platform reports about them. " +
			"Columns are filled as a diagnostic setting fills them; the older names beside them are filled where the source has their content.",
		Version:   1,
		Retention: 90,
		Columns:   azureActivityColumns(),
		Claims:    claimsActivity,
		Map:       mapActivity,
	}
}

func azureActivityColumns() []schema.Column {
	return []schema.Column{
		colTenantID:                 {Name: "TenantId", Type: schema.String, Doc: "Id of the workspace, in exported rows; empty otherwise. The Entra tenant stands in Hierarchy, in Claims_d and in Properties_d.tenantId."},
		colSourceSystem:             {Name: "SourceSystem", Type: schema.String, Doc: "Azure."},
		colCallerIPAddress:          {Name: "CallerIpAddress", Type: schema.String, Doc: "Address the call came from, without port. Empty for events of the platform."},
		colCategoryValue:            {Name: "CategoryValue", Type: schema.String, Doc: "Administrative, Security, ServiceHealth, Alert, Recommendation, Policy, Autoscale or ResourceHealth. Derived for sources that tell Write, Delete or Action instead."},
		colCorrelationID:            {Name: "CorrelationId", Type: schema.String, Doc: "Common to all events of one operation; mostly a GUID."},
		colAuthorization:            {Name: "Authorization", Type: schema.String, Fallback: "Authorization_d", Doc: "Authorization_d as text."},
		colAuthorizationD:           {Name: "Authorization_d", Type: schema.Dynamic, Doc: "What was authorised: action, scope, and evidence with role, roleAssignmentScope, roleAssignmentId, roleDefinitionId, principalId, principalType."},
		colClaims:                   {Name: "Claims", Type: schema.String, Fallback: "Claims_d", Doc: "Claims_d as text."},
		colClaimsD:                  {Name: "Claims_d", Type: schema.Dynamic, Doc: "Claims of the caller's token, named as in the token: appid, ipaddr, name, and URLs such as .../claims/upn. An identity that was given as a name only stands here as name."},
		colLevel:                    {Name: "Level", Type: schema.String, Doc: "Critical, Error, Warning, Informational (Information in older hubs) or Verbose."},
		colOperationNameValue:       {Name: "OperationNameValue", Type: schema.String, Doc: "Operation, for example MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE. Case differs between sources: compare with =~."},
		colProperties:               {Name: "Properties", Type: schema.String, Fallback: "Properties_d", Doc: "Properties_d as text."},
		colPropertiesD:              {Name: "Properties_d", Type: schema.Dynamic, Doc: "Details of the event: entity, message, hierarchy, statusCode, statusMessage, requestbody, responseBody and others by category; the keys that a diagnostic setting adds (caller, eventDataId, eventSubmissionTimestamp, httpRequest, resource, resourceGroup, resourceProviderValue, subscriptionId, activityStatusValue, activitySubstatusValue); and every member of the source's record that has no column or that its column shows in another writing; inside record if the name is taken."},
		colCaller:                   {Name: "Caller", Type: schema.String, Doc: "Who called: user principal name, object id of a service principal, or name of a provider."},
		colEventDataID:              {Name: "EventDataId", Type: schema.String, Doc: "Id that Azure gave the event. The Event Hubs stream has none: use _ItemId there."},
		colEventSubmissionTimestamp: {Name: "EventSubmissionTimestamp", Type: schema.Datetime, Doc: "When the event could be asked for; equals TimeGenerated where the source does not tell."},
		colHTTPRequest:              {Name: "HTTPRequest", Type: schema.String, Doc: "JSON text: clientIpAddress, and clientRequestId, method, uri where the source has them."},
		colOperationID:              {Name: "OperationId", Type: schema.String, Doc: "Common to the events of one request; not in the Event Hubs stream."},
		colResourceGroup:            {Name: "ResourceGroup", Type: schema.String, Doc: "Resource group, upper case."},
		colResourceProviderValue:    {Name: "ResourceProviderValue", Type: schema.String, Doc: "First provider of the resource id, upper case, for example MICROSOFT.COMPUTE. Empty for resource groups."},
		colActivityStatusValue:      {Name: "ActivityStatusValue", Type: schema.String, Doc: "Start, Accept, Success, Failure, or another word as it came (Active, Resolved, Updated, Succeeded). Exported rows may have Started, Accepted, Succeeded, Failed: match both."},
		colActivitySubstatusValue:   {Name: "ActivitySubstatusValue", Type: schema.String, Doc: "OK, Created, Accepted, NotFound and the like, sometimes the HTTP status number; often empty."},
		colHierarchy:                {Name: "Hierarchy", Type: schema.String, Doc: "Entra tenant, management groups and subscription, joined with slashes."},
		colTimeGenerated:            {Name: "TimeGenerated", Type: schema.Datetime, Doc: "When the event happened."},
		colSubscriptionID:           {Name: "SubscriptionId", Type: schema.String, Doc: "Subscription, lower case."},
		colOperationName:            {Name: "OperationName", Type: schema.String, Doc: "Older name: the operation for people, for example Delete Virtual Machine."},
		colActivityStatus:           {Name: "ActivityStatus", Type: schema.String, Doc: "Older name: Started, Accepted, Succeeded, Failed and so on."},
		colActivitySubstatus:        {Name: "ActivitySubstatus", Type: schema.String, Doc: "Older name: the substatus for people, for example Created (HTTP Status Code: 201)."},
		colCategory:                 {Name: "Category", Type: schema.String, Doc: "Older name of CategoryValue."},
		colResourceID:               {Name: "ResourceId", Type: schema.String, Doc: "Resource id as the source wrote it."},
		colResourceProvider:         {Name: "ResourceProvider", Type: schema.String, Doc: "Older name: the provider for people, for example Azure Web Sites."},
		colResource:                 {Name: "Resource", Type: schema.String, Doc: "Last segment of the resource id."},
		colType:                     {Name: "Type", Type: schema.String, Const: "AzureActivity", Doc: "Name of the table."},
		colHiddenResourceID:         {Name: "_ResourceId", Type: schema.String, Hidden: true, Doc: "Resource id, lower case."},
		colHiddenSubscriptionID:     {Name: "_SubscriptionId", Type: schema.String, Hidden: true, Doc: "Subscription, lower case."},
		colIsBillable:               {Name: "_IsBillable", Type: schema.String, Hidden: true, Const: "false", Doc: "Always false: the Activity Log is free."},
		colBilledSize:               {Name: "_BilledSize", Type: schema.Real, Hidden: true, Doc: "Billed bytes, in exported rows."},
		colAction:                   hot("_Authorization_action", "Authorization_d", "action"),
		colRole:                     hot("_Authorization_role", "Authorization_d", "evidence", "role"),
		colPrincipalType:            hot("_Authorization_principalType", "Authorization_d", "evidence", "principalType"),
		colAppID:                    hot("_Claims_appid", "Claims_d", "appid"),
		colIPAddr:                   hot("_Claims_ipaddr", "Claims_d", "ipaddr"),
		colName:                     hot("_Claims_name", "Claims_d", "name"),
		colObjectID:                 hot("_Claims_objectidentifier", "Claims_d", claimObjectID),
		colUPN:                      hot("_Claims_upn", "Claims_d", claimUPN),
		colStatusCode:               hot("_Properties_statusCode", "Properties_d", "statusCode"),
		colResourceName:             hot("_Properties_resource", "Properties_d", "resource"),
	}
}

// hot declares a hidden copy of a value that queries often look for inside a
// dynamic column.
func hot(name, column string, keys ...string) schema.Column {
	return schema.Column{
		Name: name, Type: schema.String, Hidden: true,
		Path: &schema.Path{Column: column, Keys: keys},
		Doc:  "Copy of a value in " + column + " that lets queries skip reading the JSON.",
	}
}

// mapActivity appends one row made from a record of any shape.
func mapActivity(rec *event.Record, rows *schema.Rows) error {
	if rec.Shape == event.ShapeTableRow {
		return mapActivityRow(rec, rows)
	}
	var a activity
	a.collect(rec)
	a.write(rows)
	return nil
}
