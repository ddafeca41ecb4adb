package bind

import (
	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// unknown is the value of an expression that could not be bound; nothing that
// is made of it is reported again.
var unknown plan.Expr = &plan.Const{}

// scalar binds a scalar expression.
func (b *binder) scalar(x syntax.Expr, e *env) plan.Expr {
	if !b.enter(x) {
		return unknown
	}
	defer b.leave()
	switch x := x.(type) {
	case *syntax.Paren:
		return b.scalar(x.X, e)
	case *syntax.Literal:
		return b.literal(x)
	case *syntax.Ident:
		return b.name(x, e)
	case *syntax.Unary:
		return b.unary(x, e)
	case *syntax.Binary:
		return b.binary(x, e)
	case *syntax.In:
		return b.in(x, e)
	case *syntax.Between:
		return b.between(x, e)
	case *syntax.Member:
		return b.member(x, e)
	case *syntax.Index:
		return b.index(x, e)
	case *syntax.Call:
		return b.call(x, e)
	case *syntax.Named:
		return b.scalar(x.X, e)
	case *syntax.Star:
		b.fail(x, "* cannot stand here")
	case *syntax.TypeOf:
		b.fail(x, "typeof() can only be the last argument of a function")
	case *syntax.BadExpr:
	default:
		b.fail(x, "a scalar is expected here, not a table")
	}
	return unknown
}

// condition binds an expression that must be true or false.
func (b *binder) condition(x syntax.Expr, e *env) plan.Expr {
	c := b.scalar(x, e)
	switch c.Type() {
	case schema.Bool, schema.Unknown:
		return c
	case schema.Dynamic:
		return b.convert(c, schema.Bool, x)
	}
	b.fail(x, "a condition is expected here, not a value of type %s", c.Type())
	return unknown
}

func (b *binder) literal(x *syntax.Literal) plan.Expr {
	if x.Type == schema.String && x.Value == nil {
		return &plan.Const{T: schema.String, Value: ""}
	}
	return &plan.Const{T: x.Type, Value: x.Value}
}

func (b *binder) name(x *syntax.Ident, e *env) plan.Expr {
	if c := b.column(x.Name, e); c != nil {
		return &plan.Ref{Col: c}
	}
	if sym := e.scope.find(x.Name); sym != nil {
		switch {
		case sym.value != nil:
			return sym.value
		case sym.fn != nil:
			return b.callUserScalar(sym.fn, &syntax.Call{Span: x.Span, Name: x}, e)
		}
		b.fail(x, "%q is a table, a scalar is expected here; toscalar() makes one of it", x.Name)
		return unknown
	}
	if e.rows != nil && e.rows.node != nil {
		if c := infer(e.rows.node, x.Name); c != nil {
			if !containsColumn(e.rows.cols, c) {
				e.rows.cols = e.rows.node.Columns()
			}
			return &plan.Ref{Col: c}
		}
	}
	if sym := b.savedSymbol(x.Name); sym != nil {
		return b.callUserScalar(sym.fn, &syntax.Call{Span: x.Span, Name: x}, e)
	}
	if e.lenient {
		return &plan.Const{T: schema.Dynamic}
	}
	b.fail(x, "there is no column or value %q here%s", x.Name, b.suggestValue(x.Name, e))
	return unknown
}

func (b *binder) column(name string, e *env) *plan.Column {
	if c := e.rows.find(name); c != nil {
		return c
	}
	return e.right.find(name)
}

func containsColumn(cols []*plan.Column, c *plan.Column) bool {
	for _, other := range cols {
		if other == c {
			return true
		}
	}
	return false
}

func (b *binder) unary(x *syntax.Unary, e *env) plan.Expr {
	v := b.scalar(x.X, e)
	if x.Op == syntax.OpAdd || v.Type() == schema.Unknown {
		return v
	}
	if v.Type() == schema.Dynamic {
		return b.operator("as_number", x, b.operator("negate", x, b.convert(v, schema.Real, x.X)))
	}
	return b.operator("negate", x, v)
}

// operator calls an operator by its name.
func (b *binder) operator(name string, at syntax.Node, args ...plan.Expr) plan.Expr {
	f := b.lib.Find(fn.Operator, name)
	return b.resolve(f, at, args, nil)
}

var binaryNames = map[syntax.Op]string{
	syntax.OpOr: "or", syntax.OpAnd: "and",
	syntax.OpEqual: "==", syntax.OpNotEqual: "!=",
	syntax.OpLess: "<", syntax.OpLessEqual: "<=", syntax.OpGreater: ">", syntax.OpGreaterEqual: ">=",
	syntax.OpAdd: "+", syntax.OpSub: "-", syntax.OpMul: "*", syntax.OpDiv: "/", syntax.OpMod: "%",
}

// A textOp is a string operator and whether it is the negation of it.
type textOp struct {
	name string
	not  bool
}

var textOps = map[syntax.Op]textOp{
	syntax.OpEqualFold: {"=~", false}, syntax.OpNotEqualFold: {"=~", true},
	syntax.OpHas: {"has", false}, syntax.OpNotHas: {"has", true},
	syntax.OpHasCS: {"has_cs", false}, syntax.OpNotHasCS: {"has_cs", true},
	syntax.OpHasPrefix: {"hasprefix", false}, syntax.OpNotHasPrefix: {"hasprefix", true},
	syntax.OpHasPrefixCS: {"hasprefix_cs", false}, syntax.OpNotHasPrefixCS: {"hasprefix_cs", true},
	syntax.OpHasSuffix: {"hassuffix", false}, syntax.OpNotHasSuffix: {"hassuffix", true},
	syntax.OpHasSuffixCS: {"hassuffix_cs", false}, syntax.OpNotHasSuffixCS: {"hassuffix_cs", true},
	syntax.OpContains: {"contains", false}, syntax.OpNotContains: {"contains", true},
	syntax.OpContainsCS: {"contains_cs", false}, syntax.OpNotContainsCS: {"contains_cs", true},
	syntax.OpStartsWith: {"startswith", false}, syntax.OpNotStartsWith: {"startswith", true},
	syntax.OpStartsWithCS: {"startswith_cs", false}, syntax.OpNotStartsWithCS: {"startswith_cs", true},
	syntax.OpEndsWith: {"endswith", false}, syntax.OpNotEndsWith: {"endswith", true},
	syntax.OpEndsWithCS: {"endswith_cs", false}, syntax.OpNotEndsWithCS: {"endswith_cs", true},
	syntax.OpMatchesRegex: {"matches regex", false},
	syntax.OpColon:        {"has", false},
}

func (b *binder) binary(x *syntax.Binary, e *env) plan.Expr {
	if op, ok := textOps[x.Op]; ok {
		return b.textBinary(x, op, e)
	}
	name, ok := binaryNames[x.Op]
	if !ok {
		b.unsupported(x.OpSpan, "this operator")
		return unknown
	}
	switch x.Op {
	case syntax.OpOr, syntax.OpAnd:
		return b.operator(name, x, b.condition(x.X, e), b.condition(x.Y, e))
	case syntax.OpAdd, syntax.OpSub, syntax.OpMul, syntax.OpDiv, syntax.OpMod:
		return b.arithmetic(name, x, b.scalar(x.X, e), b.scalar(x.Y, e))
	}
	if _, ok := x.X.(*syntax.Star); ok {
		return b.anyColumn(x, e, func(c *plan.Column) plan.Expr {
			return b.compare(name, x, &plan.Ref{Col: c}, b.scalar(x.Y, e))
		})
	}
	return b.compare(name, x, b.scalar(x.X, e), b.scalar(x.Y, e))
}

func (b *binder) textBinary(x *syntax.Binary, op textOp, e *env) plan.Expr {
	one := func(v plan.Expr) plan.Expr { return b.textTest(op.name, x, v, b.scalar(x.Y, e)) }
	var test plan.Expr
	if _, ok := x.X.(*syntax.Star); ok {
		test = b.anyColumn(x, e, func(c *plan.Column) plan.Expr { return one(&plan.Ref{Col: c}) })
	} else {
		test = one(b.scalar(x.X, e))
	}
	if op.not {
		return b.not(test, x)
	}
	return test
}

// textTest applies a string operator.
func (b *binder) textTest(name string, at *syntax.Binary, v, pattern plan.Expr) plan.Expr {
	for i, side := range []plan.Expr{v, pattern} {
		switch side.Type() {
		case schema.String, schema.Dynamic, schema.Unknown:
		default:
			b.fail([]syntax.Expr{at.X, at.Y}[i], "the operator %s needs text here, not a value of type %s", name, side.Type())
			return unknown
		}
	}
	if name == "matches regex" {
		b.checkRegex(pattern, at.Y)
	}
	return b.operator(name, at, v, pattern)
}

func (b *binder) not(x plan.Expr, at syntax.Node) plan.Expr {
	return b.resolve(b.lib.Find(fn.Scalar, "not"), at, []plan.Expr{x}, nil)
}

// anyColumn makes a condition that is true if it is for any text column.
func (b *binder) anyColumn(at syntax.Node, e *env, test func(*plan.Column) plan.Expr) plan.Expr {
	var any plan.Expr
	for _, c := range e.rows.visible() {
		if c.Type != schema.String && c.Type != schema.Dynamic {
			continue
		}
		one := test(c)
		if any == nil {
			any = one
		} else {
			any = b.operator("or", at, any, one)
		}
	}
	if any == nil {
		return &plan.Const{T: schema.Bool, Value: false}
	}
	return any
}

// arithmetic applies + - * / %; a dynamic operand takes the other's type.
func (b *binder) arithmetic(name string, at *syntax.Binary, x, y plan.Expr) plan.Expr {
	dx, dy := x.Type() == schema.Dynamic, y.Type() == schema.Dynamic
	switch {
	case dx && dy:
		real := b.operator(name, at, b.convert(x, schema.Real, at.X), b.convert(y, schema.Real, at.Y))
		return b.operator("as_number", at, real)
	case (dx && isTime(y.Type()) || dy && isTime(x.Type())) && name != "+" && name != "-":
		b.fail(at, "the operator %s cannot be applied to values of type %s and %s", name, x.Type(), y.Type())
		return unknown
	case dx:
		x = b.convert(x, widened(y.Type()), at.X)
	case dy:
		y = b.convert(y, widened(x.Type()), at.Y)
	}
	return b.operator(name, at, x, y)
}

func isTime(t schema.Type) bool { return t == schema.Datetime || t == schema.Timespan }

func widened(t schema.Type) schema.Type {
	if t == schema.Int {
		return schema.Long
	}
	return t
}

// compare applies a comparison after bringing both sides to types that can be
// compared.
func (b *binder) compare(name string, at syntax.Node, x, y plan.Expr) plan.Expr {
	if name != "==" && name != "!=" && !haveOrder(x.Type(), y.Type()) {
		b.fail(at, "values of type %s and %s have no order", x.Type(), y.Type())
		return unknown
	}
	x, y = b.level(x, y, at)
	return b.operator(name, at, x, y)
}

// haveOrder tells whether the one can be less than the other: texts cannot, and
// what is dynamic is a number only.
func haveOrder(x, y schema.Type) bool {
	switch {
	case x == schema.Unknown || y == schema.Unknown:
		return true
	case x == schema.String || y == schema.String:
		return false
	case x == schema.Dynamic || y == schema.Dynamic:
		return x == y || fn.IsNumber(x) || fn.IsNumber(y)
	}
	return true
}

// level converts one side to the type of the other: what is dynamic, and text
// beside something that is none.
func (b *binder) level(x, y plan.Expr, at syntax.Node) (plan.Expr, plan.Expr) {
	tx, ty := x.Type(), y.Type()
	switch {
	case tx == ty || tx == schema.Unknown || ty == schema.Unknown || fn.IsNumber(tx) && fn.IsNumber(ty):
	case tx == schema.Bool && fn.IsNumber(ty) || fn.IsNumber(tx) && ty == schema.Bool:
	case tx == schema.Dynamic:
		x = b.convert(x, widened(ty), at)
	case ty == schema.Dynamic:
		y = b.convert(y, widened(tx), at)
	case tx == schema.String:
		x = b.convert(x, widened(ty), at)
	case ty == schema.String:
		y = b.convert(y, widened(tx), at)
	default:
		b.fail(at, "a value of type %s cannot be compared with one of type %s", tx, ty)
		return unknown, unknown
	}
	return x, y
}

func (b *binder) between(x *syntax.Between, e *env) plan.Expr {
	v, from, to := b.scalar(x.X, e), b.scalar(x.From, e), b.scalar(x.To, e)
	if !hasRange(v.Type(), from.Type()) || !hasRange(v.Type(), to.Type()) {
		b.fail(x, "a value of type %s does not lie between values of type %s and %s", v.Type(), from.Type(), to.Type())
		return unknown
	}
	if v.Type() == schema.Datetime && to.Type() == schema.Timespan {
		to = b.operator("+", x.To, from, to)
	}
	if v.Type() == schema.Dynamic {
		v, _ = b.level(v, from, x.X)
	}
	_, from = b.level(v, from, x.From)
	_, to = b.level(v, to, x.To)
	name := "between"
	if x.Not {
		name = "!between"
	}
	return b.operator(name, x, v, from, to)
}

// hasRange tells whether a type of values can have limits of another type.
func hasRange(t, limit schema.Type) bool {
	switch {
	case t == schema.Unknown || limit == schema.Unknown:
		return true
	case t == schema.Dynamic:
		return limit == schema.Dynamic || fn.IsNumber(limit)
	case fn.IsNumber(t):
		return fn.IsNumber(limit) || limit == schema.Dynamic
	case t == schema.Datetime:
		return limit == schema.Datetime || limit == schema.Timespan || limit == schema.Dynamic
	case t == schema.Timespan:
		return limit == schema.Timespan || limit == schema.Dynamic
	}
	return false
}

// convert makes a value of another type.
func (b *binder) convert(x plan.Expr, to schema.Type, at syntax.Node) plan.Expr {
	from := x.Type()
	if from == to || from == schema.Unknown || to == schema.Unknown {
		return x
	}
	if c, ok := x.(*plan.Const); ok && c.Value == nil {
		return nullOf(to)
	}
	f := b.lib.Find(fn.Scalar, conversionNames[to])
	if to == schema.Dynamic {
		f = b.lib.Find(fn.Operator, "as_dynamic")
	}
	sig := bestSig(f, []schema.Type{from})
	if sig == nil {
		b.fail(at, "a value of type %s cannot be made one of type %s", from, to)
		return unknown
	}
	return plan.Fold(&plan.Call{Func: f, Sig: sig, T: to, Args: []plan.Expr{x}}, b.opt.Now)
}

var conversionNames = map[schema.Type]string{
	schema.Bool: "tobool", schema.Int: "toint", schema.Long: "tolong", schema.Real: "todouble",
	schema.Decimal: "todecimal", schema.String: "tostring", schema.Datetime: "todatetime",
	schema.Timespan: "totimespan", schema.GUID: "toguid",
}
