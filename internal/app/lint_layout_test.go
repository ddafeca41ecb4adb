package app

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
)

// A layout writes YAML in the many ways in which people write it: orders of
// keys, indents, quotes, block and flow styles, comments, line ends.
type layout struct {
	rng    *rand.Rand
	indent string // of a nested mapping
	dash   string // before the - of a list in a mapping
	b      strings.Builder
}

func newLayout(rng *rand.Rand) *layout {
	l := &layout{rng: rng, indent: "  "}
	if rng.IntN(2) == 0 {
		l.indent = "    "
	}
	if rng.IntN(2) == 0 {
		l.dash = l.indent
	}
	return l
}

// The nodes of a document. A text may begin with the mark; it stands before the
// quotes then, where the scalar begins.
type (
	text    string
	query   string
	list    []any
	mapping []pair
	pair    struct {
		key   string
		value any
	}
	marked struct{ list }    // the mark stands before the list
	first  struct{ mapping } // the mark stands before the first key of an element
)

// mark stands where a finding is expected. It is taken out before the file is
// written.
const mark = "¤"

// document writes a whole file.
func (l *layout) document(m mapping) string {
	if l.rng.IntN(4) == 0 {
		l.b.WriteString("# A rule, übersät with comments: [ { ' \"\n---\n")
	}
	l.mapping(m, "", true)
	out := l.b.String()
	if l.rng.IntN(4) == 0 {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	if l.rng.IntN(8) == 0 {
		out = "\ufeff" + out
	}
	return out
}

func (l *layout) mapping(m mapping, indent string, top bool) {
	m = append(mapping(nil), m...)
	l.rng.Shuffle(len(m), func(i, j int) { m[i], m[j] = m[j], m[i] })
	for i, p := range m {
		if top && l.rng.IntN(6) == 0 {
			l.b.WriteString("# " + strings.Repeat("why: ", l.rng.IntN(3)) + "\n")
		}
		if i > 0 || top { // the first key of an element follows its dash
			l.b.WriteString(indent)
		}
		l.b.WriteString(p.key + ":")
		l.value(p.value, indent)
	}
}

func (l *layout) value(v any, indent string) {
	switch v := v.(type) {
	case text:
		l.b.WriteString(" " + l.scalar(string(v)) + l.comment())
	case query:
		l.query(string(v), indent)
	case mapping:
		l.b.WriteString("\n")
		l.mapping(v, indent+l.indent, true)
	case marked:
		l.list(v.list, indent, mark)
	case list:
		l.list(v, indent, "")
	}
}

func (l *layout) comment() string {
	if l.rng.IntN(10) == 0 {
		return "   # \"so\" it is: 'x'\n"
	}
	return "\n"
}

func (l *layout) list(v list, indent, before string) {
	if _, flat := v[0].(text); flat && l.rng.IntN(3) == 0 {
		var items []string
		for _, item := range v {
			items = append(items, l.scalar(string(item.(text))))
		}
		l.b.WriteString(" " + before + "[" + strings.Join(items, ", ") + "]\n")
		return
	}
	l.b.WriteString("\n")
	for i, item := range v {
		l.b.WriteString(indent + l.dash)
		if i == 0 {
			l.b.WriteString(before)
		}
		l.b.WriteString("- ")
		switch item := item.(type) {
		case text:
			l.b.WriteString(l.scalar(string(item)) + "\n")
		case first:
			l.b.WriteString(mark)
			l.mapping(item.mapping, indent+l.dash+"  ", false)
		case mapping:
			l.mapping(item, indent+l.dash+"  ", false)
		}
	}
}

var plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ./_-]*$`)

// scalar writes a short text: plain if it can be, or in quotes.
func (l *layout) scalar(s string) string {
	s, marked := strings.CutPrefix(s, mark)
	switch style := l.rng.IntN(4); {
	case strings.HasPrefix(s, "@"): // no YAML, on purpose
	case style == 0:
		s = `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	case style == 1 || !plain.MatchString(s):
		s = "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	if marked {
		return mark + s
	}
	return s
}

// query writes a text of several lines.
func (l *layout) query(q, indent string) {
	inner := indent + l.indent + strings.Repeat(" ", l.rng.IntN(3))
	switch l.rng.IntN(4) {
	case 0:
		l.b.WriteString(" \"" + strings.NewReplacer("\\", `\\`, `"`, `\"`, "\n", `\n`).Replace(q) + "\"\n")
	case 1: // folded: breaks become blanks
		l.b.WriteString(" >-\n" + inner + strings.ReplaceAll(q, "\n", "\n"+inner) + "\n")
	case 2: // a quoted text over several lines: an empty line is a break
		l.b.WriteString(" '" + strings.ReplaceAll(strings.ReplaceAll(q, "'", "''"), "\n", "\n\n"+inner) + "'\n")
	default:
		style := []string{"|", "|-", "|+"}[l.rng.IntN(3)]
		fmt.Fprintf(&l.b, " %s\n%s%s\n", style, inner, strings.ReplaceAll(q, "\n", "\n"+inner))
	}
}

// unmark takes the marks out and returns their places, in order.
func unmark(s string) (string, [][2]int) {
	var places [][2]int
	for {
		before, after, found := strings.Cut(s, mark)
		if !found {
			return s, places
		}
		line := strings.TrimPrefix(before[strings.LastIndexByte(before, '\n')+1:], "\ufeff")
		places = append(places, [2]int{strings.Count(before, "\n") + 1, len([]rune(line)) + 1})
		s = before + after
	}
}
