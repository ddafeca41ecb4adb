package bind

import (
	"slices"

	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A branch is one table of a union under the name that it is known by.
type branch struct {
	node plan.Node
	name string
}

func (p *pipeline) union(op *syntax.Union) {
	var branches []branch
	if p.node != nil {
		branches = append(branches, branch{p.node, sourceName(p.node)})
	}
	fuzzy := paramBool(op.Params, "isfuzzy")
	for i, x := range op.Tables {
		branches = append(branches, p.branches(x, fuzzy, i)...)
	}
	if len(branches) == 0 {
		if len(p.errors) == 0 {
			p.fail(op, "none of the tables exists")
		}
		return
	}
	p.unordered(p.unite(branches, paramName(op.Params, "withsource"), p.choice(op.Params, "kind", "inner", "outer") == "inner"))
}

func paramBool(params []*syntax.Param, name string) bool {
	for _, p := range params {
		if p.Name.Name != name {
			continue
		}
		if lit, ok := p.Value.(*syntax.Literal); ok {
			return lit.Value == true
		}
		if id, ok := p.Value.(*syntax.Ident); ok {
			return id.Name == "true"
		}
	}
	return false
}

// branches binds one item of a union. A fuzzy union goes without items over
// tables that do not exist; what else is wrong with an item is an error.
func (p *pipeline) branches(x syntax.Expr, fuzzy bool, place int) []branch {
	if paren, ok := x.(*syntax.Paren); ok {
		return p.branches(paren.X, fuzzy, place)
	}
	id, ok := x.(*syntax.Ident)
	if m, member := x.(*syntax.Member); member && m.Name.Wild && p.isPlace(m.X) {
		id, ok = m.Name, true
	}
	if ok && id.Wild {
		return p.wildBranches(id, fuzzy)
	}
	if _, star := x.(*syntax.Star); star {
		return p.wildBranches(&syntax.Ident{Span: x.Extent(), Name: "*", Wild: true}, fuzzy)
	}
	before := len(p.errors)
	n := p.table(x, p.scope)
	if fuzzy {
		if i := slices.IndexFunc(p.errors[before:], func(e *Error) bool { return e.missing != "" }); i >= 0 {
			p.note("there is no %s: the union goes without it", p.errors[before+i].missing)
			p.errors = p.errors[:before]
			return nil
		}
	}
	name := sourceName(n)
	if ok {
		name = id.Name
	}
	if name == "" {
		name = "union_arg" + string(rune('0'+place%10))
	}
	return []branch{{n, name}}
}

func (p *pipeline) wildBranches(id *syntax.Ident, fuzzy bool) []branch {
	found := p.wildTables(id.Name, p.scope)
	if len(found) == 0 && !fuzzy {
		p.fail(id, "there is no table whose name matches %q", id.Name)
	}
	return found
}

// sourceName is the name of the stored table that a node reads, "" if it reads
// none or several.
func sourceName(n plan.Node) string {
	switch n := n.(type) {
	case *plan.Scan:
		return n.Table.Name
	case *plan.Filter:
		return sourceName(n.Input)
	case *plan.Project:
		return sourceName(n.Input)
	case *plan.Sort:
		return sourceName(n.Input)
	case *plan.Limit:
		return sourceName(n.Input)
	case *plan.Use:
		if n.Of.Named {
			return n.Of.Name
		}
	}
	return ""
}

// unite makes a union. A column that tables have under one name and several
// types becomes several columns, each with its type in its name.
func (p *pipeline) unite(branches []branch, withSource string, inner bool) plan.Node {
	u := &plan.Union{}
	if withSource != "" {
		u.Cols = append(u.Cols, &plan.Column{Name: withSource, Type: schema.String})
	}
	for _, br := range branches {
		u.Inputs = append(u.Inputs, br.node)
		var from []plan.Expr
		if withSource != "" {
			from = append(from, &plan.Const{T: schema.String, Value: br.name})
		}
		u.From = append(u.From, from)
	}
	names := uniqueNames{withSource: withSource != ""}
	for _, m := range merged(branches) {
		if inner && len(m.in) < len(branches) {
			continue
		}
		col := *m.in[0].col
		col.Name, col.Source = m.name, nil
		if !col.Hidden {
			col.Name = names.add(m.name, "")
		}
		col.Nullable = col.Type != schema.String
		u.Cols = append(u.Cols, &col)
		for i := range branches {
			u.From[i] = append(u.From[i], m.of(i))
		}
	}
	return u
}

// A mergedColumn is a column of a union and the columns that it is made of.
type mergedColumn struct {
	name string
	in   []placed
}

type placed struct {
	branch int
	col    *plan.Column
}

// of returns the column of a branch, the null of its type if there is none.
func (m *mergedColumn) of(branch int) plan.Expr {
	for _, in := range m.in {
		if in.branch == branch {
			return &plan.Ref{Col: in.col}
		}
	}
	return nullOf(m.in[0].col.Type)
}

// merged gathers the columns of all branches by name and type, in order of
// their first name. Hidden ones go along, but for copies of paths.
func merged(branches []branch) []*mergedColumn {
	type key struct {
		name   string
		t      schema.Type
		hidden bool
	}
	byKey := map[key]*mergedColumn{}
	byName := map[string][]*mergedColumn{}
	var order []string
	for i, br := range branches {
		for _, c := range br.node.Columns() {
			if c.Source != nil && c.Source.Path != nil {
				continue
			}
			k := key{c.Name, c.Type, c.Hidden}
			m := byKey[k]
			if m == nil {
				m = &mergedColumn{name: c.Name}
				byKey[k] = m
				if byName[c.Name] == nil {
					order = append(order, c.Name)
				}
				byName[c.Name] = append(byName[c.Name], m)
			}
			m.in = append(m.in, placed{i, c})
		}
	}
	var all []*mergedColumn
	for _, name := range order {
		for _, m := range byName[name] {
			if len(byName[name]) > 1 {
				m.name += "_" + m.in[0].col.Type.String()
			}
			all = append(all, m)
		}
	}
	return all
}
