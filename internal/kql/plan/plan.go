// Package plan is the meaning of a query: relational operators over typed
// expressions, in which every name is resolved. The binder makes it, sqlgen
// says it in SQL.
//
// Invariant: an expression refers to a column by its address, never by its
// name; a column is made by exactly one node.
package plan

import (
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// A Column is a column of some node's result.
type Column struct {
	Name string
	Type schema.Type
	// Nullable columns can hold null. Strings never do.
	Nullable bool
	// Hidden columns can be named but do not appear by themselves.
	Hidden bool
	// Source is the stored column of which this is an unchanged copy, nil for
	// computed ones; Table is its table.
	Source *schema.Column
	Table  *schema.Table
}

// A Node is a relational operator. Its Columns are what it returns, in order,
// hidden ones included.
type Node interface {
	Columns() []*Column
}

// Cols is the Columns of a node, embedded in each.
type Cols []*Column

// Columns returns the columns.
func (c Cols) Columns() []*Column { return c }

// An Item makes a column from an expression.
type Item struct {
	Col *Column
	X   Expr
}

type (
	// Scan reads a stored table.
	Scan struct {
		Cols
		Table *schema.Table
		// Open tables take on columns as a query names them.
		Open bool
		// From and To bound TimeGenerated, From included and To not; nil if
		// there is no bound.
		From, To *schema.DatetimeValue
	}

	// Values is rows of expressions that refer to no columns.
	Values struct {
		Cols
		Rows [][]Expr
	}

	// Range counts from From to To by Step.
	Range struct {
		Cols
		From, To, Step Expr
	}

	// Shared is a result that several nodes read; it is computed once if
	// Materialized.
	Shared struct {
		Cols
		Name         string
		Named        bool // Name is what unions call it as a source
		Input        Node
		Materialized bool
		Uses         int
	}

	// Use reads a Shared. Its columns stand for Shared's, one for one.
	Use struct {
		Cols
		Of *Shared
	}

	// Filter keeps the rows for which Cond is true.
	Filter struct {
		Input Node
		Cond  Expr
	}

	// Project computes the columns of Items; an item that only refers to a
	// column of Input, and keeps it, is that same column.
	Project struct {
		Input Node
		Items []Item
		// Extends tells that every column of Input is kept or replaced.
		Extends bool
	}

	// Sort orders rows.
	Sort struct {
		Input Node
		Keys  []Key
	}

	// Serialize keeps the order of rows as it is.
	Serialize struct{ Input Node }

	// Limit takes the first N rows.
	Limit struct {
		Input Node
		N     Expr
	}

	// Sample takes any N rows.
	Sample struct {
		Input Node
		N     Expr
	}

	// Aggregate makes one row for each group; without Groups, one in all.
	// The expressions of Aggs hold aggregate calls.
	Aggregate struct {
		Input  Node
		Groups []Item
		Aggs   []Item
		// Distinct tells that only different groups are wanted.
		Distinct bool
	}

	// Join combines rows of two inputs. Out says where each output column
	// comes from.
	Join struct {
		Kind        JoinKind
		Left, Right Node
		On          []Equal
		Where       Expr // further condition over both, nil if there is none
		Out         []JoinColumn
	}

	// Union is the rows of all inputs. Inputs[i] gives output column j from
	// From[i][j]; nil stands for null.
	Union struct {
		Cols
		Inputs []Node
		From   [][]Expr
	}

	// Expand makes a row for each element of Items' arrays, side by side.
	Expand struct {
		Input Node
		Items []ExpandItem
		// Index is the column of the element's place, nil if not wanted.
		Index *Column
		Limit Expr
		// Bag makes pairs [key, value] of a bag's properties instead of bags
		// with one property each.
		Bag  bool
		Keep []*Column // columns of Input that stay, in order with the new ones
	}

	// Apply runs Sub over the elements of each row: Expand's rows reach it
	// through Outer.
	Apply struct {
		Expand *Expand
		Outer  *Outer
		Sub    Node
		// Out are the columns of the result: of Expand.Keep and of Sub.
		Out []*Column
	}

	// Outer is the rows that an Apply gives to its Sub.
	Outer struct{ Cols }

	// Partition runs Sub once for each row of Keys; Sub refers to its column
	// Key. Out are the columns of the result, all of Sub.
	Partition struct {
		Keys Node
		Key  *Column
		Sub  Node
		Out  []*Column
	}

	// Stage is what an operator makes of its inputs' visible columns, outside
	// of SQL. It is made once for each statement that reads it.
	Stage struct {
		Cols
		Name     string
		Inputs   []Node
		Operator store.Operator
		Formulas []Formula
	}
)

// A Formula is expressions over the columns of a row that an operator puts
// together.
type Formula struct {
	Row []*Column
	Xs  []Expr
}

// A Key is one criterion of a sort.
type Key struct {
	X          Expr
	Desc       bool
	NullsFirst bool
}

// An ExpandItem is an array or bag X whose elements become Col.
type ExpandItem struct {
	X    Expr
	Col  *Column
	Elem Expr // from Item to the column's type
	Item *Column
}

// An Equal is a pair of expressions, one of each side, that a join equates.
type Equal struct{ Left, Right Expr }

// A JoinColumn is an output column of a join.
type JoinColumn struct {
	Col   *Column
	From  *Column // of Left or of Right
	Right bool
}

// A JoinKind tells which rows a join returns.
type JoinKind uint8

// The kinds of joins.
const (
	InnerUnique JoinKind = iota
	Inner
	LeftOuter
	RightOuter
	FullOuter
	LeftAnti
	LeftSemi
	RightAnti
	RightSemi
)

// Columns returns the input's columns.
func (n *Filter) Columns() []*Column { return n.Input.Columns() }

// Columns returns the input's columns.
func (n *Sort) Columns() []*Column { return n.Input.Columns() }

// Columns returns the input's columns.
func (n *Serialize) Columns() []*Column { return n.Input.Columns() }

// Columns returns the input's columns.
func (n *Limit) Columns() []*Column { return n.Input.Columns() }

// Columns returns the input's columns.
func (n *Sample) Columns() []*Column { return n.Input.Columns() }

// Columns returns what Out says.
func (n *Apply) Columns() []*Column { return n.Out }

// Columns returns what Out says.
func (n *Partition) Columns() []*Column { return n.Out }

// Columns returns the columns of the items.
func (n *Project) Columns() []*Column { return columnsOf(n.Items) }

// Columns returns groups and aggregates.
func (n *Aggregate) Columns() []*Column {
	return append(columnsOf(n.Groups), columnsOf(n.Aggs)...)
}

// Columns returns what Out says.
func (n *Join) Columns() []*Column {
	cols := make([]*Column, len(n.Out))
	for i := range n.Out {
		cols[i] = n.Out[i].Col
	}
	return cols
}

// Columns returns the kept and the new columns.
func (n *Expand) Columns() []*Column { return n.Keep }

func columnsOf(items []Item) []*Column {
	cols := make([]*Column, len(items))
	for i := range items {
		cols[i] = items[i].Col
	}
	return cols
}
