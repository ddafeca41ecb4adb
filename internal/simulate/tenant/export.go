package tenant

import (
	"cmp"
	"slices"
	"strings"

	"nephoscope/internal/simulate"
)

// The hubs that Azure Monitor creates.
const (
	ProfileHub    = "insights-operational-logs" // of log profiles
	DiagnosticHub = "insights-activity-logs"    // of diagnostic settings
)

// An Export is what one setting makes Azure Monitor stream.
type Export struct {
	Subscription string
	// Setting is its name.
	Setting string
	// Shape is how records look: simulate.ShapeHubProfile for log profiles,
	// simulate.ShapeHub for diagnostic settings.
	Shape simulate.Shape
	// Locations are regions and global; empty for all.
	Locations []string
	// Categories are kinds of operation for log profiles, event categories for
	// diagnostic settings.
	Categories []string
	// RuleID is the policy to send with; ConnectionString resolves it. Empty
	// if the events go to no hub.
	RuleID string
	// Hub is the hub, to be created with the first event if it is not there.
	Hub string
	// StorageAccount is the id of an account that gets the events too.
	StorageAccount string
}

// Takes tells whether the export streams an event.
func (e Export) Takes(event *simulate.Event) bool {
	if event.Resource.Subscription.ID.String() != e.Subscription {
		return false
	}
	if len(e.Locations) > 0 && !containsFold(e.Locations, event.Region()) {
		return false
	}
	if e.Shape == simulate.ShapeHubProfile {
		return containsFold(e.Categories, event.Verb())
	}
	return containsFold(e.Categories, string(event.Category))
}

func containsFold(words []string, word string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, word) })
}

// Exports returns what has to be streamed by the settings of this moment, by
// subscription in the company's order. The slices belong to the caller.
func (t *Tenant) Exports() []Export {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []Export
	for _, subscription := range t.company.Subscriptions {
		id := subscription.ID.String()
		for _, s := range t.states[id].profiles {
			all = append(all, profileExport(id, s))
		}
		for _, s := range t.states[id].diagnostics {
			all = append(all, diagnosticExport(id, s))
		}
	}
	return all
}

// Changed returns a channel that is closed with the next change of settings or
// namespaces. Ask for it before Exports, so that no change is missed between.
func (t *Tenant) Changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed
}

func profileExport(subscription string, s setting) Export {
	p := s.properties
	e := Export{
		Subscription: subscription, Setting: s.name, Shape: simulate.ShapeHubProfile,
		Locations: slices.Clone(p.Locations), Categories: slices.Clone(p.Categories),
		RuleID: p.ServiceBusRuleID, StorageAccount: p.StorageAccountID,
	}
	if e.RuleID != "" {
		e.Hub = ProfileHub
	}
	return e
}

func diagnosticExport(subscription string, s setting) Export {
	p := s.properties
	e := Export{
		Subscription: subscription, Setting: s.name, Shape: simulate.ShapeHub, RuleID: p.EventHubRuleID, StorageAccount: p.StorageAccountID,
	}
	if e.RuleID != "" {
		e.Hub = cmp.Or(p.EventHubName, DiagnosticHub)
	}
	for _, category := range eventCategories() {
		if p.streams(category) {
			e.Categories = append(e.Categories, string(category))
		}
	}
	return e
}
