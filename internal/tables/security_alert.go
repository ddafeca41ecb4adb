package tables

import "nephoscope/internal/schema"

// SecurityAlert returns the table of alerts. A changed alert is a new row:
// read it with summarize arg_max(TimeGenerated, *) by SystemAlertId.
func SecurityAlert() *schema.Table {
	return &schema.Table{
		Name:      "SecurityAlert",
		Doc:       "Alerts of the detection rules and of connected products. A change of an alert is a new row: read the present state with summarize arg_max(TimeGenerated, *) by SystemAlertId.",
		Version:   1,
		Retention: 730,
		Columns: []schema.Column{
			{Name: "TenantId", Type: schema.String, Doc: "Id of the workspace."},
			{Name: "TimeGenerated", Type: schema.Datetime, Doc: "When the row was made."},
			{Name: "DisplayName", Type: schema.String, Doc: "Title."},
			{Name: "AlertName", Type: schema.String, Doc: "Title; same as DisplayName."},
			{Name: "AlertSeverity", Type: schema.String, Doc: "Informational, Low, Medium or High."},
			{Name: "Description", Type: schema.String, Doc: "What happened, for people."},
			{Name: "ProviderName", Type: schema.String, Doc: "Component that raised the alert, for example ASI Scheduled Alerts or MCAS."},
			{Name: "VendorName", Type: schema.String, Doc: "Vendor of the product that raised the alert."},
			{Name: "VendorOriginalId", Type: schema.String, Doc: "Id in the product that raised the alert."},
			{Name: "SystemAlertId", Type: schema.String, Doc: "Id of the alert, a GUID; the same in every row of one alert."},
			{Name: "ResourceId", Type: schema.String, Doc: "Resource the alert is about; often empty."},
			{Name: "SourceComputerId", Type: schema.String, Doc: "Agent that reported; often empty."},
			{Name: "AlertType", Type: schema.String, Doc: "Kind of detection; for rules {workspace id}_{rule id}."},
			{Name: "ConfidenceLevel", Type: schema.String, Doc: "Usually empty."},
			{Name: "ConfidenceScore", Type: schema.Real, Doc: "Usually null."},
			{Name: "IsIncident", Type: schema.Bool, Doc: "Always false."},
			{Name: "StartTime", Type: schema.Datetime, Doc: "First activity."},
			{Name: "EndTime", Type: schema.Datetime, Doc: "Last activity."},
			{Name: "ProcessingEndTime", Type: schema.Datetime, Doc: "When the alert was ready."},
			{Name: "RemediationSteps", Type: schema.String, Doc: "JSON text: what to do."},
			{Name: "ExtendedProperties", Type: schema.String, Doc: "JSON text of an object whose values are strings: query, window, threshold, rule, custom details."},
			{Name: "Entities", Type: schema.String, Doc: "JSON text of an array of objects with $id and Type: account, ip, host, azure-resource and so on."},
			{Name: "SourceSystem", Type: schema.String, Doc: "Detection."},
			{Name: "WorkspaceSubscriptionId", Type: schema.String, Doc: "Subscription of the workspace."},
			{Name: "WorkspaceResourceGroup", Type: schema.String, Doc: "Resource group of the workspace."},
			{Name: "ExtendedLinks", Type: schema.String, Doc: "JSON text: links."},
			{Name: "ProductName", Type: schema.String, Doc: "Product that raised the alert, for example Azure Sentinel or Microsoft Cloud App Security."},
			{Name: "ProductComponentName", Type: schema.String, Doc: "Part of the product, for example Scheduled Alerts."},
			{Name: "AlertLink", Type: schema.String, Doc: "Link to the alert."},
			{Name: "Status", Type: schema.String, Doc: "New, InProgress, Resolved, Dismissed or Unknown."},
			{Name: "CompromisedEntity", Type: schema.String, Doc: "Main entity concerned, a user principal name for alerts about users."},
			{Name: "Tactics", Type: schema.String, Doc: "Tactics joined with commas; Unknown when there is none."},
			{Name: "Techniques", Type: schema.String, Doc: "JSON text of an array of technique ids."},
			{Name: "SubTechniques", Type: schema.String, Doc: "JSON text of an array of sub-technique ids."},
			{Name: "Type", Type: schema.String, Const: "SecurityAlert", Doc: "Name of the table."},
			{Name: "_IsBillable", Type: schema.String, Hidden: true, Const: "false", Doc: "Always false."},
			{Name: "_BilledSize", Type: schema.Real, Hidden: true, Doc: "Billed bytes; null."},
		},
	}
}
