package detect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// alertTable is where alerts are filed.
const alertTable = "SecurityAlert"

// The keys of ExtendedProperties that are read back.
const (
	keyRules   = "Analytic Rule Ids"
	keyName    = "Analytic Rule Name"
	keyRows    = "Search Query Results Overall Count"
	keyDetails = "Custom Details"
	keySample  = "Query Results Sample"
	// keyWithdrawn is not the product's: why an alert does not hold any more.
	keyWithdrawn = "Withdrawn"
)

func tableOf(catalog schema.Catalog, name string) (*schema.Table, error) {
	table, ok := catalog.Table(name)
	if !ok {
		return nil, fmt.Errorf("the catalog has no table %s", name)
	}
	return table, nil
}

// appendAlert adds a row of an alert. The id of a new alert's row is that of the
// alert, so that the store, too, knows it again.
func (d *Detector) appendAlert(rows *schema.Rows, rule *rules.Rule, a *Alert) error {
	techniques, subs := splitTechniques(a.Techniques)
	tactics := strings.Join(a.Tactics, ", ")
	if tactics == "" {
		tactics = "Unknown"
	}
	cells := []cell{
		{"TenantId", d.opt.WorkspaceID},
		{"TimeGenerated", schema.DatetimeOf(a.Time)},
		{"DisplayName", a.Name},
		{"AlertName", a.Name},
		{"AlertSeverity", string(a.Severity)},
		{"Description", a.Description},
		{"ProviderName", a.Provider},
		{"VendorName", "Microsoft"},
		{"VendorOriginalId", a.Fingerprint},
		{"SystemAlertId", a.ID},
		{"AlertType", d.opt.WorkspaceID + "_" + rule.ID},
		{"ConfidenceLevel", a.ConfidenceLevel},
		{"IsIncident", false},
		{"StartTime", schema.DatetimeOf(a.Start)},
		{"EndTime", schema.DatetimeOf(a.End)},
		{"ProcessingEndTime", schema.DatetimeOf(d.opt.Now())},
		{"RemediationSteps", a.Remediation},
		{"ExtendedProperties", extendedProperties(rule, a)},
		{"Entities", EncodeEntities(a.Entities)},
		{"SourceSystem", "Detection"},
		{"ExtendedLinks", a.Links},
		{"ProductName", a.Product},
		{"ProductComponentName", a.Component},
		{"AlertLink", a.Link},
		{"Status", a.Status},
		{"CompromisedEntity", compromised(a.Entities)},
		{"Tactics", tactics},
		{"Techniques", listJSON(techniques)},
		{"SubTechniques", listJSON(subs)},
	}
	if a.Confidence != nil {
		cells = append(cells, cell{"ConfidenceScore", *a.Confidence})
	}
	return setRow(rows, rowID(a), cells)
}

// rowID identifies a row of an alert. Later rows have later times.
func rowID(a *Alert) schema.ID {
	if a.ID == a.Fingerprint && !a.follows {
		return a.id
	}
	return identify("alert row", a.ID, a.Fingerprint, schema.DatetimeOf(a.Time).String())
}

// compromised names the first account, else the first entity.
func compromised(list []Entity) string {
	if i := slices.IndexFunc(list, func(e Entity) bool { return e.Type == accountTypeJSON }); i >= 0 {
		return list[i].Title()
	}
	if len(list) > 0 {
		return list[0].Title()
	}
	return ""
}

// splitTechniques separates T1234 from T1234.001; the technique of a
// sub-technique is listed too.
func splitTechniques(all []string) (techniques, subs []string) {
	for _, t := range all {
		parent, _, isSub := strings.Cut(t, ".")
		if isSub {
			subs = append(subs, t)
		}
		if !slices.Contains(techniques, parent) {
			techniques = append(techniques, parent)
		}
	}
	return techniques, subs
}

func listJSON(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return encodeJSON(list)
}

// extendedProperties writes the properties that alerts of scheduled rules
// have. All values are strings.
func extendedProperties(rule *rules.Rule, a *Alert) string {
	var sources []string
	for _, c := range rule.Connectors {
		sources = append(sources, c.DataTypes...)
	}
	properties := []Property{
		{"Query Period", timespan(rule.Period)},
		{"Trigger Operator", string(rule.Operator)},
		{"Trigger Threshold", strconv.Itoa(rule.Threshold)},
		{"Correlation Id", identify("run", rule.ID, a.window.Now.String()).String()},
		{keyRows, strconv.Itoa(a.Rows)},
		{"Data Sources", listJSON(sources)},
		{"Query", "set query_now = " + literal(a.window.Now) + ";\n" + rule.Query},
		{"OriginalQuery", rule.Query},
		{"Query Start Time UTC", a.window.From.Time().Format(timeOfProperties)},
		{"Query End Time UTC", (a.window.To - 1).Time().Format(timeOfProperties)},
		{keyRules, listJSON([]string{rule.ID})},
		{keyName, rule.Name},
		{"Event Grouping", groupingOf(rule)},
		{"ProcessedBySentinel", "True"},
		{"Alert generation status", "Full alert created"},
		{keyDetails, detailsJSON(a.Details)},
		{keySample, encodeJSON(a.Sample)},
	}
	b := []byte{'{'}
	for i, p := range properties {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, quoteJSON(p.Name)...), ':'), quoteJSON(p.Value)...)
	}
	return string(append(b, '}'))
}

const timeOfProperties = "2006-01-02 15:04:05Z"

func timespan(d time.Duration) string { return schema.TimespanOf(d).String() }

// detailsJSON writes custom details as an object of arrays.
func detailsJSON(details []Detail) string {
	b := []byte{'{'}
	for _, d := range details {
		if len(d.Values) == 0 {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, quoteJSON(d.Key)...), ':'), listJSON(d.Values)...)
	}
	return string(append(b, '}'))
}
