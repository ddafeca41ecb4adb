package activity

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Global is the location of events that belong to no region.
const Global = "global"

// Location returns where an event was processed, in Azure's form of region
// names (westeurope), by its Properties_d. Few sources tell: the stream of a
// log profile does, in location; a policy event does, in resourceLocation. For
// all others told is false and the location is Global, where Azure counts
// events of no region too. docs/decisions/0010-where-an-event-happened.md.
func Location(properties string) (name string, told bool) {
	var s scanner
	list, _ := s.members(nil, []byte(properties))
	for _, key := range []string{"location", "resourceLocation"} {
		if name := regionOf(named(list, key)); name != "" {
			return name, true
		}
	}
	if clash := named(list, clashes); clash != nil {
		inner, _ := s.members(nil, clash.value)
		if name := regionOf(named(inner, "location")); name != "" {
			return name, true
		}
	}
	return Global, false
}

// clashes is the object of members whose name is taken in Properties_d.
const clashes = "record"

// regionOf reads the name of a region, "" if m holds none.
func regionOf(m *member) string {
	if m == nil || len(m.value) < 2 || m.value[0] != '"' {
		return ""
	}
	text, err := jsontext.AppendUnquote(nil, m.value)
	if err != nil {
		return ""
	}
	return Region(string(text))
}

// Region writes the name of a region as Azure's interfaces do: the display
// name West Europe and westeurope are the same.
func Region(name string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimSpace(name), " ", ""))
}
