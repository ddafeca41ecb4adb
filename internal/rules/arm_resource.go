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
	r.prefix, r.within = "", res
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
		form := r.form
		if res.deployed {
			r.form = deployment
		}
		r.prefix += "properties."
		properties.path = ""
		r.armProperties(properties, rule)
		r.form = form
	}
	rule.Version = firstVersion
	rule.ID = r.armID(rule, res, name, id)
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
	if rule.Kind.Runnable() {
		r.require(v, "displayName")
	}
	if rule.Kind.Queried() {
		r.require(v, "severity", "query")
	}
	if rule.Kind == Scheduled {
		r.require(v, "queryFrequency", "queryPeriod", "triggerOperator")
	}
	if rule.Kind == IncidentCreation {
		r.require(v, "productFilter")
	}
	r.places["name"] = r.places["displayName"]
}

// armKeys lists the keys of properties with their readers: those of the
// template under the API's names.
func (r *reader) armKeys(rule *Rule) map[string]func(value) {
	keys := r.ruleKeys(rule)
	keys["displayName"] = keys["name"]
	for _, only := range []string{"id", "name", "kind", "version", "status", "requiredDataConnectors", "relevantTechniques"} {
		delete(keys, only)
	}
	keys["description"] = r.text(&rule.Description, 0, 5000)
	keys["techniques"], keys["subTechniques"] = r.armTechniques(rule), r.armTechniques(rule)
	for _, free := range []string{"lastModifiedUtc", "createdTimeUtc", "startTimeUtc"} {
		keys[free] = ignored
	}
	return keys
}

// armTechniques reads one of the two lists of techniques and makes their places
// known under the template's key, by which all else looks for them.
func (r *reader) armTechniques(rule *Rule) func(value) {
	read := r.techniques(&rule.Techniques)
	return func(v value) {
		before := len(rule.Techniques)
		read(v)
		for i := range len(rule.Techniques) - before {
			r.places[fmt.Sprintf("relevantTechniques[%d]", before+i)] = r.places[fmt.Sprintf("%s[%d]", v.path, i)]
		}
	}
}

// armID finds the GUID of a rule in its name, which can be the path of the
// resource or an expression that ends in it, else makes one.
func (r *reader) armID(rule *Rule, res armResource, name, id value) string {
	for _, from := range []value{name, id} {
		text := res.withDefaults(from.words())
		if found := guid().FindString(text[strings.LastIndexByte(text, '/')+1:]); found != "" {
			r.places["id"] = from.place
			return strings.ToLower(found)
		}
	}
	if text := name.words(); text != "" {
		made := RuleID(text)
		r.places["id"] = name.place
		r.doubt(CodeAssumed, name.place, "name %q holds no GUID: the rule's id is %s, which is made of it", text, made)
		return made
	}
	made := RuleID(rule.Name)
	r.doubt(CodeAssumed, res.place, "name is missing: the rule's id is %s, which is made of its displayName", made)
	return made
}

// withDefaults puts the default values of a template's parameters into an
// expression that names them.
func (res armResource) withDefaults(expression string) string {
	if !strings.HasPrefix(expression, "[") {
		return expression
	}
	return parameter().ReplaceAllStringFunc(expression, func(use string) string {
		parameters, _ := res.template.member("parameters")
		declared, _ := parameters.member(parameter().FindStringSubmatch(use)[1])
		if text, ok := declared.member("defaultValue"); ok {
			return text.words()
		}
		return use
	})
}

func parameter() *regexp.Regexp { return regexp.MustCompile(`parameters\('([^'.]+)'\)`) }

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
