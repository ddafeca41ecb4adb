package known

import (
	"testing"

	"nephoscope/internal/tables"
)

func TestListIsWhole(t *testing.T) {
	list, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, table := range list {
		seen := map[string]bool{}
		for _, c := range table.Columns {
			if seen[c.Name] {
				t.Errorf("%s has two columns %s", name, c.Name)
			}
			seen[c.Name] = true
		}
		if len(seen) < 3 {
			t.Errorf("%s has %d columns", name, len(seen))
		}
	}
	catalog, err := tables.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	for _, own := range catalog.Tables() {
		if list[own.Name] != nil {
			t.Errorf("%s is a table of the project: take it out of the list", own.Name)
		}
	}
}

func TestBrokenLists(t *testing.T) {
	for _, text := range []string{"  a:string\n", "T\n  a:strin\n", "T\n  a\n"} {
		if _, err := read(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
