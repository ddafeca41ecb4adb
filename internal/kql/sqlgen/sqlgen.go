// Package sqlgen says a plan in SQL for DuckDB: one statement, with the
// operators of a pipe folded into as few SELECTs as keep their meaning.
//
// Types: bool is BOOLEAN, int INTEGER, long BIGINT, real DOUBLE; string is
// VARCHAR and never NULL; datetime and timespan are BIGINT ticks; guid and
// decimal are VARCHAR; dynamic is VARCHAR with compact JSON, or NULL.
//
// Invariant: nothing of the query's text reaches the statement but as a quoted
// name or a quoted literal.
package sqlgen

import (
	"fmt"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// Generate returns the statement for a plan. Now is the time of the query.
func Generate(n plan.Node, now schema.DatetimeValue) (store.Statement, error) {
	p := &program{now: now, made: map[*plan.Stage]string{}}
	st := p.statement(n)
	st.Stages = p.stages
	return st, p.err
}

// A program is all statements of a query: those of its stages and its own.
type program struct {
	now    schema.DatetimeValue
	stages []store.Stage
	made   map[*plan.Stage]string // the tables' names
	err    error
}

// statement says a plan in one statement.
func (p *program) statement(n plan.Node) store.Statement {
	g := &generator{program: p, shared: map[*plan.Shared]*table{}}
	r := g.node(n)
	if p.err != nil {
		return store.Statement{}
	}
	sql := g.final(r)
	if len(g.with) > 0 {
		sql = "WITH " + strings.Join(g.with, ",\n") + "\n" + sql
	}
	return store.Statement{SQL: sql, Columns: resultColumns(r.visible())}
}

func resultColumns(cols []*plan.Column) []schema.Column {
	result := make([]schema.Column, len(cols))
	for i, c := range cols {
		result[i] = schema.Column{Name: c.Name, Type: c.Type}
	}
	return result
}

type generator struct {
	*program
	with   []string
	shared map[*plan.Shared]*table
	names  int
	// outer are the columns of the rows around a lateral subquery; around are
	// single ones that it refers to.
	outer  map[*plan.Outer]*relation
	around map[*plan.Column]string
}

// A table is a shared result that has become a name.
type table struct {
	name string
	cols map[*plan.Column]string
}

func (p *program) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// alias returns a new name for a subquery.
func (g *generator) alias() string {
	g.names++
	return fmt.Sprintf("t%d", g.names)
}

// A relation is a SELECT that is not written yet, so that further operators
// can join it.
type relation struct {
	g    *generator
	from string
	// ready is a whole SELECT that stands in from, in parentheses; it is the
	// relation itself as long as nothing is added.
	ready string
	list  []*plan.Column
	cols  map[*plan.Column]column
	base  []*plan.Column // the columns of from, if all of them are known

	where    []string
	order    []orderKey
	limit    string
	distinct string // DISTINCT ON (...)
	windowed bool   // a column holds a window function
}

// A column is how a column is said inside its relation.
type column struct {
	sql      string
	computed bool
}

// An orderKey is an expression with its direction.
type orderKey struct{ sql, way string }

// visible are the columns that appear in the result.
func (r *relation) visible() []*plan.Column {
	var cols []*plan.Column
	for _, c := range r.list {
		if !c.Hidden {
			cols = append(cols, c)
		}
	}
	return cols
}

func (r *relation) bare() bool {
	if len(r.where) > 0 || len(r.order) > 0 || r.limit != "" || r.distinct != "" {
		return false
	}
	for _, c := range r.list {
		if r.cols[c].computed {
			return false
		}
	}
	return true
}

// final writes the outermost SELECT: the visible columns, in order, in their
// exact types.
func (g *generator) final(r *relation) string {
	var items []string
	names := aliases{}
	if len(r.order) > 0 {
		names.reserve(r)
	}
	for _, c := range r.visible() {
		sql := r.cols[c].sql
		if suffix := "::" + fn.SQLType(c.Type); c.Source == nil && !strings.HasSuffix(sql, suffix) {
			sql = fn.Paren(sql) + suffix
		}
		items = append(items, as(sql, names.of(c, r)))
	}
	return r.selectFrom(items, true)
}

func as(sql, alias string) string {
	if sql == alias {
		return sql
	}
	return sql + " AS " + alias
}

// aliases gives each column of a SELECT a name that no other has, whatever the
// case.
type aliases map[string]bool

func (a aliases) of(c *plan.Column, r *relation) string {
	name := strings.ReplaceAll(c.Name, "\x00", "")
	if name == "" {
		name = "$empty" // SQL has no empty names
	}
	if !r.cols[c].computed && r.cols[c].sql == fn.Ident(name) {
		delete(a, strings.ToLower(name))
	}
	unique := name
	for n := 1; a[strings.ToLower(unique)]; n++ {
		unique = fmt.Sprintf("%s_%d", name, n)
	}
	a[strings.ToLower(unique)] = true
	return fn.Ident(unique)
}

// reserve keeps new columns from taking the names of those that the order
// refers to.
func (a aliases) reserve(r *relation) {
	for _, k := range r.order {
		for i, part := range strings.Split(k.sql, `"`) {
			if i%2 == 1 {
				a[strings.ToLower(part)] = true
			}
		}
	}
}

// selectFrom writes a SELECT with the items. Order is left out where it has no
// effect.
func (r *relation) selectFrom(items []string, ordered bool) string {
	var b strings.Builder
	b.WriteString("SELECT ")
	if r.distinct != "" {
		b.WriteString("DISTINCT ON (" + r.distinct + ") ")
	}
	b.WriteString(layout(some(items)))
	if r.from != "" {
		b.WriteString("\nFROM " + r.from)
	}
	if len(r.where) > 0 {
		b.WriteString("\nWHERE " + strings.Join(r.where, "\n  AND "))
	}
	if len(r.order) > 0 && (ordered || r.limit != "") {
		keys := make([]string, len(r.order))
		for i, k := range r.order {
			keys[i] = k.sql + k.way
		}
		b.WriteString("\nORDER BY " + strings.Join(keys, ", "))
	}
	if r.limit != "" {
		b.WriteString("\nLIMIT " + r.limit)
	}
	return b.String()
}

// layout puts short lists on one line and long ones below each other.
func layout(items []string) string {
	line := strings.Join(items, ", ")
	if len(line) <= 100 && !strings.Contains(line, "\n") {
		return line
	}
	return "\n  " + strings.Join(items, ",\n  ")
}

func indent(sql string) string { return "  " + strings.ReplaceAll(sql, "\n", "\n  ") }

// subquery writes the relation as a SELECT of all its columns and tells how
// they are called in it. Sort keys that are no columns become some.
func (r *relation) subquery() (string, map[*plan.Column]string, []orderKey) {
	names := aliases{}
	if len(r.order) > 0 {
		names.reserve(r)
	}
	called := map[*plan.Column]string{}
	items := []string{}
	rest := r.list
	if r.startsWithBase() {
		items = append(items, "*")
		for _, c := range r.base {
			called[c] = names.of(c, r)
		}
		rest = r.list[len(r.base):]
	}
	for _, c := range rest {
		called[c] = names.of(c, r)
		items = append(items, as(r.cols[c].sql, called[c]))
	}
	var order []orderKey
	for i, k := range r.order {
		name := r.named(k.sql, called)
		if name == "" {
			name = fn.Ident(fmt.Sprintf("$sort%d", i+1))
			items = append(items, as(k.sql, name))
		}
		order = append(order, orderKey{name, k.way})
	}
	return r.selectFrom(items, false), called, order
}

// startsWithBase tells whether the columns begin with all those of the source
// under their own names.
func (r *relation) startsWithBase() bool {
	if len(r.base) == 0 || len(r.base) > len(r.list) || r.distinct != "" {
		return false
	}
	for i, c := range r.base {
		if r.list[i] != c || r.cols[c].computed || r.cols[c].sql != fn.Ident(c.Name) {
			return false
		}
	}
	return true
}

func (r *relation) named(sql string, called map[*plan.Column]string) string {
	for _, c := range r.list {
		if r.cols[c].sql == sql {
			return called[c]
		}
	}
	return ""
}

// wrap makes the relation a subquery of a new one with the same columns.
func (r *relation) wrap() *relation {
	if r.ready != "" && r.bare() {
		return r
	}
	sql, called, order := r.subquery()
	w := r.g.over(sql, r.list, called)
	w.order = order
	return w
}

// over makes a relation of a SELECT whose columns have the names in called.
func (g *generator) over(sql string, list []*plan.Column, called map[*plan.Column]string) *relation {
	w := &relation{g: g, ready: sql, list: list, cols: map[*plan.Column]column{}, from: "(\n" + indent(sql) + "\n) AS " + g.alias()}
	for _, c := range list {
		w.cols[c] = column{sql: called[c]}
	}
	w.base = list
	return w
}

// computes tells whether an expression refers to a column that is computed in
// the relation itself.
func (r *relation) computes(x plan.Expr) bool {
	found := false
	plan.Walk(x, func(x plan.Expr) bool {
		if ref, ok := x.(*plan.Ref); ok && r.cols[ref.Col].computed {
			found = true
		}
		return !found
	})
	return found
}
