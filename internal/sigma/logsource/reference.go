package logsource

import (
	"fmt"
	"strings"
)

// Reference writes the log sources and their fields in Markdown.
func Reference() string {
	var b strings.Builder
	for _, s := range Services() {
		fmt.Fprintf(&b, "### %s / %s\n\n%s Table `%s`", s.Product, strings.Join(append([]string{s.Name}, s.Also...), " or "), s.Doc, s.Table)
		if s.Where != "" {
			fmt.Fprintf(&b, ", of it `%s`", s.Where)
		}
		b.WriteString(".\n\n")
		if len(s.Once) > 0 {
			fmt.Fprintf(&b, "One operation has rows of one `%s`.\n\n", strings.Join(s.Once, "`, `"))
		}
		b.WriteString("| field | stands in |\n|---|---|\n")
		for _, field := range s.Known() {
			c, _, _ := s.Column(field)
			if !strings.EqualFold(c.Name, field) {
				fmt.Fprintf(&b, "| `%s` | %s |\n", field, c.place())
			}
		}
		for _, t := range s.Trees {
			fmt.Fprintf(&b, "| `%s`... | inside `%s` |\n", t.Prefix, t.Column)
		}
		if s.Rest != "" {
			fmt.Fprintf(&b, "| any other | inside `%s`, with a note |\n", s.Rest)
		}
		fmt.Fprintf(&b, "| words without a field | `%s` |\n\n", strings.Join(s.Text, "`, `"))
		if names := s.ownNames(); names != "" {
			fmt.Fprintf(&b, "By their own names: %s.\n\n", names)
		}
		for _, note := range s.Notes {
			fmt.Fprintf(&b, "Note: %s.\n\n", note)
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// place says where the value of a field is.
func (c Column) place() string {
	text := "`" + c.Name + "`"
	switch {
	case c.Only != "":
		return "always `" + c.Only + "`"
	case c.Expr != "":
		text = "`" + strings.ReplaceAll(c.Expr, "|", `\|`) + "`"
	}
	if c.Inside {
		text += ", anywhere in it"
	}
	if c.Parts != nil {
		text += "; parts of a value in " + c.Parts.place()
	}
	return text
}

func (s *Service) ownNames() string {
	var names []string
	for _, c := range s.Own {
		names = append(names, "`"+c.Name+"`")
	}
	return strings.Join(names, ", ")
}
