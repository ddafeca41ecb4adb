package bind

import (
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// let binds a name.
func (b *binder) let(s *syntax.Let, sc *scope) *scope {
	name := s.Name.Name
	if f, ok := s.Value.(*syntax.Function); ok {
		b.checkParameters(f)
		return sc.with(name, &symbol{fn: &function{Function: f, scope: sc, name: name}})
	}
	if b.isTable(s.Value, sc) {
		return sc.with(name, &symbol{table: b.share(name, b.tableOrGraph(s.Value, sc))})
	}
	return sc.with(name, &symbol{value: b.scalar(s.Value, &env{scope: sc})})
}

// isTable tells whether an expression is tabular. What looks like neither is
// taken for a scalar.
func (b *binder) isTable(x syntax.Expr, sc *scope) bool {
	if patternUse(x, sc) != nil {
		return true
	}
	switch x := x.(type) {
	case *syntax.Pipe, *syntax.Datatable, *syntax.ExternalData:
		return true
	case *syntax.Paren:
		return b.isTable(x.X, sc)
	case *syntax.Ident:
		return b.namesTable(x.Name, sc)
	case *syntax.Member:
		_, isCall := x.X.(*syntax.Call)
		return isCall && b.isPlace(x.X)
	case *syntax.Call:
		return b.callsTable(x, sc)
	}
	return false
}

func (b *binder) namesTable(name string, sc *scope) bool {
	if sym := b.symbol(sc, name); sym != nil {
		return sym.table != nil || sym.fn != nil && len(sym.fn.Params) == 0 && b.returnsTable(sym.fn)
	}
	return name == watchlistAliases || b.findTable(name) != nil
}

func (b *binder) callsTable(x *syntax.Call, sc *scope) bool {
	switch x.Name.Name {
	case "materialize", "table", "view", "external_table", "materialized_view", "_GetWatchlist", watchlistAliases:
		return true
	}
	if sym := b.symbol(sc, x.Name.Name); sym != nil && sym.fn != nil {
		return b.returnsTable(sym.fn)
	}
	_, stored := b.opt.Functions[x.Name.Name]
	return stored
}

// returnsTable tells whether a function's result is tabular; its own names
// hide those around it.
func (b *binder) returnsTable(f *function) bool {
	if f.saved == nil {
		return b.endsInTable(f)
	}
	sort, known := b.sorts[f.saved]
	if !known {
		if b.sorts == nil {
			b.sorts = map[*SavedFunction]bool{}
		}
		b.sorts[f.saved] = false // while it is found out, for one that calls itself
		sort = b.endsInTable(f)
		b.sorts[f.saved] = sort
	}
	return sort
}

func (b *binder) endsInTable(f *function) bool {
	if !b.enter(f) {
		return false
	}
	defer b.leave()
	sc := f.scope
	for _, p := range f.Params {
		sym := &symbol{value: unknown}
		if p.Schema != nil {
			sym = &symbol{table: &tabular{}}
		}
		sc = sc.with(p.Name.Name, sym)
	}
	for _, s := range f.Body.Statements {
		switch s := s.(type) {
		case *syntax.Let:
			sc = sc.with(s.Name.Name, b.sketch(s, sc))
		case *syntax.ExprStatement:
			return b.isTable(s.X, sc)
		}
	}
	return false
}

// sketch makes a symbol of the right sort without binding the value.
func (b *binder) sketch(s *syntax.Let, sc *scope) *symbol {
	if f, ok := s.Value.(*syntax.Function); ok {
		return &symbol{fn: &function{Function: f, scope: sc, name: s.Name.Name}}
	}
	if b.isTable(s.Value, sc) {
		return &symbol{table: &tabular{}}
	}
	return &symbol{value: unknown}
}

func (b *binder) checkParameters(f *syntax.Function) {
	seen := map[string]bool{}
	for _, p := range f.Params {
		if seen[p.Name.Name] {
			b.fail(p, "the parameter %q is declared twice", p.Name.Name)
		}
		seen[p.Name.Name] = true
	}
}

// set takes over the request properties that queries refer to.
func (b *binder) set(s *syntax.Set, sc *scope) *scope {
	if s.Value == nil || !strings.HasPrefix(s.Name.Name, "query_bin_auto") {
		return sc
	}
	return sc.with(s.Name.Name, &symbol{value: b.scalar(s.Value, &env{scope: sc})})
}

func (b *binder) declareParameters(s *syntax.DeclareParameters, sc *scope) *scope {
	for _, p := range s.Params {
		sc = sc.with(p.Name.Name, &symbol{value: b.parameter(p, sc)})
	}
	return sc
}

// parameter is the value of a query parameter: the one that is given, or else
// its default.
func (b *binder) parameter(p *syntax.Parameter, sc *scope) plan.Expr {
	text, given := b.opt.Parameters[p.Name.Name]
	switch {
	case p.Type == nil || p.Default == nil && !given:
		b.fail(p, "the query parameter %q has no value", p.Name.Name)
		return unknown
	case given:
		return b.given(p, text)
	}
	return b.convert(b.scalar(p.Default, &env{scope: sc}), p.Type.Type, p.Default)
}

// given reads the value of a parameter: a literal, with the name of its type or
// without. Anything else is an error, so that a value is never run.
func (b *binder) given(p *syntax.Parameter, text string) plan.Expr {
	t := p.Type.Type
	if t == schema.String {
		return &plan.Const{T: t, Value: text}
	}
	for _, form := range []string{text, t.String() + "(" + text + ")"} {
		lit := literal(form)
		switch {
		case lit == nil || strings.TrimSpace(text) == "":
		case lit.Value == nil:
			return nullOf(t)
		case lit.Type == t || fn.IsNumber(lit.Type) && fn.IsNumber(t):
			return b.convert(b.literal(lit), t, p)
		}
	}
	b.fail(p, "the value of the query parameter %q is no %s", p.Name.Name, t)
	return unknown
}

// literal reads a text that is one literal and nothing else; nil if it is not.
func literal(text string) *syntax.Literal {
	q, wrong := syntax.Parse("print " + text)
	if len(wrong) > 0 || len(q.Statements) != 1 {
		return nil
	}
	s, ok := q.Statements[0].(*syntax.ExprStatement)
	if !ok {
		return nil
	}
	pipe, ok := s.X.(*syntax.Pipe)
	if !ok || len(pipe.Ops) != 1 {
		return nil
	}
	op, ok := pipe.Ops[0].(*syntax.Print)
	if !ok || len(op.Columns) != 1 {
		return nil
	}
	lit, _ := op.Columns[0].(*syntax.Literal)
	return lit
}

// restrict leaves only some tables and functions in reach.
func (b *binder) restrict(s *syntax.Restrict, sc *scope) *scope {
	access := []string{}
	for _, x := range s.Names {
		switch x := x.(type) {
		case *syntax.Ident:
			access = append(access, x.Name)
		case *syntax.Member:
			access = append(access, x.Name.Name)
		case *syntax.Star:
			access = append(access, "*")
		default:
			b.fail(x, "the name of a table or function is expected here")
		}
	}
	return sc.with("", &symbol{access: access})
}

// apply binds the parameters of a function to a call's arguments.
func (b *binder) apply(f *function, call *syntax.Call, e *env) *scope {
	sc := f.scope
	args := arguments(f, call.Args)
	for i, p := range f.Params {
		sc = sc.with(p.Name.Name, b.argument(f, p, args[i], call, e))
	}
	if len(call.Args) > len(f.Params) {
		b.fail(call, "%s takes %d arguments, not %d", f.name, len(f.Params), len(call.Args))
	}
	return sc
}

// arguments orders arguments by parameter; those given by name may come in any
// order.
func arguments(f *function, given []syntax.Expr) []syntax.Expr {
	args := make([]syntax.Expr, len(f.Params))
	next := 0
	for _, x := range given {
		if named, ok := x.(*syntax.Named); ok && !named.List {
			for i, p := range f.Params {
				if p.Name.Name == named.Names[0].Name {
					args[i] = named.X
				}
			}
			continue
		}
		for next < len(args) && args[next] != nil {
			next++
		}
		if next < len(args) {
			args[next] = x
		}
	}
	return args
}

func (b *binder) argument(f *function, p *syntax.Parameter, x syntax.Expr, call *syntax.Call, e *env) *symbol {
	switch {
	case p.Schema != nil && x == nil, p.Schema == nil && x == nil && p.Default == nil:
		b.fail(call, "%s needs an argument for %q", f.name, p.Name.Name)
		return &symbol{value: unknown}
	case p.Schema != nil:
		node := b.table(x, e.scope)
		b.checkSchema(p, node, x)
		return &symbol{table: b.share(p.Name.Name, node)}
	case x == nil:
		value := plan.Expr(unknown)
		b.inside(f, call, func() { value = b.passed(p, p.Default, &env{scope: f.scope}) })
		return &symbol{value: value}
	}
	return &symbol{value: b.passed(p, x, e)}
}

// passed is the value of a parameter.
func (b *binder) passed(p *syntax.Parameter, x syntax.Expr, e *env) plan.Expr {
	value := b.scalar(x, e)
	if p.Type != nil && p.Type.Type != schema.Unknown {
		value = b.convert(value, p.Type.Type, x)
	}
	return value
}

func (b *binder) checkSchema(p *syntax.Parameter, node plan.Node, at syntax.Node) {
	rows := rowsOf(node)
	for _, c := range p.Schema.Columns {
		if rows.find(c.Name.Name) == nil && infer(node, c.Name.Name) == nil {
			b.fail(at, "the table for %q has no column %q", p.Name.Name, c.Name.Name)
		}
	}
}

// body binds the statements of a function and returns its last expression
// with the scope that it sees.
func (b *binder) body(f *function, sc *scope) (syntax.Expr, *scope) {
	var result syntax.Expr
	for _, s := range f.Body.Statements {
		switch s := s.(type) {
		case *syntax.Let:
			sc = b.let(s, sc)
		case *syntax.DeclareParameters:
			sc = b.declareParameters(s, sc)
		case *syntax.ExprStatement:
			result = s.X
		default:
			b.unsupported(s, "this statement in a function")
		}
	}
	if result == nil {
		b.fail(f, "the function %s has no result", f.name)
		result = &syntax.BadExpr{Span: f.Span}
	}
	return result, sc
}
