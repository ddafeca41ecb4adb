package tenant

import (
	"net/http"
	"slices"
	"strings"

	"nephoscope/internal/simulate"
)

// What Azure calls the states of a provider.
const (
	registered    = "Registered"
	registering   = "Registering"
	notRegistered = "NotRegistered"
)

// describe is a subscription as Resource Manager lists it.
func (t *Tenant) describe(s *simulate.Subscription) map[string]any {
	id := s.ID.String()
	return map[string]any{
		"id": "/subscriptions/" + id, "subscriptionId": id, "tenantId": t.company.TenantID.String(),
		"displayName": s.Name, "state": "Enabled", "authorizationSource": "RoleBased",
		"subscriptionPolicies": map[string]string{"locationPlacementId": "Public_2014-09-01", "quotaId": "EnterpriseAgreement_2014-09-01", "spendingLimit": "Off"},
	}
}

func (c *call) listSubscriptions() {
	var all []map[string]any
	for _, s := range c.t.company.Subscriptions {
		all = append(all, c.t.describe(s))
	}
	answer(c.w, http.StatusOK, listed[map[string]any]{all})
}

func (c *call) getSubscription() {
	i := slices.IndexFunc(c.t.company.Subscriptions, func(s *simulate.Subscription) bool { return s.ID.String() == c.subscription() })
	answer(c.w, http.StatusOK, c.t.describe(c.t.company.Subscriptions[i]))
}

// regions are some of Azure's, with their display names; logical ones are
// groups of places.
var regions = []struct{ name, display, kind string }{
	{"eastus", "East US", "Physical"},
	{"eastus2", "East US 2", "Physical"},
	{"westus2", "West US 2", "Physical"},
	{"canadacentral", "Canada Central", "Physical"},
	{"westeurope", "West Europe", "Physical"},
	{"northeurope", "North Europe", "Physical"},
	{"swedencentral", "Sweden Central", "Physical"},
	{"centralindia", "Central India", "Physical"},
	{"europe", "Europe", "Logical"},
	{"global", "Global", "Logical"},
}

func (c *call) listLocations() {
	var all []map[string]any
	for _, r := range regions {
		all = append(all, map[string]any{
			"id": "/subscriptions/" + c.subscription() + "/locations/" + r.name, "name": r.name, "type": "Region",
			"displayName": r.display, "regionalDisplayName": r.display, "metadata": map[string]string{"regionType": r.kind},
		})
	}
	answer(c.w, http.StatusOK, listed[map[string]any]{all})
}

// getProvider answers the state of a provider. All but microsoft.insights are
// registered.
func (c *call) getProvider() {
	c.t.mu.Lock()
	state := registered
	if s := c.t.states[c.subscription()]; c.insights() {
		if s.registration == registering {
			if s.looks--; s.looks < 0 {
				s.registration = registered
			}
		}
		state = s.registration
	}
	c.t.mu.Unlock()
	c.provider(state)
}

func (c *call) insights() bool {
	return strings.EqualFold(c.names["provider"], "microsoft.insights")
}

func (c *call) provider(state string) {
	name := c.names["provider"]
	answer(c.w, http.StatusOK, map[string]any{
		"id": "/subscriptions/" + c.subscription() + "/providers/" + name, "namespace": name,
		"registrationPolicy": "RegistrationRequired", "registrationState": state, "resourceTypes": []any{},
	})
}

// registerProvider begins a registration, which takes a while.
func (c *call) registerProvider() {
	state := registered
	if c.insights() {
		c.t.mu.Lock()
		s := c.t.states[c.subscription()]
		if s.registration != registered {
			s.registration, s.looks = registering, 1
		}
		state = s.registration
		c.t.mu.Unlock()
	}
	c.provider(state)
}

// listPermissions tells what the caller may do at a scope: what an owner may,
// without what was denied.
func (c *call) listPermissions() {
	type grant struct {
		Actions        []string `json:"actions"`
		NotActions     []string `json:"notActions"`
		DataActions    []string `json:"dataActions"`
		NotDataActions []string `json:"notDataActions"`
	}
	c.t.mu.Lock()
	denied := c.t.denials(c.by, c.names["scope"])
	c.t.mu.Unlock()
	answer(c.w, http.StatusOK, listed[grant]{[]grant{{Actions: []string{"*"}, NotActions: append([]string{}, denied...), DataActions: []string{}, NotDataActions: []string{}}}})
}
