package tables

import "nephoscope/internal/schema"

// SecurityAlertEvidence returns the table of the result rows that made alerts. They
// outlast the events: an alert can be opened when retention has removed them.
func SecurityAlertEvidence() *schema.Table {
	return &schema.Table{
		Name: "SecurityAlertEvidence",
		Doc: "The result rows behind the alerts of rules. The rows of an alert are those whose Fingerprint is the VendorOriginalId of " +
			"the newest row that SecurityAlert has of it.",
		Version:   1,
		Retention: 730,
		Columns: []schema.Column{
			{Name: "SystemAlertId", Type: schema.String, Doc: "Id of the alert."},
			{Name: "Fingerprint", Type: schema.String, Doc: "Which content of the alert the row belongs to; VendorOriginalId in SecurityAlert."},
			{Name: "TimeGenerated", Type: schema.Datetime, Doc: "TimeGenerated of the alert."},
			{Name: "Number", Type: schema.Int, Doc: "Number of the row in the alert, from 0."},
			{Name: "Row", Type: schema.Dynamic, Doc: "The row as an object; empty values are left out."},
			{Name: "RuleId", Type: schema.String, Doc: "Id of the rule."},
			{Name: "Type", Type: schema.String, Const: "SecurityAlertEvidence", Doc: "Name of the table."},
		},
	}
}
