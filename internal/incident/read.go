package incident

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/schema"
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

// List returns the present state of the chosen incidents. They are shared and
// must not be changed.
func (k *Keeper) List(ctx context.Context, f Filter) (list []*Incident, err error) {
	err = k.look(ctx, func(b *book) error {
		list = b.list(f)
		return nil
	})
	return list, err
}

// ByName returns the incident with this name (a GUID, in any case), or
// ErrNotFound. It is shared and must not be changed.
func (k *Keeper) ByName(ctx context.Context, name string) (in *Incident, err error) {
	err = k.look(ctx, func(b *book) error {
		if in = b.name(name); in == nil {
			return fmt.Errorf("incident %s: %w", short(name), ErrNotFound)
		}
		return nil
	})
	return in, err
}

// ByNumber returns the incident with this number, or ErrNotFound. It is shared
// and must not be changed.
func (k *Keeper) ByNumber(ctx context.Context, number int) (in *Incident, err error) {
	err = k.look(ctx, func(b *book) error {
		if in = b.number(number); in == nil {
			return fmt.Errorf("incident %d: %w", number, ErrNotFound)
		}
		return nil
	})
	return in, err
}

// Show returns an incident with its alerts, entities, history and evidence, or
// ErrNotFound.
func (k *Keeper) Show(ctx context.Context, number int) (*Detail, error) {
	in, err := k.ByNumber(ctx, number)
	if err != nil {
		return nil, err
	}
	history, err := k.History(ctx, number)
	if err != nil {
		return nil, err
	}
	d := &Detail{Incident: in, History: []Step{}}
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

// History returns every state of an incident that is stored still, oldest
// first, or ErrNotFound.
func (k *Keeper) History(ctx context.Context, number int) ([]*Incident, error) {
	if _, err := k.ByNumber(ctx, number); err != nil {
		return nil, err
	}
	var list []*Incident
	query := fmt.Sprintf("%s | where IncidentNumber == %d | order by TimeGenerated asc", incidentTable, number)
	err := k.each(ctx, query, func(columns []schema.Column, values []any) { list = append(list, readRow(columns, values)) })
	if err != nil {
		return nil, fmt.Errorf("read the history of incident %d: %w", number, err)
	}
	return list, nil
}

// Alerts returns the present state of an incident's alerts, by time, or
// ErrNotFound.
func (k *Keeper) Alerts(ctx context.Context, number int) ([]*detect.Alert, error) {
	in, err := k.ByNumber(ctx, number)
	if err != nil {
		return nil, err
	}
	list, err := k.alerts(ctx, in.AlertIDs)
	if err != nil {
		return nil, fmt.Errorf("read the alerts of incident %d: %w", number, err)
	}
	return list, nil
}

// Entities returns the entities of an incident's alerts, the most named first,
// or ErrNotFound.
func (k *Keeper) Entities(ctx context.Context, number int) ([]Entity, error) {
	list, err := k.Alerts(ctx, number)
	return entitiesOf(list), err
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

// alerts reads the present state of alerts, by time.
func (k *Keeper) alerts(ctx context.Context, ids []string) ([]*detect.Alert, error) {
	return k.readAlerts(ctx, ids, "")
}

// digests reads of alerts what an incident gathers from them.
func (k *Keeper) digests(ctx context.Context, ids []string) ([]*detect.Alert, error) {
	const columns = "SystemAlertId, TimeGenerated, StartTime, EndTime, AlertSeverity, Tactics, Techniques, SubTechniques, ProductName"
	return k.readAlerts(ctx, ids, " | project "+columns)
}

func (k *Keeper) readAlerts(ctx context.Context, ids []string, narrow string) ([]*detect.Alert, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	query := alertTable + " | where SystemAlertId in (" + quoteAll(ids) + ")" + narrow + " | summarize arg_max(TimeGenerated, *) by SystemAlertId"
	var list []*detect.Alert
	err := k.each(ctx, query, func(columns []schema.Column, values []any) {
		list = append(list, detect.ReadAlert(columns, values))
	})
	slices.SortFunc(list, func(a, b *detect.Alert) int {
		return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.ID, b.ID))
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
