package rules

import (
	"errors"
	"time"
)

// ARMType is the type of an alert rule among the resources of Azure.
const ARMType = "Microsoft.SecurityInsights/alertRules"

// An ARMRule is a rule as the resource of Microsoft's API. In texts it is read
// by ReadARM, which knows the place of what is wrong; this is the form in which
// it is written.
type ARMRule struct {
	ID         string        `json:"id,omitempty"`   // path of the resource
	Name       string        `json:"name,omitempty"` // last part of the path: the rule's id
	Type       string        `json:"type,omitempty"` // ARMType
	ETag       string        `json:"etag,omitempty"` // in quotes; whoever stores rules sets it
	Kind       Kind          `json:"kind"`
	Properties ARMProperties `json:"properties"`
}

// ARMProperties are the properties of an ARMRule. Those that mean nothing in
// its kind are left out. Durations are ISO 8601.
type ARMProperties struct {
	DisplayName           string     `json:"displayName"`
	Description           string     `json:"description,omitempty"`
	Enabled               bool       `json:"enabled"`
	AlertRuleTemplateName *string    `json:"alertRuleTemplateName,omitempty"`
	TemplateVersion       *string    `json:"templateVersion,omitempty"`
	LastModifiedUTC       *time.Time `json:"lastModifiedUtc,omitempty"` // read-only; whoever stores rules sets it

	Severity            Severity `json:"severity,omitempty"`
	Query               string   `json:"query,omitempty"`
	QueryFrequency      string   `json:"queryFrequency,omitempty"`
	QueryPeriod         string   `json:"queryPeriod,omitempty"`
	TriggerOperator     Operator `json:"triggerOperator,omitempty"`
	TriggerThreshold    *int     `json:"triggerThreshold,omitempty"`
	SuppressionEnabled  *bool    `json:"suppressionEnabled,omitempty"`
	SuppressionDuration string   `json:"suppressionDuration,omitempty"`
	Tactics             []string `json:"tactics,omitempty"`
	Techniques          []string `json:"techniques,omitempty"`

	EntityMappings           []ARMEntityMapping `json:"entityMappings,omitempty"`
	SentinelEntitiesMappings []ARMEntityColumn  `json:"sentinelEntitiesMappings,omitempty"`
	CustomDetails            map[string]string  `json:"customDetails,omitempty"`
	AlertDetailsOverride     *ARMOverride       `json:"alertDetailsOverride,omitempty"`
	EventGroupingSettings    *ARMEventGrouping  `json:"eventGroupingSettings,omitempty"`
	IncidentConfiguration    *ARMIncidentConfig `json:"incidentConfiguration,omitempty"`

	ProductFilter             string     `json:"productFilter,omitempty"`
	SeveritiesFilter          []Severity `json:"severitiesFilter,omitempty"`
	DisplayNamesFilter        []string   `json:"displayNamesFilter,omitempty"`
	DisplayNamesExcludeFilter []string   `json:"displayNamesExcludeFilter,omitempty"`
}

// An ARMEntityMapping is an EntityMapping of an ARMRule.
type ARMEntityMapping struct {
	EntityType    string            `json:"entityType"`
	FieldMappings []ARMFieldMapping `json:"fieldMappings"`
}

// An ARMFieldMapping is a FieldMapping of an ARMRule.
type ARMFieldMapping struct {
	Identifier string `json:"identifier"`
	ColumnName string `json:"columnName"`
}

// An ARMEntityColumn names a result column that holds entities.
type ARMEntityColumn struct {
	ColumnName string `json:"columnName"`
}

// An ARMOverride is an Override of an ARMRule.
type ARMOverride struct {
	AlertDisplayNameFormat  string        `json:"alertDisplayNameFormat,omitempty"`
	AlertDescriptionFormat  string        `json:"alertDescriptionFormat,omitempty"`
	AlertSeverityColumnName string        `json:"alertSeverityColumnName,omitempty"`
	AlertTacticsColumnName  string        `json:"alertTacticsColumnName,omitempty"`
	AlertDynamicProperties  []ARMProperty `json:"alertDynamicProperties,omitempty"`
}

// An ARMProperty is a Property of an ARMRule.
type ARMProperty struct {
	AlertProperty string `json:"alertProperty"`
	Value         string `json:"value"` // column
}

// An ARMEventGrouping says whether each row makes an alert: AlertPerResult, or
// SingleAlert.
type ARMEventGrouping struct {
	AggregationKind string `json:"aggregationKind"`
}

// An ARMIncidentConfig is the IncidentConfig of an ARMRule.
type ARMIncidentConfig struct {
	CreateIncident        bool        `json:"createIncident"`
	GroupingConfiguration ARMGrouping `json:"groupingConfiguration"`
}

// An ARMGrouping is the Grouping of an ARMRule.
type ARMGrouping struct {
	Enabled              bool     `json:"enabled"`
	ReopenClosedIncident bool     `json:"reopenClosedIncident"`
	LookbackDuration     string   `json:"lookbackDuration"`
	MatchingMethod       Match    `json:"matchingMethod"`
	GroupByEntities      []string `json:"groupByEntities"`
	GroupByAlertDetails  []string `json:"groupByAlertDetails"`
	GroupByCustomDetails []string `json:"groupByCustomDetails"`
}

// ReadARM reads the rules of a JSON file as people have them: one alertRules
// resource as the API returns it or takes it, a list of such, {"value": [...]}
// as the API lists them, or a deployment template with such resources, as the
// portal exports them. The id of a rule is the last part of its name. Resources
// of other types are passed over. Findings name the value by its JSON path in
// Key, for example properties.queryPeriod.
func ReadARM(path string, _ []byte) ([]*Rule, []Finding) {
	return nil, []Finding{{Path: path, Place: Place{1, 1}, Level: Error, Message: errors.New("not there yet").Error()}}
}

// FormatARM makes the resource of a rule; reading it gives the same rule but
// for what the resource has no place for: version, status and connectors. ID,
// ETag and LastModifiedUTC are left to who stores rules.
func FormatARM(r *Rule) ARMRule {
	return ARMRule{Name: r.ID, Type: ARMType, Kind: r.Kind}
}

// FormatYAML writes a rule in the template form. Read reads it as an equal rule
// but for its path and places.
func FormatYAML(*Rule) ([]byte, error) { return nil, errors.New("not there yet") }
