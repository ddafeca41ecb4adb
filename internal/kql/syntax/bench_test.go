package syntax

import "testing"

// benchQuery is a rule of about 1 KB as analysts write them.
const benchQuery = `// role assignments by principals that were not seen before
let lookback = 14d;
let window = 1d;
let known = AzureActivity
    | where TimeGenerated between (ago(lookback) .. ago(window))
    | where OperationNameValue =~ "Microsoft.Authorization/roleAssignments/write"
    | distinct Caller;
AzureActivity
| where TimeGenerated > ago(window)
| where OperationNameValue has_any ("roleAssignments/write", "elevateAccess/action") and ActivityStatusValue in~ ("Success", "Succeeded")
| extend body = parse_json(tostring(Properties.requestbody)), claims = todynamic(Claims)
| extend role = tostring(split(tostring(body.Properties.RoleDefinitionId), "/")[-1]), principal = tostring(body['Properties']['PrincipalId'])
| where isnotempty(principal) and Caller !in (known) and not(CallerIpAddress startswith "10." or CallerIpAddress == "127.0.0.1")
| summarize count_ = count(), roles = make_set(role, 100), since = min(TimeGenerated), until = max(TimeGenerated) by Caller, CallerIpAddress, bin(TimeGenerated, 1h)
| where count_ >= 3
| project-reorder since, until, Caller, *
| order by count_ desc, until asc nulls last
`

func BenchmarkParse(b *testing.B) {
	if _, errs := Parse(benchQuery); len(errs) > 0 {
		b.Fatalf("got errors %v, want none", errs)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(benchQuery)))
	for b.Loop() {
		Parse(benchQuery)
	}
}

func BenchmarkLex(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(benchQuery)))
	for b.Loop() {
		lex(benchQuery)
	}
}
