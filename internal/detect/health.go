package detect

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// healthTable tells what runs did. The rows with Status Success are the durable
// memory of their yields.
const healthTable = "SentinelHealth"

const (
	statusSuccess = "Success"
	statusFailure = "Failure"
)

// healthProperties are the ExtendedProperties of a run, first those that the
// product has, then our own. What is read back is in the last group.
type healthProperties struct {
	AlertsGeneratedAmount int
	CorrelationID         string `json:"CorrelationId"`
	QueryStartTimeUTC     string
	QueryEndTimeUTC       string
	QueryFrequency        string
	QueryPeriod           string
	QueryResultAmount     int
	RuleID                string `json:"RuleId"`
	SuppressionEnabled    bool
	SuppressionDuration   string
	TriggerOperator       string
	TriggerThreshold      int
	TriggerType           string

	RunTimeUTC            string
	DurationMs            float64
	AlertsRevisedAmount   int
	AlertsWithdrawnAmount int
	Late                  bool
	Permanent             bool `json:"Permanent,omitempty"`

	Suppressed            bool
	Fingerprints          []string
	InheritedFingerprints []string `json:"InheritedFingerprints,omitempty"`
	RuleEdition           string
}

// appendRun adds the row of a run. The id makes sure that the row is there once
// however often it is written.
func (d *Detector) appendRun(rows *schema.Rows, run Run, r record, id schema.ID) error {
	status, reason, what := statusSuccess, "", describe(run)
	properties := healthOf(run, r)
	if run.Err != nil {
		status, reason, what = statusFailure, "The query could not be run", run.Err.Error()
		properties.Permanent = permanent(run.Err)
	}
	text, err := json.Marshal(properties)
	if err != nil {
		return fmt.Errorf("write the record of the run of %s: %w", schema.DatetimeOf(run.At), err)
	}
	return setRow(rows, id, []cell{
		{"TenantId", d.opt.WorkspaceID},
		{"TimeGenerated", schema.DatetimeOf(run.Started.Add(run.Duration))},
		{"OperationName", operationOf(run.Rule)},
		{"Status", status},
		{"Reason", reason},
		{"Description", what},
		{"SentinelResourceId", run.Rule.ID},
		{"SentinelResourceName", run.Rule.Name},
		{"SentinelResourceType", "Analytics rule"},
		{"SentinelResourceKind", string(run.Rule.Kind)},
		{"ExtendedProperties", schema.DynamicValue(text)},
		{"RecordId", id.String()},
		{"WorkspaceId", d.opt.WorkspaceID},
		{"SourceSystem", "Sentinel"},
		{"_RunTime", schema.DatetimeOf(run.At)},
	})
}

func healthOf(run Run, r record) healthProperties {
	rule := run.Rule
	return healthProperties{
		AlertsGeneratedAmount: run.Alerts,
		CorrelationID:         identify("run", rule.ID, schema.DatetimeOf(run.At).String()).String(),
		QueryStartTimeUTC:     schema.DatetimeOf(run.From).String(),
		QueryEndTimeUTC:       schema.DatetimeOf(run.To).String(),
		QueryFrequency:        timespan(rule.Frequency),
		QueryPeriod:           timespan(rule.Period),
		QueryResultAmount:     run.Rows,
		RuleID:                rule.ID,
		SuppressionEnabled:    rule.Suppression > 0,
		SuppressionDuration:   timespan(rule.Suppression),
		TriggerOperator:       string(rule.Operator),
		TriggerThreshold:      rule.Threshold,
		TriggerType:           groupingOf(rule),

		RunTimeUTC:            schema.DatetimeOf(run.At).String(),
		DurationMs:            float64(run.Duration.Microseconds()) / 1000,
		AlertsRevisedAmount:   run.Revised,
		AlertsWithdrawnAmount: run.Withdrawn,
		Late:                  run.Late,

		Suppressed:            r.suppressed,
		Fingerprints:          append([]string{}, r.yield...),
		InheritedFingerprints: r.inherited,
		RuleEdition:           r.edition,
	}
}

// readRecord reads what ExtendedProperties says of a run.
func readRecord(text string) (record, error) {
	var p healthProperties
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return record{}, err
	}
	return record{yield: p.Fingerprints, inherited: p.InheritedFingerprints, suppressed: p.Suppressed, edition: p.RuleEdition}, nil
}

func operationOf(rule *rules.Rule) string {
	if rule.Kind == rules.NRT {
		return "NRT analytics rule run"
	}
	return "Scheduled analytics rule run"
}

// groupingOf is how the rule makes alerts of results.
func groupingOf(rule *rules.Rule) string {
	if rule.PerResult {
		return "AlertPerResult"
	}
	return "SingleAlert"
}

// describe says for people what a run did.
func describe(run Run) string {
	if run.Suppressed {
		return "The rule rested after an alert of an earlier run."
	}
	text := "The query returned " + strconv.Itoa(run.Rows) + " rows in " + run.Duration.Round(time.Millisecond).String() + "."
	for _, n := range []struct {
		count int
		what  string
	}{{run.Alerts, "raised"}, {run.Revised, "revised"}, {run.Withdrawn, "withdrawn"}} {
		if n.count > 0 {
			text += " Alerts " + n.what + ": " + strconv.Itoa(n.count) + "."
		}
	}
	return text
}

// A cell is a value for a column.
type cell struct {
	column string
	value  any
}

// setRow adds a row of the cells.
func setRow(rows *schema.Rows, id schema.ID, cells []cell) error {
	for _, c := range cells {
		if err := rows.Set(c.column, c.value); err != nil {
			rows.Discard()
			return fmt.Errorf("write a row of %s: %w", rows.Table.Name, err)
		}
	}
	rows.End(id)
	return nil
}
