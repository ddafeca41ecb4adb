package syntax

import "nephoscope/internal/schema"

// An Expr is a scalar or tabular expression; which one, only the binder can
// tell.
type Expr interface {
	Node
	expr()
}

type (
	// Ident is a name. Name is without brackets and quotes; $left and $right
	// keep their $.
	Ident struct {
		Span
		Name string
		// Quoted names were written ['name'] or ["name"].
		Quoted bool
		// Wild names hold at least one * that stands for any characters, as in
		// union T* and project-away a*.
		Wild bool
	}

	// Star is * in the place of columns or of a whole row: count(*),
	// arg_max(a, *), distinct *, search *.
	Star struct{ Span }

	// Literal is a constant. Value is one of the Go types of row values in
	// package schema, nil for a null such as int(null). Adjacent string
	// literals are one Literal. Text is the source text.
	Literal struct {
		Span
		Type  schema.Type
		Value any
		Text  string
		// Hidden strings, h'...', must not appear in logs.
		Hidden bool
	}

	// TypeOf is typeof(long) or typeof(a:string, b:long): one of the two is
	// set.
	TypeOf struct {
		Span
		Type   *TypeName
		Schema *RowSchema
	}

	// Unary is -X or +X.
	Unary struct {
		Span
		Op Op // OpAdd or OpSub
		X  Expr
	}

	// Binary is X Op Y.
	Binary struct {
		Span
		Op     Op
		OpSpan Span
		X, Y   Expr
	}

	// In is X in (List), its negation and its case-insensitive forms, has_any
	// and has_all. The list may be one tabular expression.
	In struct {
		Span
		Op     Op // OpIn, OpNotIn, OpInFold, OpNotInFold, OpHasAny or OpHasAll
		OpSpan Span
		X      Expr
		List   []Expr
	}

	// Between is X between (From .. To), both ends included.
	Between struct {
		Span
		Not      bool
		X        Expr
		From, To Expr
	}

	// Member is X.Name; also the path database("d").Table.
	Member struct {
		Span
		X    Expr
		Name *Ident
	}

	// Index is X[Index]. X['name'] and X[0] look alike here.
	Index struct {
		Span
		X, Index Expr
	}

	// Call is Name(Args). toscalar, totable and materialize are calls whose
	// argument may be a *Pipe. On is set for a function at the end of a path,
	// database("d").F(1).
	Call struct {
		Span
		On     Expr // usually nil
		Name   *Ident
		Params []*Param // toscalar kind=... (T); usually nil
		Args   []Expr
	}

	// Named is Name = X, or (a, b) = X when List is set. It appears as a
	// column of extend, project, summarize and the like and as a named
	// argument.
	Named struct {
		Span
		Names []*Ident // one, or several if List
		List  bool
		X     Expr
	}

	// Paren is (X).
	Paren struct {
		Span
		X Expr
	}

	// Pipe is Source | Op | Op. Source is nil if the first operator stands at
	// the head and brings its own rows: print, range, union, find, search,
	// evaluate. There is at least one operator.
	Pipe struct {
		Span
		Source Expr
		Ops    []Operator
	}

	// Datatable is datatable(schema) [values], row after row.
	Datatable struct {
		Span
		Params []*Param
		Schema *RowSchema
		Values []Expr
	}

	// ExternalData is externaldata(schema) [uris] with (properties).
	ExternalData struct {
		Span
		Params []*Param
		Schema *RowSchema
		URIs   []Expr
		With   []*Param
	}

	// Function is [view] (params) { body }, the value of a let statement.
	Function struct {
		Span
		View   bool
		Params []*Parameter
		Body   *Body
	}

	// Names is a, b as the value of a property.
	Names struct {
		Span
		List []*Ident
	}

	// EntityGroup is entity_group [members], the value of a let statement.
	EntityGroup struct {
		Span
		Members []Expr
	}

	// BadExpr stands where an expression should be and an error was
	// reported.
	BadExpr struct{ Span }
)

func (*Ident) expr()        {}
func (*Star) expr()         {}
func (*Literal) expr()      {}
func (*TypeOf) expr()       {}
func (*Unary) expr()        {}
func (*Binary) expr()       {}
func (*In) expr()           {}
func (*Between) expr()      {}
func (*Member) expr()       {}
func (*Index) expr()        {}
func (*Call) expr()         {}
func (*Named) expr()        {}
func (*Paren) expr()        {}
func (*Pipe) expr()         {}
func (*Datatable) expr()    {}
func (*ExternalData) expr() {}
func (*Function) expr()     {}
func (*Names) expr()        {}
func (*EntityGroup) expr()  {}
func (*BadExpr) expr()      {}
