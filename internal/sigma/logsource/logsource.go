// Package logsource says where the events of Sigma's log sources stand: which
// table, and which column holds what a rule calls by the name of a field. It
// is data, one file a service; sigma asks it.
//
// Invariant: every column and path that is named here exists in its table.
package logsource

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"nephoscope/internal/rules"
)

// A Service is one log source.
type Service struct {
	Product, Name string   // as rules write them
	Also          []string // other names that rules have for it
	Doc           string   // one sentence for the reference

	Table     string
	Where     string // KQL that narrows the table down, empty for all of it
	Connector string // id of the data connector

	// Fields are the names that rules use, in lower case, with the column
	// of each.
	Fields map[string]Column
	// Own are columns that rules may call by their own names.
	Own []Column
	// Strip are beginnings of names that mean nothing here.
	Strip []string
	// Trees are dynamic columns below which fields are looked for whose
	// names begin so, for example properties. below Properties_d.
	Trees []Tree
	// Rest is the dynamic column that holds what has no column of its own;
	// empty if there is none, and then unknown fields are refused.
	Rest string
	// Text are the columns that words without a field are looked for in.
	Text []string

	// Once are the columns by which the rows of one operation are told; nil
	// if each row is an operation of its own.
	Once []string
	// Entities are those of a result row; Makes are the columns among them
	// that the table does not have.
	Entities []rules.EntityMapping
	Makes    []Column
	// Notes are for every rule of the source.
	Notes []string
}

// A Tree is a dynamic column with the beginning of the names that lead there.
type Tree struct{ Prefix, Column string }

// A Kind is the type of a column as far as tests depend on it.
type Kind int

// The kinds. Text includes dynamic values, which are compared as text.
const (
	Text Kind = iota
	Number
	Truth
	Time
)

// A Column is where the value of a field stands.
type Column struct {
	Name string
	// Expr makes the column in KQL; empty if the table has it.
	Expr string
	Kind Kind
	// Inside tells that the column holds more than the value: whole values
	// are looked for anywhere in it.
	Inside bool
	// Parts is the column that parts of the value are looked for in, if not
	// in this one.
	Parts *Column
	// Only is the one value that every event of the source has, for fields
	// that tell the source itself; then there is no column.
	Only string
}

func column(name string) Column     { return Column{Name: name} }
func number(name string) Column     { return Column{Name: name, Kind: Number} }
func truth(name string) Column      { return Column{Name: name, Kind: Truth} }
func moment(name string) Column     { return Column{Name: name, Kind: Time} }
func made(name, expr string) Column { return Column{Name: name, Expr: expr} }
func within(name, expr string) Column {
	return Column{Name: name, Expr: expr, Inside: true}
}
func only(value string) Column { return Column{Only: value} }

func columns(names ...string) []Column {
	list := make([]Column, len(names))
	for i, name := range names {
		list[i] = column(name)
	}
	return list
}

func entity(typ string, identifier, column string) rules.EntityMapping {
	return rules.EntityMapping{Type: typ, Fields: []rules.FieldMapping{{Identifier: identifier, Column: column}}}
}

// Services returns every log source there is.
func Services() []*Service {
	return []*Service{
		activityLogs(), auditLogs(), signinLogs(), riskDetection(), privilegedIdentity(),
		exchange(), audit(), threatManagement(), threatDetection(), securityCompliance(),
	}
}

// Find returns the source of a product and service, nil if there is none.
func Find(product, service string) *Service {
	all := Services()
	i := slices.IndexFunc(all, func(s *Service) bool {
		return s.Product == product && (s.Name == service || slices.Contains(s.Also, service))
	})
	if i < 0 {
		return nil
	}
	return all[i]
}

// Column returns where a field stands, without regard to case. The note, if
// any, is for the reader of the rule; ok is false if nobody knows the field.
func (s *Service) Column(field string) (c Column, note string, ok bool) {
	if c, ok := s.declared(field); ok {
		return c, "", true
	}
	for _, prefix := range s.Strip {
		if rest, ok := cutPrefixFold(field, prefix); ok {
			return s.Column(rest)
		}
	}
	for _, t := range s.Trees {
		if rest, ok := cutPrefixFold(field, t.Prefix); ok && rest != "" {
			return path(field, t.Column, rest), "", true
		}
	}
	if s.Rest == "" || !regexp.MustCompile(`^[\w@-]+(\{\})?(\.[\w@-]+(\{\})?)*$`).MatchString(field) {
		return Column{}, "", false
	}
	return path(field, s.Rest, field), fmt.Sprintf("field %s has no column: it is looked for in %s, with case", field, s.Rest), true
}

// declared finds a field among the names of the source and of its table.
func (s *Service) declared(field string) (Column, bool) {
	if c, ok := s.Fields[strings.ToLower(field)]; ok {
		return c, true
	}
	i := slices.IndexFunc(s.Own, func(c Column) bool { return strings.EqualFold(c.Name, field) })
	if i < 0 {
		return Column{}, false
	}
	return s.Own[i], true
}

func cutPrefixFold(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// path makes the column of a value inside a dynamic one. Of a list, which some
// write as name{}, all elements are taken together.
func path(field, column, keys string) Column {
	keys, _, inList := strings.Cut(keys, "{}")
	expr := column
	for key := range strings.SplitSeq(keys, ".") {
		if regexp.MustCompile(`^[A-Za-z_]\w*$`).MatchString(key) {
			expr += "." + key
		} else {
			expr += "[" + quote(key) + "]"
		}
	}
	name := strings.Trim(regexp.MustCompile(`\W+`).ReplaceAllString(field, "_"), "_")
	return Column{Name: "Field_" + name, Expr: "tostring(" + expr + ")", Inside: inList}
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

// Known lists the fields of a source that can be named, in order.
func (s *Service) Known() []string {
	var names []string
	for name := range s.Fields {
		names = append(names, name)
	}
	for _, c := range s.Own {
		if !slices.Contains(names, strings.ToLower(c.Name)) {
			names = append(names, strings.ToLower(c.Name))
		}
	}
	slices.Sort(names)
	return names
}
