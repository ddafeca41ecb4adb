package sigma

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"nephoscope/internal/rules"
	"nephoscope/internal/sigma/logsource"
	"nephoscope/internal/sigma/syntax"
)

// The limits of the template format.
const (
	maxName        = 256
	maxDescription = 5000
	maxQuery       = 10_000
)

// makeRule makes the rule around a query.
func (d *document) makeRule(q *query) error {
	text, err := q.text(d.comment())
	if err != nil {
		return err
	}
	if n := utf8.RuneCountInString(text); n > maxQuery {
		return &syntax.Error{Reason: fmt.Sprintf("the query of the rule has %d characters: at most %d are allowed", n, maxQuery), Hint: "make two rules of it"}
	}
	notes := noter{}
	rule := &rules.Rule{
		ID: d.guid(&notes), Name: cut(strings.TrimSpace(d.Title), maxName), Description: d.description(),
		Kind: rules.Scheduled, Version: "1.0.0", Enabled: true, Severity: d.severity(&notes),
		Connectors: connectors(text),
		Frequency:  q.frequency, Period: q.period, Operator: rules.GreaterThan, Query: text,
		Entities: q.entities, CustomDetails: q.details, PerResult: true,
		Incident: rules.IncidentConfig{Create: true, Grouping: rules.Grouping{Lookback: 5 * time.Hour, Match: rules.AllEntities}},
		Path:     d.result.Path,
	}
	rule.Incident.Grouping.Enabled = len(rule.Entities) > 0
	d.result.Metadata = d.metadata()
	rule.Tactics, rule.Techniques, d.result.Metadata.Tags = attack(d.Tags, &notes)
	if rule.Severity == rules.Informational {
		rule.Incident.Create = false
		notes.add("the rule is informational, so its alerts open no incident")
	}
	d.result.Rule = rule
	d.result.Notes = append(append(d.result.Notes, q.notes...), notes...)
	slices.Sort(d.result.Notes)
	d.result.Notes = slices.Compact(d.result.Notes)
	return nil
}

// A noter collects notes.
type noter []string

func (n *noter) add(format string, args ...any) { *n = append(*n, fmt.Sprintf(format, args...)) }

// comment is what stands above the query.
func (d *document) comment() []string {
	lines := []string{"Sigma: " + d.Title}
	var facts []string
	for _, fact := range []struct{ name, value string }{{"id", d.ID}, {"status", d.Status}, {"level", d.Level}, {"author", d.Author}} {
		if fact.value != "" {
			facts = append(facts, fact.name+" "+cut(fact.value, 200))
		}
	}
	if len(facts) > 0 {
		lines = append(lines, strings.Join(facts, ", "))
	}
	return lines
}

// guid is Sigma's id, or one that follows from where the rule stands.
func (d *document) guid(notes *noter) string {
	id := strings.ToLower(strings.TrimSpace(d.ID))
	if regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(id) {
		return id
	}
	notes.add("the rule has no id that is a GUID: one is made of its file, name and title")
	h := sha256.Sum256([]byte(strings.Join([]string{d.result.Path, d.ID, d.Name, d.Title}, "\x00")))
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80 // version 8, the one for such ids
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

func (d *document) description() string {
	text := strings.TrimSpace(d.Description)
	if text == "" {
		text = strings.TrimSpace(d.Title)
	}
	return cut(text, maxDescription)
}

func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most])
}

func (d *document) severity(notes *noter) rules.Severity {
	switch strings.ToLower(d.Level) {
	case "informational":
		return rules.Informational
	case "low":
		return rules.Low
	case "medium":
		return rules.Medium
	case "high":
		return rules.High
	case "critical":
		notes.add("level critical has no severity of its own: it becomes High")
		return rules.High
	case "":
		notes.add("the rule has no level: its severity becomes Medium")
	default:
		notes.add("level %q is unknown: the severity becomes Medium", d.Level)
	}
	return rules.Medium
}

// connectors lists the connectors of the tables that a query names.
func connectors(query string) []rules.Connector {
	var list []rules.Connector
	for _, s := range logsource.Services() {
		c := rules.Connector{ID: s.Connector, DataTypes: []string{s.Table}}
		listed := slices.ContainsFunc(list, func(other rules.Connector) bool { return other.ID == c.ID && other.DataTypes[0] == s.Table })
		if !listed && regexp.MustCompile(`(?m)(^|= )`+s.Table+`$`).MatchString(query) {
			list = append(list, c)
		}
	}
	return list
}

func (d *document) metadata() Metadata {
	return Metadata{
		Author: d.Author, License: d.License, Status: d.Status, Date: d.Date, Modified: d.Modified,
		References: d.References, FalsePositives: d.FalsePositives,
	}
}
