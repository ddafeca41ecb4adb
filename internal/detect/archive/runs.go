package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/schema"
)

// A Run is a row of SentinelHealth: what evaluating a rule at one run time did.
type Run struct {
	ID          string    `json:"recordId"`
	RuleID      string    `json:"ruleId"`
	RuleName    string    `json:"ruleName"`
	Kind        string    `json:"kind"`
	Status      string    `json:"status"` // Success or Failure
	Description string    `json:"description"`
	Ended       time.Time `json:"endTimeUtc"` // by the clock
	RunTime     time.Time `json:"runTimeUtc"` // the end of the window
	From        time.Time `json:"windowStartUtc"`
	To          time.Time `json:"windowEndUtc"`
	Duration    float64   `json:"durationMs"`

	Rows       int  `json:"rows"`
	Alerts     int  `json:"alerts"` // raised by it
	Revised    int  `json:"revised"`
	Withdrawn  int  `json:"withdrawn"`
	Late       bool `json:"late"` // evaluated again because of late events
	Suppressed bool `json:"suppressed"`
	// Permanent tells that repeating a run that failed cannot help before the
	// rule or the tables change.
	Permanent bool `json:"permanent,omitempty"`
}

// A RunFilter chooses runs; empty fields choose all.
type RunFilter struct {
	Span
	RuleID string
	Status string // Success or Failure
}

// Runs returns the chosen runs.
func Runs(ctx context.Context, ask detect.Ask, f RunFilter) ([]Run, error) {
	conditions := f.conditions("RecordId")
	if f.RuleID != "" {
		conditions = append(conditions, "SentinelResourceId == "+quote(f.RuleID))
	}
	if f.Status != "" {
		conditions = append(conditions, "Status =~ "+quote(f.Status))
	}
	query := "SentinelHealth" + where(conditions) + f.order("RecordId") +
		" | project RecordId, SentinelResourceId, SentinelResourceName, SentinelResourceKind, Status, Description, TimeGenerated, tostring(ExtendedProperties)"
	var list []Run
	err := each(ctx, ask, query, func(_ []schema.Column, values []any) error {
		run, err := readRun(values)
		list = append(list, run)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	return list, nil
}

// properties are the ExtendedProperties of a run.
type properties struct {
	RunTimeUTC, QueryStartTimeUTC, QueryEndTimeUTC                    time.Time
	DurationMs                                                        float64
	QueryResultAmount                                                 int
	AlertsGeneratedAmount, AlertsRevisedAmount, AlertsWithdrawnAmount int
	Late, Suppressed, Permanent                                       bool
}

func readRun(values []any) (Run, error) {
	text := make([]string, len(values))
	for i, v := range values {
		text[i], _ = v.(string)
	}
	var p properties
	if err := json.Unmarshal([]byte(text[7]), &p); err != nil {
		return Run{}, fmt.Errorf("run %s: %w", text[0], err)
	}
	run := Run{
		ID: text[0], RuleID: text[1], RuleName: text[2], Kind: text[3], Status: text[4], Description: text[5],
		RunTime: p.RunTimeUTC, From: p.QueryStartTimeUTC, To: p.QueryEndTimeUTC, Duration: p.DurationMs,
		Rows: p.QueryResultAmount, Alerts: p.AlertsGeneratedAmount, Revised: p.AlertsRevisedAmount, Withdrawn: p.AlertsWithdrawnAmount,
		Late: p.Late, Suppressed: p.Suppressed, Permanent: p.Permanent,
	}
	if t, ok := values[6].(schema.DatetimeValue); ok {
		run.Ended = t.Time()
	}
	return run, nil
}
