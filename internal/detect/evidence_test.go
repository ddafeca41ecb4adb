package detect_test

import (
	"encoding/json"
	"testing"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/event"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// TestEvidence reads the rows behind an alert, before and after a late event
// revises it, over a real store.
func TestEvidence(t *testing.T) {
	r := &rules.Rule{
		ID: "6f0f3b0e-6c1f-4a57-8f52-25f1f6b3d4aa", Name: "Locks removed", Kind: rules.Scheduled, Severity: rules.Medium,
		Frequency: time.Hour, Period: time.Hour, Operator: rules.GreaterThan,
		Query:    `AzureActivity | where OperationNameValue =~ "Microsoft.Authorization/locks/delete" and ActivityStatusValue == "Success" | project TimeGenerated, Caller | order by TimeGenerated asc`,
		Entities: []rules.EntityMapping{{Type: "Account", Fields: []rules.FieldMapping{{Identifier: "FullName", Column: "Caller"}}}},
	}
	d := newDelivery(t, []*rules.Rule{r})
	at := time.Date(2026, 5, 4, 9, 15, 0, 0, time.UTC)
	remove := func(after time.Duration) {
		story := rules.Case{Events: []rules.CaseEvent{{
			At: at.Add(after), By: "ada@tidewater.example", From: "203.0.113.5", Do: "Microsoft.Authorization/locks/delete",
			On: "/subscriptions/5a0e1d3c-77aa-4b8e-9f43-6d2c11e0b801/resourceGroups/north/providers/Microsoft.Authorization/locks/keep",
		}}}
		d.commit(event.FormatHub, story.Hub())
		d.sweep(detect.Range{})
		d.restart()
	}
	remove(0)
	first := d.evidence("09:15")
	remove(10 * time.Minute)
	if again := d.evidence("09:15", "09:25"); again != first {
		t.Errorf("got alert %s after %s, want the same one revised", again, first)
	}
	if d.reports["raised"] != 1 || d.reports["revised"] != 1 {
		t.Errorf("got %v, want one alert, revised once", d.reports)
	}
	if none, err := detect.Evidence(t.Context(), d.ask, "6f0f3b0e-0000-4a57-8f52-25f1f6b3d4aa"); err != nil || len(none) != 0 {
		t.Errorf("of an alert that is not there: got %s and %v, want nothing", none, err)
	}
}

// evidence expects that the only alert there is was made of rows of these times of day,
// and returns its id.
func (d *delivery) evidence(times ...string) string {
	d.t.Helper()
	cursor, err := d.ask(d.t.Context(), "SecurityAlert | distinct SystemAlertId", detect.Window{To: schema.MaxDatetime, Now: 1})
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = cursor.Close() }()
	values, err := cursor.Next()
	if err != nil || values == nil {
		d.t.Fatalf("got %v and %v, want an alert", values, err)
	}
	id, _ := values[0].(string)
	rows, err := detect.Evidence(d.t.Context(), d.ask, id)
	if err != nil {
		d.t.Fatal(err)
	}
	if len(rows) != len(times) {
		d.t.Fatalf("got evidence %s, want %d rows", rows, len(times))
	}
	for i, text := range rows {
		var row struct {
			TimeGenerated time.Time
			Caller        string
		}
		if err := json.Unmarshal(text, &row); err != nil || row.TimeGenerated.Format("15:04") != times[i] || row.Caller != "ada@tidewater.example" {
			d.t.Errorf("got row %s and %v, want one of %s", text, err, times[i])
		}
	}
	return id
}
