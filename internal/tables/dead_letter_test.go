package tables

import (
	"testing"

	"nephoscope/internal/schema"
)

func TestAppendDeadLetter(t *testing.T) {
	rows := schema.NewRows(DeadLetter())
	entry := DeadLetterEntry{
		Time: 621_355_968_000_000_000, Output: "siem", Table: "AzureActivity", ItemID: "i-1", Sequence: 7,
		Reason: "refused", Detail: "bad \xff",
	}
	later := entry
	later.Time, later.Sequence, later.Detail = entry.Time+1, 8, "bad again"
	elsewhere := entry
	elsewhere.Output = "lake"
	for _, d := range []DeadLetterEntry{entry, later, elsewhere} {
		if err := AppendDeadLetter(rows, d); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"TimeGenerated": "1970-01-01T00:00:00.0000000Z",
		"OutputName":    "siem",
		"TargetTable":   "AzureActivity",
		"ItemId":        "i-1",
		"ItemSequence":  "7",
		"Reason":        "refused",
		"Detail":        "bad \uFFFD",
	} {
		if got := cell(rows, 0, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if rows.IDs[0] != rows.IDs[1] || rows.IDs[0] == rows.IDs[2] {
		t.Errorf("IDs %v: want the same for the same row and output only", rows.IDs)
	}
	if err := AppendDeadLetter(schema.NewRows(Quarantine()), entry); err == nil {
		t.Error("rows of another table: want an error")
	}
}
