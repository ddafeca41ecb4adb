package tenant

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// A setting is a log profile or a diagnostic setting as it is stored.
type setting struct {
	name       string
	location   string
	tags       map[string]string
	properties properties
}

// properties are those of both kinds; each uses its own.
type properties struct {
	StorageAccountID string `json:"storageAccountId,omitempty"`
	// Of log profiles.
	ServiceBusRuleID string     `json:"serviceBusRuleId,omitempty"`
	Locations        []string   `json:"locations,omitempty"`
	Categories       []string   `json:"categories,omitempty"`
	RetentionPolicy  *retention `json:"retentionPolicy,omitempty"`
	// Of diagnostic settings.
	EventHubRuleID string `json:"eventHubAuthorizationRuleId,omitempty"`
	EventHubName   string `json:"eventHubName,omitempty"`
	WorkspaceID    string `json:"workspaceId,omitempty"`
	PartnerID      string `json:"marketplacePartnerId,omitempty"`
	Logs           []log  `json:"logs,omitempty"`
}

type retention struct {
	Enabled bool `json:"enabled"`
	Days    int  `json:"days"`
}

type log struct {
	Category  string     `json:"category,omitempty"`
	Group     string     `json:"categoryGroup,omitempty"`
	Enabled   bool       `json:"enabled"`
	Retention *retention `json:"retentionPolicy,omitempty"`
}

// ruleID returns the policy that events are sent with.
func (p properties) ruleID() string { return p.ServiceBusRuleID + p.EventHubRuleID }

// A kind says how one of the two behaves.
type kind struct {
	noun     string
	action   string
	of       func(*state) *[]setting
	describe func(subscription string, s setting) map[string]any
	// check returns what Azure would answer to properties it does not take.
	check func(*Tenant, properties) *fault
	// clash does the same for what does not go with the other settings.
	clash func(s setting, others []setting) *fault
	// absent is the status of a removal that finds nothing.
	absent int
}

// A fault is an answer that says no.
type fault struct {
	status        int
	code, message string
}

func badRequest(message string) *fault {
	return &fault{http.StatusBadRequest, "BadRequest", message}
}

// index finds a setting by its name in any case, -1 if there is none.
func index(list []setting, name string) int {
	return slices.IndexFunc(list, func(s setting) bool { return strings.EqualFold(s.name, name) })
}

func (k kind) list(c *call) {
	c.t.mu.Lock()
	all := []map[string]any{}
	for _, s := range *k.of(c.t.states[c.subscription()]) {
		all = append(all, k.describe(c.subscription(), s))
	}
	c.t.mu.Unlock()
	answer(c.w, http.StatusOK, listed[map[string]any]{all})
}

func (k kind) get(c *call) {
	c.t.mu.Lock()
	list := *k.of(c.t.states[c.subscription()])
	i := index(list, c.names["name"])
	var found map[string]any
	if i >= 0 {
		found = k.describe(c.subscription(), list[i])
	}
	c.t.mu.Unlock()
	if i < 0 {
		c.failFlat(http.StatusNotFound, "ResourceNotFound", "The "+k.noun+" '"+c.names["name"]+"' does not exist.")
		return
	}
	answer(c.w, http.StatusOK, found)
}

func (k kind) put(c *call) {
	var body struct {
		Location   string            `json:"location"`
		Tags       map[string]string `json:"tags"`
		Properties *properties       `json:"properties"`
	}
	if err := json.NewDecoder(c.r.Body).Decode(&body); err != nil || body.Properties == nil {
		c.failFlat(http.StatusBadRequest, "BadRequest", "The request body must be a JSON object with 'properties'.")
		return
	}
	k.store(c, setting{c.names["name"], body.Location, body.Tags, *body.Properties})
}

// patch changes tags and replaces the properties that are given.
func (k kind) patch(c *call) {
	c.t.mu.Lock()
	list := *k.of(c.t.states[c.subscription()])
	i := index(list, c.names["name"])
	var s setting
	if i >= 0 {
		s = list[i]
	}
	c.t.mu.Unlock()
	if i < 0 {
		c.failFlat(http.StatusNotFound, "ResourceNotFound", "The "+k.noun+" '"+c.names["name"]+"' does not exist.")
		return
	}
	body := struct {
		Tags       *map[string]string `json:"tags"`
		Properties *properties        `json:"properties"`
	}{&s.tags, &s.properties}
	if err := json.NewDecoder(c.r.Body).Decode(&body); err != nil {
		c.failFlat(http.StatusBadRequest, "BadRequest", "The request body must be a JSON object.")
		return
	}
	k.store(c, s)
}

// store keeps a setting if it may.
func (k kind) store(c *call, s setting) {
	c.t.mu.Lock()
	no := k.refuse(c, s)
	var kept map[string]any
	if no == nil {
		list := k.of(c.t.states[c.subscription()])
		if i := index(*list, s.name); i >= 0 {
			(*list)[i] = s
		} else {
			*list = append(*list, s)
		}
		c.t.announce()
		kept = k.describe(c.subscription(), s)
	}
	c.t.mu.Unlock()
	if no != nil {
		c.failFlat(no.status, no.code, no.message)
		return
	}
	answer(c.w, http.StatusOK, kept)
}

// refuse returns why a setting cannot be kept. The caller holds the lock.
func (k kind) refuse(c *call, s setting) *fault {
	state := c.t.states[c.subscription()]
	if state.registration != registered {
		return &fault{http.StatusConflict, "Conflict", "The subscription '" + c.subscription() + "' is not registered to use microsoft.insights."}
	}
	if no := k.check(c.t, s.properties); no != nil {
		return no
	}
	if no := k.linked(c, s); no != nil {
		return no
	}
	others := slices.DeleteFunc(slices.Clone(*k.of(state)), func(o setting) bool { return strings.EqualFold(o.name, s.name) })
	return k.clash(s, others)
}

// linked checks that who writes may list the keys of the policy: Azure does
// it in his name.
func (k kind) linked(c *call, s setting) *fault {
	n, rule, ok := c.t.resolve(s.properties.ruleID())
	if !ok {
		return nil
	}
	action := "Microsoft.EventHub/namespaces/authorizationRules/listkeys/action"
	if strings.Contains(strings.ToLower(n.ID), "/microsoft.servicebus/") {
		action = strings.Replace(action, "EventHub", "ServiceBus", 1)
	}
	scope := n.ID + "/authorizationRules/" + rule.Name
	if c.t.may(c.by, action, scope) {
		return nil
	}
	return &fault{http.StatusForbidden, "LinkedAuthorizationFailed", "The client '" + c.by.ClientID + "' with object id '" + c.by.ObjectID +
		"' has permission to perform action '" + k.action + "' on scope '" + c.r.URL.Path +
		"'; however, it does not have permission to perform action '" + action + "' on the linked scope(s) '" + scope +
		"' or the linked scope(s) are invalid."}
}

func (k kind) remove(c *call) {
	c.t.mu.Lock()
	list := k.of(c.t.states[c.subscription()])
	i := index(*list, c.names["name"])
	if i >= 0 {
		*list = slices.Delete(slices.Clone(*list), i, i+1)
		c.t.announce()
	}
	c.t.mu.Unlock()
	if i < 0 {
		c.w.WriteHeader(k.absent)
		return
	}
	c.w.WriteHeader(http.StatusOK)
}

// lacking returns the fault of a policy that is not there or has not enough
// rights. The caller holds the lock.
func (t *Tenant) lacking(property, ruleID string, rights ...string) *fault {
	_, rule, ok := t.resolve(ruleID)
	if !ok {
		return &fault{http.StatusBadRequest, "ResourceNotFound", "The resource '" + ruleID + "' of property '" + property + "' was not found."}
	}
	for _, right := range rights {
		if !slices.Contains(rule.Rights, right) {
			return badRequest("The authorization rule of property '" + property + "' requires " + strings.Join(rights, "|") + " access, it does not have '" + right + "' access.")
		}
	}
	return nil
}
