package tables

import "nephoscope/internal/schema"

// SecurityIncident returns the table of incidents, one row per creation or
// change: read it with summarize arg_max(TimeGenerated, *) by IncidentNumber.
func SecurityIncident() *schema.Table {
	return &schema.Table{
		Name:      "SecurityIncident",
		Doc:       "History of incidents, one row per creation or change: read the present state with summarize arg_max(TimeGenerated, *) by IncidentNumber.",
		Version:   1,
		Retention: 730,
		Columns: []schema.Column{
			{Name: "TenantId", Type: schema.String, Doc: "Id of the workspace."},
			{Name: "TimeGenerated", Type: schema.Datetime, Doc: "When the row was made."},
			{Name: "IncidentName", Type: schema.String, Doc: "Id of the incident, a GUID."},
			{Name: "Title", Type: schema.String, Doc: "Title."},
			{Name: "Description", Type: schema.String, Doc: "What happened, for people."},
			{Name: "Severity", Type: schema.String, Doc: "Informational, Low, Medium or High."},
			{Name: "Status", Type: schema.String, Doc: "New, Active or Closed."},
			{Name: "Classification", Type: schema.String, Doc: "Of a closed incident: Undetermined, TruePositive, BenignPositive or FalsePositive."},
			{Name: "ClassificationComment", Type: schema.String, Doc: "Why it was closed, in words."},
			{Name: "ClassificationReason", Type: schema.String, Doc: "SuspiciousActivity, SuspiciousButExpected, IncorrectAlertLogic or InaccurateData."},
			{Name: "Owner", Type: schema.Dynamic, Doc: "Object with objectId, email, assignedTo, userPrincipalName."},
			{Name: "ProviderName", Type: schema.String, Doc: "Component that made the incident."},
			{Name: "ProviderIncidentId", Type: schema.String, Doc: "Id of the incident at that component."},
			{Name: "FirstActivityTime", Type: schema.Datetime, Doc: "First activity of its alerts."},
			{Name: "LastActivityTime", Type: schema.Datetime, Doc: "Last activity of its alerts."},
			{Name: "FirstModifiedTime", Type: schema.Datetime, Doc: "First change."},
			{Name: "LastModifiedTime", Type: schema.Datetime, Doc: "Last change."},
			{Name: "CreatedTime", Type: schema.Datetime, Doc: "When the incident was made."},
			{Name: "ClosedTime", Type: schema.Datetime, Doc: "When the incident was closed; null while it is open."},
			{Name: "IncidentNumber", Type: schema.Int, Doc: "Number in the order of creation."},
			{Name: "RelatedAnalyticRuleIds", Type: schema.Dynamic, Doc: "Array of rule ids."},
			{Name: "AlertIds", Type: schema.Dynamic, Doc: "Array of SystemAlertId."},
			{Name: "BookmarkIds", Type: schema.Dynamic, Doc: "Array of bookmark ids."},
			{Name: "Comments", Type: schema.Dynamic, Doc: "Array of comments."},
			{Name: "Tasks", Type: schema.Dynamic, Doc: "Array of tasks."},
			{Name: "Labels", Type: schema.Dynamic, Doc: "Array of labels."},
			{Name: "IncidentUrl", Type: schema.String, Doc: "Link to the incident."},
			{Name: "AdditionalData", Type: schema.Dynamic, Doc: "Object with alertsCount, bookmarksCount, commentsCount, alertProductNames, tactics, techniques; and, where it applies, teamInformation, withdrawnAlertIds, removedAlertIds, mergedInto, mergedIncidents, and deleted in the last row of an incident that was removed."},
			{Name: "ModifiedBy", Type: schema.String, Doc: "Who made this change."},
			{Name: "SourceSystem", Type: schema.String, Doc: "Where the incident was made."},
			{Name: "Type", Type: schema.String, Const: "SecurityIncident", Doc: "Name of the table."},
			{Name: "_IsBillable", Type: schema.String, Hidden: true, Const: "false", Doc: "Always false."},
			{Name: "_BilledSize", Type: schema.Real, Hidden: true, Doc: "Billed bytes; null."},
		},
	}
}
