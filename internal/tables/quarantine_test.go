package tables

import (
	"testing"

	"nephoscope/internal/schema"
)

func TestAppendQuarantine(t *testing.T) {
	rows := schema.NewRows(Quarantine())
	entry := QuarantineEntry{
		Time: 621_355_968_000_000_000, Source: "file", Partition: "p", Index: 3, Offset: 99, Format: "hub",
		Reason: "syntax", Detail: "unexpected \xff", Raw: []byte("{\"a\":\xff}"), Table: "AzureActivity",
	}
	replayed := entry
	replayed.State, replayed.Time = Replayed, entry.Time+1
	other := entry
	other.Offset++
	for _, q := range []QuarantineEntry{entry, replayed, entry, other} {
		if err := AppendQuarantine(rows, q); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"TimeGenerated": "1970-01-01T00:00:00.0000000Z",
		"State":         "Held",
		"Reason":        "syntax",
		"Detail":        "unexpected \uFFFD",
		"Index":         "3",
		"Offset":        "99",
		"Raw":           "{\"a\":\uFFFD}",
		"RawBase64":     "eyJhIjr/fQ==",
		"TargetTable":   "AzureActivity",
	} {
		if got := cell(rows, 0, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if rows.IDs[0] != rows.IDs[2] || rows.IDs[0] == rows.IDs[1] || rows.IDs[0] == rows.IDs[3] {
		t.Errorf("IDs %v: want the same for the same entry only", rows.IDs)
	}
	if a, b := cell(rows, 0, "QuarantineId"), cell(rows, 1, "QuarantineId"); a != b || a == cell(rows, 3, "QuarantineId") {
		t.Errorf("QuarantineId %s and %s: want the same for one record", a, b)
	}
	if err := AppendQuarantine(schema.NewRows(SecurityAlert()), entry); err == nil {
		t.Error("rows of another table: want an error")
	}
}
