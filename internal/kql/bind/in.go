package bind

import (
	"github.com/go-json-experiment/json"

	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// in binds x in (list) and its kin. A list is of scalars, or a single array, or
// a single table.
func (b *binder) in(x *syntax.In, e *env) plan.Expr {
	if _, ok := x.X.(*syntax.Star); ok {
		return b.anyColumn(x, e, func(c *plan.Column) plan.Expr {
			return b.inOne(x, &plan.Ref{Col: c}, e)
		})
	}
	return b.inOne(x, b.scalar(x.X, e), e)
}

func (b *binder) inOne(x *syntax.In, v plan.Expr, e *env) plan.Expr {
	name, not := inName(x.Op)
	if x.Op != syntax.OpIn && x.Op != syntax.OpNotIn {
		switch v.Type() {
		case schema.String, schema.Unknown:
		case schema.Dynamic:
			v = b.convert(v, schema.String, x.X)
		default:
			b.fail(x.X, "the operator %s needs text here, not a value of type %s", name, v.Type())
			return unknown
		}
	}
	var test plan.Expr
	switch {
	case len(x.List) == 1 && b.isTable(x.List[0], e.scope):
		test = b.inTable(x, v, e)
	default:
		test = b.inValues(x, name, v, e)
	}
	if not {
		return b.not(test, x)
	}
	return test
}

func inName(op syntax.Op) (name string, not bool) {
	switch op {
	case syntax.OpInFold:
		return "in~", false
	case syntax.OpNotInFold:
		return "in~", true
	case syntax.OpNotIn:
		return "in", true
	case syntax.OpHasAny:
		return "has_any", false
	case syntax.OpHasAll:
		return "has_all", false
	}
	return "in", false
}

// inValues compares with each scalar; arrays stand for their elements. In~ and
// has_any of no values are false, has_all of none is true.
func (b *binder) inValues(x *syntax.In, name string, v plan.Expr, e *env) plan.Expr {
	args := []plan.Expr{v}
	var arrays []plan.Expr
	for _, item := range x.List {
		value := b.scalar(item, e)
		if value.Type() != schema.Dynamic {
			args = append(args, b.listed(v, value, item))
			continue
		}
		if elements, ok := constantElements(value); ok {
			for _, el := range elements {
				args = append(args, b.listed(v, el, item))
			}
			continue
		}
		arrays = append(arrays, b.operator(name+" array", x, v, value))
	}
	var test plan.Expr = &plan.Const{T: schema.Bool, Value: name == "has_all"}
	if len(args) > 1 {
		test = b.operator(name, x, b.levelled(v, args)...)
	}
	for _, a := range arrays {
		if name == "has_all" {
			test = b.operator("and", x, test, a)
		} else {
			test = b.operator("or", x, test, a)
		}
	}
	return test
}

// listed converts a value of a list to what it is compared with. Beside text
// it becomes text: the others of the list may be text already.
func (b *binder) listed(v, value plan.Expr, at syntax.Node) plan.Expr {
	switch v.Type() {
	case schema.Dynamic:
		return value
	case schema.String:
		return b.convert(value, schema.String, at)
	}
	_, value = b.level(v, value, at)
	return value
}

// levelled reads a dynamic as the type of the first value it is compared with.
func (b *binder) levelled(v plan.Expr, args []plan.Expr) []plan.Expr {
	if v.Type() != schema.Dynamic {
		return args
	}
	want := args[1].Type()
	if want == schema.Dynamic {
		want = schema.String
	}
	for i, a := range args {
		args[i] = b.convert(a, widened(want), nil)
	}
	return args
}

// constantElements returns the elements of a constant array.
func constantElements(x plan.Expr) ([]plan.Expr, bool) {
	c, ok := x.(*plan.Const)
	if !ok {
		return nil, false
	}
	text, _ := c.Value.(schema.DynamicValue)
	var values []any
	if json.Unmarshal([]byte(text), &values) != nil || len(values) > 10_000 {
		return nil, false
	}
	elements := make([]plan.Expr, 0, len(values))
	for _, v := range values {
		el := constantOf(v)
		if el == nil {
			return nil, false
		}
		elements = append(elements, el)
	}
	return elements, true
}

func constantOf(v any) plan.Expr {
	switch v := v.(type) {
	case string:
		return &plan.Const{T: schema.String, Value: v}
	case bool:
		return &plan.Const{T: schema.Bool, Value: v}
	case float64:
		if v == float64(int64(v)) && v < 1<<53 && v > -1<<53 {
			return &plan.Const{T: schema.Long, Value: int64(v)}
		}
		return &plan.Const{T: schema.Real, Value: v}
	}
	return nil
}

// inTable compares with the values of a table's first column.
func (b *binder) inTable(x *syntax.In, v plan.Expr, e *env) plan.Expr {
	node := b.table(x.List[0], e.scope)
	cols := visible(node.Columns())
	if len(cols) == 0 {
		if len(b.errors) == 0 {
			b.fail(x.List[0], "the table has no columns")
		}
		return unknown
	}
	var col plan.Expr = &plan.Ref{Col: cols[0]}
	if x.Op == syntax.OpHasAny || x.Op == syntax.OpHasAll || x.Op == syntax.OpInFold || x.Op == syntax.OpNotInFold {
		col = b.convert(col, schema.String, x)
	}
	v, col = b.level(v, col, x)
	return &plan.In{X: v, Table: node, Col: col, How: inHow(x.Op)}
}

func inHow(op syntax.Op) plan.InKind {
	switch op {
	case syntax.OpInFold, syntax.OpNotInFold:
		return plan.EqualFold
	case syntax.OpHasAny:
		return plan.HasAny
	case syntax.OpHasAll:
		return plan.HasAll
	}
	return plan.Equals
}
