package activity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/output"
	"nephoscope/internal/schema"
	"nephoscope/internal/simulate"
	"nephoscope/internal/tables"
)

// A reading is a record with the row it became.
type reading struct {
	text string // compact
	row  output.Row
}

// read decodes bytes and maps the records of AzureActivity.
func read(t testing.TB, format event.Format, body []byte) (columns []schema.Column, list []reading) {
	t.Helper()
	rows := schema.NewRows(tables.AzureActivity())
	var texts []string
	m := event.Message{Body: body, Format: format}
	err := decode.New(decode.Options{}).Decode(&m, "test", "0", func(rec *event.Record) error {
		if !rows.Table.Claims(rec) {
			return nil
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, rec.Text); err != nil {
			return err
		}
		texts = append(texts, compact.String())
		return rows.Table.Map(rec, rows)
	}, func(r *decode.Reject) error { return fmt.Errorf("rejected: %s", r.Detail) })
	if err != nil {
		t.Fatalf("read %.300s: %v", body, err)
	}
	b := output.BatchOf(rows)
	for i, row := range b.Rows {
		list = append(list, reading{texts[i], row})
	}
	return b.Columns, list
}

// write writes rows as records, one a line.
func write(t testing.TB, columns []schema.Column, g Generation, list []reading) []byte {
	t.Helper()
	w, err := NewWriter(columns, g)
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	for i := range list {
		out = append(w.Append(out, &list[i].row), '\n')
	}
	return out
}

// simulated returns events of a made-up company in one of Azure's shapes.
func simulated(t testing.TB, shape simulate.Shape, events int) []byte {
	t.Helper()
	company, err := simulate.New(simulate.Options{Seed: 7, End: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Events: events})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := simulate.NewWriter(&out, shape)
	if err != nil {
		t.Fatal(err)
	}
	for e := range company.Events() {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestStreamsComeBackAsTheSameBytes: a record of either stream, written again
// in its own generation, is the same text, so it even has the same _ItemId.
func TestStreamsComeBackAsTheSameBytes(t *testing.T) {
	for shape, g := range map[simulate.Shape]Generation{simulate.ShapeHub: Setting, simulate.ShapeHubProfile: Profile} {
		columns, list := read(t, event.FormatHub, simulated(t, shape, 2000))
		if len(list) != 2000 {
			t.Fatalf("%s: %d records, want 2000", shape, len(list))
		}
		lines := strings.Split(strings.TrimSpace(string(write(t, columns, g, list))), "\n")
		for i, line := range lines {
			if line != list[i].text {
				t.Fatalf("%s: record %d is written as\n%s\nwant\n%s", shape, i, line, list[i].text)
			}
		}
	}
}

// changes tells in which columns a row differs from what it was, and which
// members of Properties_d came or went.
func changes(columns []schema.Column, was, is output.Row) (list []string) {
	for i, c := range columns {
		switch {
		case c.Name == "Properties_d":
			list = append(list, memberChanges(was.Values[i], is.Values[i])...)
		case !sameValue(c, was.Values[i], is.Values[i]):
			list = append(list, fmt.Sprintf("%s: %v -> %v", c.Name, was.Values[i], is.Values[i]))
		}
	}
	return list
}

func sameValue(c schema.Column, was, is any) bool {
	if c.Type == schema.Dynamic {
		return reflect.DeepEqual(object(was), object(is))
	}
	return was == is
}

func object(v any) map[string]any {
	text, _ := v.(schema.DynamicValue)
	o := map[string]any{}
	_ = json.Unmarshal([]byte(text), &o)
	return o
}

func memberChanges(was, is any) (list []string) {
	before, after := object(was), object(is)
	names := maps.Clone(before)
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !reflect.DeepEqual(before[name], after[name]) {
			list = append(list, fmt.Sprintf("Properties_d.%s: %v -> %v", name, before[name], after[name]))
		}
	}
	return list
}

// expectChanges reads records, writes them, reads them again and compares.
// allowed are beginnings of changes that may be.
func expectChanges(t *testing.T, what string, g Generation, columns []schema.Column, list []reading, allowed ...string) {
	t.Helper()
	written := write(t, columns, g, list)
	_, again := read(t, event.FormatHub, written)
	if len(again) != len(list) {
		t.Fatalf("%s: %d records became %d", what, len(list), len(again))
	}
	used := map[string]bool{}
	for i := range list {
		for _, c := range changes(columns, list[i].row, again[i].row) {
			j := slices.IndexFunc(allowed, func(a string) bool { return strings.HasPrefix(c, a) })
			if j < 0 {
				t.Fatalf("%s: record %d: %s\nread    %s\nwritten %s", what, i, c, list[i].text, again[i].text)
			}
			used[allowed[j]] = true
		}
	}
	for _, a := range allowed {
		if !used[a] {
			t.Errorf("%s: the change %q never happens: the list is too long", what, a)
		}
	}
}

// TestWhatComesBack holds the lists that the Generations have in their
// documentation.
func TestWhatComesBack(t *testing.T) {
	for _, c := range []struct {
		shape   simulate.Shape
		format  event.Format
		g       Generation
		changes []string
	}{
		{simulate.ShapeHub, event.FormatHub, Setting, nil},
		{simulate.ShapeHubProfile, event.FormatHub, Profile, nil},
		{simulate.ShapeHubProfile, event.FormatHub, Setting, nil},
		{simulate.ShapeREST, event.FormatREST, Setting, []string{"Category: ", "OperationName: ", "Properties_d.resultSignature: <nil> -> "}},
		{simulate.ShapeTableJSON, event.FormatTable, Setting, []string{
			"TenantId: ", "Properties_d.resultSignature: <nil> -> ", "Properties_d.hierarchy: <nil> -> ", "Properties_d.httpRequest: <nil> -> ",
			"ResourceProviderValue: ", // of extension resources, of which the simulation names the last provider
			"ResourceId:  -> ", "Resource:  -> ",
		}},
		{simulate.ShapeHub, event.FormatHub, Profile, []string{
			"Level: Informational -> Information", "Properties_d.tenantId: ", "Properties_d.RoleLocation: ", "Properties_d.Stamp: ", "Properties_d.ReleaseVersion: ",
			"Properties_d.location: <nil> -> global", "Properties_d.category: <nil> -> ", "Properties_d.durationMs: ",
			"Properties_d.eventCategory: <nil> -> ", "Properties_d.eventProperties: <nil> -> ",
		}},
		{simulate.ShapeREST, event.FormatREST, Profile, []string{
			"Level: Informational -> Information", "Category: ", "OperationName: ", "Properties_d.resultSignature: <nil> -> ", "Properties_d.tenantId: ",
			"Properties_d.location: <nil> -> global", "Properties_d.category: <nil> -> ", "Properties_d.eventCategory: <nil> -> ", "Properties_d.eventProperties: <nil> -> ",
			"EventDataId: ", "Properties_d.eventDataId: ", "OperationId: ", "EventSubmissionTimestamp: ", "Properties_d.eventSubmissionTimestamp: ",
			"HTTPRequest: ", "Properties_d.httpRequest: ", "ActivityStatus: ", "ActivitySubstatus: ", "ResourceProvider: ", "ResourceProviderValue: ", "Properties_d.resourceProviderValue: ",
			"Properties_d.channels: ", "Properties_d.eventName: ", "Properties_d.resourceType: ", "Properties_d.description: ",
		}},
	} {
		what := string(c.shape) + " as " + string(c.g)
		columns, list := read(t, c.format, simulated(t, c.shape, 1500))
		if len(list) != 1500 {
			t.Fatalf("%s: %d records, want 1500", what, len(list))
		}
		expectChanges(t, what, c.g, columns, list, c.changes...)
	}
}

// TestHandWrittenCases writes what the mapping's own cases become.
func TestHandWrittenCases(t *testing.T) {
	files, err := filepath.Glob("../../tables/testdata/azure_activity/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	rest := []string{"OperationName: ", "Category: ", "Properties_d.resultSignature: <nil> -> "}
	allowed := map[string][]string{
		"hub-clashes":            {"OperationName: "}, // its operationName is an object, which Azure's never is
		"hub-log-profile-policy": {"Properties_d.location: <nil> -> global"},
		"rest-2015":              rest[:1],
		"rest-administrative":    rest,
		"rest-policy":            rest,
		"rest-service-health":    rest[:2],
		"table-diagnostic": {
			"TenantId: w-1", "_BilledSize: ", "ResourceId:  -> ", "Resource:  -> ", "ResourceGroup:  -> G", "HTTPRequest:  -> ",
			"Properties_d.activityStatusValue: <nil> -> ", "Properties_d.caller: <nil> -> ", "Properties_d.eventDataId: <nil> -> ", "Properties_d.eventSubmissionTimestamp: <nil> -> ",
			"Properties_d.httpRequest: <nil> -> ", "Properties_d.resourceGroup: <nil> -> ", "Properties_d.resultSignature: <nil> -> ",
		},
		"table-legacy": {
			"SourceSystem:  -> Azure", "CategoryValue:  -> Administrative", "Category: ", "ActivityStatusValue:  -> Success",
			"Authorization: ", "Authorization_d: <nil> -> ", "Properties: ", "Properties_d.", "HTTPRequest: ", "ResourceGroup: cxe -> CXE", "SubscriptionId: 0B1F -> 0b1f",
		},
		"table-local-time": {"SourceSystem:  -> Azure", "CategoryValue:  -> Administrative", "Properties_d.caller: <nil> -> ", "Properties_d.eventSubmissionTimestamp: <nil> -> "},
		"table-typed": {
			"SourceSystem:  -> Azure", "CategoryValue:  -> Administrative", "Caller:  -> a-2", "EventSubmissionTimestamp: <nil> -> ", "_BilledSize: ",
			"Properties_d.caller: <nil> -> ", "Properties_d.eventSubmissionTimestamp: <nil> -> ", "Properties_d.httpRequest: <nil> -> ", "Properties_d.properties: <nil> -> not json",
		},
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		format, _, _ := strings.Cut(name, "-")
		columns, list := read(t, event.Format(format), body)
		for _, g := range []Generation{Setting, Profile} {
			if g == Setting || strings.Contains(name, "log-profile") {
				may := allowed[name]
				if g == Setting && name == "hub-log-profile-policy" {
					may = nil
				}
				t.Run(name+" as "+string(g), func(t *testing.T) { expectChanges(t, name, g, columns, list, may...) })
			}
		}
	}
}
