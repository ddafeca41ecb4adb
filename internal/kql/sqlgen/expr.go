package sqlgen

import (
	"math"
	"strconv"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/schema"
)

// expr writes an expression over the columns of a relation.
func (g *generator) expr(x plan.Expr, r *relation) string { return g.write(x, r, false) }

// write is expr; filter says that null and false are the same to the reader.
func (g *generator) write(x plan.Expr, r *relation, filter bool) string {
	switch x := x.(type) {
	case *plan.Ref:
		return g.ref(x, r)
	case *plan.Const:
		return constant(x)
	case *plan.Opaque:
		return "NULL::" + fn.SQLType(x.T)
	case *plan.Call:
		return g.call(x, r, filter)
	case *plan.Scalar:
		return g.scalarIn(x, r)
	case *plan.Same:
		return "(" + g.expr(x.X, r) + " = " + g.expr(x.Y, r) + ")"
	case *plan.In:
		return g.in(x, r)
	}
	g.fail("the plan holds a %T, for which there is no SQL", x)
	return "NULL"
}

func (g *generator) ref(x *plan.Ref, r *relation) string {
	how, ok := r.cols[x.Col]
	if sql, around := g.around[x.Col]; !ok && around {
		return sql
	}
	if !ok {
		g.fail("the column %q is one of the rows around: a query inside of an expression cannot refer to it", x.Col.Name)
		return "NULL"
	}
	return how.sql
}

// constant writes a literal; null has its type beside it.
func constant(c *plan.Const) string {
	switch v := c.Value.(type) {
	case bool:
		return strconv.FormatBool(v)
	case int32:
		return strconv.Itoa(int(v))
	case int64:
		if v == math.MinInt64 {
			return "(-9223372036854775807 - 1)"
		}
		return strconv.FormatInt(v, 10)
	case float64:
		return realLiteral(v)
	case schema.DatetimeValue:
		return strconv.FormatInt(int64(v), 10)
	case schema.TimespanValue:
		return strconv.FormatInt(int64(v), 10)
	case string:
		return fn.Quote(v)
	case schema.GUIDValue:
		return fn.Quote(string(v))
	case schema.DynamicValue:
		return fn.Quote(string(v))
	case schema.DecimalValue:
		return fn.Quote(string(v))
	}
	if c.T == schema.String {
		return "''"
	}
	return "NULL::" + fn.SQLType(c.T)
}

func realLiteral(f float64) string {
	switch {
	case math.IsNaN(f):
		return "'NaN'::DOUBLE"
	case math.IsInf(f, 1):
		return "'Infinity'::DOUBLE"
	case math.IsInf(f, -1):
		return "'-Infinity'::DOUBLE"
	}
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if f < 0 {
		s = "(" + s + ")"
	}
	return s + "::DOUBLE"
}

func (g *generator) call(x *plan.Call, r *relation, filter bool) string {
	if col := plan.HotColumn(x, r.list); col != nil {
		return r.cols[col].sql
	}
	c := &fn.Call{Result: x.T, Filter: filter, Now: g.now}
	through := filter && (x.Func.Name == "and" || x.Func.Name == "or")
	nullable := x.Sig.Nulls == fn.Maybe
	for i, a := range x.Args {
		// A condition that is not known counts as false.
		through := through || x.Sig.ParamAt(i, len(x.Args)).Name == "condition"
		arg := fn.Arg{SQL: g.write(a, r, through), Type: a.Type(), Nullable: plan.Nullable(a)}
		if k, ok := a.(*plan.Const); ok {
			arg.Const, arg.Value = true, k.Value
		}
		nullable = nullable || arg.Nullable
		c.Args = append(c.Args, arg)
	}
	order := joinKeys(g.reachableKeys(x.Order, r))
	switch {
	case x.Func.Kind == fn.Window && order != "":
		c.Rows = "ORDER BY " + order
	case x.Func.Kind == fn.Window:
	case order != "":
		c.Order = " ORDER BY " + order
	}
	sql := shorten(x.Sig.Write(c))
	if x.T == schema.String && nullable && x.Sig.Nulls != fn.Never {
		return "coalesce(" + sql + ", '')"
	}
	return sql
}

// shorten reads the text of a dynamic value in fewer steps: at a path in one,
// and of a column that holds an object or array, which is its text already,
// without looking into it.
func shorten(sql string) string {
	const call, done = "kql_text(", "ELSE kql_text("
	for i := 0; i < len(sql); i++ {
		switch {
		case sql[i] == '\'' || sql[i] == '"':
			i = quoteEnd(sql, i)
		case strings.HasPrefix(sql[i:], done):
			i += len(done) - 1 // an inner call wrote it
		case strings.HasPrefix(sql[i:], call):
			if end := closing(sql, i+len(call)); end > 0 {
				text := textOf(sql[i+len(call) : end])
				sql = sql[:i] + text + sql[end+1:]
				i += len(text) - 1
			}
		}
	}
	return sql
}

// textOf writes kql_text of an argument.
func textOf(arg string) string {
	const path = "kql_path("
	switch {
	case strings.HasPrefix(arg, path) && closing(arg, len(path)) == len(arg)-1:
		return "kql_path_text(" + arg[len(path):]
	case arg[0] == '"' && quoteEnd(arg, 0) == len(arg)-1:
		return "CASE WHEN " + arg + " ^@ '{' THEN " + arg + " ELSE kql_text(" + arg + ") END"
	}
	return "kql_text(" + arg + ")"
}

// quoteEnd returns where the literal or name that begins at i ends; a doubled
// quote reads as two that follow each other.
func quoteEnd(sql string, i int) int {
	if n := strings.IndexByte(sql[i+1:], sql[i]); n >= 0 {
		return i + 1 + n
	}
	return len(sql) - 1
}

// closing finds the parenthesis that closes the one before from, -1 if there
// is none.
func closing(sql string, from int) int {
	depth := 1
	for i := from; i < len(sql); i++ {
		switch sql[i] {
		case '\'', '"':
			i = quoteEnd(sql, i)
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

func (g *generator) reachableKeys(keys []plan.Key, r *relation) []orderKey {
	for i, k := range keys {
		there := true
		plan.Walk(k.X, func(x plan.Expr) bool {
			if ref, ok := x.(*plan.Ref); ok {
				_, found := r.cols[ref.Col]
				there = there && found
			}
			return there
		})
		if !there {
			return g.keys(keys[:i], r)
		}
	}
	return g.keys(keys, r)
}

func joinKeys(keys []orderKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = k.sql + k.way
	}
	return strings.Join(parts, ", ")
}

// scalarIn writes a scalar that may refer to a column of the rows around; these
// stand behind an alias then (see apart), so that no name inside hides theirs.
func (g *generator) scalarIn(x *plan.Scalar, r *relation) string {
	if x.Around == nil {
		return g.scalar(x)
	}
	if g.around == nil {
		g.around = map[*plan.Column]string{}
	}
	alias := r.from[strings.LastIndex(r.from, " AS ")+len(" AS "):]
	g.around[x.Around] = alias + "." + r.cols[x.Around].sql
	defer delete(g.around, x.Around)
	return g.scalar(x)
}

// apart puts a relation behind an alias if expressions hold scalars that refer
// to it.
func (r *relation) apart(xs ...plan.Expr) *relation {
	for _, x := range xs {
		refers := false
		plan.Walk(x, func(x plan.Expr) bool {
			s, ok := x.(*plan.Scalar)
			refers = refers || ok && s.Around != nil
			return !refers
		})
		if refers {
			return r.wrap()
		}
	}
	return r
}

// scalar writes toscalar(): a subquery of one row.
func (g *generator) scalar(x *plan.Scalar) string {
	r := g.node(x.Table)
	if r.limit != "" || r.distinct != "" {
		r = r.wrap()
	}
	dup := *r
	dup.limit = "1"
	sql := "(" + dup.selectFrom([]string{dup.cols[x.Col].sql}, true) + ")"
	if x.T == schema.String {
		return "coalesce(" + sql + ", '')"
	}
	return sql
}

// in writes a comparison with a table's values.
func (g *generator) in(x *plan.In, r *relation) string {
	t := g.node(x.Table)
	if t.limit != "" || t.distinct != "" || t.windowed {
		t = t.wrap()
	}
	dup := *t
	col, v := g.expr(x.Col, &dup), g.expr(x.X, r)
	if x.With != nil {
		return g.inPair(x, r, &dup)
	}
	switch x.How {
	case plan.EqualFold:
		return "lower(" + v + ") IN (" + dup.selectFrom([]string{"lower(" + col + ")"}, false) + ")"
	case plan.HasAny, plan.HasAll:
		list := dup.selectFrom([]string{"concat('[', string_agg(kql_quote(" + col + "), ','), ']')"}, false)
		return "kql_has_" + map[plan.InKind]string{plan.HasAny: "any", plan.HasAll: "all"}[x.How] + "(" + v + ", (" + list + "))"
	}
	sql := fn.Paren(v) + " IN (" + dup.selectFrom([]string{col}, false) + ")"
	if plan.Nullable(x.X) || plan.Nullable(x.Col) {
		return "coalesce(" + sql + ", false)"
	}
	return sql
}

// inPair compares two values of a row with two of a table's at once.
func (g *generator) inPair(x *plan.In, r, t *relation) string {
	col, v := g.expr(x.Col, t), g.expr(x.X, r)
	known := ""
	if plan.Nullable(x.X) {
		known = fn.Paren(v) + " IS NOT NULL AND "
	}
	if x.How == plan.EqualFold {
		col, v = "lower("+col+")", "lower("+v+")"
	}
	pair := "ROW(" + v + ", " + g.expr(x.With.Left, r) + ")"
	return "(" + known + pair + " IN (" + t.selectFrom([]string{"ROW(" + col + ", " + g.expr(x.With.Right, t) + ")"}, false) + "))"
}
