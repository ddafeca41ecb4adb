package tables

import (
	"strings"
	"testing"
)

// TestReference holds the reference page against the declarations.
func TestReference(t *testing.T) {
	catalog, err := NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := WriteReference(&page, catalog.Tables()); err != nil {
		t.Fatal(err)
	}
	golden(t, "../../docs/reference/tables.md", page.String())
}

// TestDeclarations checks what the other parts rely on.
func TestDeclarations(t *testing.T) {
	for _, table := range Builtin() {
		names := make(map[string]bool)
		for _, c := range table.Columns {
			switch {
			case c.Name == "" || names[c.Name]:
				t.Errorf("%s: column %q is declared twice or has no name", table.Name, c.Name)
			case c.Doc == "" || c.Type == 0:
				t.Errorf("%s.%s: no documentation or no type", table.Name, c.Name)
			case c.Fallback != "" && !names[c.Fallback] && table.Column(c.Fallback) < 0:
				t.Errorf("%s.%s falls back on %s, which does not exist", table.Name, c.Name, c.Fallback)
			case c.Path != nil && table.Column(c.Path.Column) < 0:
				t.Errorf("%s.%s copies from %s, which does not exist", table.Name, c.Name, c.Path.Column)
			}
			names[c.Name] = true
		}
		if table.Retention < 1 || table.Version < 1 || table.Doc == "" || !names["TimeGenerated"] || !names["Type"] {
			t.Errorf("%s: retention, version, documentation, TimeGenerated or Type is missing", table.Name)
		}
	}
	if n := len(AzureActivity().Columns); n != activityColumns {
		t.Errorf("AzureActivity has %d columns, want %d", n, activityColumns)
	}
}
