package rules

import (
	"fmt"
	"strings"

	"nephoscope/internal/schema"
)

// A QueryError is one thing that a compiler finds wrong in a query. Line and
// column count from 1 within the query's text, columns in characters.
type QueryError struct {
	Line, Column int
	Message      string
}

// Compile checks a query and returns the columns of its result, or what is
// wrong with it.
type Compile func(query string) ([]schema.Column, []QueryError)

// Lint checks what no rule shows by itself: each query against the tables there
// are, the columns that mappings name against the result, and that no two rules
// have one id. Together with the findings of reading it is everything that is
// known to be wrong, in order of file and place.
func (s *Set) Lint(compile Compile) []Finding {
	found := append([]Finding(nil), s.Findings...)
	found = append(found, duplicateIDs(s.all)...)
	for _, rule := range s.all {
		if rule.Kind.Queried() && strings.TrimSpace(rule.Query) != "" {
			found = append(found, lintQuery(rule, compile)...)
		}
	}
	return sortFindings(found)
}

func duplicateIDs(all []*Rule) []Finding {
	var found []Finding
	first := map[string]*Rule{}
	for _, rule := range all {
		other, seen := first[rule.ID]
		switch {
		case rule.ID == "":
		case !seen:
			first[rule.ID] = rule
		default:
			found = append(found, rule.finding(rule.At("id"), "id %s is already that of %q in %s:%d",
				rule.ID, other.Name, other.Path, other.At("id").Line))
		}
	}
	return found
}

func (r *Rule) finding(at Place, format string, args ...any) Finding {
	return Finding{Path: r.Path, Place: at, Level: Error, Message: fmt.Sprintf(format, args...)}
}

// lintQuery compiles the query and shows its errors in the file.
func lintQuery(rule *Rule, compile Compile) []Finding {
	columns, problems := compile(rule.Query)
	var found []Finding
	for _, p := range problems {
		found = append(found, rule.finding(rule.query.at(p.Line, p.Column), "query: %s", p.Message))
	}
	if len(problems) > 0 {
		return found
	}
	returned := map[string]bool{}
	var names []string
	for _, c := range columns {
		returned[c.Name] = true
		names = append(names, c.Name)
	}
	for _, use := range rule.columnUses() {
		if !returned[use.column] {
			found = append(found, rule.finding(rule.At(use.path), "the query returns no column %q%s", use.column, suggest(use.column, names)))
		}
	}
	return found
}

// A columnUse is a place of the rule that names a result column.
type columnUse struct{ column, path string }

// columnUses lists every result column that the rule names.
func (r *Rule) columnUses() []columnUse {
	var uses []columnUse
	add := func(column, format string, args ...any) {
		if column != "" {
			uses = append(uses, columnUse{column, fmt.Sprintf(format, args...)})
		}
	}
	for i, m := range r.Entities {
		for j, f := range m.Fields {
			add(f.Column, "entityMappings[%d].fieldMappings[%d].columnName", i, j)
		}
	}
	for i, c := range r.EntityColumns {
		add(c, "sentinelEntitiesMappings[%d].columnName", i)
	}
	for _, d := range r.CustomDetails {
		add(d.Column, "customDetails.%s", d.Key)
	}
	for _, c := range Placeholders(r.Override.Name) {
		add(c, "alertDetailsOverride.alertDisplayNameFormat")
	}
	for _, c := range Placeholders(r.Override.Description) {
		add(c, "alertDetailsOverride.alertDescriptionFormat")
	}
	add(r.Override.Severity, "alertDetailsOverride.alertSeverityColumnName")
	add(r.Override.Tactics, "alertDetailsOverride.alertTacticsColumnName")
	for i, p := range r.Override.Properties {
		add(p.Column, "alertDetailsOverride.alertDynamicProperties[%d].value", i)
	}
	return uses
}
