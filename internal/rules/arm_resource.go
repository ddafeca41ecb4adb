package rules

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"
)

// firstVersion is the version of a rule whose form has none.
const firstVersion = "1.0.0"

// resource reads one alertRules resource.
func (r *reader) resource(res armResource, v value, rule *Rule) {
	r.prefix = ""
	if v.path != "" {
		r.prefix = v.path + "."
	}
	v.path = ""
	var name, id, properties value
	r.fields(v, map[string]func(value){
		"kind":       choice(r, &rule.Kind, kinds()),
		"name":       func(v value) { name = v },
		"id":         func(v value) { id = v },
		"properties": func(v value) { properties = v },
		"type":       ignored, "etag": ignored, "apiVersion": ignored, "systemData": ignored, "location": ignored,
		"scope": ignored, "dependsOn": ignored, "condition": ignored, "comments": ignored, "metadata": ignored, "copy": ignored,
	})
	r.require(v, "kind", "properties")
	if !properties.null() {
		if res.deployed {
			r.form = deployment
		}
		r.prefix += "properties."
		properties.path = ""
		r.armProperties(properties, rule)
		r.form = jsonForm
	}
	rule.Version = firstVersion
	rule.ID = r.armID(rule, v, name, id)
	r.check(rule)
}

// armProperties reads what the resource says of the rule.
func (r *reader) armProperties(v value, rule *Rule) {
	known := r.armKeys(rule)
	if !rule.Kind.Runnable() {
		for _, pair := range r.pairs(v) { // Microsoft's machinery has keys of its own
			if key := pair.Key.GetToken().Value; known[key] == nil {
				known[key] = ignored
			}
		}
	}
	r.fields(v, known)
	r.require(v, "displayName")
	if rule.Kind.Queried() {
		r.require(v, "severity", "query")
	}
	if rule.Kind == Scheduled {
		r.require(v, "queryFrequency", "queryPeriod", "triggerOperator")
	}
	if rule.Kind == IncidentCreation {
		r.require(v, "productFilter")
	}
	r.alias()
}

// armKeys lists the keys of properties with their readers: those of the
// template under the API's names.
func (r *reader) armKeys(rule *Rule) map[string]func(value) {
	keys := r.ruleKeys(rule)
	keys["displayName"], keys["techniques"] = keys["name"], keys["relevantTechniques"]
	for _, only := range []string{
		"id", "name", "kind", "version", "status", "requiredDataConnectors", "relevantTechniques", "metadata",
	} {
		delete(keys, only)
	}
	keys["description"] = r.text(&rule.Description, 0, 5000)
	keys["subTechniques"] = r.techniques(&rule.Techniques)
	for _, free := range []string{"lastModifiedUtc", "createdTimeUtc", "startTimeUtc"} {
		keys[free] = ignored
	}
	return keys
}

// alias makes places known under the template's keys, too, by which all else
// looks for them.
func (r *reader) alias() {
	for key, at := range r.places {
		if key == "displayName" {
			r.places["name"] = at
		} else if rest, ok := strings.CutPrefix(key, "techniques"); ok {
			r.places["relevantTechniques"+rest] = at
		}
	}
}

// armID finds the GUID of a rule in its name, which can be the path of the
// resource or an expression that ends in it, else makes one.
func (r *reader) armID(rule *Rule, v, name, id value) string {
	for _, from := range []value{name, id} {
		if found := guid().FindAllString(from.words(), -1); len(found) > 0 {
			r.places["id"] = from.place
			return strings.ToLower(found[len(found)-1])
		}
	}
	if text := name.words(); text != "" {
		made := RuleID(text)
		r.places["id"] = name.place
		r.warnf(name.place, "name %q holds no GUID: the rule's id is %s, which is made of it", text, made)
		return made
	}
	made := RuleID(rule.Name)
	r.warnf(v.place, "name is missing: the rule's id is %s, which is made of its displayName", made)
	return made
}

func guid() *regexp.Regexp {
	return regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)
}

// RuleID returns the id of the rule that the API calls by a name, which is the
// last part of its path: the name itself, in lower case, if it is a GUID, else
// one that is made of it and always the same.
func RuleID(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	if id, err := uuid.Parse(name); err == nil && len(name) == len(id.String()) {
		return id.String()
	}
	return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "%s/%s", ARMType, strings.ToLower(name))).String()
}
