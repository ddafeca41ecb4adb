package rules

import (
	"bytes"
	"cmp"
	"time"

	"github.com/go-json-experiment/json/jsontext"
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
	CustomDetails            ARMCustomDetails   `json:"customDetails,omitempty"`
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

// ARMCustomDetails are the CustomDetails of an ARMRule: an object of columns by
// key, in the rule's order.
type ARMCustomDetails []CustomDetail

// MarshalJSON writes the object.
func (d ARMCustomDetails) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := jsontext.NewEncoder(&b, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err := enc.WriteToken(jsontext.BeginObject)
	for _, detail := range d {
		err = cmp.Or(err, enc.WriteToken(jsontext.String(detail.Key)), enc.WriteToken(jsontext.String(detail.Column)))
	}
	err = cmp.Or(err, enc.WriteToken(jsontext.EndObject))
	return b.Bytes(), err
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
