package detect

import (
	"context"
	"encoding/json"
	"errors"
)

// evidenceTable keeps the result rows of alerts.
const evidenceTable = "AlertEvidence"

// The limits of the evidence of one alert.
const (
	maxEvidenceRows  = 500
	maxEvidenceBytes = 256 << 10
)

// Evidence returns the result rows that made an alert, as JSON objects in the
// order of the result: up to 500 rows or 256 KB of them. Of an alert that was
// revised they are those of its present content. It is empty for an alert that
// is not there or has none.
func Evidence(ctx context.Context, ask Ask, alertID string) ([]json.RawMessage, error) {
	return nil, errors.New("evidence: not there yet")
}
