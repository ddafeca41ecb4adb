package tables

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// FuzzMap maps any JSON object as any shape: there is a row afterwards whose
// texts are valid and whose dynamic columns are JSON, and nothing the record
// says is missing.
func FuzzMap(f *testing.F) {
	files, err := filepath.Glob("testdata/azure_activity/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, uint8(len(text)))
	}
	f.Add([]byte(`{"identity":"{\"claims\":[]}","properties":"[1]","time":7,"category":{"value":{}},"id":"/events//ticks/9","":{}}`), uint8(1))
	f.Add([]byte(`{"CallerIpAddress":{"":"10"},"httpRequest":[1],"time":{"value":"2024-01-01T00:00:00Z","x":2},"id":{"y":3},"identity":"me","claims":{"a":"b"},"caller":"c"}`), uint8(2))
	catalog, err := NewCatalog()
	if err != nil {
		f.Fatal(err)
	}
	table := AzureActivity()
	f.Fuzz(func(t *testing.T, text []byte, shape uint8) {
		if !utf8.Valid(text) {
			return
		}
		rec, ok := tryRecord(event.Shape(shape%4), text)
		if !ok {
			return
		}
		catalog.Route(rec)
		rows := schema.NewRows(table)
		if err := table.Map(rec, rows); err != nil {
			t.Fatalf("map: %v", err)
		}
		assertRow(t, rows)
		if rec.Shape != event.ShapeTableRow && len(text) < 1000 {
			assertWhole(t, "fuzz", rec)
		}
	})
}

// assertRow checks what the store demands of every row.
func assertRow(t *testing.T, rows *schema.Rows) {
	t.Helper()
	for i := range rows.Columns {
		v, c := &rows.Columns[i], &rows.Table.Columns[i]
		if v.Len() != rows.Len() {
			t.Fatalf("column %s has %d values in %d rows", c.Name, v.Len(), rows.Len())
		}
		switch c.Type {
		case schema.Datetime:
			if n := schema.DatetimeValue(v.Ints[0]); n < 0 || n > schema.MaxDatetime {
				t.Fatalf("column %s has the time %d", c.Name, n)
			}
		case schema.String, schema.Dynamic, schema.GUID, schema.Decimal:
			b := v.Bytes(0)
			if !utf8.Valid(b) {
				t.Fatalf("column %s is not UTF-8: %q", c.Name, b)
			}
			value := jsontext.Value(b)
			if c.Type == schema.Dynamic && v.Valid[0] && !value.IsValid(jsontext.AllowDuplicateNames(true)) {
				t.Fatalf("column %s is not JSON: %s", c.Name, b)
			}
		}
	}
}

// FuzzCustom reads any text as a declaration, and maps records with what it
// declares.
func FuzzCustom(f *testing.F) {
	text, err := os.ReadFile("testdata/custom/firewall.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text, []byte(`{"action":"deny","time":1700000000}`))
	f.Add([]byte("name: A_CL\ncolumns: [{name: a, type: long}]\nmatch: [{field: a, exists: true}]"), []byte(`{"a":"7"}`))
	f.Fuzz(func(t *testing.T, text, object []byte) {
		declared, err := ReadCustom("fuzz.yaml", text)
		if err != nil || !utf8.Valid(object) {
			return
		}
		rec, ok := tryRecord(event.ShapeUnknown, object)
		if !ok {
			return
		}
		for _, table := range declared {
			rows := schema.NewRows(table)
			table.Claims(rec)
			if table.Map(rec, rows) == nil {
				assertRow(t, rows)
			} else if rows.Len() != 0 {
				t.Fatal("an error and a row")
			}
		}
	})
}

// FuzzMapMcasActivity maps any JSON object as an activity of Cloud App
// Security: there is a row afterwards whose values the store takes.
func FuzzMapMcasActivity(f *testing.F) {
	files, err := filepath.Glob("testdata/mcas_activity/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"_id":"","_id":"a","RawData":"{\"a\":1}","RawData":"{}","user":{"userName":{"value":"x"}},"Type":[],"":{"":{"":1}}}`))
	table := McasActivityLog()
	f.Fuzz(func(t *testing.T, text []byte) {
		rec, ok := tryRecord(event.ShapeUnknown, text)
		if !ok || !utf8.Valid(text) {
			return
		}
		rows := schema.NewRows(table)
		if err := table.Map(rec, rows); err != nil {
			t.Fatalf("map: %v", err)
		}
		assertRow(t, rows)
	})
}
