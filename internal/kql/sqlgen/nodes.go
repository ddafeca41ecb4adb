package sqlgen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/schema"
)

// node makes the relation of a plan's node.
func (g *generator) node(n plan.Node) *relation {
	switch n := n.(type) {
	case *plan.Scan:
		return g.scan(n)
	case *plan.Values:
		return g.values(n)
	case *plan.Range:
		return g.rangeRows(n)
	case *plan.Use:
		return g.use(n)
	case *plan.Outer:
		return g.outer[n]
	case *plan.Filter:
		return g.filter(n)
	case *plan.Project:
		return g.project(n)
	case *plan.Sort:
		return g.sort(n)
	case *plan.Serialize:
		return g.node(n.Input)
	case *plan.Limit:
		return g.limit(n)
	case *plan.Sample:
		return g.sample(n)
	case *plan.Aggregate:
		return g.aggregate(n)
	case *plan.Join:
		return g.join(n)
	case *plan.Union:
		return g.union(n)
	case *plan.Expand:
		return g.expand(n)
	case *plan.Apply:
		return g.apply(n)
	case *plan.Partition:
		return g.partition(n)
	case *plan.Stage:
		return g.stage(n)
	case *plan.Deal:
		return g.deal(n)
	}
	g.fail("the plan holds a %T, for which there is no SQL", n)
	return &relation{g: g, cols: map[*plan.Column]column{}}
}

// scan reads a stored table within the bounds of time.
func (g *generator) scan(n *plan.Scan) *relation {
	r := &relation{g: g, from: fn.Ident(n.Table.Name), list: n.Cols, cols: map[*plan.Column]column{}}
	if n.Open {
		return g.nothing(n.Cols)
	}
	for _, c := range n.Cols {
		r.cols[c] = column{sql: fn.Ident(c.Name)}
	}
	time := fn.Ident("TimeGenerated")
	if n.From != nil {
		r.where = append(r.where, fmt.Sprintf("%s >= %d", time, int64(*n.From)))
	}
	if n.To != nil {
		r.where = append(r.where, fmt.Sprintf("%s < %d", time, int64(*n.To)))
	}
	if len(n.Cols) == len(n.Table.Columns)+len(schema.Standard()) {
		r.base = n.Cols
	}
	return r
}

// values writes rows as VALUES; no rows as a SELECT that returns none.
func (g *generator) values(n *plan.Values) *relation {
	empty := &relation{g: g, cols: map[*plan.Column]column{}}
	if len(n.Cols) == 0 {
		return empty
	}
	called := map[*plan.Column]string{}
	names := aliases{}
	idents := make([]string, len(n.Cols))
	for i, c := range n.Cols {
		called[c] = names.of(c, empty)
		idents[i] = called[c]
	}
	if len(n.Rows) == 0 {
		return g.nothing(n.Cols)
	}
	rows := make([]string, len(n.Rows))
	for i, row := range n.Rows {
		items := make([]string, len(row))
		for j, x := range row {
			items[j] = g.typed(x, empty)
		}
		rows[i] = "(" + strings.Join(items, ", ") + ")"
	}
	from := "(VALUES " + layout(rows) + ") AS " + g.alias() + "(" + strings.Join(idents, ", ") + ")"
	r := &relation{g: g, from: from, list: n.Cols, cols: map[*plan.Column]column{}, base: n.Cols}
	for _, c := range n.Cols {
		r.cols[c] = column{sql: called[c]}
	}
	return r
}

// nothing has columns but no rows. Tables of which not all columns are declared
// are like that: nothing fills them here.
func (g *generator) nothing(cols []*plan.Column) *relation {
	r := &relation{g: g}
	called := map[*plan.Column]string{}
	names := aliases{}
	items := make([]string, len(cols))
	for i, c := range cols {
		called[c] = names.of(c, r)
		items[i] = "NULL::" + fn.SQLType(c.Type) + " AS " + called[c]
	}
	return g.over("SELECT "+layout(some(items))+"\nWHERE false", cols, called)
}

// some is a list of a SELECT, which cannot be empty.
func some(items []string) []string {
	if len(items) == 0 {
		return []string{"NULL AS " + fn.Ident("$none")}
	}
	return items
}

// typed writes an expression in the exact SQL type of its value.
func (g *generator) typed(x plan.Expr, r *relation) string {
	sql := g.expr(x, r)
	if suffix := "::" + fn.SQLType(x.Type()); !strings.HasSuffix(sql, suffix) {
		return fn.Paren(sql) + suffix
	}
	return sql
}

// rangeRows counts by whole numbers; steps of real numbers are multiplied. Rows
// are made as they are read.
func (g *generator) rangeRows(n *plan.Range) *relation {
	empty := &relation{g: g, cols: map[*plan.Column]column{}}
	from, to, step := fn.Paren(g.expr(n.From, empty)), fn.Paren(g.expr(n.To, empty)), fn.Paren(g.expr(n.Step, empty))
	name := fn.Ident(n.Cols[0].Name)
	counted, a, z, by := name, from+"::BIGINT", to+"::BIGINT", step+"::BIGINT"
	if n.Cols[0].Type == schema.Real {
		counted, a, z, by = "i", "0", fmt.Sprintf("CAST(floor((%s - %s) / %s) AS BIGINT)", to, from, step), "1"
	}
	source := fmt.Sprintf("generate_series(%s, %s, %s) AS %s(%s)", a, z, by, g.alias(), counted)
	if !isKnown(n.From) || !isKnown(n.To) || !isKnown(n.Step) {
		ends := g.alias()
		source = fmt.Sprintf(`(SELECT %s AS "$from", %s AS "$to", nullif(%s, 0) AS "$step") AS %s, generate_series("$from", "$to", "$step") AS %s(%s)`, a, z, by, ends, g.alias(), counted)
	}
	sql := fmt.Sprintf("SELECT %s\nFROM %s", counted, source)
	if n.Cols[0].Type == schema.Real {
		sql = fmt.Sprintf("SELECT %s + i * %s AS %s\nFROM (\n%s\n) AS %s", from, step, name, indent(sql), g.alias())
	}
	return g.over(sql, n.Cols, map[*plan.Column]string{n.Cols[0]: name})
}

// isKnown tells whether an expression is a constant that is not null.
func isKnown(x plan.Expr) bool {
	c, ok := x.(*plan.Const)
	return ok && c.Value != nil
}

// use reads a shared result: in place if it is read once, by its name
// otherwise.
func (g *generator) use(n *plan.Use) *relation {
	if isTable(n.Of.Input) || n.Of.Uses <= 1 && !n.Of.Materialized {
		return rename(g.node(n.Of.Input), n.Of.Cols, n.Cols)
	}
	t := g.shared[n.Of]
	if t == nil {
		t = g.define(n.Of)
	}
	r := &relation{g: g, from: t.name + " AS " + g.alias(), list: n.Cols, cols: map[*plan.Column]column{}, base: n.Cols}
	for i, c := range n.Cols {
		r.cols[c] = column{sql: t.cols[n.Of.Cols[i]]}
	}
	return r
}

// choosesRows tells whether a node is some rows of a stored table as they are.
// To look for them again costs less than to keep them, bodies and all.
func choosesRows(n plan.Node) bool {
	if f, ok := n.(*plan.Filter); ok {
		return choosesRows(f.Input)
	}
	return isTable(n)
}

// isTable tells whether a node is a stored table as it is, perhaps with copies
// of columns.
func isTable(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Scan:
		return true
	case *plan.Project:
		return isTable(n.Input) && !slices.ContainsFunc(n.Items, func(it plan.Item) bool { return !isRef(it.X) })
	}
	return false
}

// define writes a shared result as a common table expression.
func (g *generator) define(s *plan.Shared) *table {
	r := g.node(s.Input)
	sql, called, _ := r.subquery()
	if r.ready != "" && r.bare() {
		sql = r.ready
		for _, c := range r.list {
			called[c] = r.cols[c].sql
		}
	}
	t := &table{name: fn.Ident(fmt.Sprintf("%s_%d", s.Name, len(g.with)+1)), cols: called}
	how := ""
	switch {
	case s.Materialized:
		how = "MATERIALIZED "
	case choosesRows(s.Input):
		how = "NOT MATERIALIZED "
	}
	g.with = append(g.with, t.name+" AS "+how+"(\n"+indent(sql)+"\n)")
	g.shared[s] = t
	return t
}

// rename lets other columns stand for those of a relation.
func rename(r *relation, from, to []*plan.Column) *relation {
	dup := *r
	dup.list = to
	dup.cols = map[*plan.Column]column{}
	stands := map[*plan.Column]*plan.Column{}
	for i, c := range to {
		dup.cols[c] = r.cols[from[i]]
		stands[from[i]] = c
	}
	dup.base = nil
	for _, c := range r.base {
		if stands[c] == nil {
			dup.base = nil
			break
		}
		dup.base = append(dup.base, stands[c])
	}
	return &dup
}

func (g *generator) filter(n *plan.Filter) *relation {
	r := g.node(n.Input)
	if r.limit != "" || r.windowed || r.distinct != "" || r.computes(n.Cond) {
		r = r.wrap()
	}
	r = r.apart(n.Cond)
	dup := *r
	dup.where = append(r.where[:len(r.where):len(r.where)], g.conditions(n.Cond, &dup)...)
	return &dup
}

// conditions writes a condition as a list of which all must be true.
func (g *generator) conditions(x plan.Expr, r *relation) []string {
	if call, ok := x.(*plan.Call); ok && call.Func.Name == "and" {
		return append(g.conditions(call.Args[0], r), g.conditions(call.Args[1], r)...)
	}
	sql := g.write(x, r, true)
	if call, ok := x.(*plan.Call); ok && call.Func.Name != "or" && call.Func.Name != "has_any" {
		return []string{sql}
	}
	return []string{fn.Paren(sql)}
}

func (g *generator) project(n *plan.Project) *relation {
	r := g.node(n.Input)
	window := false
	for _, it := range n.Items {
		window = window || plan.HasWindow(it.X)
	}
	if window && (r.limit != "" || r.distinct != "") || r.distinct != "" {
		r = r.wrap()
	}
	for _, it := range n.Items {
		if _, isRef := it.X.(*plan.Ref); !isRef && r.computes(it.X) {
			r = r.wrap()
			break
		}
	}
	for _, it := range n.Items {
		r = r.apart(it.X)
	}
	dup := *r
	dup.windowed = r.windowed || window
	dup.list, dup.cols = nil, map[*plan.Column]column{}
	for c, how := range r.cols {
		dup.cols[c] = how
	}
	for _, it := range n.Items {
		dup.list = append(dup.list, it.Col)
		if ref, ok := it.X.(*plan.Ref); ok {
			if how, here := r.cols[ref.Col]; here {
				dup.cols[it.Col] = how
				continue
			}
		}
		dup.cols[it.Col] = column{sql: g.expr(it.X, r), computed: true}
	}
	if len(dup.list) == 0 {
		return dup.wrap()
	}
	return &dup
}

func (g *generator) sort(n *plan.Sort) *relation {
	r := g.node(n.Input)
	computes := false
	for _, k := range n.Keys {
		computes = computes || r.computes(k.X)
	}
	if r.limit != "" || r.distinct != "" || computes {
		r = r.wrap()
	}
	dup := *r
	dup.order = g.keys(n.Keys, r)
	return &dup
}

func (g *generator) keys(keys []plan.Key, r *relation) []orderKey {
	order := make([]orderKey, 0, len(keys))
	for _, k := range keys {
		if _, ok := k.X.(*plan.Const); !ok {
			order = append(order, key(k, g.expr(k.X, r))...)
		}
	}
	return order
}

// key writes one criterion. NaN stands beside null, wherever that is; DuckDB
// takes it for the greatest number.
func key(k plan.Key, sql string) []orderKey {
	way, apart, nulls := "", "", " NULLS LAST"
	if k.Desc {
		way = " DESC"
	}
	if k.NullsFirst {
		apart, nulls = " DESC", " NULLS FIRST"
	}
	if !plan.Nullable(k.X) {
		nulls = ""
	}
	if k.X.Type() == schema.Decimal {
		sql = fn.DecimalKey(sql)
	}
	keys := []orderKey{{sql, way + nulls}}
	if k.X.Type() == schema.Real && k.Desc != k.NullsFirst {
		keys = append([]orderKey{{"isnan(" + sql + ")", apart + nulls}}, keys...)
	}
	return keys
}

func (g *generator) limit(n *plan.Limit) *relation {
	r := g.node(n.Input)
	if r.limit != "" {
		r = r.wrap()
	}
	dup := *r
	dup.limit = "greatest(" + g.expr(n.N, r) + ", 0)"
	if count, ok := constantCount(n.N); ok {
		dup.limit = strconv.FormatInt(count, 10)
	}
	return &dup
}

// constantCount is a constant number of rows; less than none is none.
func constantCount(x plan.Expr) (int64, bool) {
	c, ok := x.(*plan.Const)
	if !ok {
		return 0, false
	}
	switch n := c.Value.(type) {
	case int64:
		return max(n, 0), true
	case int32:
		return int64(max(n, 0)), true
	}
	return 0, true
}

func (g *generator) sample(n *plan.Sample) *relation {
	r := g.node(n.Input)
	sql, called, _ := r.subquery()
	w := g.over(sql, r.list, called)
	w.order = []orderKey{{"random()", ""}}
	w.limit = "greatest(" + g.expr(n.N, r) + ", 0)"
	if count, ok := constantCount(n.N); ok {
		w.limit = strconv.FormatInt(count, 10)
	}
	return w.wrap().unordered()
}

func (r *relation) unordered() *relation {
	dup := *r
	dup.order = nil
	return &dup
}

// aggregate writes GROUP BY with the places of the groups in the list.
func (g *generator) aggregate(n *plan.Aggregate) *relation {
	r := g.node(n.Input)
	wrap := r.limit != "" || r.windowed || r.distinct != ""
	for _, it := range append(append([]plan.Item{}, n.Groups...), n.Aggs...) {
		wrap = wrap || r.computes(it.X) && !isRef(it.X)
	}
	if wrap {
		r = r.wrap()
	}
	inner := *r
	inner.order = nil
	called := map[*plan.Column]string{}
	names := aliases{}
	var items, groups []string
	add := func(it plan.Item) {
		called[it.Col] = names.of(it.Col, &inner)
		items = append(items, as(g.expr(it.X, &inner), called[it.Col]))
	}
	for i, it := range n.Groups {
		add(it)
		groups = append(groups, fmt.Sprint(i+1))
	}
	for _, it := range n.Aggs {
		add(it)
	}
	sql := inner.selectFrom(items, false)
	if n.Distinct {
		sql = "SELECT DISTINCT " + strings.TrimPrefix(sql, "SELECT ")
	} else if len(groups) > 0 {
		sql += "\nGROUP BY " + strings.Join(groups, ", ")
	} else if len(n.Aggs) == 0 {
		sql += "\nLIMIT 0"
	}
	return g.over(sql, n.Columns(), called)
}

func isRef(x plan.Expr) bool {
	_, ok := x.(*plan.Ref)
	return ok
}
