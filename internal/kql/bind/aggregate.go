package bind

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A value is one of several that a call gives. Of is the column or expression
// that it is a copy of.
type value struct {
	name string
	x    plan.Expr
	of   plan.Expr
}

// several binds the calls that give several columns. It returns false for all
// others.
func (b *binder) several(x *syntax.Call, e *env) ([]value, bool) {
	f := b.lib.Find(fn.Scalar, x.Name.Name)
	switch {
	case f != nil && f.Columns != nil && e.scope.find(x.Name.Name) == nil:
		return b.outputs(f, x, e), true
	case strings.HasPrefix(x.Name.Name, "array_sort_") && len(x.Args) > 1:
		return b.sortedArrays(x, e)
	case !e.aggregates:
		return nil, false
	}
	switch x.Name.Name {
	case "arg_max", "arg_min", "argmax", "argmin":
		return b.argExtreme(x, e), true
	case "take_any":
		return b.takeAny(x, e, "any_", ""), true
	case "any":
		if starred(x.Args) || len(x.Args) > 1 {
			return b.takeAny(x, e, "", "any_"), true
		}
	case "percentile", "percentiles":
		return b.percentiles(x, "percentile", 1, e), true
	case "percentilew", "percentilesw":
		return b.percentiles(x, "percentilew", 2, e), true
	}
	return nil, false
}

// outputs are the columns of a function that gives several.
func (b *binder) outputs(f *fn.Func, x *syntax.Call, e *env) []value {
	result := b.resolveCall(f, x, e)
	name := ""
	if len(x.Args) > 0 {
		name, _ = b.resultName(x.Args[0], e)
	}
	values := make([]value, len(f.Columns))
	for i, c := range f.Columns {
		v := b.output(result, c, x)
		values[i] = value{f.Name + "_" + name + "_" + c.Name, v, v}
	}
	return values
}

// output is one column of a function's result.
func (b *binder) output(result plan.Expr, c fn.Output, x *syntax.Call) plan.Expr {
	if result.Type() == schema.Unknown {
		return &plan.Opaque{T: c.Type}
	}
	return b.convert(b.step(result, "."+c.Name, x), c.Type, x)
}

func starred(args []syntax.Expr) bool {
	return slices.ContainsFunc(args, func(a syntax.Expr) bool {
		_, ok := a.(*syntax.Star)
		return ok
	})
}

// within is the environment of an aggregate's arguments.
func within(e *env) *env {
	inner := *e
	inner.aggregates = false
	return &inner
}

// argExtreme binds arg_max(by, columns...): the first value is the extreme
// itself.
func (b *binder) argExtreme(x *syntax.Call, e *env) []value {
	if len(x.Args) == 0 {
		b.fail(x, "%s needs an argument", x.Name.Name)
		return nil
	}
	inner := within(e)
	way := strings.TrimPrefix(strings.TrimPrefix(x.Name.Name, "arg_"), "arg")
	f := b.lib.Find(fn.Aggregate, x.Name.Name)
	by := b.scalar(x.Args[0], inner)
	primary, ok := b.resultName(x.Args[0], inner)
	name, prefix := primary, ""
	if !ok {
		name = way + "_"
	}
	if !strings.Contains(x.Name.Name, "_") { // the old form
		name, prefix = way+"_"+primary, way+"_"+primary+"_"
	}
	values := []value{{name, b.extreme(b.lib.Find(fn.Aggregate, way), x, by, nil), by}}
	seen := map[*plan.Column]bool{}
	if ref, ok := by.(*plan.Ref); ok {
		seen[ref.Col] = true
	}
	add := func(name string, v plan.Expr) {
		values = append(values, value{prefix + name, b.extreme(f, x, by, v, e.order...), v})
	}
	b.returned(x.Args[1:], inner, e.by, seen, add, func(i int) string {
		if prefix != "" {
			return fmt.Sprintf("arg%d", i+1)
		}
		return fmt.Sprintf("%s_%s_arg%d", way, primary, i+1)
	})
	return values
}

// extreme is the aggregate of an extreme, or of what stands beside it; of a
// column of which nothing is known, nothing is known of the extreme.
func (b *binder) extreme(f *fn.Func, at syntax.Node, by, beside plan.Expr, order ...plan.Key) plan.Expr {
	args := []plan.Expr{by}
	if beside != nil {
		args = append(args, beside)
	}
	if by.Type() == schema.Unknown {
		return &plan.Opaque{T: args[len(args)-1].Type()}
	}
	return b.resolve(f, at, args, order)
}

// returned binds the columns that an aggregate returns of a row. With a *
// among them no column comes twice, and none that rows are grouped by.
func (b *binder) returned(args []syntax.Expr, e *env, by []plan.Item, seen map[*plan.Column]bool, add func(string, plan.Expr), unnamed func(int) string) {
	star := starred(args)
	for _, g := range by {
		if ref, ok := g.X.(*plan.Ref); ok && star && ref.Col == g.Col {
			seen[ref.Col] = true
		}
	}
	for i, a := range args {
		if _, ok := a.(*syntax.Star); ok {
			for _, c := range e.rows.visible() {
				if !seen[c] {
					seen[c] = true
					add(c.Name, &plan.Ref{Col: c})
				}
			}
			continue
		}
		v := b.scalar(a, e)
		if ref, ok := v.(*plan.Ref); ok {
			if star && seen[ref.Col] {
				continue
			}
			seen[ref.Col] = true
		}
		name, ok := b.resultName(a, e)
		if !ok {
			name = unnamed(i)
		}
		add(name, v)
	}
}

// takeAny binds take_any(columns...).
func (b *binder) takeAny(x *syntax.Call, e *env, unnamed, prefix string) []value {
	name := "take_any"
	if len(x.Args) > 1 || starred(x.Args) {
		name = "take_any of several"
	}
	f := b.lib.Find(fn.Aggregate, name)
	var values []value
	add := func(name string, v plan.Expr) {
		values = append(values, value{prefix + name, b.resolve(f, x, []plan.Expr{v}, nil), v})
	}
	b.returned(x.Args, within(e), e.by, map[*plan.Column]bool{}, add, func(i int) string {
		return unnamed + "arg" + strconv.Itoa(i)
	})
	return values
}

// sortedArrays binds the sorting of several arrays by the first of them. One
// array, with or without the place of its nulls, is left to the declaration.
func (b *binder) sortedArrays(x *syntax.Call, e *env) ([]value, bool) {
	arrays, nullsLast := []plan.Expr{}, plan.Expr(&plan.Const{T: schema.Bool, Value: true})
	for _, a := range x.Args {
		switch v := b.scalar(a, e); v.Type() {
		case schema.Bool:
			nullsLast = v
		default:
			arrays = append(arrays, v)
		}
	}
	if len(arrays) < 2 {
		return nil, false
	}
	f := b.lib.Find(fn.Operator, x.Name.Name+" with")
	if f == nil {
		return nil, false
	}
	values := make([]value, len(arrays))
	for i, a := range arrays {
		name, ok := b.resultName(x.Args[i], e)
		if !ok || name == "" {
			name = "array" + strconv.Itoa(i)
		}
		sorted := b.resolve(f, x, []plan.Expr{a, arrays[0], nullsLast}, nil)
		values[i] = value{name + "_sorted", sorted, sorted}
	}
	return values, true
}

// percentiles binds percentiles(x, p, ...) and percentilesw(x, weight, p, ...):
// a column for each percentage. Of the arguments, so many come before these.
func (b *binder) percentiles(x *syntax.Call, function string, before int, e *env) []value {
	if len(x.Args) <= before {
		b.fail(x, "%s takes %s and percentages", x.Name.Name, map[int]string{1: "a value", 2: "a value, a weight"}[before])
		return nil
	}
	f := b.lib.Find(fn.Aggregate, function)
	inner := within(e)
	var args []plan.Expr
	for _, a := range x.Args[:before] {
		args = append(args, b.scalar(a, inner))
	}
	name, _ := b.resultName(x.Args[0], inner)
	var values []value
	for _, a := range x.Args[before:] {
		p := b.percentage(a, inner)
		result := b.resolve(f, x, append(slices.Clone(args), p), nil)
		values = append(values, value{"percentile_" + name + "_" + fragment(p), result, result})
	}
	return values
}

// percentage binds a constant from 0 to 100.
func (b *binder) percentage(x syntax.Expr, e *env) plan.Expr {
	p := b.scalar(x, e)
	if p.Type() == schema.Unknown {
		return p
	}
	if c, ok := p.(*plan.Const); ok {
		if n, number := magnitude(c.Value); number && n >= 0 && n <= 100 {
			return p
		}
	}
	b.fail(x, "a constant percentage from 0 to 100 is expected here")
	return unknown
}

// fragment writes a number as a part of a name.
func fragment(p plan.Expr) string {
	c, ok := p.(*plan.Const)
	if !ok {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, fmt.Sprint(c.Value))
}
