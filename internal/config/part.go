package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// A Part is one entry of the lists sources and outputs. Its type says which
// fields it has beside its name, so it is read twice: here as far as every
// part goes, and by Decode when somebody knows the type.
type Part struct {
	// Name tells parts of one list apart, in positions, metrics and commands.
	Name string
	// Type is the word of the list in package builtin.
	Type string

	file string
	node ast.Node // whole, type left out
	line int
}

// partName is what may stand in positions, labels and file names.
var partName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// UnmarshalYAML takes name and type and keeps the rest for Decode.
func (p *Part) UnmarshalYAML(node ast.Node) error {
	fields, ok := node.(*ast.MappingNode)
	if !ok {
		return fmt.Errorf("want a mapping with type and name")
	}
	var head struct{ Name, Type string }
	rest := *fields
	rest.Values = nil
	for _, v := range fields.Values {
		target := map[string]*string{"name": &head.Name, "type": &head.Type}[v.Key.String()]
		if target != nil {
			if err := yaml.NodeToValue(v.Value, target); err != nil {
				return err
			}
		}
		if target != &head.Type {
			rest.Values = append(rest.Values, v)
		}
	}
	*p = Part{Name: head.Name, Type: head.Type, node: &rest, line: node.GetToken().Position.Line}
	return nil
}

// Decode reads the part's fields, name among them, over what into points to.
// A field that it does not have is an error that says where it stands.
func (p *Part) Decode(into any) error {
	if err := yaml.NodeToValue(p.node, into, yaml.Strict()); err != nil {
		return located(p.file, err)
	}
	return nil
}

// Error says where the part stands that has the problem err.
func (p *Part) Error(err error) error {
	return &FieldError{File: p.file, Line: p.line, Field: p.Name, Problem: err.Error()}
}

// partProblems checks what is the same for every part of a list.
func partProblems(list string, parts []Part) []*FieldError {
	var found []*FieldError
	for i := range parts {
		p := &parts[i]
		add := func(field, problem string) {
			found = append(found, &FieldError{Field: fmt.Sprintf("%s[%d].%s", list, i, field), Problem: problem})
		}
		if p.Type == "" {
			add("type", "is missing: 'nephoscope connector list' says which there are")
		}
		if !partName.MatchString(p.Name) {
			add("name", fmt.Sprintf("is %q: want letters, digits, dots, hyphens and underscores, 64 at most", p.Name))
		}
		same := func(q Part) bool { return q.Name == p.Name }
		if p.Name != "" && slices.IndexFunc(parts, same) < i {
			add("name", fmt.Sprintf("%q is the name of an earlier one of %s", p.Name, list))
		}
	}
	return found
}

// PartNamed returns the part of a list with that name.
func PartNamed(parts []Part, name string) (*Part, error) {
	for i := range parts {
		if parts[i].Name == name {
			return &parts[i], nil
		}
	}
	return nil, fmt.Errorf("%q: %w", name, ErrNoPart)
}

// ErrNoPart tells that no part has the name.
var ErrNoPart = errors.New("nothing in the configuration has this name")
