package detect

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// The limits of a run and of an alert.
const (
	maxAlerts        = 150
	maxAlertsOfNRT   = 30
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
	providerOfNRT    = "ASI NRT Alerts"
	componentOfNRT   = "NRT Alerts"
	statusNew        = "New"
	statusDismissed  = "Dismissed"
)

// An Alert is one alert of a rule, or one read back from SecurityAlert.
type Alert struct {
	ID string `json:"systemAlertId"` // the same for the alert's whole life
	// Fingerprint identifies the content of an alert of a rule; VendorOriginalId
	// in SecurityAlert, so of another product's alert it is that product's id.
	Fingerprint string         `json:"vendorOriginalId"`
	RuleID      string         `json:"ruleId"`
	RuleName    string         `json:"ruleName"`
	Name        string         `json:"alertDisplayName"`
	Description string         `json:"description"`
	Severity    rules.Severity `json:"severity"`
	Status      string         `json:"status"`
	// Withdrawn says why the alert would not be raised any more, on the data
	// stored now; empty for an alert that stands.
	Withdrawn  string   `json:"withdrawn,omitempty"`
	Tactics    []string `json:"tactics"`
	Techniques []string `json:"techniques"` // sub-techniques as T1234.001
	Entities   []Entity `json:"entities"`
	Details    []Detail `json:"customDetails"`

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

	window  Window
	id      schema.ID // the fingerprint
	res     *result
	rows    []row // those of res that made the alert
	follows bool  // another row of the alert is filed
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
	if res.total > keptRows {
		slices.SortFunc(res.rows, compareRows) // the first one gives an alert its name
	}
	if !rule.PerResult || len(res.rows) == 0 {
		return []*Alert{d.alert(rule, res, res.rows, true)}
	}
	rows, most := res.rows, mostAlerts(rule)
	if res.total > most {
		rows = slices.Clone(rows)
		slices.SortFunc(rows, compareRows)
	}
	var alerts []*Alert
	for i, r := range rows {
		if i == most-1 && res.total > most {
			return append(alerts, d.alert(rule, res, rows[i:], true))
		}
		alerts = append(alerts, d.alert(rule, res, []row{r}, false))
	}
	return alerts
}

// mostAlerts is how many alerts a run of the rule raises. The last of them
// stands for all result rows that have none of their own.
func mostAlerts(rule *rules.Rule) int {
	if rule.Kind == rules.NRT {
		return maxAlertsOfNRT
	}
	return maxAlerts
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
		ID: id.String(), Fingerprint: id.String(), id: id, window: res.window, res: res, rows: rows,
		RuleID: rule.ID, RuleName: rule.Name,
		Name: rule.Name, Description: rule.Description, Severity: rule.Severity, Status: statusNew,
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
	if rule.Kind == rules.NRT {
		a.Provider, a.Component = providerOfNRT, componentOfNRT
	}
	if len(rows) > 0 {
		a.override(rule.Override, res, rows[0])
	}
	return a
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
	slices.SortFunc(alerts, compareAlerts)
}

func compareAlerts(a, b *Alert) int {
	return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.ID, b.ID))
}
