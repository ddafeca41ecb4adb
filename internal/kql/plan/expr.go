package plan

import (
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/schema"
)

// An Expr is a scalar expression with a type.
type Expr interface {
	Type() schema.Type
}

type (
	// Ref is the value of a column.
	Ref struct{ Col *Column }

	// Const is a constant. Value is one of the Go types of row values, nil
	// for null.
	Const struct {
		T     schema.Type
		Value any
	}

	// Call is a function or operator with arguments of the types that its
	// signature wants.
	Call struct {
		Func *fn.Func
		Sig  *fn.Sig
		T    schema.Type
		Args []Expr
		// Order is the order in which a window function sees rows.
		Order []Key
	}

	// Scalar is the first value of a table's first column.
	Scalar struct {
		T     schema.Type
		Col   *Column
		Table Node
		// Around is a column of the rows around to which Table refers, nil for
		// none.
		Around *Column
	}

	// Same tells whether two values, of which none is null, are equal.
	Same struct{ X, Y Expr }

	// In tells whether X is among a table's values.
	In struct {
		X     Expr
		Table Node
		Col   Expr // of Table, of X's type
		How   InKind
		// With, if set, is a pair that must be equal besides: of the row, and
		// of the table. Neither is null.
		With *Equal
	}
)

// An InKind tells how a value is compared with those of a table.
type InKind uint8

// The ways of comparing.
const (
	Equals InKind = iota
	EqualFold
	HasAny
	HasAll
)

// An Opaque is a value of which nothing but the type is known. It stems from
// tables of which not all columns are declared; they have no rows, and where
// an outer join puts one in, the value is null.
type Opaque struct{ T schema.Type }

// Type returns the value's type.
func (e *Opaque) Type() schema.Type { return e.T }

// Type returns the column's type.
func (e *Ref) Type() schema.Type { return e.Col.Type }

// Type returns the constant's type.
func (e *Const) Type() schema.Type { return e.T }

// Type returns the result's type.
func (e *Call) Type() schema.Type { return e.T }

// Type returns the value's type.
func (e *Scalar) Type() schema.Type { return e.T }

// Type returns bool.
func (e *Same) Type() schema.Type { return schema.Bool }

// Type returns bool.
func (e *In) Type() schema.Type { return schema.Bool }

// Nullable tells whether an expression can be null.
func Nullable(e Expr) bool {
	if e.Type() == schema.String {
		return false
	}
	switch e := e.(type) {
	case *Ref:
		return e.Col.Nullable
	case *Const:
		return e.Value == nil
	case *Call:
		return e.nullable()
	case *In, *Same:
		return false
	}
	return true
}

func (e *Call) nullable() bool {
	switch e.Sig.Nulls {
	case fn.Never:
		return false
	case fn.Maybe:
		return true
	}
	for _, a := range e.Args {
		if Nullable(a) {
			return true
		}
	}
	return false
}

// Walk calls visit for an expression and those below it, from the outside in,
// until it returns false.
func Walk(e Expr, visit func(Expr) bool) {
	if !visit(e) {
		return
	}
	switch e := e.(type) {
	case *Call:
		for _, a := range e.Args {
			Walk(a, visit)
		}
	case *In:
		Walk(e.X, visit)
		if e.With != nil {
			Walk(e.With.Left, visit)
		}
	case *Same:
		Walk(e.X, visit)
		Walk(e.Y, visit)
	case *Scalar:
		if e.Around != nil {
			Walk(&Ref{e.Around}, visit)
		}
	}
}

// HotColumn returns, of the columns of some rows, the stored copy of the path
// that a conversion reads, nil if there is none.
func HotColumn(x *Call, cols []*Column) *Column {
	if !x.Func.Conversion || len(x.Args) != 1 {
		return nil
	}
	path, ok := x.Args[0].(*Call)
	if !ok || path.Func.Name != "." {
		return nil
	}
	ref, ok := path.Args[0].(*Ref)
	if !ok || ref.Col.Source == nil {
		return nil
	}
	at := path.Args[1].(*Const).Value
	for _, c := range cols {
		if c.Source == nil || c.Source.Path == nil || c.Table != ref.Col.Table || c.Type != x.T {
			continue
		}
		if p := c.Source.Path; p.Column == ref.Col.Source.Name && strings.Join(p.Keys, ".") == at {
			return c
		}
	}
	return nil
}

// HasWindow tells whether an expression holds a window function, which looks at
// other rows than its own.
func HasWindow(x Expr) bool {
	found := false
	Walk(x, func(x Expr) bool {
		if call, ok := x.(*Call); ok && call.Func.Kind == fn.Window {
			found = true
		}
		return !found
	})
	return found
}
