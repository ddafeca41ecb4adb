package tables

import "nephoscope/internal/schema"

// SentinelHealth returns the table of the runs of rules. Its rows are also how
// detection remembers what a run yielded: of several rows with Status Success
// for one run, the one of the greatest _Sequence counts.
func SentinelHealth() *schema.Table {
	return &schema.Table{
		Name: "SentinelHealth",
		Doc: "Runs of the detection rules, one row each: when, for how long, how many rows and alerts, and what went wrong. " +
			"A run that is evaluated again because of late events has a further row.",
		Version:   1,
		Retention: 90,
		Columns: []schema.Column{
			{Name: "TenantId", Type: schema.String, Doc: "Id of the workspace."},
			{Name: "TimeGenerated", Type: schema.Datetime, Doc: "When the run ended, by the clock."},
			{Name: "OperationName", Type: schema.String, Doc: "Scheduled analytics rule run or NRT analytics rule run."},
			{Name: "Status", Type: schema.String, Doc: "Success or Failure."},
			{Name: "Reason", Type: schema.String, Doc: "Why the run failed, in a few words; empty on success."},
			{Name: "Description", Type: schema.String, Doc: "What happened, for people; the error of a run that failed."},
			{Name: "SentinelResourceId", Type: schema.String, Doc: "Id of the rule."},
			{Name: "SentinelResourceName", Type: schema.String, Doc: "Name of the rule."},
			{Name: "SentinelResourceType", Type: schema.String, Doc: "Analytics rule."},
			{Name: "SentinelResourceKind", Type: schema.String, Doc: "Kind of the rule: Scheduled or NRT."},
			{Name: "ExtendedProperties", Type: schema.Dynamic, Doc: "The window, the result, the alerts and their fingerprints, the duration in milliseconds."},
			{Name: "RecordId", Type: schema.String, Doc: "Id of the row, a GUID; the same however often the row is written."},
			{Name: "WorkspaceId", Type: schema.String, Doc: "Id of the workspace."},
			{Name: "SourceSystem", Type: schema.String, Doc: "Sentinel."},
			{Name: "Type", Type: schema.String, Const: "SentinelHealth", Doc: "Name of the table."},
			{Name: "_RunTime", Type: schema.Datetime, Hidden: true, Doc: "End of the window that the run looked at, the time that now() was; copy of ExtendedProperties.RunTimeUTC."},
		},
	}
}
