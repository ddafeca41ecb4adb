package tables

import (
	"bytes"

	"nephoscope/internal/event"
)

// claimsActivity tells whether a record is an Activity Log event. Hubs carry
// other logs too; the category tells them apart.
func claimsActivity(rec *event.Record) bool {
	switch rec.Shape {
	case event.ShapeREST:
		return true
	case event.ShapeHub:
		return claimsHub(rec)
	case event.ShapeTableRow:
		kind := plain(rec.Get("$table")).or(plain(rec.Get("Type")))
		return kind.empty() || string(kind.b) == "AzureActivity"
	default:
		return false
	}
}

func claimsHub(rec *event.Record) bool {
	if category := plain(rec.Root().GetFold("category")).b; len(category) > 0 {
		return categoryOf(category) != "" || isVerb(category)
	}
	properties := embedded(rec.Root().GetFold("properties"))
	if categoryOf(plain(properties.Get("eventCategory")).b) != "" {
		return true
	}
	return embedded(rec.Root().GetFold("identity")).Get("authorization").Exists()
}

// categoryOf returns the event category of that name, compared without case
// and spaces (the localized form is "Service Health"), or "".
func categoryOf(b []byte) string {
	switch string(b) { // the usual way
	case "Administrative":
		return "Administrative"
	case "Policy":
		return "Policy"
	}
	for _, name := range [...]string{"Administrative", "Policy", "Security", "ServiceHealth", "ResourceHealth", "Alert", "Recommendation", "Autoscale"} {
		if isFold(b, name) {
			return name
		}
	}
	if bytes.IndexByte(b, ' ') >= 0 {
		return categoryOf(bytes.ReplaceAll(b, []byte(" "), nil))
	}
	return ""
}

// isVerb tells whether a category is the kind of operation that log profiles
// write in its place.
func isVerb(b []byte) bool {
	return isFold(b, "Write") || isFold(b, "Delete") || isFold(b, "Action")
}

// category returns the event category: the record's own, or one derived from
// the properties, or from the operation.
func (a *activity) category() text {
	own := plain(a.by[fieldCategory])
	switch name := categoryOf(own.b); name {
	case "":
	case string(own.b):
		return own
	default:
		return a.word(name)
	}
	resourceType := bytes.IndexByte(own.b, '/') >= 0 // before 2016
	if !own.empty() && !isVerb(own.b) && !resourceType {
		return own
	}
	if told := plain(a.details.eventCategory); !told.empty() {
		return told
	}
	if a.details.policies.Exists() {
		return a.word("Policy")
	}
	if isVerb(own.b) {
		return a.word("Administrative")
	}
	return a.word(categoryOfOperation(plain(a.by[fieldOperation]).b))
}

// categoryOfOperation tells the category of an event that comes without one,
// as under a $select of the REST API.
func categoryOfOperation(operation []byte) string {
	for _, known := range [...]struct{ prefix, category string }{
		{"Microsoft.Authorization/policies/", "Policy"},
		{"Microsoft.Insights/alertRules/activated/", "Alert"},
		{"Microsoft.Insights/alertRules/resolved/", "Alert"},
		{"Microsoft.Insights/autoscaleSettings/scale", "Autoscale"},
		{"Microsoft.ResourceHealth/healthevent/", "ResourceHealth"},
		{"Microsoft.ServiceHealth/", "ServiceHealth"},
		{"Microsoft.Advisor/", "Recommendation"},
		{"Microsoft.Security/locations/alerts/", "Security"},
	} {
		if len(operation) >= len(known.prefix) && isFold(operation[:len(known.prefix)], known.prefix) {
			return known.category
		}
	}
	return "Administrative"
}

// statusOf turns the REST API's status words into those of a diagnostic
// setting; what is no such word stays.
func (a *activity) statusOf(status text) text {
	switch string(status.b) {
	case "Started":
		return a.word("Start")
	case "Accepted":
		return a.word("Accept")
	case "Succeeded":
		return a.word("Success")
	case "Failed":
		return a.word("Failure")
	case "Canceled", "Cancelled":
		return a.word("Cancel")
	default:
		return status
	}
}

// substatusOf returns what follows the dot in a resultSignature such as
// Succeeded.Created. Without a dot the signature is either the status once
// more or a bare substatus (200).
func substatusOf(signature text) text {
	if i := bytes.IndexByte(signature.b, '.'); i >= 0 {
		return text{signature.b[i+1:], signature.clean}
	}
	switch string(signature.b) {
	case "Started", "Accepted", "Succeeded", "Failed", "Canceled", "Cancelled", "Active", "Resolved", "Updated", "None":
		return text{}
	default:
		return signature
	}
}

// level returns the level's word; some emitters write only its number.
func (a *activity) level() text {
	own := plain(a.by[fieldLevel]).or(plain(a.by[fieldLevelNumber]))
	switch string(own.b) {
	case "1":
		return a.word("Critical")
	case "2":
		return a.word("Error")
	case "3":
		return a.word("Warning")
	case "4":
		return a.word("Informational")
	case "5":
		return a.word("Verbose")
	default:
		return own
	}
}

// operation returns the operation's name, and whether it has to be written in
// upper case: a diagnostic setting does so for operations of the Resource
// Manager, while health events, recommendations and sentences stay.
func (a *activity) operation(category text) (name text, upper bool) {
	name = plain(a.by[fieldOperation])
	if a.rec.Shape != event.ShapeREST {
		return name, false
	}
	switch string(category.b) {
	case "ServiceHealth", "ResourceHealth", "Recommendation":
		return name, false
	}
	return name, bytes.IndexByte(name.b, '/') >= 0 && bytes.IndexByte(name.b, ' ') < 0
}

// withoutPort cuts the port off an address: 192.0.2.1:443, [2001:db8::1]:443.
func withoutPort(address text) text {
	b := address.b
	if len(b) > 0 && b[0] == '[' {
		if end := bytes.IndexByte(b, ']'); end > 0 {
			return text{b[1:end], address.clean}
		}
	}
	if i := bytes.IndexByte(b, ':'); i > 0 && bytes.IndexByte(b[i+1:], ':') < 0 && bytes.IndexByte(b[:i], '.') > 0 {
		return text{b[:i], address.clean}
	}
	return address
}

// word returns a constant as text. It is written into the activity itself,
// which spares the hot path an allocation.
func (a *activity) word(s string) text {
	if len(s) > len(a.words)-a.used {
		return text{[]byte(s), true}
	}
	start := a.used
	a.used += copy(a.words[start:], s)
	return text{a.words[start:a.used], true}
}
