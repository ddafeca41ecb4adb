package detect

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// ReadAlert reads a row of SecurityAlert, whatever product raised it. Columns
// that the row lacks stay empty.
func ReadAlert(columns []schema.Column, values []any) *Alert {
	at := func(name string) any {
		i := slices.IndexFunc(columns, func(c schema.Column) bool { return c.Name == name })
		if i < 0 {
			return nil
		}
		return values[i]
	}
	text := func(name string) string { return textOf(at(name)) }
	a := &Alert{
		ID: text("SystemAlertId"), Fingerprint: text("VendorOriginalId"), Name: text("DisplayName"), Description: text("Description"),
		Severity: rules.Severity(text("AlertSeverity")), Status: text("Status"),
		Tactics:  parseTactics(at("Tactics")),
		Entities: DecodeEntities(text("Entities")),
		Time:     timeOf(at(timeGenerated)), Start: timeOf(at("StartTime")), End: timeOf(at("EndTime")),
		Provider: text("ProviderName"), Product: text("ProductName"), Component: text("ProductComponentName"),
		Link: text("AlertLink"), Links: text("ExtendedLinks"), Remediation: text("RemediationSteps"),
		ConfidenceLevel: text("ConfidenceLevel"),
	}
	if f, ok := at("ConfidenceScore").(float64); ok {
		a.Confidence = &f
	}
	a.Techniques = joinTechniques(wordsOf(at("Techniques")), wordsOf(at("SubTechniques")))
	a.readExtended(text("ExtendedProperties"))
	if a.Fingerprint == identify("vendor", a.ID).String() {
		a.Fingerprint = a.ID // as rows had it before an alert could be revised
	}
	return a
}

// joinTechniques undoes splitTechniques: a technique that has sub-techniques is
// told by them. They are in order.
func joinTechniques(techniques, subs []string) []string {
	all := slices.DeleteFunc(slices.Clone(techniques), func(t string) bool {
		return slices.ContainsFunc(subs, func(s string) bool { return strings.HasPrefix(s, t+".") })
	})
	all = append(all, subs...)
	slices.Sort(all)
	return all
}

// readExtended reads what extendedProperties wrote.
func (a *Alert) readExtended(text string) {
	properties, _ := decodeJSON(text).(map[string]any)
	a.RuleName = textOfAny(properties[keyName])
	a.Withdrawn = textOfAny(properties[keyWithdrawn])
	if ids := wordsOf(textOfAny(properties[keyRules])); len(ids) > 0 {
		a.RuleID = ids[0]
	}
	a.Rows, _ = strconv.Atoi(textOfAny(properties[keyRows]))
	a.Details = readDetails(textOfAny(properties[keyDetails]))
	if err := json.Unmarshal([]byte(textOfAny(properties[keySample])), &a.Sample); err != nil {
		a.Sample = nil // another product's alert has none
	}
}

// readDetails reads an object of arrays, by key.
func readDetails(text string) []Detail {
	object, _ := decodeJSON(text).(map[string]any)
	var details []Detail
	for key, v := range object {
		d := Detail{Key: key}
		array, _ := v.([]any)
		for _, e := range array {
			d.Values = append(d.Values, textOfAny(e))
		}
		details = append(details, d)
	}
	slices.SortFunc(details, func(a, b Detail) int { return strings.Compare(a.Key, b.Key) })
	return details
}

func timeOf(v any) time.Time {
	if t, ok := v.(schema.DatetimeValue); ok {
		return t.Time()
	}
	return time.Time{}
}
