package simulate

import "strings"

// A Resource is something that an event is about.
type Resource struct {
	ID           string // as written by people: /subscriptions/...
	Subscription *Subscription
	Group        string // empty at subscription level
	Type         string // Microsoft.Compute/virtualMachines
	Name         string
	Location     string
}

// Provider returns the namespace of the type, Microsoft.Compute.
func (r *Resource) Provider() string {
	provider, _, _ := strings.Cut(r.Type, "/")
	return provider
}

// A Subscription is one of the company's.
type Subscription struct {
	ID        GUID
	Name      string
	hierarchy string
	self      *Resource
	groups    []*group
}

// A group is a resource group with what is in it.
type group struct {
	*Resource
	team  *team
	stage string // prod, stg, dev
	all   []*Resource
}

// of returns the group's resources of one type.
func (g *group) of(typ string) []*Resource {
	var found []*Resource
	for _, r := range g.all {
		if r.Type == typ {
			found = append(found, r)
		}
	}
	return found
}

func newSubscription(c *Company, d *dice, name string) *Subscription {
	s := &Subscription{ID: d.guid(), Name: name}
	s.hierarchy = c.TenantID.String() + "/mg-brightwater/" + s.ID.String()
	s.self = &Resource{
		ID: "/subscriptions/" + s.ID.String(), Subscription: s,
		Type: "Microsoft.Resources/subscriptions", Name: s.ID.String(), Location: "global",
	}
	return s
}

// addGroup makes a resource group and fills it as its team would.
func (s *Subscription) addGroup(t *team, stage, location string) *group {
	name := "rg-" + t.name + "-" + stage
	g := &group{team: t, stage: stage, Resource: &Resource{
		ID: s.self.ID + "/resourceGroups/" + name, Subscription: s, Group: name,
		Type: "Microsoft.Resources/subscriptions/resourceGroups", Name: name, Location: location,
	}}
	for _, p := range t.stock {
		for i := range p.count {
			g.add(p.typ, p.name(t.name, stage, i))
		}
	}
	s.groups = append(s.groups, g)
	return g
}

func (g *group) add(typ, name string) *Resource {
	r := g.resource(typ, name)
	g.all = append(g.all, r)
	return r
}

// resource returns a resource of the group; a name with slashes alternates
// with the deeper segments of the type, as in a resource id.
func (g *group) resource(typ, name string) *Resource {
	return &Resource{
		ID: g.ID + "/providers/" + interleave(typ, name), Subscription: g.Subscription, Group: g.Group,
		Type: typ, Name: name, Location: g.Location,
	}
}

// under returns an extension resource on r, such as a lock or a role
// assignment.
func (r *Resource) under(typ, name string) *Resource {
	ext := *r
	ext.ID, ext.Type, ext.Name = r.ID+"/providers/"+interleave(typ, name), typ, name
	return &ext
}

// interleave writes type a/b/c and name x/y as a/b/x/c/y.
func interleave(typ, name string) string {
	types, names := strings.Split(typ, "/"), strings.Split(name, "/")
	out := types[0]
	for i, n := range names {
		out += "/" + types[i+1] + "/" + n
	}
	return out
}

// provision says how many resources of a type a team has, and their names.
type provision struct {
	typ, prefix string
	count       int
	plain       bool // the name allows letters and digits only
}

func (p provision) name(team, stage string, i int) string {
	n := p.prefix + "-" + team + "-" + stage
	if p.plain {
		n = p.prefix + team + stage
	}
	if p.count > 1 {
		n += string(rune('a' + i))
	}
	return n
}

// What an application team, the platform team and the data team own.
var (
	applicationStock = []provision{
		{"Microsoft.Web/sites", "app", 2, false},
		{"Microsoft.Web/serverfarms", "plan", 1, false},
		{"Microsoft.Sql/servers", "sql", 1, false},
		{"Microsoft.Storage/storageAccounts", "st", 3, true},
		{"Microsoft.KeyVault/vaults", "kv", 1, false},
		{"Microsoft.Compute/virtualMachines", "vm", 3, false},
		{"Microsoft.Compute/virtualMachineScaleSets", "vmss", 1, false},
		{"Microsoft.Compute/disks", "disk", 4, false},
		{"Microsoft.Network/networkSecurityGroups", "nsg", 1, false},
		{"Microsoft.Network/publicIPAddresses", "pip", 1, false},
		{"Microsoft.Insights/components", "appi", 1, false},
		{"Microsoft.ServiceBus/namespaces", "sb", 1, false},
		{"Microsoft.DocumentDB/databaseAccounts", "cosmos", 1, false},
		{"Microsoft.ManagedIdentity/userAssignedIdentities", "id", 1, false},
	}
	platformStock = []provision{
		{"Microsoft.Network/virtualNetworks", "vnet", 2, false},
		{"Microsoft.Network/networkSecurityGroups", "nsg", 4, false},
		{"Microsoft.Network/azureFirewalls", "afw", 1, false},
		{"Microsoft.Network/firewallPolicies", "afwp", 1, false},
		{"Microsoft.Network/routeTables", "rt", 1, false},
		{"Microsoft.Network/virtualNetworkGateways", "vgw", 1, false},
		{"Microsoft.Network/privateDnsZones", "dns", 2, false},
		{"Microsoft.OperationalInsights/workspaces", "log", 1, false},
		{"Microsoft.RecoveryServices/vaults", "rsv", 1, false},
		{"Microsoft.KeyVault/vaults", "kv", 1, false},
		{"Microsoft.Storage/storageAccounts", "st", 2, true},
		{"Microsoft.Compute/virtualMachines", "vm", 2, false},
		{"Microsoft.Automation/automationAccounts", "aa", 1, false},
	}
	dataStock = []provision{
		{"Microsoft.Storage/storageAccounts", "st", 4, true},
		{"Microsoft.DataFactory/factories", "adf", 1, false},
		{"Microsoft.Databricks/workspaces", "dbw", 1, false},
		{"Microsoft.EventHub/namespaces", "evh", 1, false},
		{"Microsoft.Sql/servers", "sql", 2, false},
		{"Microsoft.KeyVault/vaults", "kv", 1, false},
		{"Microsoft.ContainerService/managedClusters", "aks", 1, false},
		{"Microsoft.Compute/virtualMachines", "vm", 2, false},
		{"Microsoft.Compute/disks", "disk", 2, false},
		{"Microsoft.Network/networkSecurityGroups", "nsg", 1, false},
	}
)
