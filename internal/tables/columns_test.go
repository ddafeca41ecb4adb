package tables

import (
	"strings"
	"testing"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// appendJSONRow appends the row that a text says.
func appendJSONRow(t *testing.T, rows *schema.Rows, text string) (failed error) {
	t.Helper()
	err := decode.New(decode.Options{}).Decode(&event.Message{Body: []byte(text), Format: event.FormatTable}, "test", "0",
		func(rec *event.Record) error {
			failed = AppendColumns(rec, rows, schema.ID{1})
			return nil
		}, func(r *decode.Reject) error { t.Fatal(r.Detail); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return failed
}

func TestAppendColumns(t *testing.T) {
	table := &schema.Table{Name: "T", Columns: []schema.Column{
		{Name: "TimeGenerated", Type: schema.Datetime},
		{Name: "Text", Type: schema.String},
		{Name: "Number", Type: schema.Long},
		{Name: "Object", Type: schema.Dynamic},
		{Name: "Type", Type: schema.String, Const: "T"},
	}}
	rows := schema.NewRows(table)
	if err := appendJSONRow(t, rows, `{"TimeGenerated": "2026-03-02T09:00:00Z", "Text": 5, "Number": "7", "Object": {"a": [1]}, "Type": "T"}`); err != nil {
		t.Fatal(err)
	}
	if got := schema.DatetimeValue(rows.Columns[0].Ints[0]).String(); got != "2026-03-02T09:00:00.0000000Z" {
		t.Errorf("got time %s", got)
	}
	if got := string(rows.Columns[1].Bytes(0)) + string(rows.Columns[3].Bytes(0)); got != `5{"a":[1]}` || rows.Columns[2].Ints[0] != 7 {
		t.Errorf("got %s and %d", got, rows.Columns[2].Ints[0])
	}
	for text, want := range map[string]string{
		`{"Txet": 1}`:                     `table T has no column "Txet"`,
		`{"Text": "kept", "Number": "x"}`: `column Number of T is long and cannot hold "x"`,
	} {
		if err := appendJSONRow(t, rows, text); err == nil || !strings.Contains(err.Error(), want) || rows.Len() != 1 {
			t.Errorf("%s: got %v and %d rows, want %s and 1 row", text, err, rows.Len(), want)
		}
	}
	if err := appendJSONRow(t, rows, `{"Text": null}`); err != nil || rows.Len() != 2 {
		t.Errorf("got %v and %d rows, want an empty second row", err, rows.Len())
	}
}
