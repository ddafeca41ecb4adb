package syntax

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestPatterns(t *testing.T) {
	for text, want := range map[string]string{
		``: "|", `a`: "a|", `*`: "~|*", `a*b?c`: "a~b~c|*?", `a\*`: "a*|", `a\\*`: `a\~|*`, `a\\\*`: `a\*|`, `a\b`: `a\b|`, `a\\b`: `a\b|`,
		`a\\\\b`: `a\\b|`, `a\`: `a\|`, `\?`: "?|",
	} {
		p := parsePattern(text)
		if got := strings.Join(p.Pieces, "~") + "|" + string(p.Wild); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestShapes(t *testing.T) {
	for text, want := range map[string]string{
		``: "1 ", `a`: "1 a", `a*`: "2 a", `*a`: "3 a", `*a*`: "4 a", `***a**`: "4 a", `*`: "5 ", `**`: "5 ", `a*b`: "0 ", `?`: "0 ", `a?*`: "0 ", `a\**`: "2 a*",
	} {
		shape, plain := parsePattern(text).Shape()
		if got := fmt.Sprint(shape, " ", plain); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestOpenAddsNoWildcardTwice(t *testing.T) {
	for text, want := range map[string]string{`a`: "~a~|**", `*a`: "~a~|**", `a*`: "~a~|**", `*`: "~|*", `a\*`: "~a*~|**"} {
		p := parsePattern(text).Open()
		if got := strings.Join(p.Pieces, "~") + "|" + string(p.Wild); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"a*", "ab", true},
		{"a*", "ba", false},
		{"*", "", true},
		{"a*b*c", "axxbyyc", true},
		{"a*b*c", "acb", false},
		{"a*a", "a", false},
		{"*a*a*", "a-a", true},
		{"*a*a*", "a", false},
		{"ab", "ab", true},
		{"a", "ab", false},
	} {
		if got := glob(c.pattern, c.name); got != c.want {
			t.Errorf("%s of %s: got %t", c.pattern, c.name, got)
		}
	}
}

// TestMiddle finds what stands for a text in every encoded text that holds it.
func TestMiddle(t *testing.T) {
	for _, text := range []string{"a", "ab", "abc", "abcd", "powershell"} {
		for offset := range 3 {
			for after := range 3 {
				whole := append(append(slices.Repeat([]byte{'#'}, offset+3), text...), slices.Repeat([]byte{'%'}, after)...)
				it := item{values: []operand{{kind: textKind, test: Like{Pattern: Plain(string(whole))}}}}
				if err := it.base64("base64"); err != nil {
					t.Fatal(err)
				}
				encoded, _ := it.values[0].test.(Like).Pattern.Text()
				if part := middle([]byte(text), offset); !strings.Contains(encoded, part) {
					t.Errorf("%q at %d: %q is not in %q", text, offset, part, encoded)
				}
			}
		}
	}
}

func TestDashes(t *testing.T) {
	if got, want := strings.Join(dashed("-a b-c", 100), " "), "-a b-c /a b-c –a b-c —a b-c ―a b-c"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := len(dashed("-a /b", 100)); got != 25 {
		t.Errorf("got %d ways of two dashes, want 25", got)
	}
	if got := len(dashed("-a /b -c -d", 100)); got != 100 {
		t.Errorf("got %d, want the bound", got)
	}
}

// TestPlaces looks at where the words of a condition stand in the file.
func TestPlaces(t *testing.T) {
	const head = "title: x\nlogsource: {product: y}\ndetection:\n  s: {a: b}\n  condition: "
	for condition, want := range map[string]string{
		"s and t":          "5:20",
		"'s and t'":        "5:21",
		"1 of t*":          "5:19",
		"|\n    s and t":   "6:11",
		"not (s or  tt)":   "5:25",
		"s | sort() > 1":   "5:16",
		"\"s and (s and\"": "5:14",
	} {
		docs, err := Documents([]byte(head + condition + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		if docs[0].Err == nil {
			t.Errorf("%q is taken", condition)
			continue
		}
		if got := fmt.Sprintf("%d:%d", docs[0].Err.Line, docs[0].Err.Column); got != want {
			t.Errorf("%q: got %s, want %s: %v", condition, got, want, docs[0].Err)
		}
	}
}

// TestHostileFiles reads files that are made to take time or memory.
func TestHostileFiles(t *testing.T) {
	for name, text := range map[string]string{
		"brackets":   "a: " + strings.Repeat("[", 100_000),
		"indicators": strings.Repeat("- ", 50_000) + "a",
		"size":       strings.Repeat("a: b\n", 100_000),
		"documents":  strings.Repeat("a: b\n---\n", 1000),
		"depth":      "title: x\nlogsource: {product: y}\ndetection:\n  s:\n" + deep(60) + "  condition: s\n",
		"brackets in a condition": "title: x\nlogsource: {product: y}\ndetection:\n  s: {a: b}\n  condition: " +
			strings.Repeat("(", 10_000) + "s" + strings.Repeat(")", 10_000) + "\n",
		"values": "title: x\nlogsource: {product: y}\ndetection:\n  s:\n    a:\n" + strings.Repeat("      - b\n", 6000) + "  condition: s\n",
	} {
		docs, err := Documents([]byte(text))
		refused := err != nil
		for _, d := range docs {
			refused = refused || d.Err != nil
		}
		if !refused {
			t.Errorf("%s: taken", name)
		}
	}
}

func deep(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", 4+i) + "-\n")
	}
	return b.String() + strings.Repeat(" ", 4+n) + "- {a: b}\n"
}
