package detect

import (
	"slices"
	"strings"
)

// The limits of an alert's entities, and the first $id that the product gives.
const (
	maxEntities     = 500
	maxEntityBytes  = 64 << 10
	firstEntityID   = 3
	fullName        = "FullName"
	accountTypeJSON = "account"
)

// An Entity is one thing an alert is about, in the names of Microsoft's third
// entity format.
type Entity struct {
	Type       string // account, ip, azure-resource, ...
	Properties []Property
}

// A Property is one identifier of an entity.
type Property struct{ Name, Value string }

// Property returns the value of a property, empty if the entity has none.
func (e Entity) Property(name string) string {
	for _, p := range e.Properties {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// Key identifies the entity: two entities with one key are the same thing.
// Case does not count.
func (e Entity) Key() string {
	parts := make([]string, 0, len(e.Properties)+1)
	for _, p := range e.Properties {
		parts = append(parts, strings.ToLower(p.Name+"="+p.Value))
	}
	slices.Sort(parts)
	return e.Type + "|" + strings.Join(parts, "|")
}

// Title is how people call the entity.
func (e Entity) Title() string {
	switch e.Type {
	case accountTypeJSON:
		return accountTitle(e)
	case "host":
		return joinNonEmpty(".", e.Property("HostName"), e.Property("DnsDomain"))
	}
	if len(e.Properties) == 0 {
		return ""
	}
	return e.Properties[0].Value
}

func accountTitle(e Entity) string {
	name := e.Property("Name")
	switch {
	case name != "" && e.Property("UPNSuffix") != "":
		return name + "@" + e.Property("UPNSuffix")
	case name != "" && e.Property("NTDomain") != "":
		return e.Property("NTDomain") + `\` + name
	case name == "" && len(e.Properties) > 0:
		return e.Properties[0].Value
	}
	return name
}

func joinNonEmpty(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}
