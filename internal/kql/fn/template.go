package fn

import (
	"strconv"
	"strings"

	"nephoscope/internal/schema"
)

// Write says a call in DuckDB's SQL.
func (s *Sig) Write(c *Call) string {
	if s.Gen != nil {
		return s.Gen(c)
	}
	return c.expand(s.SQL)
}

// expand fills a template: $1 is the first argument, $* all of them, $2* all
// from the second on; $rows, $where and $order are those of the call. What is
// filled in is not looked at again.
func (c *Call) expand(template string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(template, '$')
		if i < 0 {
			b.WriteString(template)
			return b.String()
		}
		b.WriteString(template[:i])
		template = c.fill(&b, template[i+1:])
	}
}

// fill writes what stands for the placeholder at the start of rest, behind its
// dollar, and returns what follows it.
func (c *Call) fill(b *strings.Builder, rest string) string {
	for _, word := range []struct{ name, text string }{{"rows", c.Rows}, {"where", c.Where}, {"order", c.Order}} {
		if after, ok := strings.CutPrefix(rest, word.name); ok {
			b.WriteString(word.text)
			return after
		}
	}
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	first, _ := strconv.Atoi(rest[:n])
	after, all := strings.CutPrefix(rest[n:], "*")
	switch {
	case all:
		b.WriteString(c.list(max(first, 1) - 1))
	case n == 0:
		b.WriteByte('$')
	case encloses(b.String(), "(,", false) && encloses(after, "),", true):
		b.WriteString(c.Args[first-1].SQL)
	default:
		b.WriteString(Paren(c.Args[first-1].SQL))
	}
	return after
}

// encloses tells whether the text next to an argument is one of marks.
func encloses(s, marks string, ahead bool) bool {
	s = strings.TrimSpace(s)
	if s == "" {
		return false
	}
	if ahead {
		return strings.IndexByte(marks, s[0]) >= 0
	}
	return strings.IndexByte(marks, s[len(s)-1]) >= 0
}

func (c *Call) list(from int) string {
	parts := make([]string, 0, len(c.Args))
	for _, a := range c.Args[from:] {
		parts = append(parts, a.SQL)
	}
	return strings.Join(parts, ", ")
}

// Paren puts an expression in parentheses unless it stands by itself.
func Paren(sql string) string {
	if isAtom(sql) {
		return sql
	}
	return "(" + sql + ")"
}

// isAtom tells whether an expression is a name, a literal, or a call: something
// that no operator beside it can take apart.
func isAtom(sql string) bool {
	depth := 0
	for i := 0; i < len(sql); i++ {
		switch c := sql[i]; {
		case c == '\'' || c == '"':
			for i++; i < len(sql) && sql[i] != c; i++ {
			}
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case depth == 0 && !isWord(c):
			return false
		}
	}
	return !strings.HasPrefix(sql, "-")
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == ':'
}

// Quote makes a SQL string literal. The zero byte, which DuckDB's parser does
// not take, is cut out. Line breaks are escaped: the SQL around the literal is
// indented line by line.
func Quote(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	if strings.Contains(s, "\n") {
		return "E'" + strings.NewReplacer(`\`, `\\`, "'", "''", "\n", `\n`).Replace(s) + "'"
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// Ident makes a quoted SQL name.
func Ident(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// SQLType returns the type in which DuckDB holds values of a KQL type.
func SQLType(t schema.Type) string {
	switch t {
	case schema.Bool:
		return "BOOLEAN"
	case schema.Int:
		return "INTEGER"
	case schema.Long, schema.Datetime, schema.Timespan:
		return "BIGINT"
	case schema.Real:
		return "DOUBLE"
	}
	return "VARCHAR"
}

// text returns a constant string argument.
func (a Arg) text() (string, bool) {
	s, ok := a.Value.(string)
	return s, ok && a.Const
}

// long returns a constant whole number.
func (a Arg) long() (int64, bool) {
	if !a.Const {
		return 0, false
	}
	switch v := a.Value.(type) {
	case int64:
		return v, true
	case int32:
		return int64(v), true
	case schema.TimespanValue:
		return int64(v), true
	case schema.DatetimeValue:
		return int64(v), true
	}
	return 0, false
}
