package syntax

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestErrors compares the errors of the cases in testdata/errors.txt with
// their line, column, offending text and message; -update rewrites them.
func TestErrors(t *testing.T) {
	const file = "testdata/errors.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	count := 0
	for _, block := range strings.Split("\n"+string(text), "\n"+caseMark)[1:] {
		name, body, _ := strings.Cut(block, "\n")
		query, want, _ := strings.Cut(body, treeMark)
		query, want = strings.TrimRight(query, "\n"), strings.TrimSpace(want)
		q, errs := Parse(query)
		checkSpans(t, q)
		got := describe(query, errs)
		if got != want && !*update {
			t.Errorf("%s\n%s\n got %s\nwant %s", name, query, got, want)
		}
		if len(errs) == 0 {
			t.Errorf("%s: got no error, want one", name)
		}
		fmt.Fprintf(&out, "%s%s\n%s%s%s\n\n", caseMark, name, query, treeMark, got)
		count++
	}
	if want := 60; count < want {
		t.Errorf("got %d cases, want at least %d", count, want)
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.TrimRight(out.String(), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// describe writes errors, one to a line: line:column "text" message.
func describe(query string, errs []Error) string {
	lines := make([]string, 0, len(errs))
	for _, e := range errs {
		at := PositionOf(query, e.Start)
		line := fmt.Sprintf("%d:%d %q %s", at.Line, at.Column, query[e.Start:e.End], e.Message)
		if e.Kind == Meaningless {
			line += " (meaningless)"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
