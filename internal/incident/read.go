package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// A Filter chooses incidents; empty fields choose all. Words are compared
// without regard to case.
type Filter struct {
	Statuses   []Status
	Severities []rules.Severity
	RuleID     string
	Owner      string // part of the owner's name or address
	Text       string // part of the title
	Label      string
	Product    string // of one of its alerts
	Tactic     string
	// Created and modified at or after one time, before another.
	CreatedAfter, CreatedBefore   time.Time
	ModifiedAfter, ModifiedBefore time.Time
	// Match is asked for what the other fields cannot say; nil chooses all.
	Match func(*Incident) bool

	Order     Order // ByIncidentNumber if empty
	Ascending bool
	Skip      int // of those that are chosen, in order
	Limit     int // 0 for all
}

// An Order is what a list is sorted by. Equal ones are in the order of numbers.
type Order string

// The orders, in the words of the ARM shape.
const (
	ByIncidentNumber Order = "incidentNumber"
	ByCreated        Order = "createdTimeUtc"
	ByModified       Order = "lastModifiedTimeUtc"
	ByFirstActivity  Order = "firstActivityTimeUtc"
	ByLastActivity   Order = "lastActivityTimeUtc"
	BySeverity       Order = "severity"
	ByStatus         Order = "status"
	ByTitle          Order = "title"
)

// A Detail is an incident with all that belongs to it.
type Detail struct {
	*Incident
	Alerts   []*detect.Alert `json:"alerts"` // by time
	Entities []Entity        `json:"entities"`
	History  []Step          `json:"history"` // oldest first
	// Evidence is a sample of the events or result rows behind the alerts,
	// as JSON objects.
	Evidence []json.RawMessage `json:"evidence"`
}

// An Entity is one entity of an incident with the alerts that name it.
type Entity struct {
	detect.Entity
	Title  string
	Alerts int
}

// MarshalJSON adds how the entity is called to what it is.
func (e Entity) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"entity": e.Entity, "title": e.Title, "alertsCount": e.Alerts})
}

// A Step is one change in the history.
type Step struct {
	Time     time.Time `json:"timeGenerated"`
	By       string    `json:"modifiedBy"`
	Status   Status    `json:"status"`
	Severity string    `json:"severity"`
	Owner    string    `json:"owner"`
	Alerts   int       `json:"alertsCount"`
	Comments int       `json:"commentsCount"`
}

// maxEvidence is how many rows Detail.Evidence holds at most.
const maxEvidence = 20

// List returns the present state of incidents, newest first.
func (k *Keeper) List(ctx context.Context, f Filter) ([]*Incident, error) {
	list, err := k.latest(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list incidents: %w", err)
	}
	return list, nil
}

// Show returns an incident with its alerts, entities, history and evidence, or
// ErrNotFound.
func (k *Keeper) Show(ctx context.Context, number int) (*Detail, error) {
	history, err := k.read(ctx, fmt.Sprintf("%s | where IncidentNumber == %d | order by TimeGenerated asc", incidentTable, number))
	if err != nil {
		return nil, fmt.Errorf("show incident %d: %w", number, err)
	}
	if len(history) == 0 {
		return nil, fmt.Errorf("incident %d: %w", number, ErrNotFound)
	}
	d := &Detail{Incident: history[len(history)-1]}
	for _, in := range history {
		d.History = append(d.History, stepOf(in))
	}
	if d.Alerts, err = k.alerts(ctx, d.AlertIDs); err != nil {
		return nil, fmt.Errorf("show incident %d: %w", number, err)
	}
	d.Entities = entitiesOf(d.Alerts)
	d.Evidence = evidenceOf(d.Alerts)
	return d, nil
}

func stepOf(in *Incident) Step {
	return Step{
		Time: in.LastModified, By: in.ModifiedBy, Status: in.Status, Severity: string(in.Severity),
		Owner: in.Owner.name(), Alerts: in.Additional.Alerts, Comments: in.Additional.Comments,
	}
}

// name is how people call the owner.
func (o Owner) name() string {
	for _, s := range []string{o.AssignedTo, o.UserPrincipal, o.Email, o.ObjectID} {
		if s != "" {
			return s
		}
	}
	return ""
}

// one returns the present state of an incident.
func (k *Keeper) one(ctx context.Context, number int) (*Incident, error) {
	list, err := k.read(ctx, fmt.Sprintf("%s | where IncidentNumber == %d | top 1 by TimeGenerated desc", incidentTable, number))
	if err != nil {
		return nil, fmt.Errorf("read incident %d: %w", number, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("incident %d: %w", number, ErrNotFound)
	}
	return list[0], nil
}

// latest asks for the present state of incidents, newest first.
func (k *Keeper) latest(ctx context.Context, f Filter) ([]*Incident, error) {
	query := []string{incidentTable}
	if f.RuleID != "" {
		query = append(query, "where tostring(RelatedAnalyticRuleIds) contains "+quote(f.RuleID))
	}
	if !f.CreatedAfter.IsZero() {
		query = append(query, "where CreatedTime >= "+literal(f.CreatedAfter))
	}
	if !f.CreatedBefore.IsZero() {
		query = append(query, "where CreatedTime < "+literal(f.CreatedBefore))
	}
	query = append(query, "summarize arg_max(TimeGenerated, *) by IncidentNumber")
	if len(f.Statuses) > 0 {
		query = append(query, "where Status in~ ("+quoteAll(f.Statuses)+")")
	}
	if len(f.Severities) > 0 {
		query = append(query, "where Severity in~ ("+quoteAll(f.Severities)+")")
	}
	if f.Owner != "" {
		query = append(query, "where tostring(Owner) contains "+quote(f.Owner))
	}
	if f.Text != "" {
		query = append(query, "where Title contains "+quote(f.Text))
	}
	query = append(query, "order by IncidentNumber desc")
	if f.Limit > 0 {
		query = append(query, "take "+strconv.Itoa(f.Limit))
	}
	return k.read(ctx, strings.Join(query, "\n| "))
}

// read asks for rows of SecurityIncident.
func (k *Keeper) read(ctx context.Context, query string) ([]*Incident, error) {
	var list []*Incident
	err := k.each(ctx, query, func(columns []schema.Column, values []any) {
		list = append(list, readRow(columns, values))
	})
	return list, err
}

// alerts reads the present state of alerts, by time.
func (k *Keeper) alerts(ctx context.Context, ids []string) ([]*detect.Alert, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	query := "SecurityAlert | where SystemAlertId in (" + quoteAll(ids) + ") | summarize arg_max(TimeGenerated, *) by SystemAlertId"
	var list []*detect.Alert
	err := k.each(ctx, query, func(columns []schema.Column, values []any) {
		list = append(list, detect.ReadAlert(columns, values))
	})
	slices.SortFunc(list, func(a, b *detect.Alert) int {
		if c := a.Start.Compare(b.Start); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list, err
}

// each asks a query over all time and hands over its rows.
func (k *Keeper) each(ctx context.Context, query string, row func([]schema.Column, []any)) error {
	all := detect.Window{To: schema.MaxDatetime, Now: schema.DatetimeOf(k.opt.Now())}
	cursor, err := k.ask(ctx, query, all)
	if err != nil {
		return err
	}
	defer func() { _ = cursor.Close() }()
	columns := cursor.Columns()
	for {
		values, err := cursor.Next()
		if err != nil || values == nil {
			return err
		}
		row(columns, values)
	}
}

// entitiesOf gathers the entities of alerts, the most named first.
func entitiesOf(alerts []*detect.Alert) []Entity {
	list := []Entity{}
	index := map[string]int{}
	for _, a := range alerts {
		for _, e := range a.Entities {
			i, known := index[e.Key()]
			if !known {
				i = len(list)
				index[e.Key()] = i
				list = append(list, Entity{Entity: e, Title: e.Title()})
			}
			list[i].Alerts++
		}
	}
	slices.SortStableFunc(list, func(a, b Entity) int { return b.Alerts - a.Alerts })
	return list
}

// evidenceOf takes rows of every alert in turn.
func evidenceOf(alerts []*detect.Alert) []json.RawMessage {
	evidence := []json.RawMessage{}
	for i := 0; ; i++ {
		more := false
		for _, a := range alerts {
			if i >= len(a.Sample) {
				continue
			}
			more = true
			if evidence = append(evidence, a.Sample[i]); len(evidence) == maxEvidence {
				return evidence
			}
		}
		if !more {
			return evidence
		}
	}
}

// quote writes a text as a KQL literal.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

func quoteAll[T ~string](list []T) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(string(s))
	}
	return strings.Join(quoted, ", ")
}

func literal(t time.Time) string { return fmt.Sprintf("datetime(%s)", schema.DatetimeOf(t)) }
