package syntax

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime returns the processor time of this process so far: unlike the clock
// it does not run while others have the processor.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func seedQueries(f *testing.F) {
	f.Helper()
	for _, c := range goldenCases(f) {
		f.Add(c.query)
	}
	for _, q := range []string{"", "|", "((((", "T | where a == 'x", "let f = (", "\x00\xff", "dynamic({", "!", "“x", "#"} {
		f.Add(q)
	}
}

// FuzzLex checks that tokens follow one another and cover the text but for
// white space and comments.
func FuzzLex(f *testing.F) {
	seedQueries(f)
	f.Fuzz(func(t *testing.T, text string) {
		l := lex(text)
		end := 0
		for i, tok := range l.tokens {
			if tok.start < end || tok.end < tok.start || tok.end > len(text) {
				t.Fatalf("token %d at [%d, %d) after %d in %q", i, tok.start, tok.end, end, text)
			}
			if tok.start == tok.end && tok.kind != kEOF {
				t.Fatalf("token %d is empty in %q", i, text)
			}
			end = tok.end
		}
		if last := l.tokens[len(l.tokens)-1]; last.kind != kEOF || last.end != len(text) {
			t.Fatalf("got last token %+v, want the end of %q", last, text)
		}
		checkErrorSpans(t, text, l.errs)
	})
}

// FuzzParse checks that every text gives a tree whose spans lie inside one
// another, and errors inside the text, in short time.
func FuzzParse(f *testing.F) {
	seedQueries(f)
	f.Fuzz(func(t *testing.T, text string) {
		start := cpuTime(t)
		q, errs := Parse(text)
		if d, limit := cpuTime(t)-start, time.Second+time.Duration(len(text))*10*time.Microsecond; d > limit {
			t.Fatalf("parsing %d bytes took %v, want at most %v", len(text), d, limit)
		}
		checkSpans(t, q)
		checkErrorSpans(t, text, errs)
		if len(errs) == 0 && hasBad(q) {
			t.Fatalf("a tree with gaps but without errors: %q", text)
		}
	})
}

func checkErrorSpans(t *testing.T, text string, errs []Error) {
	t.Helper()
	for _, e := range errs {
		if e.Start < 0 || e.End < e.Start || e.End > len(text) || e.Message == "" {
			t.Fatalf("error %+v does not lie inside %q", e, text)
		}
	}
}

// hasBad tells whether a tree has nodes for what could not be read.
func hasBad(q *Query) bool {
	found := false
	Walk(q, func(n Node) bool {
		switch n.(type) {
		case *BadExpr, *BadOperator:
			found = true
		}
		return !found
	})
	return found
}

// TestLinearTime parses long texts of the shapes that make careless parsers
// slow or overflow the stack.
func TestLinearTime(t *testing.T) {
	const n = 50_000
	shapes := map[string]string{
		"open parentheses":   "print " + strings.Repeat("(", n),
		"parentheses":        "print " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n),
		"open brackets":      "print a" + strings.Repeat("[", n),
		"open braces":        strings.Repeat("{", n),
		"mixed brackets":     "print " + strings.Repeat("([{", n),
		"closing brackets":   strings.Repeat(")", n),
		"crossing brackets":  strings.Repeat("([", n) + strings.Repeat(")", n),
		"calls":              "print " + strings.Repeat("f(", n),
		"signs":              "print " + strings.Repeat("-", n) + "1",
		"or chain":           "T | where " + strings.Repeat("a or ", n) + "a",
		"members":            "print a" + strings.Repeat(".b", n),
		"pipes":              "T" + strings.Repeat(" | take 1", n),
		"empty pipes":        strings.Repeat("|", n),
		"semicolons":         strings.Repeat(";", n),
		"queries in lists":   "T" + strings.Repeat(" | where a in (T", n),
		"names with hyphens": "print " + strings.Repeat("a-", n) + "b = 1",
		"name lists":         "print " + strings.Repeat("(a,", n),
		"strings":            "print " + strings.Repeat("'x' ", n),
		"open quoted names":  strings.Repeat("['x' ", n),
		"stars":              "T | project-away " + strings.Repeat("a*", n),
		"dynamic":            "print dynamic(" + strings.Repeat("[", n),
		"functions":          strings.Repeat("let f = () {", n),
		"subqueries":         "T" + strings.Repeat(" | mv-apply a on (where x", n),
		"bad words":          "T" + strings.Repeat(" | wherre a", n),
		"bad characters":     strings.Repeat("é", n),
		"quotes":             strings.Repeat("'\n", n),
	}
	for name, text := range shapes {
		t.Run(name, func(t *testing.T) {
			start := cpuTime(t)
			q, errs := Parse(text)
			if d, limit := cpuTime(t)-start, 5*time.Second; d > limit {
				t.Errorf("got %v for %d bytes, want at most %v", d, len(text), limit)
			}
			checkErrorSpans(t, text, errs)
			if q.End != len(text) {
				t.Errorf("got a query that ends at %d, want %d", q.End, len(text))
			}
		})
	}
}
