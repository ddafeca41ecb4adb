package detect

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

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
