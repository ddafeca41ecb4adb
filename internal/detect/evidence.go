package detect

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"nephoscope/internal/schema"
)

// evidenceTable keeps the result rows of alerts.
const evidenceTable = "SecurityAlertEvidence"

// The limits of the evidence of one alert.
const (
	maxEvidenceRows  = 500
	maxEvidenceBytes = 256 << 10
)

// appendEvidence adds the result rows of an alert. An alert that has content
// which it had before finds its rows stored: their ids are the same.
func appendEvidence(rows *schema.Rows, a *Alert) error {
	size := 0
	for i, r := range a.rows[:min(len(a.rows), maxEvidenceRows)] {
		object := rowJSON(a.res, r)
		if size += len(object); size > maxEvidenceBytes {
			return nil
		}
		err := setRow(rows, identify("evidence", a.ID, a.Fingerprint, strconv.Itoa(i)), []cell{
			{"SystemAlertId", a.ID},
			{"Fingerprint", a.Fingerprint},
			{timeGenerated, schema.DatetimeOf(a.Time)},
			{"Number", i},
			{"Row", schema.DynamicValue(object)},
			{"RuleId", a.RuleID},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Evidence returns the result rows that made an alert, as JSON objects in the
// order of the result: up to 500 rows or 256 KB of them. Of an alert that was
// revised they are those of its present content. It is empty for an alert that
// is not there or has none.
func Evidence(ctx context.Context, ask Ask, alertID string) ([]json.RawMessage, error) {
	query := fmt.Sprintf(`let content = toscalar(%[1]s | where SystemAlertId == %[2]s | summarize arg_max(TimeGenerated, VendorOriginalId) | project VendorOriginalId);
%[3]s | where SystemAlertId == %[2]s and Fingerprint == content | summarize take_any(Row) by Number | order by Number asc`,
		alertTable, quoteJSON(alertID), evidenceTable)
	evidence := []json.RawMessage{}
	err := eachRow(ctx, ask, query, 1, func(_ []schema.Column, values []any) error {
		evidence = append(evidence, json.RawMessage(textOf(values[1])))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the evidence of alert %s: %w", alertID, err)
	}
	return evidence, nil
}
