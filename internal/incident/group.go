package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
)

// maxAlerts is how many alerts one incident takes; then a new one is opened.
const maxAlerts = 150

// Who is named as author of changes that alerts cause.
const (
	byCreation = "Incident created from alert"
	byGrouping = "Alert added to incident"
	byReopen   = "Incident reopened by alert"
)

// A plan is what alerts make of a rule's incidents.
type plan struct {
	rule      *rules.Rule
	incidents []*draft // the rule's, newest first
	numbers   numbers
	baseURL   string
}

// planFor reads the incidents that the alerts could belong to and finds each
// alert its place.
func (k *Keeper) planFor(ctx context.Context, rule *rules.Rule, alerts []*detect.Alert) (*plan, error) {
	last, err := k.lastNumber(ctx)
	if err != nil {
		return nil, err
	}
	p := &plan{rule: rule, numbers: numbers{last, last}, baseURL: k.opt.BaseURL}
	if rule.Incident.Grouping.Enabled {
		if p.incidents, err = k.candidates(ctx, rule, alerts); err != nil {
			return nil, err
		}
	}
	for _, a := range alerts {
		p.place(a)
	}
	return p, nil
}

// candidates reads the rule's incidents that are within reach of the alerts.
func (k *Keeper) candidates(ctx context.Context, rule *rules.Rule, alerts []*detect.Alert) ([]*draft, error) {
	oldest := alerts[0].Time
	for _, a := range alerts {
		if a.Time.Before(oldest) {
			oldest = a.Time
		}
	}
	found, err := k.latest(ctx, Filter{RuleID: rule.ID, CreatedAfter: oldest.Add(-rule.Incident.Grouping.Lookback)})
	if err != nil {
		return nil, err
	}
	drafts := make([]*draft, len(found))
	for i, in := range found {
		drafts[i] = &draft{Incident: in, before: in.Etag}
	}
	return drafts, nil
}

// place adds an alert to the incident it belongs to, or opens one.
func (p *plan) place(a *detect.Alert) {
	key := groupingKey(p.rule, a)
	if key != "" {
		if d := p.find(key, a.Time); d != nil {
			d.join(a)
			return
		}
	}
	p.open(a, key)
}

// find returns the newest incident that takes an alert with this key.
func (p *plan) find(key string, at time.Time) *draft {
	g := p.rule.Incident.Grouping
	for _, d := range p.incidents {
		near := at.Sub(d.Created).Abs() <= g.Lookback
		if d.Additional.GroupingKey == key && near && len(d.AlertIDs) < maxAlerts && (d.Status != StatusClosed || g.Reopen) {
			return d
		}
	}
	return nil
}

// open makes a new incident from an alert.
func (p *plan) open(a *detect.Alert, key string) {
	p.numbers.to++
	d := &draft{Incident: &Incident{
		Name: a.ID, Number: p.numbers.to,
		Title: a.Name, Description: a.Description, Severity: a.Severity, Status: StatusNew,
		Created: a.Time, FirstActivity: a.Start, LastActivity: a.End,
		Labels: []Label{}, Comments: []Comment{},
		RuleIDs: []string{p.rule.ID}, Provider: a.Product, ProviderID: fmt.Sprint(p.numbers.to),
		Additional: Additional{GroupingKey: key},
	}}
	if p.baseURL != "" {
		d.URL = fmt.Sprintf("%s/incidents/%d", strings.TrimSuffix(p.baseURL, "/"), d.Number)
	}
	d.gather(a)
	d.touch(a.Time, byCreation)
	d.Created = d.LastModified
	p.incidents = slices.Insert(p.incidents, 0, d)
}

// join adds an alert to an incident.
func (d *draft) join(a *detect.Alert) {
	if slices.Contains(d.AlertIDs, a.ID) {
		return
	}
	by := byGrouping
	if d.before == "" {
		by = byCreation // opened in this very commit
	}
	if d.Status == StatusClosed {
		d.setStatus(StatusActive)
		by = byReopen
	}
	d.gather(a)
	if d.before == "" && d.changed {
		return
	}
	d.touch(a.Time, by)
}

// gather takes over what an alert contributes.
func (d *draft) gather(a *detect.Alert) {
	d.AlertIDs = append(d.AlertIDs, a.ID)
	d.Additional.Alerts = len(d.AlertIDs)
	d.Additional.Products = union(d.Additional.Products, a.Product)
	d.Additional.Tactics = union(d.Additional.Tactics, a.Tactics...)
	d.Additional.Techniques = union(d.Additional.Techniques, a.Techniques...)
	if a.Start.Before(d.FirstActivity) {
		d.FirstActivity = a.Start
	}
	if a.End.After(d.LastActivity) {
		d.LastActivity = a.End
	}
}

func union(list []string, more ...string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// groupingKey is equal for alerts of a rule that belong together, and empty for
// an alert that stays alone: grouping is off, or there is nothing to go by.
func groupingKey(rule *rules.Rule, a *detect.Alert) string {
	g := rule.Incident.Grouping
	if !g.Enabled {
		return ""
	}
	var parts []string
	switch g.Match {
	case rules.AnyAlert:
		parts = []string{"any"}
	case rules.AllEntities:
		parts = entityKeys(a, "")
	case rules.Selected:
		parts = selectedParts(g, a)
	}
	if len(parts) == 0 {
		return ""
	}
	h := xxh3.HashString128(strings.Join(parts, "\x00")).Bytes()
	return fmt.Sprintf("%x", h[:])
}

// selectedParts lists what a rule groups by, none if the alert has none of it.
func selectedParts(g rules.Grouping, a *detect.Alert) []string {
	var parts []string
	for _, name := range g.ByEntities {
		if typ, ok := rules.LookupEntityType(name); ok {
			parts = append(parts, entityKeys(a, typ.JSON)...)
		}
	}
	for _, name := range g.ByAlertDetails {
		switch name {
		case "DisplayName":
			parts = append(parts, "name="+a.Name)
		case "Severity":
			parts = append(parts, "severity="+string(a.Severity))
		}
	}
	for _, d := range a.Details {
		if slices.Contains(g.ByCustomDetails, d.Key) && len(d.Values) > 0 {
			values := slices.Sorted(slices.Values(d.Values))
			parts = append(parts, d.Key+"="+strings.Join(values, "\x01"))
		}
	}
	return parts
}

// entityKeys lists the keys of the alert's entities of one type, or of all, in
// order.
func entityKeys(a *detect.Alert, typ string) []string {
	var keys []string
	for _, e := range a.Entities {
		if typ == "" || e.Type == typ {
			keys = append(keys, e.Key())
		}
	}
	slices.Sort(keys)
	return keys
}
