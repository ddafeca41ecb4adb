// Package syntax reads KQL text: lexer, parser with error recovery, syntax
// tree and printer. It is the first step of kql.Compile; the binder gives the
// tree its meaning. The package takes the whole language, also what the
// binder does not support yet, so that "wrong" and "not supported" can be
// told apart.
//
// Invariant: every node has a span inside the text, and the spans of its
// children lie inside it.
package syntax

import "nephoscope/internal/schema"

// A Span is a stretch of the query text in bytes, [Start, End).
type Span struct {
	Start, End int
}

// Extent returns the span itself; every node has it by embedding Span.
func (s Span) Extent() Span { return s }

// A Node is any part of the syntax tree that has a place in the text.
type Node interface {
	Extent() Span
}

// A Query is a parsed text: its statements in order.
type Query struct {
	Span
	Text       string
	Statements []Statement
	// Comments in order of their place. They include the // but not the end
	// of the line.
	Comments []Span
}

// Position returns the line and column of a byte offset in the text.
func (q *Query) Position(offset int) Position { return PositionOf(q.Text, offset) }

// Source returns the text that a node was read from.
func (q *Query) Source(n Node) string {
	s := n.Extent()
	return q.Text[s.Start:s.End]
}

// A Statement is one of *Let, *Set, *DeclareParameters, *Alias, *Pattern,
// *Restrict and *ExprStatement.
type Statement interface {
	Node
	statement()
}

type (
	// Let binds a name: let Name = Value. Value is a *Function for
	// let f = (a:long) { ... }, otherwise a scalar or tabular expression.
	Let struct {
		Span
		Name  *Ident
		Value Expr
	}

	// Set gives a client request property a value: set Name = Value. Value is
	// a *Literal or an *Ident, nil for the bare form.
	Set struct {
		Span
		Name  *Ident
		Value Expr
	}

	// DeclareParameters is declare query_parameters(a:long = 1, ...).
	DeclareParameters struct {
		Span
		Params []*Parameter
	}

	// Alias is alias database Name = Value.
	Alias struct {
		Span
		Name  *Ident
		Value Expr
	}

	// Pattern is declare pattern Name = (args)[path] { (v, ...).[p] = { body } }.
	// A pattern without a definition has only a name.
	Pattern struct {
		Span
		Name   *Ident
		Params []*Parameter
		Path   *Parameter // nil without [path:type]
		Cases  []*PatternCase
	}

	// Restrict is restrict access to (names) with (properties).
	Restrict struct {
		Span
		Names []Expr
		With  []*Param
	}

	// ExprStatement is a query: a tabular expression, or a scalar one at the
	// end of a function's body.
	ExprStatement struct {
		Span
		X Expr
	}
)

// A PatternCase is one match of a pattern: (values).[path] = { body }.
type PatternCase struct {
	Span
	Values []Expr
	Path   Expr // nil without .[path]
	Body   *Body
}

func (*Let) statement()               {}
func (*Set) statement()               {}
func (*DeclareParameters) statement() {}
func (*Alias) statement()             {}
func (*Pattern) statement()           {}
func (*Restrict) statement()          {}
func (*ExprStatement) statement()     {}

// A Parameter of a function or of declare query_parameters. It is scalar if
// Type is set, tabular if Schema is.
type Parameter struct {
	Span
	Name    *Ident
	Type    *TypeName
	Schema  *RowSchema
	Default Expr // nil if there is none
}

// A RowSchema is (a:string, b:long), the columns of a table parameter, of a
// datatable, of externaldata or of typeof(). Open schemas, (a:string, *), take
// more columns than they name.
type RowSchema struct {
	Span
	Columns []*ColumnDecl
	Open    bool
}

// A ColumnDecl is name:type. Type is nil where it may be left out and was.
type ColumnDecl struct {
	Span
	Name *Ident
	Type *TypeName
}

// A TypeName is a type as written; Type is schema.Unknown for a name that is
// no scalar type.
type TypeName struct {
	Span
	Name string
	Type schema.Type
}

// A Body is the inside of a function: statements, the last of which is an
// *ExprStatement that gives the result.
type Body struct {
	Span
	Statements []Statement
}

// A Param is name=value between an operator's keyword and its operands, such
// as kind=inner or hint.strategy=shuffle; the name includes the dot. Value is
// a *Literal, an *Ident or another expression.
type Param struct {
	Span
	Name  *Ident
	Value Expr
}
