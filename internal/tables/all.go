package tables

import "nephoscope/internal/schema"

// Builtin returns the tables every store has. To add a table, declare it in a
// file of its own and add one line here.
func Builtin() []*schema.Table {
	return []*schema.Table{
		AzureActivity(),
		SecurityAlert(),
		SecurityIncident(),
		SecurityAlertEvidence(),
		SentinelHealth(),
		Quarantine(),
		DeadLetter(),
		NephoscopeResource(),
		Watchlist(),
		McasShadowItReporting(),
		McasActivityLog(),
	}
}
