package detect

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// entitiesOf maps rows to entities, each once, in the order of rows and
// mappings, within the limits of an alert.
func entitiesOf(rule *rules.Rule, res *result, rows []row) []Entity {
	var list []Entity
	seen := map[string]bool{}
	size := 0
	for _, r := range rows {
		for _, e := range rowEntities(rule, res, r) {
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
	return list
}

// rowEntities maps one row, and takes over the entities that it holds as JSON.
func rowEntities(rule *rules.Rule, res *result, r row) []Entity {
	var list []Entity
	for _, m := range rule.Entities {
		list = append(list, mapEntity(m, res, r)...)
	}
	for _, column := range rule.EntityColumns {
		list = append(list, DecodeEntities(res.text(r, column))...)
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
