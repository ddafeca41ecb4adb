package tenant

import (
	"net/http"
	"slices"
	"strings"

	"nephoscope/internal/simulate"
)

// mostDiagnostics is how many diagnostic settings a subscription has at most.
const mostDiagnostics = 5

// allLogs is the group of all categories.
const allLogs = "allLogs"

// diagnosticKind is the kind of diagnostic settings of subscriptions.
func diagnosticKind() kind {
	return kind{
		noun: "diagnostic setting", action: "Microsoft.Insights/diagnosticSettings/write", absent: http.StatusNoContent,
		of:    func(s *state) *[]setting { return &s.diagnostics },
		check: (*Tenant).checkDiagnostic,
		clash: clashOfDiagnostics,
		describe: func(subscription string, s setting) map[string]any {
			return map[string]any{ // the id has no slash in front
				"id":   "subscriptions/" + subscription + "/providers/microsoft.insights/diagnosticSettings/" + s.name,
				"type": "Microsoft.Insights/diagnosticSettings", "name": s.name, "location": "global", "kind": nil, "tags": nil,
				"properties": s.properties, "identity": nil,
			}
		},
	}
}

// eventCategories are the categories of events, in the order of the
// documentation.
func eventCategories() []simulate.Category {
	return []simulate.Category{
		simulate.Administrative, simulate.Security, simulate.ServiceHealth, simulate.Alert,
		simulate.Recommendation, simulate.Policy, simulate.Autoscale, simulate.ResourceHealth,
	}
}

// checkDiagnostic finds what a diagnostic setting must not be. The caller
// holds the lock.
func (t *Tenant) checkDiagnostic(p properties) *fault {
	if p.EventHubRuleID == "" && p.StorageAccountID == "" && p.WorkspaceID == "" && p.PartnerID == "" {
		return badRequest("At least one data sink needs to be specified.")
	}
	for _, l := range p.Logs {
		switch {
		case l.Retention != nil && l.Retention.Enabled:
			return badRequest("Diagnostic settings does not support retention for new diagnostic settings.")
		case l.Group != "" && !strings.EqualFold(l.Group, allLogs):
			return badRequest("Category group '" + l.Group + "' is not supported.")
		case l.Group == "" && !slices.Contains(eventCategories(), simulate.Category(l.Category)):
			return badRequest("Category '" + l.Category + "' is not supported.")
		}
	}
	if p.EventHubRuleID == "" {
		return nil
	}
	return t.checkHub(p)
}

// checkHub checks the policy and the hub of a diagnostic setting.
func (t *Tenant) checkHub(p properties) *fault {
	if strings.Contains(strings.ToLower(p.EventHubRuleID), "/eventhubs/") {
		return badRequest("Resource type 'microsoft.eventhub/namespaces/eventhubs/authorizationrules' is invalid for property 'properties.eventHubAuthorizationRuleId'. " +
			"Expected types are 'microsoft.servicebus/namespaces/authorizationrules', 'microsoft.eventhub/namespaces/authorizationrules'")
	}
	rights := []string{"Manage", "Send", "Listen"}
	if n, _, ok := t.resolve(p.EventHubRuleID); ok && slices.ContainsFunc(n.Hubs, func(h Hub) bool { return strings.EqualFold(h.Name, p.EventHubName) }) {
		rights = []string{"Send"}
	}
	return t.lacking("properties.eventHubAuthorizationRuleId", p.EventHubRuleID, rights...)
}

// clashOfDiagnostics finds that there are too many, or that two send the same
// category to the same place.
func clashOfDiagnostics(s setting, others []setting) *fault {
	if len(others) >= mostDiagnostics {
		return &fault{http.StatusConflict, "Conflict", "The limit of 5 diagnostic settings was reached. To create new setting '" + s.name + "', delete an existing one."}
	}
	for _, other := range others {
		sink := sharedSink(s.properties, other.properties)
		if category := sharedCategory(s.properties, other.properties); sink != "" && category != "" {
			return &fault{http.StatusConflict, "Conflict", "Data sink '" + sink + "' is already used in diagnostic setting '" + other.name + "' for category '" + category +
				"'. Data sinks can't be reused in different settings on the same category for the same resource."}
		}
	}
	return nil
}

func sharedSink(a, b properties) string {
	switch {
	case a.StorageAccountID != "" && strings.EqualFold(a.StorageAccountID, b.StorageAccountID):
		return a.StorageAccountID
	case a.WorkspaceID != "" && strings.EqualFold(a.WorkspaceID, b.WorkspaceID):
		return a.WorkspaceID
	case a.EventHubRuleID != "" && strings.EqualFold(a.EventHubRuleID, b.EventHubRuleID) && strings.EqualFold(a.EventHubName, b.EventHubName):
		return a.EventHubRuleID
	}
	return ""
}

func sharedCategory(a, b properties) string {
	for _, category := range eventCategories() {
		if a.streams(category) && b.streams(category) {
			return string(category)
		}
	}
	return ""
}

// streams tells whether a diagnostic setting has a category switched on.
func (p properties) streams(category simulate.Category) bool {
	return slices.ContainsFunc(p.Logs, func(l log) bool {
		return l.Enabled && (strings.EqualFold(l.Category, string(category)) || strings.EqualFold(l.Group, allLogs))
	})
}
