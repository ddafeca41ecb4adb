package bind

import (
	"github.com/go-json-experiment/json"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// special returns how a call is bound whose arguments are no plain scalars, or
// that depends on the columns around it; nil for all others.
func special(name string) func(*binder, *syntax.Call, *env) plan.Expr {
	switch name {
	case "toscalar":
		return (*binder).toscalar
	case "column_ifexists", "columnifexists":
		return (*binder).columnIfExists
	case "iscolumnexists":
		return (*binder).isColumnExists
	case "ingestion_time":
		return (*binder).ingestionTime
	case "pack_all":
		return (*binder).packAll
	case "bag_pack_columns":
		return (*binder).bagPackColumns
	case "estimate_data_size":
		return (*binder).estimateDataSize
	case "column_names_of":
		return (*binder).columnNamesOf
	case "bin_auto":
		return (*binder).binAuto
	}
	return nil
}

func (b *binder) toscalar(x *syntax.Call, e *env) plan.Expr {
	if len(x.Args) != 1 {
		b.fail(x, "toscalar takes one table")
		return unknown
	}
	if !b.isTable(x.Args[0], e.scope) {
		return b.scalar(x.Args[0], e)
	}
	node := b.table(x.Args[0], e.scope)
	cols := visible(node.Columns())
	if len(cols) == 0 {
		return unknown
	}
	return &plan.Scalar{T: cols[0].Type, Col: cols[0], Table: node}
}

// columnIfExists is the column with the name, or else the second argument. It
// has the type of that argument, unless a column of another type would lose
// something by it.
func (b *binder) columnIfExists(x *syntax.Call, e *env) plan.Expr {
	if len(x.Args) != 2 {
		b.fail(x, "%s takes the name of a column and a value", x.Name.Name)
		return unknown
	}
	name, ok := b.constantText(x.Args[0], e)
	if !ok {
		b.fail(x.Args[0], "the name of the column must be a constant")
		return unknown
	}
	instead := b.scalar(x.Args[1], e)
	c := e.rows.find(name)
	switch {
	case c == nil:
		return instead
	case holds(instead.Type(), c.Type):
		return b.convert(&plan.Ref{Col: c}, instead.Type(), x)
	}
	return &plan.Ref{Col: c}
}

// holds tells whether every value of a type can be made one of another and
// still be told apart from the others, properties included.
func holds(t, of schema.Type) bool {
	switch t {
	case schema.String:
		return of != schema.Dynamic
	case schema.Dynamic:
		return true
	case schema.Long:
		return of == schema.Int
	case schema.Real:
		return of == schema.Int || of == schema.Long
	}
	return t == of
}

func (b *binder) isColumnExists(x *syntax.Call, e *env) plan.Expr {
	if len(x.Args) != 1 {
		b.fail(x, "iscolumnexists takes the name of a column")
		return unknown
	}
	name, ok := b.constantText(x.Args[0], e)
	if !ok {
		b.fail(x.Args[0], "the name of the column must be a constant")
	}
	return &plan.Const{T: schema.Bool, Value: e.rows.find(name) != nil}
}

// ingestionTime is the hidden column with the time of arrival, null where rows
// have none.
func (b *binder) ingestionTime(_ *syntax.Call, e *env) plan.Expr {
	if c := e.rows.find(schema.IngestedAt); c != nil {
		return &plan.Ref{Col: c}
	}
	return &plan.Const{T: schema.Datetime}
}

// packAll is a bag of all columns.
func (b *binder) packAll(x *syntax.Call, e *env) plan.Expr {
	ignore := false
	if len(x.Args) > 0 {
		c, _ := b.scalar(x.Args[0], e).(*plan.Const)
		ignore = c != nil && c.Value == true
	}
	cols := []*plan.Column{}
	if e.rows != nil {
		cols = e.rows.visible()
	}
	name := "bag_pack"
	if ignore {
		name = "bag_pack filled"
	}
	return b.packColumns(x, name, cols)
}

// bagPackColumns is a bag of the columns that are named.
func (b *binder) bagPackColumns(x *syntax.Call, e *env) plan.Expr {
	var cols []*plan.Column
	for _, a := range x.Args {
		ref, ok := b.scalar(a, e).(*plan.Ref)
		if !ok {
			b.fail(a, "a column is expected here")
			return unknown
		}
		cols = append(cols, ref.Col)
	}
	return b.packColumns(x, "bag_pack", cols)
}

func (b *binder) packColumns(x *syntax.Call, name string, cols []*plan.Column) plan.Expr {
	f := b.lib.Find(fn.Scalar, name)
	if f == nil {
		f = b.lib.Find(fn.Operator, name)
	}
	var args []plan.Expr
	for _, c := range cols {
		args = append(args, &plan.Const{T: schema.String, Value: c.Name}, &plan.Ref{Col: c})
	}
	if len(args) == 0 {
		return &plan.Const{T: schema.Dynamic, Value: schema.DynamicValue("{}")}
	}
	return b.resolve(f, x, args, nil)
}

// estimateDataSize is the sum of the sizes of the columns that are named, or of
// all for a star.
func (b *binder) estimateDataSize(x *syntax.Call, e *env) plan.Expr {
	var cols []plan.Expr
	for _, a := range x.Args {
		if _, ok := a.(*syntax.Star); ok && e.rows != nil {
			for _, c := range e.rows.visible() {
				cols = append(cols, &plan.Ref{Col: c})
			}
			continue
		}
		cols = append(cols, b.scalar(a, e))
	}
	if len(cols) == 0 {
		b.fail(x, "estimate_data_size takes columns")
		return unknown
	}
	var total plan.Expr
	for _, c := range cols {
		size := b.resolve(b.lib.Find(fn.Operator, "size of"), x, []plan.Expr{c}, nil)
		if total != nil {
			size = b.resolve(b.lib.Find(fn.Operator, "+"), x, []plan.Expr{total, size}, nil)
		}
		total = size
	}
	return total
}

// columnNamesOf is an array of the names of a table's columns.
func (b *binder) columnNamesOf(x *syntax.Call, e *env) plan.Expr {
	if len(x.Args) != 1 {
		b.fail(x, "column_names_of takes one table")
		return unknown
	}
	names := []string{}
	for _, c := range visible(b.table(x.Args[0], e.scope).Columns()) {
		names = append(names, c.Name)
	}
	text, err := json.Marshal(names)
	if err != nil {
		b.fail(x, "%v", err)
	}
	return &plan.Const{T: schema.Dynamic, Value: schema.DynamicValue(text)}
}

// binAuto is bin_at with the size and the fixed point that set statements
// give.
func (b *binder) binAuto(x *syntax.Call, e *env) plan.Expr {
	if len(x.Args) != 1 {
		b.fail(x, "bin_auto takes one value")
		return unknown
	}
	size, at := e.scope.find("query_bin_auto_size"), e.scope.find("query_bin_auto_at")
	if size == nil {
		b.fail(x, "bin_auto needs a statement: set query_bin_auto_size=1h")
		return unknown
	}
	v := b.scalar(x.Args[0], e)
	if at == nil {
		return b.resolve(b.lib.Find(fn.Scalar, "bin"), x, []plan.Expr{v, size.value}, nil)
	}
	return b.resolve(b.lib.Find(fn.Scalar, "bin_at"), x, []plan.Expr{v, size.value, at.value}, nil)
}
