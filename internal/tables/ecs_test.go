package tables

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// found tells whether a text stands in the row in another writing: times as
// ticks, the REST id cut into its parts, the subscription in lower case.
func found(rows *schema.Rows, own []byte) bool {
	if t := parseTime(own); t.ok {
		for _, col := range []string{"TimeGenerated", "EventSubmissionTimestamp"} {
			if cell(rows, 0, col) == t.ticks.String() {
				return true
			}
		}
	}
	if resource, id, _ := cutEventID(own); id != nil {
		return cell(rows, 0, "ResourceId") == string(resource) && cell(rows, 0, "EventDataId") == string(id)
	}
	return string(own) == "null" || strings.EqualFold(cell(rows, 0, "SubscriptionId"), string(own))
}

// An ecs is a flattened expected document: dotted names to texts.
type ecs map[string]string

func flatten(doc map[string]any) ecs {
	out := make(ecs)
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch x := v.(type) {
		case map[string]any:
			for k, inner := range x {
				walk(strings.TrimPrefix(name+"|"+k, "|"), inner)
			}
		case []any:
			text, _ := json.Marshal(x)
			out[name] = string(text)
		case string:
			out[name] = x
		default:
			out[name] = fmt.Sprint(x)
		}
	}
	walk("", doc)
	return out
}

// computed are fields that the other platforms add by themselves: constants,
// look-ups of addresses, collections of other fields, the input once more.
func computed(name string) bool {
	for _, prefix := range []string{
		"event|kind", "event|category", "event|type", "event|original", "ecs|", "cloud|provider",
		"geo|c", "geo|l", "geo|r", "source|geo", "source|as", "related|", "tags", "observer|",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// assertECS checks that every field of an expected document is in the row,
// where the map says. A place is a column, or a dotted path into one.
func assertECS(t *testing.T, rows *schema.Rows, want ecs, places map[string]string) {
	t.Helper()
	for name, value := range want {
		if computed(name) {
			continue
		}
		place, known := places[name]
		if !known {
			place = samePlace(name)
		}
		if place == "" && !strings.Contains(everything(rows), value) {
			t.Errorf("%s: %q is nowhere in the row", name, value)
		}
		if place == "" {
			continue
		}
		if !standsIn(rows, name, value, place) {
			t.Errorf("%s: not found in %s, want %q", name, place, value)
		}
	}
}

// everything returns all texts of the row.
func everything(rows *schema.Rows) string {
	var b strings.Builder
	for _, c := range rows.Table.Columns {
		b.WriteString(cell(rows, 0, c.Name) + "\n")
	}
	return b.String()
}

// standsIn tells whether a place, or one of several joined with " or ", has
// the value; the place "-" always does.
func standsIn(rows *schema.Rows, name, value, places string) bool {
	for _, place := range strings.Split(places, " or ") {
		if place == "-" || same(name, lookUp(rows, place), value) {
			return true
		}
	}
	return false
}

// samePlace maps the fields that keep their names.
func samePlace(name string) string {
	if rest, ok := strings.CutPrefix(name, "azure|activitylogs|properties|"); ok {
		return "Properties_d|" + strings.ReplaceAll(strings.ReplaceAll(rest, "status_code", "statusCode"), "service_request_id", "serviceRequestId")
	}
	if rest, ok := strings.CutPrefix(name, "azure|activitylogs|identity|claims|"); ok {
		return "Claims_d|" + rest
	}
	return ""
}

func lookUp(rows *schema.Rows, place string) string {
	column, path, deep := strings.Cut(place, "|")
	text := cell(rows, 0, column)
	if !deep {
		return text
	}
	var doc any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return "no JSON: " + text
	}
	for _, key := range strings.Split(path, "|") {
		m, ok := doc.(map[string]any)
		if !ok {
			return ""
		}
		doc = m[key]
		for k, v := range m { // the other product turns dots in keys into _
			if doc == nil && strings.ReplaceAll(k, ".", "_") == key {
				doc = v
			}
		}
	}
	switch x := doc.(type) {
	case nil:
		return ""
	case string:
		return x
	case []any, map[string]any:
		out, _ := json.Marshal(x)
		return string(out)
	default:
		return fmt.Sprint(x)
	}
}

// same compares as far as the other product's own rounding allows: times to
// its digits, the last part of an operation id without case.
func same(name, got, want string) bool {
	switch name {
	case "@timestamp":
		return strings.HasPrefix(got, strings.TrimRight(strings.TrimSuffix(want, "Z"), "0."))
	case "event|duration":
		return strings.TrimSuffix(want, "000000") == got
	case "azure|activity_logs|policies":
		return samePolicies(got, want)
	case "azure|resource|group", "azure|resource|provider", "azure|subscription_id", "azure|resource|name", "azure|resource|namespace", "event|outcome":
		return strings.EqualFold(got, want) || strings.Contains(strings.ToLower(got), strings.ToLower(want))
	}
	return got == want
}

func samePolicies(got, want string) bool {
	var ours, theirs []map[string]any
	if json.Unmarshal([]byte(got), &ours) != nil || json.Unmarshal([]byte(want), &theirs) != nil || len(ours) != len(theirs) {
		return false
	}
	for i, policy := range ours {
		for ourName, name := range map[string]string{
			"policyAssignmentId": "assignment_id", "policyAssignmentName": "assignment_name",
			"policyDefinitionId": "definition_id", "policyDefinitionName": "definition_name",
		} {
			if policy[ourName] != theirs[i][name] {
				return false
			}
		}
	}
	return true
}

func TestSekoia(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared(t, "samples/activity-log/rest-api"), "sekoia--*.expected-ecs.json"))
	if len(files) == 0 {
		t.Skip("no such samples here")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var doc map[string]any
			if err := json.Unmarshal(readFile(t, file), &doc); err != nil {
				t.Fatal(err)
			}
			text := readFile(t, strings.Replace(file, ".expected-ecs.json", ".json", 1))
			rows := mapped(t, AzureActivity(), record(t, event.ShapeREST, string(text)))
			assertECS(t, rows, flatten(doc), sekoiaPlaces())
		})
	}
}

func sekoiaPlaces() map[string]string {
	return map[string]string{
		"@timestamp":                            "TimeGenerated",
		"azure|activity_logs|channels":          "Properties_d|channels",
		"azure|activity_logs|correlation_id":    "CorrelationId",
		"azure|activity_logs|id":                "EventDataId",
		"azure|activity_logs|operation_id":      "OperationId",
		"azure|activity_logs|policies":          "Properties_d|policies",
		"azure|activity_logs|resource|group":    "Properties_d|resourceGroupName",
		"azure|activity_logs|resource|id":       "ResourceId",
		"azure|activity_logs|resource|location": "Properties_d|resourceLocation",
		"azure|activity_logs|resource|type":     "Properties_d|resourceType|value",
		"client|ip":                             "CallerIpAddress",
		"event|action":                          "OperationName or Properties_d|operationName|value",
		"event|dataset":                         "CategoryValue",
		"event|provider":                        "ResourceProvider or Properties_d|resourceProviderName|value",
		"event|reason":                          "Properties_d|description",
		"http|request|id":                       "Properties_d|httpRequest",
		"http|request|method":                   "Properties_d|httpRequest",
		"log|level":                             "Level",
		"process|command_line":                  "Properties_d|commandLine",
		"process|name":                          "Properties_d|processName",
		"process|parent|name":                   "Properties_d|parentProcess",
		"process|parent|pid":                    "Properties_d|parentProcess id",
		"process|pid":                           "Properties_d|processId",
		"process|user|domain":                   "Properties_d|domainName",
		"process|user|name":                     "Properties_d|userName",
		"rule|description":                      "Properties_d|RuleDescription",
		"rule|name":                             "Properties_d|RuleName",
		"rule|reference":                        "Properties_d|RuleUri",
		"source|address":                        "_Claims_ipaddr",
		"source|ip":                             "_Claims_ipaddr",
		"source|user|full_name":                 "_Claims_name",
		"source|user|id":                        "Caller",
		"source|user|name":                      "Caller",
	}
}

func TestElastic(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared(t, "samples/activity-log/event-hub"), "elastic*-expected.json"))
	if len(files) == 0 {
		t.Skip("no such samples here")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var expected struct{ Expected []map[string]any }
			if err := json.Unmarshal(readFile(t, file), &expected); err != nil {
				t.Fatal(err)
			}
			texts := objects(t, readFile(t, strings.TrimSuffix(file, "-expected.json")))
			for i, doc := range expected.Expected {
				rows := mapped(t, AzureActivity(), record(t, event.ShapeHub, texts[i]))
				assertECS(t, rows, flatten(doc), elasticPlaces(flatten(doc)))
			}
		})
	}
}

func elasticPlaces(want ecs) map[string]string {
	const authorization = "azure|activitylogs|identity|authorization|"
	places := map[string]string{
		"@timestamp":                                     "TimeGenerated",
		"azure|activitylogs|category":                    "CategoryValue",
		"azure|activitylogs|event_category":              "CategoryValue",
		"azure|activitylogs|identity_name":               "Claims_d|name",
		"azure|activitylogs|level":                       "Properties_d|Level",
		"azure|activitylogs|operation_name":              "OperationNameValue",
		"azure|activitylogs|operation_version":           "Properties_d|operationVersion",
		"azure|activitylogs|result_signature":            "Properties_d|resultSignature",
		"azure|activitylogs|result_type":                 "ActivityStatusValue",
		"azure|activitylogs|tenant_id":                   "Properties_d|tenantId",
		authorization + "action":                         "Authorization_d|action",
		authorization + "scope":                          "Authorization_d|scope",
		authorization + "evidence|principal_id":          "Authorization_d|evidence|principalId",
		authorization + "evidence|principal_type":        "Authorization_d|evidence|principalType",
		authorization + "evidence|role":                  "Authorization_d|evidence|role",
		authorization + "evidence|role_assignment_id":    "Authorization_d|evidence|roleAssignmentId",
		authorization + "evidence|role_assignment_scope": "Authorization_d|evidence|roleAssignmentScope",
		authorization + "evidence|role_definition_id":    "Authorization_d|evidence|roleDefinitionId",
		"azure|correlation_id":                           "CorrelationId",
		"azure|resource|authorization_rule":              "Resource",
		"azure|resource|group":                           "ResourceGroup",
		"azure|resource|id":                              "ResourceId",
		"azure|resource|name":                            "ResourceId",
		"azure|resource|namespace":                       "ResourceId",
		"azure|resource|provider":                        "ResourceId",
		"azure|subscription_id":                          "SubscriptionId",
		"client|ip":                                      "CallerIpAddress",
		"event|action":                                   "OperationNameValue",
		"event|duration":                                 "Properties_d|durationMs",
		"event|outcome":                                  "ActivityStatusValue",
		"geo|name":                                       "Properties_d|location or Properties_d|record|location",
		"log|level":                                      "Level",
		"message":                                        "Properties_d|statusMessage",
		"source|address":                                 "CallerIpAddress",
		"source|ip":                                      "CallerIpAddress",
		"azure|activitylogs|identity|claims_initiated_by_user|fullname":  "_Claims_name",
		"azure|activitylogs|identity|claims_initiated_by_user|givenname": "Claims_d|http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
		"azure|activitylogs|identity|claims_initiated_by_user|name":      "Claims_d|" + claimName,
		"azure|activitylogs|identity|claims_initiated_by_user|schema":    "-",
		"azure|activitylogs|identity|claims_initiated_by_user|surname":   "Claims_d|http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
		"user|full_name": "_Claims_name",
	}
	switch want["azure|activitylogs|category"] {
	case "Write", "Delete", "Action":
		places["azure|activitylogs|category"] = "Properties_d|category"
	}
	if strings.HasSuffix(want["azure|activitylogs|category"], "Logs") {
		places["azure|activitylogs|event_category"] = "-" // their default for records of other logs
	}
	return places
}
