package tables

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files and the reference page")

// TestAzureActivityCases maps every record in testdata/azure_activity; the
// name of the file begins with the record's shape. Expected rows lie beside.
func TestAzureActivityCases(t *testing.T) {
	files, err := filepath.Glob("testdata/azure_activity/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			rec := record(t, shapeOf(t, file), string(text))
			golden(t, strings.TrimSuffix(file, ".json")+".row", shown(mapped(t, AzureActivity(), rec), 0))
		})
	}
}

func shapeOf(t *testing.T, file string) event.Shape {
	shape, _, _ := strings.Cut(filepath.Base(file), "-")
	for _, s := range []event.Shape{event.ShapeHub, event.ShapeREST, event.ShapeTableRow} {
		if s.String() == shape {
			return s
		}
	}
	t.Fatalf("%s: unknown shape %q", file, shape)
	return event.ShapeUnknown
}

// golden compares with a file, or rewrites it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: run with -update to make it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: want -, got +\n%s", file, diff)
	}
}

func TestRowIDs(t *testing.T) {
	id := func(shape event.Shape, text string) schema.ID {
		return mapped(t, AzureActivity(), record(t, shape, text)).IDs[0]
	}
	hub := `{"time":"2024-01-01T00:00:00Z","category":"Administrative","properties":{"a":"b c"}}`
	rest := `{"eventDataId":"E1","id":"/subscriptions/s/events/E1/ticks/638396640000000000","eventTimestamp":"2024-01-01T00:00:00Z","operationName":{"value":"a/b/write"},"status":{"value":"Started"}}`
	row := `{"TimeGenerated":"2024-01-01T00:00:00Z","_ItemId":"00112233-4455-6677-8899-AABBCCDDEEFF"}`
	for _, c := range []struct {
		name, a, b string
		shape      event.Shape
		same       bool
	}{
		{"white space", hub, "{ \"time\" : \"2024-01-01T00:00:00Z\",\n\"category\":\"Administrative\",\"properties\":{\"a\":\"b c\"}}", event.ShapeHub, true},
		{"space in a string", hub, strings.Replace(hub, "b c", "b  c", 1), event.ShapeHub, false},
		{"rest, more told", rest, strings.Replace(rest, "{", `{"description":"d",`, 1), event.ShapeREST, true},
		{"rest, id only", strings.Replace(rest, `"eventDataId":"E1",`, "", 1), strings.Replace(rest, `"eventDataId":"E1",`, `"level":"Error",`, 1), event.ShapeREST, true},
		{"rest, other status", rest, strings.Replace(rest, "Started", "Accepted", 1), event.ShapeREST, false},
		{"rest, other time", rest, strings.Replace(rest, "00:00Z", "00:01Z", 1), event.ShapeREST, false},
		{"row, same item", row, strings.Replace(row, "2024", "2025", 1), event.ShapeTableRow, true},
	} {
		if got := id(c.shape, c.a) == id(c.shape, c.b); got != c.same {
			t.Errorf("%s: same ID %v, want %v", c.name, got, c.same)
		}
	}
	if got, want := id(event.ShapeTableRow, row).String(), "00112233-4455-6677-8899-aabbccddeeff"; got != want {
		t.Errorf("exported row has ID %s, want %s", got, want)
	}
}

func TestRoute(t *testing.T) {
	catalog, err := NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		shape      event.Shape
		want       bool
	}{
		{"diagnostic setting", `{"category":"Administrative"}`, event.ShapeHub, true},
		{"log profile", `{"category":"Write"}`, event.ShapeHub, true},
		{"other case", `{"Category":"servicehealth"}`, event.ShapeHub, true},
		{"localized", `{"category":"Service Health"}`, event.ShapeHub, true},
		{"sign-in", `{"category":"NonInteractiveUserSignInLogs","properties":{"eventCategory":"Administrative"}}`, event.ShapeHub, false},
		{"resource log", `{"category":"AuditEvent"}`, event.ShapeHub, false},
		{"no category, but event category", `{"properties":{"eventCategory":"Policy"}}`, event.ShapeHub, true},
		{"no category, but authorization", `{"identity":{"authorization":{}}}`, event.ShapeHub, true},
		{"no category", `{"properties":{}}`, event.ShapeHub, false},
		{"2015", `{"id":"x"}`, event.ShapeREST, true},
		{"row", `{"OperationName":"x"}`, event.ShapeTableRow, true},
		{"row of another table", `{"Type":"SecurityAlert"}`, event.ShapeTableRow, false},
		{"anything", `{"category":"Administrative"}`, event.ShapeUnknown, false},
	} {
		if got := catalog.Route(record(t, c.shape, c.text)) != nil; got != c.want {
			t.Errorf("%s: routed %v, want %v", c.name, got, c.want)
		}
	}
}
