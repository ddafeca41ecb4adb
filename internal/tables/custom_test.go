package tables

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

func custom(t *testing.T) (firewall, other *schema.Table, catalog *Catalog) {
	t.Helper()
	declared, err := LoadCustom("testdata/custom")
	if err != nil {
		t.Fatal(err)
	}
	catalog, err = NewCatalog(declared...)
	if err != nil {
		t.Fatal(err)
	}
	return declared[0], declared[1], catalog
}

func TestCustomRow(t *testing.T) {
	firewall, _, catalog := custom(t)
	rec := record(t, event.ShapeUnknown, `{"product":"branch-firewall","event":{"at":1714980896123,"action":"deny","rule.id":"17"},"bytes":9007199254740993,
		"ratio":"0.25","price":12.345678901234567890123,"blocked":"TRUE","session":"{00112233445566778899AABBCCDDEEFF}","lasted":"1.02:03:04.5",
		"seen":"5/6/2024 7:34:56 AM","tags":["x", "y"],"extra":{"k":1},"nothing":null}`)
	if got := catalog.Route(rec); got != firewall {
		t.Fatalf("routed to %v", got)
	}
	rows := mapped(t, firewall, rec)
	for name, want := range map[string]string{
		"TimeGenerated": "2024-05-06T07:34:56.1230000Z",
		"Action":        "deny",
		"RuleId":        "17",
		"Bytes":         "9007199254740993",
		"Ratio":         "0.25",
		"Price":         "12.345678901234567890123",
		"Blocked":       "1",
		"SessionId":     "00112233-4455-6677-8899-aabbccddeeff",
		"Lasted":        "1.02:03:04.5000000",
		"SeenAt":        "2024-05-06T07:34:56.0000000Z",
		"FirstTag":      "x",
		"Tags":          `["x","y"]`,
		"Type":          "Firewall_CL",
		"Rest":          `{"product":"branch-firewall","event":{"at":1714980896123,"action":"deny","rule.id":"17"},"extra":{"k":1},"nothing":null}`,
	} {
		if got := cell(rows, 0, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestCustomMisfits(t *testing.T) {
	firewall, other, catalog := custom(t)
	rec := record(t, event.ShapeHub, `{"product":"branch-firewall","event":{"rule.id":"x"},"bytes":"many","blocked":[1],"":"e"}`)
	rows := mapped(t, firewall, rec)
	if got, want := cell(rows, 0, "Rest"), `{"product":"branch-firewall","event":{"rule.id":"x"},"bytes":"many","blocked":[1],"":"e"}`; got != want {
		t.Errorf("Rest: got %s, want %s", got, want)
	}
	if got := cell(rows, 0, "TimeGenerated"); got != "" {
		t.Errorf("TimeGenerated: got %s, want none", got)
	}
	Arrive(rows, 7)
	if got := rows.Columns[rows.Table.Column("TimeGenerated")].Ints[0]; got != 7 {
		t.Errorf("TimeGenerated after arrival: got %d, want 7", got)
	}

	rec = record(t, event.ShapeUnknown, `{"kind":"b","count":99999999999,"time":"2024-01-01T00:00:00Z"}`)
	if got := catalog.Route(rec); got != other {
		t.Fatalf("routed to %v", got)
	}
	rows = schema.NewRows(other)
	err := other.Map(rec, rows)
	if err == nil || !strings.Contains(err.Error(), "column count is int and cannot hold 99999999999") || rows.Len() != 0 {
		t.Errorf("got error %v and %d rows", err, rows.Len())
	}
	if catalog.Route(record(t, event.ShapeUnknown, `{"kind":"b","secret":1}`)) != nil || catalog.Route(record(t, event.ShapeUnknown, `{"kind":"c"}`)) != nil {
		t.Error("claimed against its conditions")
	}
}

// TestCustomIdentity: what is known of such a record is where it was and what
// it says.
func TestCustomIdentity(t *testing.T) {
	_, other, _ := custom(t)
	a := record(t, event.ShapeUnknown, `{"kind":"a"}`)
	b := record(t, event.ShapeUnknown, `{"kind":"a"}`)
	b.Index = 1
	rows := mapped(t, other, a, b, a)
	if rows.IDs[0] == rows.IDs[1] || rows.IDs[0] != rows.IDs[2] {
		t.Errorf("IDs %v: want the first and third the same, the second another", rows.IDs)
	}
}

func TestCustomFaults(t *testing.T) {
	const good = "name: A_CL\nmatch: [{field: a, exists: true}]\ncolumns: [{name: a, type: string}]\n"
	if _, err := ReadCustom("a.yaml", []byte(good)); err != nil {
		t.Fatalf("good: %v", err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"syntax", "name: [", "a.yaml:1:"},
		{"unknown key", good + "colums: 1\n", `a.yaml:4:1: unknown key "colums": want name, doc, retention, time, match, columns`},
		{"key twice", good + "name: B_CL\n", "a.yaml:4:1: "},
		{"no mapping", "- a", "a.yaml:1:1: want a mapping with the keys name,"},
		{"table name", strings.Replace(good, "A_CL", "A", 1), `a.yaml:1:7: table name "A": want letters`},
		{"no name", strings.Replace(good, "name: A_CL\n", "", 1), "name is missing"},
		{"no match", "name: A_CL\ncolumns: [{name: a, type: string}]", "match is missing"},
		{"no columns", "name: A_CL\nmatch: [{field: a, exists: true}]", "columns is missing"},
		{"type", strings.Replace(good, "string", "text", 1), `a.yaml:3:27: unknown type "text": want bool, int`},
		{"column name", strings.Replace(good, "name: a", "name: 1a", 1), `column name "1a": want letters`},
		{"column twice", strings.Replace(good, "[{name: a", "[{name: A, type: int}, {name: a", 1), `column "a": the name is taken`},
		{"reserved column", strings.Replace(good, "name: a", "name: Type", 1), `column "Type": the name is taken`},
		{"two rests", strings.Replace(good, "[{name: a, type: string}", `[{name: a, type: dynamic, from: "*"}, {name: b, type: dynamic, from: "*"}`, 1), "only one column"},
		{"rest of type", strings.Replace(good, "type: string", `type: string, from: "*"`, 1), "wants type dynamic"},
		{"time type", strings.Replace(good, "name: a,", "name: TimeGenerated,", 1), "want type datetime"},
		{"path", strings.Replace(good, "type: string", `type: string, from: "a..b"`, 1), `path "a..b": want keys like`},
		{"retention", good + "retention: 0\n", "a.yaml:4:12: want a whole number from 1 to 4383"},
		{"two tests", strings.Replace(good, "exists: true", "exists: true, equals: b", 1), "exactly one of exists, equals, in, prefix"},
		{"no test", strings.Replace(good, ", exists: true", "", 1), "exactly one of"},
		{"exists", strings.Replace(good, "exists: true", "exists: maybe", 1), "want true or false"},
		{"empty match", strings.Replace(good, "[{field: a, exists: true}]", "[]", 1), "match is empty"},
		{"match is no list", strings.Replace(good, "[{field: a, exists: true}]", "a", 1), "a.yaml:2:8: want a list"},
	} {
		_, err := ReadCustom("a.yaml", []byte(c.text))
		var fault *SchemaError
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &fault) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

func TestLoadCustom(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"b.yml": "name: 1", "a.yaml": "name: 2", "c.txt": "not read"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := LoadCustom(dir)
	if err == nil || strings.Index(err.Error(), "a.yaml") > strings.Index(err.Error(), "b.yml") || strings.Contains(err.Error(), "c.txt") {
		t.Errorf("got %v, want the faults of a.yaml, then of b.yml", err)
	}
	if _, err := LoadCustom(filepath.Join(dir, "missing.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the file does not exist", err)
	}
}

func TestCatalogNames(t *testing.T) {
	_, other, catalog := custom(t)
	if _, err := NewCatalog(other, other); err == nil || !strings.Contains(err.Error(), "the name is taken") {
		t.Errorf("two tables of one name: got %v", err)
	}
	last := ""
	for _, table := range catalog.Tables() {
		if table.Name <= last {
			t.Errorf("%s follows %s", table.Name, last)
		}
		last = table.Name
		if got, ok := catalog.Table(table.Name); !ok || got != table {
			t.Errorf("table %s is not found", table.Name)
		}
	}
}
