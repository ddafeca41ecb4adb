package rules

import (
	"fmt"
	"regexp"
	"slices"
)

// The limits of mappings and details.
const (
	maxMappings     = 10
	maxFields       = 3
	maxDetails      = 20
	maxColumnName   = 500
	maxPlaceholders = 3
	maxNames        = 100 // texts of a name filter
	maxNameLength   = 256
)

func (r *reader) entityMappings(dst *[]EntityMapping) func(value) {
	return func(v value) {
		r.items(v, maxMappings, func(item value) {
			*dst = append(*dst, r.entityMapping(item))
		})
	}
}

// entityColumns reads the columns whose entities are passed on as they are.
func (r *reader) entityColumns(dst *[]string) func(value) {
	return func(v value) {
		r.items(v, maxMappings, func(item value) {
			var column string
			r.fields(item, map[string]func(value){"columnName": r.text(&column, 1, maxColumnName)})
			r.require(item, "columnName")
			*dst = append(*dst, column)
		})
	}
}

func (r *reader) entityMapping(v value) EntityMapping {
	var m EntityMapping
	r.fields(v, map[string]func(value){
		"entityType":    choice(r, &m.Type, entityNames()),
		"fieldMappings": r.fieldMappings(&m.Fields),
	})
	r.require(v, "entityType", "fieldMappings")
	if typ, ok := LookupEntityType(m.Type); ok {
		r.checkIdentifiers(v, typ, m.Fields)
	}
	return m
}

func (r *reader) fieldMappings(dst *[]FieldMapping) func(value) {
	return func(v value) {
		r.items(v, maxFields, func(item value) {
			var f FieldMapping
			r.fields(item, map[string]func(value){
				"identifier": r.text(&f.Identifier, 1, 100),
				"columnName": r.text(&f.Column, 1, maxColumnName),
			})
			r.require(item, "identifier", "columnName")
			*dst = append(*dst, f)
		})
	}
}

// checkIdentifiers holds the fields of a mapping against its type.
func (r *reader) checkIdentifiers(v value, typ EntityType, fields []FieldMapping) {
	valid := typ.identifiers()
	seen := map[string]bool{}
	for i := range fields {
		f := &fields[i]
		at := r.places[fmt.Sprintf("%s.fieldMappings[%d].identifier", v.path, i)]
		if word, ok := matchWord(f.Identifier, valid); ok && word != f.Identifier {
			r.doubt(CodeSpelling, at, "identifier %q should be written %q", f.Identifier, word)
			f.Identifier = word
		}
		switch {
		case f.Identifier == "":
		case seen[f.Identifier]:
			r.fault(CodeEntityIdentifier, at, "identifier %q is mapped twice in one %s", f.Identifier, typ.Name)
		case !slices.Contains(valid, f.Identifier):
			r.fault(CodeEntityIdentifier, at, "%s has no identifier %q%s", typ.Name, f.Identifier, expect(f.Identifier, valid))
			return
		}
		seen[f.Identifier] = true
	}
	if len(fields) > 0 && !typ.identifiedBy(fields) {
		need := "one of " + listWords(typ.Strong)
		if typ.All {
			need = "both Algorithm and Value"
		}
		r.fault(CodeEntityWeak, v.place, "%s needs %s", typ.Name, need)
	}
}

func (r *reader) customDetails(dst *[]CustomDetail) func(value) {
	name := regexp.MustCompile(`^[a-zA-Z]+\w*$`)
	return func(v value) {
		readers := map[string]func(value){}
		pairs := r.pairs(v)
		for i, pair := range pairs {
			key, at := pair.Key.GetToken().Value, placeOf(pair.Key)
			if !name.MatchString(key) || len(key) > 20 {
				r.errorf(at, "custom detail %q must be a word of at most 20 letters, digits and _ that begins with a letter", key)
			}
			if i == maxDetails {
				r.errorf(at, "customDetails has %d entries: at most %d are allowed", len(pairs), maxDetails)
			}
			var column string
			read := r.text(&column, 1, maxColumnName)
			readers[key] = func(v value) {
				read(v)
				*dst = append(*dst, CustomDetail{Key: key, Column: column})
			}
		}
		r.fields(v, readers)
	}
}

// alertProperties are the properties that an override can set from a column.
func alertProperties() []string {
	return []string{
		"AlertLink", "ConfidenceLevel", "ConfidenceScore", "ExtendedLinks", "ProductName",
		"ProviderName", "ProductComponentName", "RemediationSteps", "Techniques",
	}
}

func (r *reader) override(dst *Override) func(value) {
	return func(v value) {
		r.fields(v, map[string]func(value){
			"alertDisplayNameFormat":  r.format(&dst.Name, 256),
			"alertDescriptionFormat":  r.format(&dst.Description, 5000),
			"alertSeverityColumnName": r.text(&dst.Severity, 1, maxColumnName),
			"alertTacticsColumnName":  r.text(&dst.Tactics, 1, maxColumnName),
			"alertDynamicProperties":  r.properties(&dst.Properties),
		})
	}
}

// format reads a text with {{Column}} placeholders.
func (r *reader) format(dst *string, maxLen int) func(value) {
	read := r.text(dst, 1, maxLen)
	return func(v value) {
		read(v)
		if n := len(Placeholders(*dst)); n > maxPlaceholders {
			r.errorf(v.place, "%s has %d placeholders: at most %d are allowed", v.name(), n, maxPlaceholders)
		}
	}
}

// Placeholders lists the columns that a format names as {{Column}}.
func Placeholders(format string) []string {
	var columns []string
	for _, m := range placeholder().FindAllStringSubmatch(format, -1) {
		columns = append(columns, m[1])
	}
	return columns
}

// Expand replaces each {{Column}} of a format by what column returns.
func Expand(format string, column func(name string) string) string {
	pattern := placeholder()
	return pattern.ReplaceAllStringFunc(format, func(m string) string {
		return column(pattern.FindStringSubmatch(m)[1])
	})
}

func placeholder() *regexp.Regexp { return regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`) }

func (r *reader) properties(dst *[]Property) func(value) {
	return func(v value) {
		r.items(v, 20, func(item value) {
			var p Property
			r.fields(item, map[string]func(value){
				"alertProperty": choice(r, &p.Name, alertProperties()),
				"value":         r.text(&p.Column, 1, maxColumnName),
			})
			r.require(item, "alertProperty", "value")
			*dst = append(*dst, p)
		})
	}
}

func defaultGrouping() Grouping {
	return Grouping{Lookback: defaultLookback, Match: AllEntities}
}

func (r *reader) incidentConfig(dst *IncidentConfig) func(value) {
	return func(v value) {
		r.fields(v, map[string]func(value){
			"createIncident":        r.boolean(&dst.Create),
			"groupingConfiguration": r.grouping(&dst.Grouping),
		})
	}
}

func (r *reader) grouping(g *Grouping) func(value) {
	return func(v value) {
		r.fields(v, map[string]func(value){
			"enabled":                r.boolean(&g.Enabled),
			"reopenClosedIncident":   r.boolean(&g.Reopen),
			"lookbackDuration":       r.duration(&g.Lookback, 7*day),
			"matchingMethod":         choice(r, &g.Match, []Match{AllEntities, AnyAlert, Selected}),
			"entitiesMatchingMethod": r.oldMatch(&g.Match),
			"groupByEntities":        words(r, &g.ByEntities, entityNames()),
			"groupByAlertDetails":    words(r, &g.ByAlertDetails, []string{"DisplayName", "Severity"}),
			"groupByCustomDetails":   r.texts(&g.ByCustomDetails, maxDetails, 20),
		})
	}
}

// oldMatch reads the words that an earlier API had for the matching method.
func (r *reader) oldMatch(dst *Match) func(value) {
	return func(v value) {
		var old string
		choice(r, &old, []string{"All", "None", "Custom"})(v)
		switch old {
		case "All":
			*dst = AllEntities
		case "None":
			*dst = AnyAlert
		case "Custom":
			*dst = Selected
		}
	}
}

// checkGrouping holds the grouping against what the rule maps.
func (r *reader) checkGrouping(rule *Rule) {
	const at = "incidentConfiguration.groupingConfiguration"
	g := rule.Incident.Grouping
	if !g.Enabled {
		return
	}
	if g.Match == Selected && len(g.ByEntities)+len(g.ByAlertDetails)+len(g.ByCustomDetails) == 0 {
		r.errorf(r.places[at], "matchingMethod Selected needs groupByEntities, groupByAlertDetails or groupByCustomDetails")
	}
	for i, typ := range g.ByEntities {
		if !slices.ContainsFunc(rule.Entities, func(m EntityMapping) bool { return m.Type == typ }) {
			r.fault(CodeGroupUnmapped, r.places[fmt.Sprintf("%s.groupByEntities[%d]", at, i)], "the rule groups by %s but maps no such entity", typ)
		}
	}
	for i, key := range g.ByCustomDetails {
		if !slices.ContainsFunc(rule.CustomDetails, func(d CustomDetail) bool { return d.Key == key }) {
			r.fault(CodeGroupUnmapped, r.places[fmt.Sprintf("%s.groupByCustomDetails[%d]", at, i)], "the rule groups by %q but has no such custom detail", key)
		}
	}
}
