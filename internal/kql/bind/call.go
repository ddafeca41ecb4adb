package bind

import (
	"regexp"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// findFunction returns the declaration that a call refers to, nil for users'
// functions, special ones and unknown ones.
func (b *binder) findFunction(x *syntax.Call, e *env) *fn.Func {
	name := x.Name.Name
	if sym := b.symbol(e.scope, name); sym != nil && sym.fn != nil {
		return nil
	}
	if e.aggregates {
		if f := b.lib.Find(fn.Aggregate, name); f != nil {
			return f
		}
	}
	if f := b.lib.Find(fn.Scalar, name); f != nil {
		return f
	}
	return b.lib.Find(fn.Window, name)
}

// call binds a function call that gives a scalar.
func (b *binder) call(x *syntax.Call, e *env) plan.Expr {
	if sym := b.symbol(e.scope, x.Name.Name); sym != nil && sym.fn != nil {
		return b.callUserScalar(sym.fn, x, e)
	}
	if bind := graphFunction(x.Name.Name); bind != nil && e.match != nil {
		return bind(b, x, e)
	}
	if values, ok := b.several(x, e); ok {
		if len(values) == 0 {
			return unknown
		}
		return values[0].x
	}
	if bind := special(x.Name.Name); bind != nil {
		return bind(b, x, e)
	}
	f := b.findFunction(x, e)
	if f == nil {
		b.noFunction(x, e)
		return unknown
	}
	if f.Kind == fn.Window && !e.sorted {
		b.fail(x, "%s needs rows in an order: sort or serialize them before", x.Name.Name)
		return unknown
	}
	inner := *e
	inner.aggregates = e.aggregates && f.Kind != fn.Aggregate
	return b.resolveCall(f, x, &inner)
}

func (b *binder) noFunction(x *syntax.Call, e *env) {
	name := x.Name.Name
	switch {
	case b.lib.Find(fn.Aggregate, name) != nil:
		b.fail(x.Name, "the aggregate %s can only be called in summarize and its like", name)
	case isKnown(name):
		b.unsupported(x.Name, "the function "+name)
	default:
		b.fail(x.Name, "there is no function %q%s", name, b.suggestFunction(name, e))
	}
}

// resolveCall binds the arguments of a call of a declared function. A typeof()
// at its end is the type that the result is converted to.
func (b *binder) resolveCall(f *fn.Func, x *syntax.Call, e *env) plan.Expr {
	given := x.Args
	var as *syntax.TypeOf
	if len(given) > 0 {
		if t, ok := given[len(given)-1].(*syntax.TypeOf); ok {
			as, given = t, given[:len(given)-1]
		}
	}
	args := make([]plan.Expr, len(given))
	for i, a := range given {
		args[i] = b.scalar(a, e)
	}
	if !b.checkArguments(f, given, args) {
		return unknown
	}
	result := b.resolve(f, x, args, e.order)
	if as == nil {
		return result
	}
	if as.Type == nil || as.Type.Type == schema.Unknown {
		b.fail(as, "there is no such type")
		return unknown
	}
	return b.convert(result, as.Type.Type, x)
}

// resolve chooses the signature for the arguments and converts them to what it
// takes.
func (b *binder) resolve(f *fn.Func, at syntax.Node, args []plan.Expr, order []plan.Key) plan.Expr {
	types := make([]schema.Type, len(args))
	for i, a := range args {
		types[i] = a.Type()
	}
	sig := bestSig(f, types)
	if sig == nil {
		b.misfit(f, at, types)
		return unknown
	}
	for _, t := range types {
		if t == schema.Unknown {
			return b.unknownResult(sig, types)
		}
	}
	passed := targets(sig, types)
	result := sig.TypeOf(passed)
	for i := range args {
		p := sig.ParamAt(i, len(args))
		if p.Kind == "string" && isCollection(args[i]) {
			b.fail(at, "%s needs a text, not %s", f.Name, args[i].(*plan.Const).Value)
			return unknown
		}
		args[i] = b.convert(args[i], p.Target(types[i], result), at)
		if p.Constant && !isConstant(args[i]) {
			b.fail(at, "the %s of %s must be the same in all rows", p.Name, f.Name)
			return unknown
		}
		if p.Name == "regex" {
			b.checkRegex(args[i], at)
		}
	}
	call := &plan.Call{Func: f, Sig: sig, T: result, Args: args, Order: order}
	if f.Kind == fn.Window {
		b.stretches(call)
	}
	if b.opt.Run != nil && (f.Name == "now" || f.Name == "ago") {
		return b.timeOfRun(call, at)
	}
	return plan.Fold(call, b.opt.Now)
}

// timeOfRun is now() and ago() where the time is one of many. It is never the
// bare column, so that nothing is named after it.
func (b *binder) timeOfRun(c *plan.Call, at syntax.Node) plan.Expr {
	var offset plan.Expr = &plan.Const{T: schema.Timespan, Value: schema.TimespanValue(0)}
	if len(c.Args) > 0 {
		offset = c.Args[0]
	}
	operator := "+"
	if c.Func.Name == "ago" {
		operator = "-"
	}
	return b.operator(operator, at, &plan.Ref{Col: b.opt.Run}, offset)
}

// isConstant tells whether an expression is the same for all rows.
func isConstant(x plan.Expr) bool {
	constant := true
	plan.Walk(x, func(x plan.Expr) bool {
		if _, ok := x.(*plan.Ref); ok {
			constant = false
		}
		return constant
	})
	return constant
}

// isCollection tells whether a value is a constant array or bag.
func isCollection(x plan.Expr) bool {
	c, ok := x.(*plan.Const)
	if !ok {
		return false
	}
	v, _ := c.Value.(schema.DynamicValue)
	return strings.HasPrefix(string(v), "[") || strings.HasPrefix(string(v), "{")
}

// checkArguments reports arguments that differ from row to row where they must
// not, and those of prev and next that are no columns, each in its place.
func (b *binder) checkArguments(f *fn.Func, given []syntax.Expr, args []plan.Expr) bool {
	types := make([]schema.Type, len(args))
	for i, a := range args {
		types[i] = a.Type()
	}
	sig := bestSig(f, types)
	if sig == nil {
		return true // resolve tells how the function is called
	}
	fits := true
	for i, a := range given {
		p := sig.ParamAt(i, len(args))
		switch {
		case p.Constant && !isConstant(args[i]):
			b.fail(a, "the %s of %s must be the same in all rows", p.Name, f.Name)
			fits = false
		case p.Kind == "column" && !isColumn(a):
			b.fail(a, "%s takes the name of a column", f.Name)
			fits = false
		}
	}
	return fits
}

// isColumn tells whether an expression can be the name of a column, as some
// calls are, too.
func isColumn(x syntax.Expr) bool {
	switch x.(type) {
	case *syntax.Ident, *syntax.Call:
		return true
	}
	return false
}

// unknownResult is the result of a call with an argument of unknown type: of
// the signature's type where that does not depend on it.
func (b *binder) unknownResult(sig *fn.Sig, types []schema.Type) plan.Expr {
	if len(b.errors) > 0 {
		return unknown
	}
	return &plan.Opaque{T: sig.TypeOf(targets(sig, types))}
}

// targets are the types that arguments have when they are passed; the rules
// for results see dynamic values as what they are read as.
func targets(sig *fn.Sig, types []schema.Type) []schema.Type {
	passed := make([]schema.Type, len(types))
	var common []schema.Type
	for i, t := range types {
		p := sig.ParamAt(i, len(types))
		passed[i] = t
		if p.Kind == "common" || p.Kind == "alike" {
			common = append(common, t)
			continue
		}
		passed[i] = p.Target(t, t)
	}
	if len(common) == 0 {
		return passed
	}
	t := fn.Common(common...)
	for i := range types {
		if kind := sig.ParamAt(i, len(types)).Kind; kind == "common" || kind == "alike" {
			passed[i] = t
		} else if sig.Result == "common" {
			passed[i] = schema.Unknown
		}
	}
	return passed
}

// bestSig returns the signature that fits the argument types best, the first
// of those that fit equally well, nil if none fits.
func bestSig(f *fn.Func, types []schema.Type) *fn.Sig {
	var best *fn.Sig
	bestFit := 0
	for i := range f.Sigs {
		sig := &f.Sigs[i]
		if !sig.Takes(len(types)) {
			continue
		}
		if fit := fitOf(sig, types); fit > bestFit {
			best, bestFit = sig, fit
		}
	}
	return best
}

func fitOf(sig *fn.Sig, types []schema.Type) int {
	total := 1
	for i, t := range types {
		p := sig.ParamAt(i, len(types))
		if p == nil {
			return 0
		}
		fit := p.Fits(t)
		if fit == fn.NoFit {
			return 0
		}
		total += int(fit)
	}
	if !sig.Alike(types) {
		return 0
	}
	return total
}

// misfit reports which argument it is that fits nowhere.
func (b *binder) misfit(f *fn.Func, at syntax.Node, types []schema.Type) {
	for _, t := range types {
		if t == schema.Unknown && len(b.errors) > 0 {
			return
		}
	}
	if f.Kind == fn.Operator {
		b.fail(at, "the operator %s cannot be applied to values of type %s", f.Name, typeList(types))
		return
	}
	counts := false
	for i := range f.Sigs {
		counts = counts || f.Sigs[i].Takes(len(types))
	}
	if !counts {
		b.fail(at, "%s does not take %d arguments: it is called as %s", f.Name, len(types), f.Usage())
		return
	}
	b.fail(at, "%s does not take values of type %s: it is called as %s", f.Name, typeList(types), f.Usage())
}

func typeList(types []schema.Type) string {
	list := ""
	for i, t := range types {
		if i > 0 {
			list += ", "
		}
		list += t.String()
	}
	return list
}

// callUserScalar unfolds a user's function that returns a scalar.
func (b *binder) callUserScalar(f *function, x *syntax.Call, e *env) plan.Expr {
	if !b.spend(x) || !b.enter(x) {
		return unknown
	}
	defer b.leave()
	value, isTable := plan.Expr(unknown), false
	outer := b.apply(f, x, e)
	b.inside(f, x, func() {
		result, sc := b.body(f, outer)
		if isTable = b.isTable(result, sc); !isTable {
			value = b.scalar(result, &env{scope: sc, aggregates: e.aggregates, order: e.order, sorted: e.sorted})
		}
	})
	if isTable {
		b.fail(x, "the function %s returns a table, a scalar is expected here", f.name)
	}
	return value
}

// constantText returns the text of an expression that is a constant.
func (b *binder) constantText(x syntax.Expr, e *env) (string, bool) {
	errors := len(b.errors)
	c, ok := b.scalar(x, e).(*plan.Const)
	if !ok {
		return "", false
	}
	b.errors = b.errors[:errors]
	s, ok := c.Value.(string)
	return s, ok
}

// checkRegex reports a constant regular expression that is none.
func (b *binder) checkRegex(x plan.Expr, at syntax.Node) {
	c, ok := x.(*plan.Const)
	if !ok {
		return
	}
	pattern, ok := c.Value.(string)
	if !ok {
		return
	}
	if _, err := regexp.Compile(pattern); err != nil {
		b.fail(at, "%v", err)
	}
}
