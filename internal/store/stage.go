package store

import (
	"context"

	"nephoscope/internal/schema"
)

// A Stage is a table that lives as long as its query: what an operator that
// the store's language cannot say makes of the rows of its inputs. The
// statements of later stages, and the query's own, read it by its name.
type Stage struct {
	Table   string
	Columns []schema.Column
	// Inputs have no stages of their own.
	Inputs   []Statement
	Operator Operator
	Formulas []Formula
}

// A Formula computes one row from parameters, for operators that must evaluate
// expressions of the query. It refers to the parameters as $1, $2, and so on.
type Formula struct {
	Statement
	Params []schema.Column
}

// An Operator turns rows into rows. One value runs any number of times, also
// at the same time: what it remembers of rows it keeps within Run.
type Operator interface {
	Run(ctx context.Context, f *Flow) error
}

// A Flow is what an operator works with during one run.
type Flow struct {
	// In are the inputs. An operator may read them in any order.
	In []Rows
	// Emit adds a row to the result; the row is not kept.
	Emit func(row []any) error
	// Formulas evaluate those of the stage.
	Formulas []func(args []any) ([]any, error)
	// Memory is how many bytes an operator may remember.
	Memory int64
}

// Rows are read one by one; Next returns nil at the end. Values are of the
// types listed in schema/value.go and stay valid.
type Rows interface {
	Next() ([]any, error)
}
