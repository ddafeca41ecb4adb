package rules

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Read reads the rules of one YAML file; there is mostly one. Path is named in
// the findings. Rules are returned as far as they could be read, even if
// findings say that they must not run.
func Read(path string, data []byte) ([]*Rule, []Finding) {
	r := &reader{path: path, source: yamlSource(data)}
	if len(data) > maxFileSize {
		r.errorf(Place{1, 1}, "the file has %d bytes: a rule has at most %d", len(data), maxFileSize)
		return nil, r.found
	}
	var all []*Rule
	bodies := r.documents()
	for i, body := range bodies {
		if i == maxRules {
			r.errorf(placeOf(body), "the file has %d documents: at most %d are read", len(bodies), maxRules)
			break
		}
		v := root(unwrap(body))
		read := r.template
		if v.isResource() { // the API's form, written as YAML
			read = func(v value, rule *Rule) { r.resource(armResource{value: v}, v, rule) }
		}
		all = append(all, r.one(v, read))
	}
	if len(bodies) == 0 && len(r.found) == 0 {
		r.errorf(Place{1, 1}, "the file holds no rule")
	}
	return all, sortFindings(r.found)
}

// yamlSource is a file's text without what has no meaning in YAML: the mark of
// its byte order, and the first half of line ends, by which the parser counts
// lines of comments twice.
func yamlSource(data []byte) string {
	return strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
}

// one reads one of the file's rules, be it as a template or as a resource.
func (r *reader) one(v value, read func(value, *Rule)) *Rule {
	before, errors := len(r.found), r.errors
	r.limit = min(len(r.found)+maxFindings, maxAllFindings)
	r.places, r.keys, r.suppressed = map[string]Place{}, map[Place]string{}, false
	rule := &Rule{
		Path: r.path, places: r.places, Enabled: true,
		Incident: IncidentConfig{Create: true, Grouping: defaultGrouping()},
	}
	switch v.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		read(v, rule)
	default:
		r.errorf(v.place, "a rule must be a mapping of keys to values")
	}
	rule.broken, rule.found = r.errors > errors || r.full(), slices.Clone(r.found[before:])
	return rule
}

// template reads a rule in the form of the public template.
func (r *reader) template(v value, rule *Rule) {
	r.fields(v, r.ruleKeys(rule))
	rule.ID = strings.ToLower(rule.ID)
	r.required(v, rule)
	r.check(rule)
}

// check completes a rule and holds its parts against each other.
func (r *reader) check(rule *Rule) {
	r.finish(rule)
	r.checkKind(rule)
	r.checkPeriod(rule)
	r.checkTechniques(rule)
	r.checkGrouping(rule)
}

// ruleKeys lists every key of a rule with its reader.
func (r *reader) ruleKeys(rule *Rule) map[string]func(value) {
	return map[string]func(value){
		"id":                     r.pattern(&rule.ID, `^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`, "of a GUID"),
		"name":                   r.text(&rule.Name, 1, 256),
		"description":            r.text(&rule.Description, 1, 5000),
		"kind":                   choice(r, &rule.Kind, kinds()),
		"version":                r.version(&rule.Version),
		"status":                 r.text(&rule.Status, 0, 50),
		"severity":               choice(r, &rule.Severity, Severities()),
		"requiredDataConnectors": r.connectors(&rule.Connectors),

		"queryFrequency":   r.duration(&rule.Frequency, maxPeriod),
		"queryPeriod":      r.duration(&rule.Period, maxPeriod),
		"triggerOperator":  r.operator(&rule.Operator),
		"triggerThreshold": r.number(&rule.Threshold, 0, 10_000),
		"query":            r.query(rule),

		"tactics":            r.tactics(&rule.Tactics),
		"relevantTechniques": r.techniques(&rule.Techniques),

		"entityMappings":           r.entityMappings(&rule.Entities),
		"sentinelEntitiesMappings": r.entityColumns(&rule.EntityColumns),
		"customDetails":            r.customDetails(&rule.CustomDetails),
		"alertDetailsOverride":     r.override(&rule.Override),
		"eventGroupingSettings":    r.eventGrouping(&rule.PerResult),
		"incidentConfiguration":    r.incidentConfig(&rule.Incident),
		"suppressionEnabled":       r.boolean(&r.suppressed),
		"suppressionDuration":      r.duration(&rule.SuppressionDuration, day),

		"productFilter":             choice(r, &rule.Filter.Product, Products()),
		"severitiesFilter":          words(r, &rule.Filter.Severities, Severities()),
		"displayNamesFilter":        r.texts(&rule.Filter.DisplayNames, maxNames, maxNameLength),
		"displayNamesExcludeFilter": r.texts(&rule.Filter.DisplayNamesExclude, maxNames, maxNameLength),

		"enabled":               r.boolean(&rule.Enabled),
		"alertRuleTemplateName": r.text(&rule.TemplateID, 0, 256),
		"templateVersion":       r.text(&rule.TemplateVersion, 0, 50),

		"tags": ignored, "metadata": ignored,
	}
}

// required reports missing keys; which are required depends on the kind.
func (r *reader) required(v value, rule *Rule) {
	r.require(v, "id", "name", "description")
	r.assume(v, "kind", (*string)(&rule.Kind), string(Scheduled))
	r.assume(v, "version", &rule.Version, firstVersion)
	if !r.places["requiredDataConnectors"].given() {
		r.errorf(v.place, "requiredDataConnectors is missing; it may be an empty list")
	}
	if rule.Kind == Scheduled || rule.Kind == "" {
		r.require(v, "queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold")
	}
	if rule.Kind.Queried() || rule.Kind == "" {
		r.require(v, "severity", "query")
	}
	if rule.Kind == IncidentCreation {
		r.require(v, "productFilter")
	}
}

// finish fills what follows from the kind and from several keys.
func (r *reader) finish(rule *Rule) {
	if rule.Kind == NRT {
		rule.Frequency, rule.Period = nrtStep, nrtStep
		rule.Operator, rule.Threshold = GreaterThan, 0
	}
	if !rule.Kind.Queried() {
		return
	}
	if rule.SuppressionDuration == 0 {
		rule.SuppressionDuration = defaultSuppression
	}
	if r.suppressed {
		rule.Suppression = rule.SuppressionDuration
	}
}

// assume fills a key that the rules of the public repository's early years do
// not have.
func (r *reader) assume(v value, key string, dst *string, text string) {
	if r.places[key].given() {
		r.require(v, key)
		return
	}
	*dst = text
	r.doubt(CodeAssumed, v.place, "%s is missing: %s is meant", key, text)
}

func (p Place) given() bool { return p.Line > 0 }

// checkKind warns of kinds that do nothing here and of keys that mean nothing
// in a kind.
func (r *reader) checkKind(rule *Rule) {
	if rule.Kind == "" {
		return
	}
	if !rule.Kind.Runnable() {
		r.doubt(CodeKind, r.places["kind"], "kind %s is not supported: the rule will not run", rule.Kind)
		return
	}
	for _, key := range idleKeys(rule.Kind) {
		if at := r.places[key]; at.given() {
			r.doubt(CodeIdleKey, at, "%s means nothing in a rule of kind %s", key, rule.Kind)
		}
	}
}

// idleKeys lists the keys that are of no use in a kind.
func idleKeys(k Kind) []string {
	clock := []string{"queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold"}
	filter := []string{"productFilter", "severitiesFilter", "displayNamesFilter", "displayNamesExcludeFilter"}
	switch k {
	case Scheduled:
		return filter
	case NRT:
		return slices.Concat(clock, filter)
	}
	return slices.Concat(clock, []string{
		"query", "entityMappings", "sentinelEntitiesMappings", "customDetails", "alertDetailsOverride",
		"eventGroupingSettings", "incidentConfiguration", "suppressionEnabled", "suppressionDuration",
	})
}

// checkPeriod holds period and frequency against each other.
func (r *reader) checkPeriod(rule *Rule) {
	if rule.Kind != Scheduled || rule.Period == 0 || rule.Frequency == 0 {
		return
	}
	if rule.Period < rule.Frequency {
		r.fault(CodePeriodGap, r.places["queryPeriod"], "queryPeriod %s is shorter than queryFrequency %s: events between two windows would never be looked at",
			FormatDuration(rule.Period), FormatDuration(rule.Frequency))
	}
	if rule.Period >= 2*day && rule.Frequency < time.Hour {
		r.fault(CodeFrequencyShort, r.places["queryFrequency"], "queryFrequency %s is too short for a queryPeriod of 2 days or more: at least PT1H is needed",
			FormatDuration(rule.Frequency))
	}
}

// version reads X.Y.Z.
func (r *reader) version(dst *string) func(value) {
	check := r.pattern(dst, `^\d+\.\d+\.\d+$`, "X.Y.Z")
	return func(v value) {
		check(v)
		if len(*dst) > 20 {
			r.errorf(v.place, "version has %d characters: at most 20 are allowed", len(*dst))
		}
	}
}

func (r *reader) connectors(dst *[]Connector) func(value) {
	return func(v value) {
		r.items(v, 100, func(item value) {
			var c Connector
			r.fields(item, map[string]func(value){
				"connectorId": r.text(&c.ID, 1, 100),
				"dataTypes":   r.texts(&c.DataTypes, 100, 200),
			})
			*dst = append(*dst, c)
		})
	}
}

// operator reads the short words of templates and the long ones of ARM.
func (r *reader) operator(dst *Operator) func(value) {
	short := map[string]Operator{"gt": GreaterThan, "lt": LessThan, "eq": Equal, "ne": NotEqual}
	return func(v value) {
		s, ok := r.scalar(v)
		if !ok {
			return
		}
		op, known := short[strings.ToLower(s)]
		if !known {
			op, known = matchWord(s, []Operator{GreaterThan, LessThan, Equal, NotEqual})
		}
		if !known {
			r.errorf(v.place, "triggerOperator %q is unknown: want gt, lt, eq, ne, GreaterThan, LessThan, Equal or NotEqual", s)
		}
		*dst = op
	}
}

// query reads the KQL text and remembers where each character stands.
func (r *reader) query(rule *Rule) func(value) {
	read := r.text(&rule.Query, 1, maxQueryLength)
	return func(v value) {
		read(v)
		rule.query = r.span(rule.Query, v.node)
		if rule.Query != "" && strings.TrimSpace(rule.Query) == "" {
			r.errorf(v.place, "query is empty")
		}
		r.checkQueryScope(rule)
	}
}

func (r *reader) span(text string, node ast.Node) span {
	if r.form == yamlForm {
		return newSpan(r.source, text, node)
	}
	return newJSONSpan(r.source, text, node)
}

// checkQueryScope refuses queries over every table.
func (r *reader) checkQueryScope(rule *Rule) {
	everything := regexp.MustCompile(`(?i)\b(search|union)\b(\s+(kind|withsource|with_source|isfuzzy)\s*=\s*\w+)*\s+\*`)
	for _, m := range everything.FindAllStringSubmatchIndex(maskQuery(rule.Query), -1) {
		line, column := position(rule.Query, m[0])
		r.fault(CodeQueryScope, rule.query.at(line, column), "%q over every table is not allowed in a rule",
			strings.ToLower(rule.Query[m[2]:m[3]])+" *")
	}
}

// position turns a byte offset into line and column.
func position(text string, offset int) (line, column int) {
	before := text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, len([]rune(before[start:])) + 1
}

func (r *reader) eventGrouping(perResult *bool) func(value) {
	return func(v value) {
		var kind string
		r.fields(v, map[string]func(value){
			"aggregationKind": choice(r, &kind, []string{"SingleAlert", "AlertPerResult"}),
		})
		*perResult = kind == "AlertPerResult"
	}
}
