package rules

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the generated part of the reference page")

// TestCodesReference holds the page against the list of codes.
func TestCodesReference(t *testing.T) {
	const page, heading = "../../docs/reference/rule-tests.md", "### Codes\n"
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(string(data), heading)
	if !found {
		t.Fatalf("%s has no heading %q", page, heading)
	}
	intro, _, _ := strings.Cut(strings.TrimPrefix(after, "\n"), "\n")
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s\n%s\n\n| code | level | what is found |\n|---|---|---|\n", before, heading, intro)
	for _, c := range Codes() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Code, c.Level, c.Doc)
	}
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(b.String(), string(data)); diff != "" {
		t.Errorf("run it with -update: %s", diff)
	}
}
