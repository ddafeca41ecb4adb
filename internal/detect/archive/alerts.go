package archive

import (
	"context"
	"errors"
	"fmt"

	"nephoscope/internal/detect"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// ErrNoAlert tells that there is no alert with that id.
var ErrNoAlert = errors.New("no such alert")

// An AlertFilter chooses alerts by their newest rows; empty fields choose all.
type AlertFilter struct {
	Span
	RuleID     string
	Severities []rules.Severity
	Statuses   []string
	Product    string
	Text       string // part of the name
}

// Alerts returns the chosen alerts, of any product, as they are now.
func Alerts(ctx context.Context, ask detect.Ask, f AlertFilter) ([]*detect.Alert, error) {
	return readAlerts(ctx, ask, newest+where(f.conditions())+f.order("SystemAlertId"))
}

// newest are the present states of all alerts.
const newest = "SecurityAlert | summarize arg_max(TimeGenerated, *) by SystemAlertId"

func (f AlertFilter) conditions() []string {
	list := f.Span.conditions("SystemAlertId")
	if f.RuleID != "" {
		list = append(list, "AlertType endswith "+quote("_"+f.RuleID))
	}
	if len(f.Severities) > 0 {
		list = append(list, "AlertSeverity in~ ("+quoteAll(f.Severities)+")")
	}
	if len(f.Statuses) > 0 {
		list = append(list, "Status in~ ("+quoteAll(f.Statuses)+")")
	}
	if f.Product != "" {
		list = append(list, "ProductName =~ "+quote(f.Product))
	}
	if f.Text != "" {
		list = append(list, "DisplayName contains "+quote(f.Text))
	}
	return list
}

// Alert returns an alert as it is now, or ErrNoAlert.
func Alert(ctx context.Context, ask detect.Ask, id string) (*detect.Alert, error) {
	list, err := readAlerts(ctx, ask, "SecurityAlert | where SystemAlertId =~ "+quote(id)+" | summarize arg_max(TimeGenerated, *) by SystemAlertId")
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("alert %q: %w", id, ErrNoAlert)
	}
	return list[0], nil
}

func readAlerts(ctx context.Context, ask detect.Ask, query string) ([]*detect.Alert, error) {
	var list []*detect.Alert
	err := each(ctx, ask, query, func(columns []schema.Column, values []any) error {
		list = append(list, detect.ReadAlert(columns, values))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read alerts: %w", err)
	}
	return list, nil
}
