package sigma

import (
	"regexp"
	"strings"

	"nephoscope/internal/sigma/syntax"
)

// quote writes a text as KQL does. Text with backslashes stands as it is behind
// an @ if it can.
func quote(s string) string {
	if strings.Contains(s, `\`) && !strings.ContainsAny(s, "\n\r\t\x00") {
		return `@"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\x00", `\0`).Replace(s) + `"`
}

func quoteAll(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return strings.Join(quoted, ", ")
}

// expression writes a pattern with wildcards as a regular expression for the
// whole of a text.
func expression(p syntax.Pattern, cased bool) string {
	var b strings.Builder
	b.WriteString("(?s")
	if !cased {
		b.WriteByte('i')
	}
	b.WriteByte(')')
	last := len(p.Wild)
	if last == 0 || p.Wild[0] != '*' || p.Pieces[0] != "" {
		b.WriteByte('^')
	}
	for i, piece := range p.Pieces {
		b.WriteString(regexp.QuoteMeta(piece))
		atEnd := i == 0 && piece == "" || i == last-1 && p.Pieces[last] == ""
		switch {
		case i == last:
		case p.Wild[i] == '?':
			b.WriteByte('.')
		case !atEnd:
			b.WriteString(".*")
		}
	}
	if last == 0 || p.Wild[last-1] != '*' || p.Pieces[last] != "" {
		b.WriteByte('$')
	}
	return b.String()
}
