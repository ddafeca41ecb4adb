package activity

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/output"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
)

// FuzzWrite reads any text as records of a hub and writes what they became:
// each is one JSON object again, and reading it gives one row.
func FuzzWrite(f *testing.F) {
	files, _ := filepath.Glob("../../tables/testdata/azure_activity/*.json")
	for _, file := range files {
		if body, err := os.ReadFile(file); err == nil {
			f.Add(string(body))
		}
	}
	f.Add(`{"category":"Policy","properties":{"eventProperties":{"a":1},"a":1},"record":{"x":1},"identity":"null"}`)
	f.Fuzz(func(t *testing.T, text string) {
		b := rowsOf([]byte(text))
		for _, g := range []Generation{Setting, Profile} {
			w, err := NewWriter(b.Columns, g)
			if err != nil {
				t.Fatal(err)
			}
			for i := range b.Rows {
				got := w.Append(nil, &b.Rows[i])
				if !json.Valid(got) {
					t.Fatalf("%s: this is no JSON: %s", g, got)
				}
				if again := rowsOf(got); len(again.Rows) != 1 {
					t.Fatalf("%s: %d rows are read again, want 1: %s", g, len(again.Rows), got)
				}
			}
		}
	})
}

// FuzzValues writes rows whose columns hold any text.
func FuzzValues(f *testing.F) {
	f.Add(`{"caller":"a","x":1}`, "a", `{"clientIpAddress":"1.2.3.4:5"}`, "1.2.3.4")
	f.Add(`[1]`, "\xff", `{`, "")
	f.Fuzz(func(t *testing.T, properties, caller, request, address string) {
		rows := schema.NewRows(tables.AzureActivity())
		rows.End(schema.ID{})
		b := output.BatchOf(rows)
		for name, value := range map[string]any{
			"Properties_d": schema.DynamicValue(properties), "Claims_d": schema.DynamicValue(properties), "Caller": caller,
			"HTTPRequest": request, "CallerIpAddress": address, "ResourceId": caller, "Authorization": request,
		} {
			b.Rows[0].Values[b.Column(name)] = value
		}
		for _, g := range []Generation{Setting, Profile} {
			w, err := NewWriter(b.Columns, g)
			if err != nil {
				t.Fatal(err)
			}
			if got := w.Append(nil, &b.Rows[0]); !json.Valid(got) {
				t.Fatalf("%s: this is no JSON: %s", g, got)
			}
		}
	})
}

// rowsOf reads what can be read of a text.
func rowsOf(text []byte) *output.Batch {
	rows := schema.NewRows(tables.AzureActivity())
	m := event.Message{Body: text, Format: event.FormatHub}
	_ = decode.New(decode.Options{}).Decode(&m, "fuzz", "0", func(rec *event.Record) error {
		if rows.Table.Claims(rec) {
			_ = rows.Table.Map(rec, rows)
		}
		return nil
	}, func(*decode.Reject) error { return nil })
	return output.BatchOf(rows)
}
