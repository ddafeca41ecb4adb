package tenant

import (
	"net/http"
	"slices"
)

// profileKind is the kind of log profiles: one of a subscription, at most.
func profileKind() kind {
	return kind{
		noun: "log profile", action: "Microsoft.Insights/logProfiles/write", absent: http.StatusOK,
		of:    func(s *state) *[]setting { return &s.profiles },
		check: (*Tenant).checkProfile,
		clash: func(s setting, others []setting) *fault {
			if len(others) > 0 {
				return &fault{http.StatusConflict, "Conflict", "The limit of 1 log profiles was reached. To create new log profile '" + s.name + "', delete an existing one."}
			}
			return nil
		},
		describe: func(subscription string, s setting) map[string]any {
			return map[string]any{
				"id":   "/subscriptions/" + subscription + "/providers/microsoft.insights/logprofiles/" + s.name,
				"type": nil, "name": s.name, "location": s.location, "kind": nil, "tags": s.tags, "identity": nil, "properties": s.properties,
			}
		},
	}
}

// verbs are the categories of log profiles.
var verbs = []string{"Write", "Delete", "Action"}

// checkProfile finds what a log profile must not be. Locations may be any
// words. The caller holds the lock.
func (t *Tenant) checkProfile(p properties) *fault {
	switch {
	case p.StorageAccountID == "" && p.ServiceBusRuleID == "":
		return badRequest("A log profile needs a storage account, a service bus rule, or both.")
	case len(p.Locations) == 0:
		return badRequest("Property 'locations' is required.")
	case len(p.Categories) == 0:
		return badRequest("Property 'categories' is required.")
	case p.RetentionPolicy == nil:
		return badRequest("Property 'retentionPolicy' is required.")
	case p.RetentionPolicy.Days < 0:
		return badRequest("Property 'retentionPolicy.days' must not be negative.")
	case p.RetentionPolicy.Days == 0 && p.RetentionPolicy.Enabled:
		return badRequest("Property 'retentionPolicy.enabled' must be false for 0 days.")
	}
	for _, category := range p.Categories {
		if !slices.Contains(verbs, category) {
			return badRequest("Category '" + category + "' is not supported.")
		}
	}
	if p.ServiceBusRuleID != "" {
		return t.lacking("properties.serviceBusRuleId", p.ServiceBusRuleID, "Manage", "Send", "Listen")
	}
	return nil
}
