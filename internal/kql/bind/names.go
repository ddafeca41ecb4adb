package bind

import (
	"strconv"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// uniqueNames are the names of a table's columns.
type uniqueNames map[string]bool

// add takes a name, or if it is taken the base with the first free number.
func (u uniqueNames) add(name, base string) string {
	if base == "" {
		base = name
	}
	for n := 1; u[name]; n++ {
		name = base + strconv.Itoa(n)
	}
	u[name] = true
	return name
}

// resultName returns the name that a column made of an expression gets, and
// whether it gets one.
func (b *binder) resultName(x syntax.Expr, e *env) (string, bool) {
	switch x := x.(type) {
	case *syntax.Paren:
		return b.resultName(x.X, e)
	case *syntax.Ident:
		return x.Name, true
	case *syntax.Named:
		return x.Names[0].Name, true
	case *syntax.Member:
		if left, ok := b.resultName(x.X, e); ok && left != "" && !strings.HasPrefix(left, "$") {
			return left + "_" + x.Name.Name, true
		}
		return x.Name.Name, true
	case *syntax.Index:
		left, ok := b.resultName(x.X, e)
		right, okRight := indexName(x.Index)
		if ok && left != "" {
			return left + "_" + right, true
		}
		return right, okRight
	case *syntax.Call:
		return b.callName(x, e)
	}
	return "", false
}

func indexName(x syntax.Expr) (string, bool) {
	lit, ok := x.(*syntax.Literal)
	if !ok {
		return "", false
	}
	switch v := lit.Value.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case int32:
		return strconv.Itoa(int(v)), true
	}
	return "", false
}

func (b *binder) callName(x *syntax.Call, e *env) (string, bool) {
	f := b.findFunction(x, e)
	if f == nil {
		return b.specialName(x, e)
	}
	if f.Naming == fn.ByPlace || f.Naming == fn.ByOnlyArg && len(x.Args) != 1 {
		return "", false
	}
	arg, named := "", false
	if len(x.Args) > 0 && !severalNamed(x.Args[0]) {
		arg, named = b.resultName(x.Args[0], e)
	}
	prefix := f.Prefix
	if prefix == "" {
		prefix = x.Name.Name
	}
	switch f.Naming {
	case fn.ByPrefixArg:
		return prefix + "_" + arg, true
	case fn.ByPrefix:
		return prefix, true
	case fn.SortedArg:
		if !named {
			arg = "array0"
		}
		return arg + "_sorted", true
	case fn.ByColumnValue:
		return b.columnValueName(x, e)
	}
	return arg, named
}

// severalNamed tells whether an argument calls a function that names columns
// of its own, and so lends its name to no other function's.
func severalNamed(x syntax.Expr) bool {
	call, ok := x.(*syntax.Call)
	if !ok {
		return false
	}
	switch call.Name.Name {
	case "arg_max", "arg_min", "argmax", "argmin", "take_any", "any", "percentile", "percentiles", "percentilew", "percentilesw":
		return true
	}
	return strings.HasPrefix(call.Name.Name, "array_sort_")
}

// specialName names calls that the library does not declare.
func (b *binder) specialName(x *syntax.Call, e *env) (string, bool) {
	switch x.Name.Name {
	case "column_ifexists", "columnifexists":
		return b.columnValueName(x, e)
	case "ingestion_time":
		return "$IngestionTime", true
	case "bin_auto":
		if len(x.Args) == 1 {
			return b.resultName(x.Args[0], e)
		}
	}
	return "", false
}

func (b *binder) columnValueName(x *syntax.Call, e *env) (string, bool) {
	if len(x.Args) == 0 {
		return "", false
	}
	name, ok := b.constantText(x.Args[0], e)
	if ok && e.rows.find(name) != nil {
		return name, true
	}
	return "", false
}

// A style is the operator for which columns are projected.
type style uint8

const (
	projectStyle style = iota
	extendStyle
	printStyle
	summarizeStyle
	expandStyle
)

// A projection collects the columns of an operator's result.
type projection struct {
	*binder
	style    style
	items    []plan.Item
	index    map[string]int
	declared map[string]bool
	skip     map[*plan.Column]bool
	names    uniqueNames
}

func (b *binder) projection(s style) *projection {
	return &projection{
		binder: b, style: s, index: map[string]int{}, declared: map[string]bool{},
		skip: map[*plan.Column]bool{}, names: uniqueNames{},
	}
}

// keep adds columns as they are; expressions that only name them add nothing.
func (p *projection) keep(cols []*plan.Column) {
	for _, c := range cols {
		p.names[c.Name] = true
		p.index[c.Name] = len(p.items)
		p.items = append(p.items, plan.Item{Col: c, X: &plan.Ref{Col: c}})
		p.skip[c] = true
	}
}

func (p *projection) replaces() bool { return p.style == extendStyle || p.style == expandStyle }

// add appends a column under a name that is made unique; replace lets it take
// the place of one with the same name.
func (p *projection) add(name, base string, x plan.Expr, replace bool) {
	if ref, ok := x.(*plan.Ref); ok && p.skip[ref.Col] && ref.Col.Name == name {
		return
	}
	if i, ok := p.index[name]; ok && replace {
		p.items[i] = item(name, x)
		return
	}
	name = p.names.add(name, base)
	p.index[name] = len(p.items)
	p.items = append(p.items, item(name, x))
}

// declare adds a column under a name that the query gives; a second one of
// the name is an error.
func (p *projection) declare(name string, x plan.Expr, replace bool, at syntax.Node) {
	if p.declared[name] {
		p.fail(at, "the column %q is made twice", name)
		return
	}
	if i, ok := p.index[name]; ok && replace {
		p.items[i] = item(name, x)
	} else {
		p.add(name, "", x, false)
	}
	p.declared[name] = true
}

// item makes a column, the same one if it is only kept.
func item(name string, x plan.Expr) plan.Item {
	if ref, ok := x.(*plan.Ref); ok {
		if ref.Col.Name == name && !ref.Col.Hidden {
			return plan.Item{Col: ref.Col, X: x}
		}
		dup := *ref.Col
		dup.Name, dup.Hidden = name, false
		return plan.Item{Col: &dup, X: x}
	}
	return plan.Item{Col: &plan.Column{Name: name, Type: x.Type(), Nullable: plan.Nullable(x)}, X: x}
}

// expressions adds the columns of a list.
func (p *projection) expressions(list []syntax.Expr, e *env) {
	for i, x := range list {
		p.expression(x, i, e)
	}
}

// expression adds the columns of one expression: one, or all for *, or several
// for functions that return several values.
func (p *projection) expression(x syntax.Expr, place int, e *env) {
	switch n := x.(type) {
	case *syntax.Named:
		p.named(n, e)
		return
	case *syntax.Star:
		for _, c := range e.rows.visible() {
			p.add(c.Name, "", &plan.Ref{Col: c}, true)
		}
		return
	case *syntax.Call:
		if values, ok := p.several(n, e); ok {
			for _, v := range values {
				p.add(v.name, "", v.x, false)
			}
			return
		}
	}
	value := p.scalar(x, e)
	if ref := p.columnOf(x, value, e); ref != nil {
		p.declare(ref.Col.Name, ref, p.style == expandStyle, x)
		return
	}
	p.unnamed(x, value, place, e)
}

// columnOf returns the column that an expression is: named, or converted to
// the type that it has.
func (p *projection) columnOf(x syntax.Expr, value plan.Expr, e *env) *plan.Ref {
	ref, ok := value.(*plan.Ref)
	if !ok {
		return nil
	}
	switch x := x.(type) {
	case *syntax.Paren:
		return p.columnOf(x.X, value, e)
	case *syntax.Ident:
		if ref.Col.Name == x.Name {
			return ref
		}
	case *syntax.Call:
		if f := p.findFunction(x, e); f != nil && f.Conversion && len(x.Args) == 1 {
			return p.columnOf(x.Args[0], value, e)
		}
	}
	return nil
}

func (p *projection) unnamed(x syntax.Expr, value plan.Expr, place int, e *env) {
	if p.style == printStyle {
		name := "print_" + strconv.Itoa(place)
		p.add(name, name, value, false)
		return
	}
	name, ok := p.resultName(x, e)
	base := name
	if !ok {
		name, base = "Column1", "Column"
	}
	p.add(name, base, value, ok && p.replaces())
}

func (p *projection) named(n *syntax.Named, e *env) {
	if call, ok := n.X.(*syntax.Call); ok {
		if values, ok := p.several(call, e); ok {
			p.namedSeveral(n, values)
			return
		}
	}
	if n.List && len(n.Names) > 1 {
		p.fail(n, "the expression has one value, not %d", len(n.Names))
		return
	}
	value := p.scalar(n.X, e)
	_, isRef := value.(*plan.Ref)
	p.declare(n.Names[0].Name, value, isRef || p.replaces(), n.Names[0])
}

func (p *projection) namedSeveral(n *syntax.Named, values []value) {
	if len(n.Names) > len(values) {
		p.fail(n, "the expression has %d values, not %d", len(values), len(n.Names))
	}
	for i, v := range values {
		switch {
		case i < len(n.Names):
			p.declare(n.Names[i].Name, v.x, true, n.Names[i])
			if ref, ok := v.of.(*plan.Ref); ok {
				p.skip[ref.Col] = true
			}
		case p.style != printStyle:
			p.add(v.name, "", v.x, false)
		}
	}
}

// nullOf is the null of a type; of text, the empty text.
func nullOf(t schema.Type) plan.Expr {
	if t == schema.String {
		return &plan.Const{T: t, Value: ""}
	}
	return &plan.Const{T: t}
}

// matchName tells whether a column's name matches a pattern with *.
func matchName(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok || len(parts) == 1 {
		return ok && rest == ""
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, last)
}
