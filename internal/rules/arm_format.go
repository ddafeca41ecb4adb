package rules

import (
	"cmp"
	"time"
)

// FormatARM makes the resource of a rule; ReadARM makes the same rule of it but
// for what the resource has no place for: version, status and connectors. ID,
// ETag and LastModifiedUTC are left to who stores rules.
func FormatARM(r *Rule) ARMRule {
	p := ARMProperties{
		DisplayName: r.Name, Description: r.Description, Enabled: r.Enabled,
		AlertRuleTemplateName: optional(r.TemplateID), TemplateVersion: optional(r.TemplateVersion),
		Severity: r.Severity, Tactics: r.Tactics, Techniques: r.Techniques,
	}
	switch {
	case r.Kind.Queried():
		formatQuery(&p, r)
	case r.Kind == IncidentCreation:
		p.ProductFilter, p.SeveritiesFilter = r.Filter.Product, r.Filter.Severities
		p.DisplayNamesFilter, p.DisplayNamesExcludeFilter = r.Filter.DisplayNames, r.Filter.DisplayNamesExclude
	}
	return ARMRule{Name: r.ID, Type: ARMType, Kind: r.Kind, Properties: p}
}

// formatQuery fills what rules with a query have.
func formatQuery(p *ARMProperties, r *Rule) {
	suppressed := r.Suppression > 0
	p.Query = r.Query
	if r.Kind == Scheduled {
		p.QueryFrequency, p.QueryPeriod = FormatDuration(r.Frequency), FormatDuration(r.Period)
		p.TriggerOperator, p.TriggerThreshold = r.Operator, &r.Threshold
	}
	p.SuppressionEnabled, p.SuppressionDuration = &suppressed, FormatDuration(suppressionOf(r))
	p.EventGroupingSettings = &ARMEventGrouping{AggregationKind: aggregationOf(r)}
	p.IncidentConfiguration = armIncident(r.Incident)
	p.AlertDetailsOverride = armOverride(r.Override)
	for _, m := range r.Entities {
		mapping := ARMEntityMapping{EntityType: m.Type, FieldMappings: []ARMFieldMapping{}}
		for _, f := range m.Fields {
			mapping.FieldMappings = append(mapping.FieldMappings, ARMFieldMapping{f.Identifier, f.Column})
		}
		p.EntityMappings = append(p.EntityMappings, mapping)
	}
	for _, column := range r.EntityColumns {
		p.SentinelEntitiesMappings = append(p.SentinelEntitiesMappings, ARMEntityColumn{column})
	}
	p.CustomDetails = ARMCustomDetails(r.CustomDetails)
}

// suppressionOf is the duration that is written, which the API always wants.
func suppressionOf(r *Rule) time.Duration {
	return cmp.Or(r.SuppressionDuration, r.Suppression, defaultSuppression)
}

func aggregationOf(r *Rule) string {
	if r.PerResult {
		return "AlertPerResult"
	}
	return "SingleAlert"
}

func armOverride(o Override) *ARMOverride {
	out := &ARMOverride{
		AlertDisplayNameFormat: o.Name, AlertDescriptionFormat: o.Description,
		AlertSeverityColumnName: o.Severity, AlertTacticsColumnName: o.Tactics,
	}
	for _, p := range o.Properties {
		out.AlertDynamicProperties = append(out.AlertDynamicProperties, ARMProperty{p.Name, p.Column})
	}
	if o.Name+o.Description+o.Severity+o.Tactics == "" && len(o.Properties) == 0 {
		return nil
	}
	return out
}

func armIncident(c IncidentConfig) *ARMIncidentConfig {
	g := c.Grouping
	return &ARMIncidentConfig{CreateIncident: c.Create, GroupingConfiguration: ARMGrouping{
		Enabled: g.Enabled, ReopenClosedIncident: g.Reopen,
		LookbackDuration: FormatDuration(g.Lookback), MatchingMethod: g.Match,
		GroupByEntities: list(g.ByEntities), GroupByAlertDetails: list(g.ByAlertDetails), GroupByCustomDetails: list(g.ByCustomDetails),
	}}
}

// list makes an empty list of none: the API writes [] and not null.
func list(words []string) []string {
	if words == nil {
		return []string{}
	}
	return words
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
