package tenant

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// A Namespace is one of Event Hubs.
type Namespace struct {
	// ID is the resource id.
	ID string
	// Host is where it listens, with a port if that is not AMQP's own; the
	// name and servicebus.windows.net if empty.
	Host  string
	Rules []Rule
	Hubs  []Hub
	// Emulator makes connection strings say UseDevelopmentEmulator=true, by
	// which clients speak AMQP without TLS.
	Emulator bool
}

// A Rule is a shared access policy of a namespace.
type Rule struct {
	Name         string
	Rights       []string // Manage, Send, Listen
	PrimaryKey   string
	SecondaryKey string
}

// A Hub is one of a namespace's.
type Hub struct {
	Name       string
	Partitions int
	Compacted  bool
}

// An Account is a storage account.
type Account struct {
	ID      string // resource id
	Premium bool
}

// AddNamespace makes a namespace known, or replaces the one of that id.
func (t *Tenant) AddNamespace(n Namespace) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.namespaces[strings.ToLower(n.ID)] = &n
	t.announce()
}

// AddAccount makes a storage account known.
func (t *Tenant) AddAccount(a Account) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.accounts[strings.ToLower(a.ID)] = a
}

// name returns the last segment of the id.
func (n *Namespace) name() string { return n.ID[strings.LastIndexByte(n.ID, '/')+1:] }

func (n *Namespace) host() string { return cmp.Or(n.Host, n.name()+".servicebus.windows.net") }

// rule finds a policy by its name in any case.
func (n *Namespace) rule(name string) (Rule, bool) {
	i := slices.IndexFunc(n.Rules, func(r Rule) bool { return strings.EqualFold(r.Name, name) })
	if i < 0 {
		return Rule{}, false
	}
	return n.Rules[i], true
}

// connection returns a connection string.
func (n *Namespace) connection(r Rule, key string) string {
	text := "Endpoint=sb://" + n.host() + "/;SharedAccessKeyName=" + r.Name + ";SharedAccessKey=" + key
	if n.Emulator {
		text += ";UseDevelopmentEmulator=true"
	}
	return text
}

// resolve finds a policy by its rule id. The caller holds the lock.
func (t *Tenant) resolve(ruleID string) (*Namespace, Rule, bool) {
	id := "/" + strings.Trim(ruleID, "/")
	at := strings.LastIndex(strings.ToLower(id), "/authorizationrules/")
	if at < 0 {
		return nil, Rule{}, false
	}
	n := t.namespaces[strings.ToLower(id[:at])]
	if n == nil {
		return nil, Rule{}, false
	}
	rule, ok := n.rule(id[at+len("/authorizationrules/"):])
	return n, rule, ok
}

// ConnectionString returns the connection string of a rule id: what Azure
// Monitor streams with after it has listed the keys.
func (t *Tenant) ConnectionString(ruleID string) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, rule, ok := t.resolve(ruleID)
	if !ok {
		return "", false
	}
	return n.connection(rule, rule.PrimaryKey), true
}

// namespace returns a copy of the call's namespace, or answers that it is not
// there.
func (c *call) namespace() (Namespace, bool) {
	id := "/" + strings.ToLower(strings.Join(c.path[:8], "/"))
	c.t.mu.Lock()
	n := c.t.namespaces[id]
	c.t.mu.Unlock()
	if n == nil {
		c.fail(http.StatusNotFound, "ResourceNotFound", "The Resource '"+strings.Join(c.path[5:8], "/")+"' under resource group '"+c.names["group"]+"' was not found.")
		return Namespace{}, false
	}
	return *n, true
}

func (c *call) getNamespace() {
	if n, ok := c.namespace(); ok {
		answer(c.w, http.StatusOK, map[string]any{
			"id": n.ID, "name": n.name(), "type": "Microsoft.EventHub/Namespaces", "location": "West Europe",
			"sku":        map[string]any{"name": "Standard", "tier": "Standard", "capacity": 1},
			"properties": map[string]any{"status": "Active", "provisioningState": "Succeeded", "serviceBusEndpoint": "https://" + n.host() + "/"},
		})
	}
}

func describeRule(n Namespace, r Rule) map[string]any {
	return map[string]any{
		"id": n.ID + "/authorizationrules/" + r.Name, "name": r.Name, "type": "Microsoft.EventHub/Namespaces/AuthorizationRules",
		"location": "westeurope", "properties": map[string]any{"rights": r.Rights},
	}
}

func (c *call) listRules() {
	n, ok := c.namespace()
	if !ok {
		return
	}
	all := []map[string]any{}
	for _, r := range n.Rules {
		all = append(all, describeRule(n, r))
	}
	answer(c.w, http.StatusOK, listed[map[string]any]{all})
}

// rule returns the call's policy, or answers that it is not there.
func (c *call) rule() (Namespace, Rule, bool) {
	n, ok := c.namespace()
	if !ok {
		return n, Rule{}, false
	}
	rule, ok := n.rule(c.names["rule"])
	if !ok {
		c.fail(http.StatusNotFound, "NotFound", "The requested resource "+c.names["rule"]+" does not exist.")
	}
	return n, rule, ok
}

func (c *call) getRule() {
	if n, rule, ok := c.rule(); ok {
		answer(c.w, http.StatusOK, describeRule(n, rule))
	}
}

func (c *call) listKeys() {
	if n, rule, ok := c.rule(); ok {
		answer(c.w, http.StatusOK, map[string]string{
			"keyName": rule.Name, "primaryKey": rule.PrimaryKey, "secondaryKey": rule.SecondaryKey,
			"primaryConnectionString":   n.connection(rule, rule.PrimaryKey),
			"secondaryConnectionString": n.connection(rule, rule.SecondaryKey),
		})
	}
}

func (c *call) getHub() {
	n, ok := c.namespace()
	if !ok {
		return
	}
	i := slices.IndexFunc(n.Hubs, func(h Hub) bool { return strings.EqualFold(h.Name, c.names["hub"]) })
	if i < 0 {
		c.fail(http.StatusNotFound, "NotFound", "The requested resource "+c.names["hub"]+" does not exist.")
		return
	}
	hub, policy := n.Hubs[i], "Delete"
	if hub.Compacted {
		policy = "Compact"
	}
	answer(c.w, http.StatusOK, map[string]any{
		"id": n.ID + "/eventhubs/" + hub.Name, "name": hub.Name, "type": "Microsoft.EventHub/namespaces/eventhubs", "location": "westeurope",
		"properties": map[string]any{
			"partitionCount": hub.Partitions, "status": "Active", "messageRetentionInDays": 1,
			"retentionDescription": map[string]any{"cleanupPolicy": policy, "retentionTimeInHours": 24},
		},
	})
}

func (c *call) getAccount() {
	c.t.mu.Lock()
	a, ok := c.t.accounts["/"+strings.ToLower(strings.Join(c.path, "/"))]
	c.t.mu.Unlock()
	if !ok {
		c.fail(http.StatusNotFound, "ResourceNotFound", "The Resource '"+strings.Join(c.path[5:], "/")+"' under resource group '"+c.names["group"]+"' was not found.")
		return
	}
	tier := "Standard"
	if a.Premium {
		tier = "Premium"
	}
	answer(c.w, http.StatusOK, map[string]any{
		"id": a.ID, "name": c.names["account"], "type": "Microsoft.Storage/storageAccounts", "location": "westeurope", "kind": "StorageV2",
		"sku": map[string]string{"name": tier + "_LRS", "tier": tier}, "properties": map[string]string{"provisioningState": "Succeeded"},
	})
}
