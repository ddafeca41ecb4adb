package sigma_test

import (
	"fmt"
	"strings"
	"testing"
)

// The parts that correlations of the tests refer to.
const parts = `title: Failed
name: failed
id: 11111111-6a5e-4a0e-9a38-5a4f7f1f9d10
logsource: {product: azure, service: signinlogs}
detection:
    s: {Status: failure}
    condition: s
---
title: Signed in
name: signed_in
logsource: {product: azure, service: signinlogs}
detection:
    s: {Status: success}
    condition: s
---
title: Role given
name: role_given
logsource: {product: azure, service: activitylogs}
detection:
    s: {operationName: Microsoft.Authorization/roleAssignments/write}
    condition: s
---
title: Lock removed
name: lock_removed
logsource: {product: azure, service: activitylogs}
detection:
    s: {operationName: Microsoft.Authorization/locks/delete}
    condition: s
---
title: Many failed
name: many
correlation:
    type: event_count
    rules: [failed]
    group-by: [UserPrincipalName]
    timespan: 10m
    condition: {gte: 3}
---
`

func correlation(lines string) string {
	return parts + "title: " + underTest + "\nid: 3f0c1c52-6a5e-4a0e-9a38-5a4f7f1f9d10\nlevel: high\ncorrelation:\n    " +
		strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\n    ") + "\n"
}

// signIn makes sign-ins of a user: seconds after noon, negative for failures.
func signIn(user string, seconds ...int) []record {
	var list []record
	for _, s := range seconds {
		e := record{"TimeGenerated": s, "UserPrincipalName": user, "ResultType": "0", "IPAddress": "198.51.100.7"}
		if s < 0 {
			e["TimeGenerated"], e["ResultType"] = -s, "50126"
		}
		list = append(list, e)
	}
	return list
}

// operation makes operations of the activity log.
func operation(who, operation string, seconds ...int) []record {
	list := at(who, seconds...)
	for _, e := range list {
		e["OperationNameValue"] = "Microsoft.Authorization/" + operation
	}
	return list
}

const (
	byUser = "group-by: [UserPrincipalName]\ntimespan: 10m\n"
	byWho  = "group-by: [who]\naliases:\n  who: {role_given: caller, lock_removed: caller, signed_in: UserPrincipalName, failed: UserPrincipalName}\n"
)

var correlationCases = []struct {
	name, correlation  string
	signIns, operation []record
	by                 string
	want               string
}{
	{"events of one rule", "type: event_count\nrules: [failed]\ncondition: {gte: 3}\n" + byUser, joined(signIn("ada", -60, -120, -180, 200), signIn("bo", -60, -120, 180)), nil, "UserPrincipalName", "12:15 ada"},
	{"by the id of the rule", "type: event_count\nrules: [11111111-6A5E-4a0e-9a38-5a4f7f1f9d10]\ncondition: {gt: 2}\n" + byUser, signIn("ada", -60, -120, -180), nil, "UserPrincipalName", "12:15 ada"},
	{"events of two rules", "type: event_count\nrules: [failed, signed_in]\ncondition: {gte: 3}\n" + byUser, signIn("ada", -60, -120, 180), nil, "UserPrincipalName", "12:15 ada"},
	{"between two numbers", "type: event_count\nrules: [failed]\ncondition: {gte: 2, lt: 4}\n" + byUser, joined(signIn("ada", -60, -120), signIn("bo", -10, -20, -30, -40)), nil, "UserPrincipalName", "12:10 ada"},
	{"different values", "type: value_count\nrules: [failed]\ngroup-by: [IPAddress]\ntimespan: 10m\ncondition: {field: UserPrincipalName, gte: 3}", joined(signIn("ada", -60, -70), signIn("bo", -80), signIn("cy", -90)), nil, "IPAddress", "12:15 198.51.100.7"},
	{"too few values", "type: value_count\nrules: [failed]\ngroup-by: [IPAddress]\ntimespan: 10m\ncondition: {field: UserPrincipalName, gte: 3}", joined(signIn("ada", -60, -70, -75), signIn("bo", -80)), nil, "IPAddress", ""},
	{"in any order", "type: temporal\nrules: [role_given, lock_removed]\ngroup-by: [caller]\ntimespan: 10m", nil, joined(operation("ada", "locks/delete", 60), operation("ada", "roleAssignments/write", 400), operation("bo", "locks/delete", 100, 200)), "Caller", "12:15 ada"},
	{"too far apart", "type: temporal\nrules: [role_given, lock_removed]\ngroup-by: [caller]\ntimespan: 10m", nil, joined(operation("ada", "locks/delete", 60), operation("ada", "roleAssignments/write", 661)), "Caller", ""},
	{"of two tables", "type: temporal\nrules: [role_given, signed_in]\ntimespan: 10m\n" + byWho, joined(signIn("ada", 100), signIn("bo", 100)), operation("ada", "roleAssignments/write", 200), "who", "12:15 ada"},
	{"in order", "type: temporal_ordered\nrules: [signed_in, role_given]\ntimespan: 10m\n" + byWho, joined(signIn("ada", 100), signIn("bo", 300)), joined(operation("ada", "roleAssignments/write", 200), operation("bo", "roleAssignments/write", 200)), "who", "12:15 ada"},
	{"in order, all within the span", "type: temporal_ordered\nrules: [failed, signed_in, role_given]\ntimespan: 10m\n" + byWho, joined(signIn("ada", -100, 300), signIn("bo", -100, 300)), joined(operation("ada", "roleAssignments/write", 700), operation("bo", "roleAssignments/write", 701)), "who", "12:15 ada"},
	{"the latest beginning counts", "type: temporal_ordered\nrules: [failed, signed_in, role_given]\ntimespan: 10m\n" + byWho, signIn("ada", -1, -300, 310), operation("ada", "roleAssignments/write", 700), "who", "12:15 ada"},
	{"two of three", "type: temporal\nrules: [failed, signed_in, role_given]\ntimespan: 10m\ncondition: {gte: 2}\n" + byWho, joined(signIn("ada", -100), signIn("bo", -100, -200)), operation("ada", "roleAssignments/write", 200), "who", "12:15 ada"},
	{"without a group", "type: temporal\nrules: [failed, role_given]\ntimespan: 10m", signIn("ada", -100), operation("bo", "roleAssignments/write", 200), "", "12:15"},
	{"many and then one", "type: temporal_ordered\nrules: [many, signed_in]\ngroup-by: [UserPrincipalName]\ntimespan: 1h", joined(signIn("ada", -60, -120, -180, 600), signIn("bo", -60, -120, 600), signIn("cy", 30, -60, -120, -180)), nil, "UserPrincipalName", "12:15 ada"},
}

func TestCorrelations(t *testing.T) {
	s := newStand(t)
	for _, c := range correlationCases {
		t.Run(c.name, func(t *testing.T) {
			text := correlation(c.correlation)
			day := s.newDay()
			s.add(t, "SigninLogs", day, c.signIns...)
			s.add(t, "AzureActivity", day, c.operation...)
			if got := s.callers(t, text, day, c.by); got != c.want {
				t.Errorf("found %q, want %q\n%s\n%s", got, c.want, text, convert(t, text).Query)
			}
		})
	}
}

// TestEntitiesOfCorrelations looks at the groups that are entities, whatever
// they are called.
func TestEntitiesOfCorrelations(t *testing.T) {
	rule := convert(t, correlation("type: temporal\nrules: [role_given, signed_in]\ntimespan: 10m\n"+byWho))
	if got, want := fmt.Sprint(rule.Entities), "[{Account [{FullName who}]}]"; got != want {
		t.Errorf("got entities %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(rule.Connectors), "[{AzureActivity [AzureActivity]} {AzureActiveDirectory [SigninLogs]}]"; got != want {
		t.Errorf("got connectors %s, want %s", got, want)
	}
	rule = convert(t, correlation("type: value_count\nrules: [failed]\ngroup-by: [IPAddress]\ntimespan: 10m\ncondition: {field: UserPrincipalName, gte: 3}"))
	if got, want := fmt.Sprint(rule.Entities), "[{IP [{Address IPAddress}]}]"; got != want {
		t.Errorf("got entities %s, want %s", got, want)
	}
}
