package tables

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// TestMcasCases maps every record of the folders through the catalog, as
// ingestion does. Expected rows lie beside.
func TestMcasCases(t *testing.T) {
	catalog, err := NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	for folder, table := range map[string]string{"mcas_activity": mcasActivityTable, "mcas_shadow_it": shadowITTable} {
		files, err := filepath.Glob("testdata/" + folder + "/*.json")
		if err != nil || len(files) == 0 {
			t.Fatalf("no cases: %v", err)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				rec := record(t, event.ShapeUnknown, string(text))
				to := catalog.Route(rec)
				if to == nil || to.Name != table {
					t.Fatalf("routed to %v, want %s", to, table)
				}
				golden(t, strings.TrimSuffix(file, ".json")+".row", shown(mapped(t, to, rec), 0))
			})
		}
	}
}

func TestMcasRecordsOfOthersAreNotClaimed(t *testing.T) {
	catalog, err := NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"an alert":         `{"_id":"5f1f0b2c1e7a434d199c550e","timestamp":1772445964123,"title":"Mass delete","severityValue":1}`,
		"an empty answer":  `{"data":[],"hasNext":false,"total":0}`,
		"other data":       `{"data":[{"a":1}],"hasNext":false}`,
		"a time as a text": `{"_id":"a","appId":1,"timestamp":"2026-03-02T00:00:00Z","eventType":1}`,
		"another table":    `{"_id":"a","appId":1,"timestamp":1772445964123,"eventType":1,"Type":"Firewall_CL"}`,
	} {
		if to := catalog.Route(record(t, event.ShapeUnknown, text)); to != nil {
			t.Errorf("%s: routed to %s", name, to.Name)
		}
	}
}

func TestMcasActivityIdentity(t *testing.T) {
	table := McasActivityLog()
	id := func(text string) schema.ID { return mapped(t, table, record(t, event.ShapeUnknown, text)).IDs[0] }
	own := id(`{"_id":"a","appId":1,"timestamp":1}`)
	if own != id(`{"appId":1,"timestamp":1,"created":5,"_id":"a"}`) || own != id(`{"_id_s":"a","appId_d":1}`) {
		t.Error("one activity told twice has two ids")
	}
	if own == id(`{"_id":"b","appId":1,"timestamp":1}`) {
		t.Error("two activities have one id")
	}
}

func TestShadowITRefusesWhatFitsNoColumn(t *testing.T) {
	table := McasShadowItReporting()
	for text, want := range map[string]string{
		`{"Type":"McasShadowItReporting","AppScore":"high"}`: `column AppScore of McasShadowItReporting is int and cannot hold "high"`,
		`{"Type":"McasShadowItReporting","Colour":"red"}`:    `table McasShadowItReporting has no column "Colour"`,
	} {
		rows := schema.NewRows(table)
		err := table.Map(record(t, event.ShapeUnknown, text), rows)
		if err == nil || !strings.Contains(err.Error(), want) || rows.Len() != 0 {
			t.Errorf("%s: got %v and %d rows, want %s", text, err, rows.Len(), want)
		}
	}
}
