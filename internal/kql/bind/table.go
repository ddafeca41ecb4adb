package bind

import (
	"fmt"
	"path"
	"slices"

	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// nothing is the table in place of one that could not be bound.
func nothing() plan.Node { return &plan.Values{} }

// anything is the table in place of one that does not exist: it has the columns
// that the query names, so that they are not reported, too.
func anything() plan.Node { return &plan.Scan{Table: &schema.Table{}, Open: true} }

// share makes a table one that can be read in several places.
func (b *binder) share(name string, node plan.Node) *tabular {
	return &tabular{shared: &plan.Shared{Name: name, Input: node, Cols: node.Columns()}}
}

// use reads a shared table.
func (t *tabular) use() plan.Node {
	if t.shared == nil {
		return nothing()
	}
	if g, ok := t.shared.Input.(*graph); ok {
		return g
	}
	t.shared.Uses++
	return &plan.Use{Of: t.shared, Cols: copyColumns(t.shared.Cols)}
}

// table binds a tabular expression.
func (b *binder) table(x syntax.Expr, sc *scope) plan.Node {
	n := b.tableOrGraph(x, sc)
	if _, ok := n.(*graph); ok {
		at := x.Extent()
		if _, ok := x.(*syntax.Pipe); ok {
			at.Start = at.End // what is missing comes behind
		}
		b.fail(at, "this is a graph, a table is expected here: graph-match and graph-to-table make tables of it")
		return nothing()
	}
	return n
}

// tableOrGraph binds what can stand before a pipe.
func (b *binder) tableOrGraph(x syntax.Expr, sc *scope) plan.Node {
	if !b.spend(x) || !b.enter(x) {
		return nothing()
	}
	defer b.leave()
	if use := patternUse(x, sc); use != nil {
		return b.pattern(use, x, sc)
	}
	switch x := x.(type) {
	case *syntax.Ident:
		return b.namedTable(x, sc)
	case *syntax.Paren:
		return b.tableOrGraph(x.X, sc)
	case *syntax.Pipe:
		return b.pipe(x, sc)
	case *syntax.Call:
		return b.tableCall(x, sc)
	case *syntax.Datatable:
		return b.datatable(x, sc)
	case *syntax.ExternalData:
		return b.externalData(x, sc)
	case *syntax.Member:
		return b.placedTable(x, sc)
	case *syntax.BadExpr:
		return nothing()
	}
	b.fail(x, "a table is expected here")
	return nothing()
}

func (b *binder) namedTable(x *syntax.Ident, sc *scope) plan.Node {
	if sc.hides(x.Name) {
		b.fail(x, "access to %q is restricted", x.Name)
		return nothing()
	}
	if sym := b.symbol(sc, x.Name); sym != nil {
		switch {
		case sym.table != nil:
			return sym.table.use()
		case sym.fn != nil:
			return b.callUser(sym.fn, &syntax.Call{Span: x.Span, Name: x}, &env{scope: sc})
		}
		b.fail(x, "%q is a scalar, a table is expected here", x.Name)
		return nothing()
	}
	if x.Name == watchlistAliases {
		return b.watchlistAliases()
	}
	if t := b.findTable(x.Name); t != nil {
		return b.scan(t)
	}
	noteOnce(&b.reads.Tables, x.Name)
	b.failMissing(x, x.Name, fmt.Sprintf("there is no table %q%s", x.Name, b.suggestTable(x.Name, sc)))
	return anything()
}

func (b *binder) findTable(name string) *schema.Table {
	if t, ok := b.opt.Catalog.Table(name); ok {
		return t
	}
	if t := b.opt.Known[name]; t != nil {
		b.note("nothing fills the table %s here: it is empty", name)
		return t
	}
	return nil
}

// scan reads a stored table with its hidden columns.
func (b *binder) scan(t *schema.Table) plan.Node {
	noteOnce(&b.reads.Tables, t.Name)
	n := &plan.Scan{Table: t, Open: b.opt.Open[t.Name] || b.opt.Known[t.Name] == t}
	add := func(c *schema.Column) {
		n.Cols = append(n.Cols, &plan.Column{
			Name: c.Name, Type: c.Type, Nullable: c.Type != schema.String && !always(c.Name),
			Hidden: c.Hidden || c.Path != nil, Source: c, Table: t,
		})
	}
	for i := range t.Columns {
		add(&t.Columns[i])
	}
	standard := schema.Standard()
	for i := range standard {
		add(&standard[i])
	}
	if c := t.Column("TimeGenerated"); c >= 0 && t.Columns[c].Type == schema.Datetime {
		n.From, n.To = b.opt.From, b.opt.To
	}
	return n
}

// always tells whether a column has a value in every row.
func always(name string) bool {
	return name == "TimeGenerated" || name == schema.IngestedAt || name == schema.Sequence
}

// isPlace tells whether an expression is the path to a database: workspace("x"),
// cluster("c").database("d") and the like.
func (b *binder) isPlace(x syntax.Expr) bool {
	switch x := x.(type) {
	case *syntax.Call:
		switch x.Name.Name {
		case "workspace", "database", "cluster", "app", "adx", "resource":
			return true
		}
	case *syntax.Member:
		return b.isPlace(x.X)
	}
	return false
}

// placedTable reads workspace("x").T. There is one workspace here, ours.
func (b *binder) placedTable(x *syntax.Member, sc *scope) plan.Node {
	if !b.isPlace(x.X) {
		b.fail(x, "a table is expected here")
		return nothing()
	}
	if t := b.findTable(x.Name.Name); t != nil {
		return b.scan(t)
	}
	noteOnce(&b.reads.Tables, x.Name.Name)
	b.failMissing(x.Name, x.Name.Name, fmt.Sprintf("there is no table %q%s", x.Name.Name, b.suggestTable(x.Name.Name, sc)))
	return anything()
}

func (b *binder) tableCall(x *syntax.Call, sc *scope) plan.Node {
	e := &env{scope: sc}
	if sym := b.symbol(sc, x.Name.Name); sym != nil && sym.fn != nil {
		return b.callUser(sym.fn, x, e)
	}
	switch x.Name.Name {
	case "materialize":
		return b.materialize(x, sc)
	case "_GetWatchlist":
		return b.watchlist(x, sc)
	case watchlistAliases:
		return b.watchlistAliases()
	case "table", "materialized_view":
		return b.tableByText(x, sc)
	}
	if stored, ok := b.opt.Functions[x.Name.Name]; ok {
		return b.storedCall(x, stored)
	}
	if knownPlugins[x.Name.Name] {
		b.unsupported(x.Name, x.Name.Name+"()")
		return nothing()
	}
	noteOnce(&b.reads.Functions, x.Name.Name)
	b.failMissing(x.Name, x.Name.Name, fmt.Sprintf("there is no function %q that returns a table%s", x.Name.Name, b.suggestFunction(x.Name.Name, e)))
	return anything()
}

func (b *binder) materialize(x *syntax.Call, sc *scope) plan.Node {
	if len(x.Args) != 1 {
		b.fail(x, "materialize takes one table")
		return nothing()
	}
	t := b.share("materialized", b.table(x.Args[0], sc))
	t.shared.Materialized = true
	return t.use()
}

func (b *binder) tableByText(x *syntax.Call, sc *scope) plan.Node {
	if len(x.Args) == 0 {
		b.fail(x, "%s takes the name of a table", x.Name.Name)
		return nothing()
	}
	name, ok := b.constantText(x.Args[0], &env{scope: sc})
	if !ok {
		b.fail(x.Args[0], "the name of the table must be a constant")
		return nothing()
	}
	return b.namedTable(&syntax.Ident{Span: x.Args[0].Extent(), Name: name}, sc)
}

// storedCall is a table without rows that has the function's columns.
func (b *binder) storedCall(x *syntax.Call, f Stored) plan.Node {
	n := &plan.Scan{Table: &schema.Table{Name: x.Name.Name, Columns: f.Columns}, Open: f.Open}
	for i := range f.Columns {
		c := &f.Columns[i]
		n.Cols = append(n.Cols, &plan.Column{Name: c.Name, Type: c.Type, Nullable: c.Type != schema.String})
	}
	return n
}

// callUser unfolds a user's function that returns a table.
func (b *binder) callUser(f *function, x *syntax.Call, e *env) plan.Node {
	if !b.enter(x) {
		return nothing()
	}
	defer b.leave()
	node, outer := nothing(), b.apply(f, x, e)
	b.inside(f, x, func() {
		result, sc := b.body(f, outer)
		node = b.table(result, sc)
	})
	return node
}

// wildTables returns the tables whose names match a pattern, views included.
func (b *binder) wildTables(pattern string, sc *scope) []branch {
	var found []branch
	for _, t := range b.opt.Catalog.Tables() {
		if ok, _ := path.Match(pattern, t.Name); ok && !sc.hides(t.Name) {
			found = append(found, branch{b.scan(t), t.Name})
		}
	}
	var views []*symbol
	sc.names(func(name string, sym *symbol) {
		if ok, _ := path.Match(pattern, name); ok && sym.fn != nil && sym.fn.View && !sc.hides(name) {
			views = append(views, sym)
		}
	})
	slices.Reverse(views)
	for _, v := range views {
		found = append(found, branch{b.callUser(v.fn, &syntax.Call{Name: &syntax.Ident{Name: v.fn.name}}, &env{scope: sc}), v.fn.name})
	}
	return found
}

func (b *binder) datatable(x *syntax.Datatable, sc *scope) plan.Node {
	n := &plan.Values{Cols: b.declared(x.Schema)}
	width := len(n.Cols)
	if width == 0 || len(x.Values)%width != 0 {
		b.fail(x, "the number of values, %d, is no multiple of the number of columns, %d", len(x.Values), width)
		return n
	}
	for i := 0; i < len(x.Values); i += width {
		row := make([]plan.Expr, width)
		for j, c := range n.Cols {
			row[j] = b.convert(b.scalar(x.Values[i+j], &env{scope: sc}), c.Type, x.Values[i+j])
		}
		n.Rows = append(n.Rows, row)
	}
	return n
}

// declared makes the columns of a schema.
func (b *binder) declared(s *syntax.RowSchema) []*plan.Column {
	names := uniqueNames{}
	var cols []*plan.Column
	for _, c := range s.Columns {
		t := schema.String
		if c.Type != nil {
			t = c.Type.Type
			if t == schema.Unknown {
				b.fail(c.Type, "there is no type %q", c.Type.Name)
			}
		}
		cols = append(cols, &plan.Column{Name: names.add(c.Name.Name, ""), Type: t, Nullable: t != schema.String})
	}
	return cols
}

// pipe binds a source and the operators that follow it.
func (b *binder) pipe(x *syntax.Pipe, sc *scope) plan.Node {
	p := &pipeline{binder: b, scope: sc}
	ops := x.Ops
	if x.Source != nil {
		p.node = b.tableOrGraph(x.Source, sc)
	}
	for _, op := range ops {
		if len(b.errors) >= maxErrors || !b.spend(op) {
			break
		}
		before := len(b.errors)
		p.next(op)
		if len(b.errors) > before && p.node == nil {
			return nothing()
		}
	}
	if p.node == nil {
		return nothing()
	}
	return p.node
}
