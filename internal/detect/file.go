package detect

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"nephoscope/internal/event"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// file writes the alerts that are not filed yet, together with the rule's
// position, in one commit, and returns them. With no new alert nothing is
// written.
//
// A commit that fails may have happened all the same. It is not repeated here:
// the next evaluation finds the same alerts and sees which are filed.
func (d *Detector) file(ctx context.Context, rule *rules.Rule, alerts []*Alert, pos event.Position) ([]*Alert, error) {
	d.filing.Lock()
	defer d.filing.Unlock()
	fresh, err := d.fresh(ctx, alerts)
	if err != nil || len(fresh) == 0 {
		return nil, err
	}
	rows := schema.NewRows(d.alerts)
	for _, a := range fresh {
		if err := d.appendAlert(rows, rule, a); err != nil {
			return nil, err
		}
	}
	b := &store.Batch{Rows: []*schema.Rows{rows}}
	if pos.From != pos.To {
		b.Positions = []event.Position{pos}
	}
	if _, err := d.opt.Filer.File(ctx, rule, Changes{New: fresh}, b); err != nil {
		return nil, fmt.Errorf("file %d alerts: %w", len(fresh), err)
	}
	return fresh, nil
}

// fresh returns the alerts that are not filed, each once.
func (d *Detector) fresh(ctx context.Context, alerts []*Alert) ([]*Alert, error) {
	if len(alerts) == 0 {
		return nil, nil
	}
	filed, err := d.filed(ctx, alerts)
	if err != nil {
		return nil, fmt.Errorf("look for alerts that are filed: %w", err)
	}
	var fresh []*Alert
	for _, a := range alerts {
		if !filed[a.ID] {
			filed[a.ID] = true
			fresh = append(fresh, a)
		}
	}
	sortAlerts(fresh)
	return fresh, nil
}

// filed asks which of the alerts are stored.
func (d *Detector) filed(ctx context.Context, alerts []*Alert) (map[string]bool, error) {
	ids := make([]string, len(alerts))
	for i, a := range alerts {
		ids[i] = `"` + a.ID + `"`
	}
	query := alertTable + " | where SystemAlertId in (" + strings.Join(ids, ", ") + ") | distinct SystemAlertId"
	cursor, err := d.ask(ctx, query, everything(schema.DatetimeOf(d.opt.Now())))
	if err != nil {
		return nil, err
	}
	defer func() { _ = cursor.Close() }()
	filed := map[string]bool{}
	for {
		values, err := cursor.Next()
		if err != nil || values == nil {
			return filed, err
		}
		filed[textOf(values[0])] = true
	}
}

// savePosition moves the rule's position without alerts.
func (d *Detector) savePosition(ctx context.Context, pos event.Position) error {
	if pos.From == pos.To {
		return nil
	}
	_, err := d.store.Commit(ctx, &store.Batch{Positions: []event.Position{pos}})
	var moved *store.PositionError
	if errors.As(err, &moved) && moved.Stored == pos.To {
		return nil // our own commit, whose answer was lost
	}
	return err
}
