package kql_test

import (
	"slices"
	"strings"
	"testing"

	"nephoscope/internal/kql/bind"
)

// TestPlugins runs the examples of every plugin.
func TestPlugins(t *testing.T) {
	db := openStore(t, noTables{})
	for _, p := range bind.Plugins() {
		if len(p.Examples) == 0 || !strings.HasSuffix(p.Doc, ".") || !strings.HasPrefix(p.Usage, p.Name+"(") {
			t.Errorf("%s: an example, a sentence and a usage are wanted", p.Name)
		}
		for _, ex := range p.Examples {
			_, rows, err := run(t, db, noTables{}, ex.Query)
			switch {
			case err != nil:
				t.Errorf("%s: %s\n%v", p.Name, ex.Query, err)
			case len(rows) == 0:
				t.Errorf("%s: %s\nreturns no row", p.Name, ex.Query)
			case !slices.Equal(texts(rows[0]), ex.Want):
				t.Errorf("%s: %s\n got %q\nwant %q", p.Name, ex.Query, texts(rows[0]), ex.Want)
			}
		}
	}
}
