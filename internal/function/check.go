package function

import (
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/kql/bind"
	"nephoscope/internal/kql/syntax"
)

// checkParameters checks what a declaration says: tables come first, then what
// is needed, then what has a default.
func checkParameters(name string, f *syntax.Function) error {
	wrong := func(format string, args ...any) error {
		return &bind.FunctionError{Name: name, Parameters: true, Message: fmt.Sprintf(format, args...)}
	}
	seen := map[string]bool{}
	scalar, optional := "", ""
	for _, p := range f.Params {
		n := p.Name.Name
		switch {
		case seen[n]:
			return wrong("%q is declared twice", n)
		case p.Schema != nil && scalar != "":
			return wrong("the table %q stands behind the scalar %q: tables come first", n, scalar)
		case p.Default == nil && optional != "":
			return wrong("%q has no default, but %q before it has: what is needed comes first", n, optional)
		}
		seen[n] = true
		if p.Schema == nil {
			scalar = n
		}
		if p.Default != nil {
			optional = n
		}
	}
	return nil
}

// calls returns the names that a function's text calls, as functions or in a
// table's place, and that its own statements do not bind.
func calls(f *syntax.Function) []string {
	var names []string
	own := map[string]bool{}
	for _, p := range f.Params {
		own[p.Name.Name] = true
	}
	syntax.Walk(f.Body, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Let:
			own[n.Name.Name] = true
		case *syntax.Call:
			names = append(names, n.Name.Name)
		case *syntax.Pipe:
			if id, ok := n.Source.(*syntax.Ident); ok {
				names = append(names, id.Name)
			}
		}
		return true
	})
	return slices.DeleteFunc(names, func(n string) bool { return own[n] })
}

// cycle tells how a function of a library reaches itself, "" if it does not.
func (l *Library) cycle(name string) string {
	var visit func(at string, path []string) string
	seen := map[string]bool{}
	visit = func(at string, path []string) string {
		f := l.byName[at]
		if f == nil || seen[at] {
			return ""
		}
		seen[at] = true
		for _, next := range calls(f.Function) {
			if next == name {
				return strings.Join(append(path, at, next), " calls ")
			}
			if found := visit(next, append(path, at)); found != "" {
				return found
			}
		}
		return ""
	}
	return visit(name, nil)
}
