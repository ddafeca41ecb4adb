package detect

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// The limits of a run and of an alert.
const (
	maxAlerts        = 150
	maxDetailValues  = 50
	maxDetailBytes   = 2 << 10
	maxSampleRows    = 10
	maxSampleBytes   = 16 << 10
	maxNameLen       = 256
	maxDescription   = 5000
	timeGenerated    = "TimeGenerated"
	providerOfRules  = "ASI Scheduled Alerts"
	productOfRules   = "Azure Sentinel"
	componentOfRules = "Scheduled Alerts"
)

// An Alert is one alert of a rule, or one read back from SecurityAlert.
type Alert struct {
	ID          string         `json:"systemAlertId"`
	RuleID      string         `json:"ruleId"`
	RuleName    string         `json:"ruleName"`
	Name        string         `json:"alertDisplayName"`
	Description string         `json:"description"`
	Severity    rules.Severity `json:"severity"`
	Status      string         `json:"status"`
	Tactics     []string       `json:"tactics"`
	Techniques  []string       `json:"techniques"` // sub-techniques as T1234.001
	Entities    []Entity       `json:"entities"`
	Details     []Detail       `json:"customDetails"`

	// Time is when the alert was raised: the time of the run, but not later
	// than the clock. Start and End are the first and last activity.
	Time  time.Time `json:"timeGenerated"`
	Start time.Time `json:"startTimeUtc"`
	End   time.Time `json:"endTimeUtc"`

	Provider        string   `json:"providerName"`
	Product         string   `json:"productName"`
	Component       string   `json:"productComponentName"`
	Link            string   `json:"alertLink,omitempty"`
	Links           string   `json:"extendedLinks,omitempty"`
	Remediation     string   `json:"remediationSteps,omitempty"`
	ConfidenceLevel string   `json:"confidenceLevel,omitempty"`
	Confidence      *float64 `json:"confidenceScore,omitempty"`

	// Rows is how many result rows made the alert, Sample some of them as
	// JSON objects.
	Rows   int               `json:"resultRows"`
	Sample []json.RawMessage `json:"sample"`

	window Window
	id     schema.ID
}

// A Detail is one custom detail with its distinct values.
type Detail struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

// alertsOf turns a result into alerts, none if the rule is not triggered.
func (d *Detector) alertsOf(rule *rules.Rule, res *result) []*Alert {
	if !rule.Operator.Triggers(res.total, rule.Threshold) {
		return nil
	}
	if !rule.PerResult || len(res.rows) == 0 {
		return []*Alert{d.alert(rule, res, res.rows, true)}
	}
	rows := res.rows
	if res.total > maxAlerts {
		rows = slices.Clone(rows)
		slices.SortFunc(rows, compareRows)
	}
	var alerts []*Alert
	for i, r := range rows {
		if i == maxAlerts-1 && res.total > maxAlerts {
			return append(alerts, d.alert(rule, res, rows[i:], true))
		}
		alerts = append(alerts, d.alert(rule, res, []row{r}, false))
	}
	return alerts
}

// compareRows puts rows in an order that does not depend on the run, so that
// the same ones get an alert of their own.
func compareRows(a, b row) int {
	if a.hash == b.hash {
		return 0
	}
	if a.hash.less(b.hash) {
		return -1
	}
	return 1
}

// alert makes the alert of some rows; whole adds the rows that were not kept.
func (d *Detector) alert(rule *rules.Rule, res *result, rows []row, whole bool) *Alert {
	id := fingerprint(rule, res, rows, whole)
	a := &Alert{
		ID: id.String(), id: id, window: res.window,
		RuleID: rule.ID, RuleName: rule.Name,
		Name: rule.Name, Description: rule.Description, Severity: rule.Severity, Status: "New",
		Tactics: rule.Tactics, Techniques: rule.Techniques,
		Entities: entitiesOf(rule, res, rows), Details: detailsOf(rule, res, rows),
		Provider: providerOfRules, Product: productOfRules, Component: componentOfRules,
		Rows: len(rows), Sample: sampleOf(res, rows),
	}
	if whole {
		a.Rows += res.total - len(res.rows)
	}
	run := res.window.Now.Time()
	a.Time = run
	if now := d.opt.Now().UTC(); now.Before(run) {
		a.Time = now
	}
	a.Start, a.End = spanOf(res, rows)
	if len(rows) > 0 {
		a.override(rule.Override, res, rows[0])
	}
	return a
}

// override takes over what the first row says. What a column does not hold, or
// holds wrongly, leaves the rule's own value.
func (a *Alert) override(o rules.Override, res *result, first row) {
	column := func(name string) string { return res.text(first, name) }
	if name := strings.TrimSpace(rules.Expand(o.Name, column)); name != "" {
		a.Name = cut(name, maxNameLen)
	}
	if text := rules.Expand(o.Description, column); strings.TrimSpace(text) != "" {
		a.Description = cut(text, maxDescription)
	}
	if severity, ok := rules.ParseSeverity(column(o.Severity)); ok {
		a.Severity = severity
	}
	if tactics := parseTactics(res.value(first, o.Tactics)); len(tactics) > 0 {
		a.Tactics = tactics
	}
	for _, p := range o.Properties {
		a.setProperty(p.Name, res.value(first, p.Column))
	}
}

// setProperty sets one of the dynamic properties.
func (a *Alert) setProperty(name string, v any) {
	text := textOf(v)
	if text == "" {
		return
	}
	switch name {
	case "AlertLink":
		a.Link = text
	case "ConfidenceLevel":
		a.ConfidenceLevel = text
	case "ConfidenceScore":
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			a.Confidence = &f
		}
	case "ExtendedLinks":
		a.Links = text
	case "ProductName":
		a.Product = text
	case "ProviderName":
		a.Provider = text
	case "ProductComponentName":
		a.Component = text
	case "RemediationSteps":
		a.Remediation = text
	case "Techniques":
		a.Techniques = wordsOf(v)
	}
}

// parseTactics reads a list or a text of tactics, leaving out what is none.
func parseTactics(v any) []string {
	var tactics []string
	for _, word := range wordsOf(v) {
		if t, ok := rules.ParseTactic(word); ok && !slices.Contains(tactics, t) {
			tactics = append(tactics, t)
		}
	}
	return tactics
}

// wordsOf reads a list of words: dynamic, JSON text, or joined with commas.
func wordsOf(v any) []string {
	text := textOf(v)
	if words, ok := listOf(schema.DynamicValue(text)); ok {
		return words
	}
	var words []string
	for _, w := range strings.Split(text, ",") {
		if w = strings.TrimSpace(w); w != "" {
			words = append(words, w)
		}
	}
	return words
}

// spanOf returns the first and last activity: the span of TimeGenerated, else
// of StartTime and EndTime, in the rows; the window if they have none.
func spanOf(res *result, rows []row) (start, end time.Time) {
	first := timesOf(res, rows, timeGenerated, "StartTime", "StartTimeUtc")
	last := timesOf(res, rows, timeGenerated, "EndTime", "EndTimeUtc")
	if len(first) == 0 || len(last) == 0 {
		return res.window.From.Time(), (res.window.To - 1).Time()
	}
	from, to := slices.Min(first), slices.Max(last)
	return from.Time(), max(from, to).Time()
}

// timesOf returns all times of the first of the columns that the result has.
func timesOf(res *result, rows []row, columns ...string) []schema.DatetimeValue {
	for _, name := range columns {
		var times []schema.DatetimeValue
		for _, r := range rows {
			if t, ok := res.value(r, name).(schema.DatetimeValue); ok {
				times = append(times, t)
			}
		}
		if len(times) > 0 {
			return times
		}
	}
	return nil
}

// detailsOf gathers the distinct values of the custom details within limits.
func detailsOf(rule *rules.Rule, res *result, rows []row) []Detail {
	var details []Detail
	size := 0
	for _, c := range rule.CustomDetails {
		d := Detail{Key: c.Key}
		for _, r := range rows {
			text := res.text(r, c.Column)
			if text == "" || slices.Contains(d.Values, text) {
				continue
			}
			if size += len(text); len(d.Values) == maxDetailValues || size > maxDetailBytes {
				break
			}
			d.Values = append(d.Values, text)
		}
		details = append(details, d)
	}
	return details
}

// sampleOf keeps the first rows as JSON objects.
func sampleOf(res *result, rows []row) []json.RawMessage {
	sample := []json.RawMessage{}
	size := 0
	for _, r := range rows[:min(len(rows), maxSampleRows)] {
		object := rowJSON(res, r)
		if size += len(object); size > maxSampleBytes {
			break
		}
		sample = append(sample, object)
	}
	return sample
}

// rowJSON writes a row as an object with the columns in their order; empty
// values are left out.
func rowJSON(res *result, r row) json.RawMessage {
	b := []byte{'{'}
	for i, v := range r.values {
		if v == nil || v == "" {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(b, quoteJSON(res.columns[i].Name)...), ':')
		b = append(b, valueJSON(v)...)
	}
	return append(b, '}')
}

func valueJSON(v any) string {
	switch x := v.(type) {
	case schema.DynamicValue:
		if json.Valid([]byte(x)) {
			return string(x)
		}
	case bool, int32, int64:
		return textOf(x)
	case float64:
		if text := textOf(x); json.Valid([]byte(text)) {
			return text
		}
	}
	return quoteJSON(textOf(v))
}

// cut shortens a text to n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// sortAlerts orders alerts by their first activity, then by id.
func sortAlerts(alerts []*Alert) {
	slices.SortFunc(alerts, func(a, b *Alert) int {
		return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.ID, b.ID))
	})
}
