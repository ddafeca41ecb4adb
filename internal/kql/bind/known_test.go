package bind

import (
	"strings"
	"testing"

	"nephoscope/internal/kql/fn"
)

// TestKnownNamesAreNotDeclared keeps the list of what is missing to what is
// missing.
func TestKnownNamesAreNotDeclared(t *testing.T) {
	for _, name := range strings.Fields(knownNames) {
		for _, kind := range []fn.Kind{fn.Scalar, fn.Aggregate, fn.Window} {
			if fn.Default().Find(kind, name) != nil || special(name) != nil {
				t.Errorf("%s is declared", name)
			}
		}
	}
}
