package detect

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
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

// entitiesOf maps rows to entities, each once, in the order of rows and
// mappings, within the limits of an alert.
func entitiesOf(rule *rules.Rule, res *result, rows []row) []Entity {
	var list []Entity
	seen := map[string]bool{}
	size := 0
	for _, r := range rows {
		for _, m := range rule.Entities {
			for _, e := range mapEntity(m, res, r) {
				key := e.Key()
				if seen[key] {
					continue
				}
				size += len(key) + 32
				if len(list) == maxEntities || size > maxEntityBytes {
					return list
				}
				seen[key] = true
				list = append(list, e)
			}
		}
	}
	return list
}

// mapEntity makes the entities of one mapping from one row: mostly one, none
// if no column holds anything. A list in the only column of a mapping gives one
// entity of each element.
func mapEntity(m rules.EntityMapping, res *result, r row) []Entity {
	typ, ok := rules.LookupEntityType(m.Type)
	if !ok {
		return nil
	}
	if len(m.Fields) == 1 {
		if values, isList := listOf(res.value(r, m.Fields[0].Column)); isList {
			return mapList(typ, m.Fields[0].Identifier, values)
		}
	}
	e := Entity{Type: typ.JSON}
	for _, f := range m.Fields {
		e.set(f.Identifier, res.text(r, f.Column))
	}
	if !e.valid() {
		return nil
	}
	return []Entity{e}
}

func mapList(typ rules.EntityType, identifier string, values []string) []Entity {
	var list []Entity
	for _, v := range values {
		e := Entity{Type: typ.JSON}
		if e.set(identifier, v); e.valid() {
			list = append(list, e)
		}
	}
	return list
}

// listOf reads a dynamic value that is a list of scalars.
func listOf(v any) ([]string, bool) {
	text, ok := v.(schema.DynamicValue)
	if !ok {
		return nil, false
	}
	array, ok := decodeJSON(string(text)).([]any)
	if !ok {
		return nil, false
	}
	var values []string
	for _, e := range array {
		switch x := e.(type) {
		case nil:
		case string, json.Number, bool:
			values = append(values, fmt.Sprint(x))
		default:
			return nil, false
		}
	}
	return values, true
}

// set adds an identifier; the helper FullName is split into what it stands for.
func (e *Entity) set(identifier, value string) {
	value = strings.TrimSpace(value)
	if value == "" {
		return
	}
	if identifier != fullName {
		e.add(identifier, value)
		return
	}
	switch e.Type {
	case accountTypeJSON:
		e.setAccount(value)
	case "host":
		host, domain, _ := strings.Cut(value, ".")
		e.add("HostName", host)
		e.add("DnsDomain", domain)
	default:
		e.add("Name", value)
	}
}

// setAccount splits name@suffix and DOMAIN\name. A bare GUID, as Caller shows
// it for service principals, is the object id as well as the name.
func (e *Entity) setAccount(name string) {
	if at := strings.LastIndexByte(name, '@'); at > 0 {
		e.add("Name", name[:at])
		e.add("UPNSuffix", name[at+1:])
		return
	}
	if domain, user, ok := strings.Cut(name, `\`); ok && domain != "" && user != "" {
		e.add("Name", user)
		e.add("NTDomain", domain)
		return
	}
	e.add("Name", name)
	if isGUID(name) {
		e.add("AadUserId", name)
	}
}

// add keeps the first value of a property.
func (e *Entity) add(name, value string) {
	if value != "" && e.Property(name) == "" {
		e.Properties = append(e.Properties, Property{name, value})
	}
}

// valid tells whether the entity says anything: accounts that are only a name
// which every machine has do not.
func (e Entity) valid() bool {
	if len(e.Properties) == 0 {
		return false
	}
	return e.Type != accountTypeJSON || len(e.Properties) > 1 || e.Properties[0].Name != "Name" || !everywhere(e.Properties[0].Value)
}

// everywhere tells whether a name is one that says nothing by itself.
func everywhere(name string) bool {
	return slices.Contains([]string{
		"ADMIN", "ADMINISTRATOR", "SYSTEM", "ROOT", "ANONYMOUS", "AUTHENTICATED USER", "NETWORK",
		"NULL", "LOCAL SYSTEM", "LOCALSYSTEM", "NETWORK SERVICE",
	}, strings.ToUpper(name))
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (c == '-') || !hyphen && !isHex(c) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// EncodeEntities writes entities as the JSON text of SecurityAlert.Entities,
// numbered by $id.
func EncodeEntities(list []Entity) string {
	b := []byte{'['}
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"$id":"`...)
		b = strconv.AppendInt(b, int64(firstEntityID+i), 10)
		b = append(b, '"')
		for _, p := range e.Properties {
			b = append(append(append(b, ','), quoteJSON(p.Name)...), ':')
			b = append(b, propertyJSON(p)...)
		}
		b = append(append(append(b, `,"Type":`...), quoteJSON(e.Type)...), '}')
	}
	return string(append(b, ']'))
}

// propertyJSON writes a value in the type that its property has.
func propertyJSON(p Property) string {
	switch p.Name {
	case "IsDomainJoined":
		if b, err := strconv.ParseBool(strings.ToLower(p.Value)); err == nil {
			return strconv.FormatBool(b)
		}
	case "AppId", "SaasId", "InstanceId":
		if n, err := strconv.ParseInt(p.Value, 10, 64); err == nil {
			return strconv.FormatInt(n, 10)
		}
	}
	return quoteJSON(p.Value)
}

// DecodeEntities reads the JSON text of SecurityAlert.Entities. Properties that
// are objects or references are left out; so is what is no entity.
func DecodeEntities(text string) []Entity {
	array, _ := decodeJSON(text).([]any)
	var list []Entity
	for _, item := range array {
		object, ok := item.(map[string]any)
		if !ok {
			continue
		}
		e := Entity{Type: textOfAny(object["Type"])}
		for name, v := range object {
			if value := textOfAny(v); name != "Type" && name != "$id" && value != "" {
				e.Properties = append(e.Properties, Property{name, value})
			}
		}
		slices.SortFunc(e.Properties, func(a, b Property) int { return propertyRank(a.Name, b.Name) })
		list = append(list, e)
	}
	return list
}

// propertyRank orders Name first, then by name.
func propertyRank(a, b string) int {
	switch "Name" {
	case a:
		return -1
	case b:
		return 1
	}
	return strings.Compare(a, b)
}

func textOfAny(v any) string {
	switch x := v.(type) {
	case string, bool, json.Number:
		return fmt.Sprint(x)
	}
	return ""
}

// MarshalJSON writes the entity as one object of the Entities column has it,
// without $id.
func (e Entity) MarshalJSON() ([]byte, error) {
	object := map[string]any{"Type": e.Type}
	for _, p := range e.Properties {
		object[p.Name] = json.RawMessage(propertyJSON(p))
	}
	return json.Marshal(object)
}

// quoteJSON writes a JSON string.
func quoteJSON(s string) string { return encodeJSON(s) }

// encodeJSON writes what always can be written: texts, lists of texts, and JSON
// that we wrote ourselves. Unlike json.Marshal it leaves <, > and & as they are.
func encodeJSON(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
