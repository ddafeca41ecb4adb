// Package bind gives a syntax tree its meaning: it resolves names, checks
// types, names columns as Microsoft's engine does, unfolds let statements and
// functions, and makes the plan.
//
// Invariant: a plan is returned only if there is no error, and then sqlgen can
// say it.
package bind

import (
	"fmt"
	"slices"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// Options tell what a query can refer to.
type Options struct {
	Catalog schema.Catalog
	// Functions are stored functions by name.
	Functions map[string]Stored
	// Open tables have more columns than are declared; a name that is not
	// known is taken for one of them.
	Open map[string]bool
	// Known are tables that nothing fills: they have no rows, and more
	// columns than are declared.
	Known map[string]*schema.Table
	// Now is the time of the query.
	Now schema.DatetimeValue
	// Run, if set, stands for the time of the query in place of Now: the plan
	// is one for many times.
	Run *plan.Column
	// From and To bound TimeGenerated of every stored table, From included
	// and To not; nil if there is no bound.
	From, To *schema.DatetimeValue
	// Ask is for operators whose columns depend on values; nil if values
	// cannot be had.
	Ask Ask
	// External opens what externaldata reads; nil if it may read nothing.
	External Open
	// Watchlist returns the watchlist with an alias; nil if there are none.
	Watchlist func(alias string) (*Watchlist, error)
	// Watchlists returns the aliases of all watchlists; nil if there are none.
	Watchlists func() []string
	// Saved are the functions that are kept outside of the query; nil for
	// none.
	Saved Functions
	// Parameters are the values of declared query parameters, by name, as
	// they would stand in a query; text without quotes.
	Parameters map[string]string
	// MaxNodes bounds the size of the plan, to which functions and let
	// statements add each time they are used.
	MaxNodes int
}

// Ask runs a plan while a query is bound and returns its rows, those that are
// many not to the end.
type Ask func(plan.Node) ([][]any, error)

// A Stored function returns rows of a table without there being one: all its
// columns are known by name, and more can be.
type Stored struct {
	Columns []schema.Column
	Open    bool
}

// A Kind tells what is wrong in principle.
type Kind uint8

// The kinds of errors.
const (
	Semantic Kind = iota
	Unsupported
)

// An Error is something that has no meaning, or none here.
type Error struct {
	syntax.Span
	Kind    Kind
	Message string

	// Cause is why something outside of the query could not be read; nil if it
	// is the query that is wrong.
	Cause error

	missing string // the table or function that does not exist
}

// Error returns the message without the position.
func (e *Error) Error() string { return e.Message }

// A Result is the meaning of a query.
type Result struct {
	Plan plan.Node
	// Further are the tables that the query returns beside the first.
	Further []Further
	// Render is the chart that the query asks for, nil for none.
	Render *Render
	// Late tells that the columns depend on stored values and are not known
	// without Options.Ask; the plan cannot run then.
	Late bool
	// Notes are what a person should know who reads the answer, such as
	// that a table is empty because nothing fills it.
	Notes []string
	// Reads is what the query reads. It is there beside errors, too.
	Reads Reads
}

// A Further is a table that a query returns beside the first.
type Further struct {
	Name string
	Plan plan.Node
}

// Bind makes the plan of a query. If there are errors there is no plan, only,
// as far as they are known, the columns of a result.
func Bind(q *syntax.Query, opt Options) (Result, []*Error) {
	b := &binder{opt: opt, lib: fn.Default(), budget: opt.MaxNodes}
	if b.budget == 0 {
		b.budget = 20_000
	}
	node := b.query(q)
	if len(b.errors) == 0 && !b.late && len(visible(node.Columns())) == 0 {
		b.fail(q.Statements[len(q.Statements)-1], "the result has no columns")
	}
	if len(b.errors) > 0 {
		return Result{Reads: b.reads}, b.errors
	}
	return Result{Plan: node, Further: b.further, Render: b.render, Late: b.late, Notes: b.notes, Reads: b.reads}, nil
}

type binder struct {
	opt     Options
	lib     *fn.Library
	errors  []*Error
	budget  int
	depth   int
	windows int // window functions that became columns
	render  *Render
	further []Further
	ending  syntax.Operator // the last operator of a statement
	late    bool
	notes   []string
	reads   Reads
	saved   map[string]*symbol      // saved functions by name, nil for names of none
	sorts   map[*SavedFunction]bool // whether they return tables
	frame   *frame                  // the saved function whose text is being bound
}

const maxErrors = 20

func (b *binder) fail(at syntax.Node, format string, args ...any) {
	b.report(at, Semantic, fmt.Sprintf(format, args...))
}

// failMissing reports a table, or a function that returns one, that does not
// exist.
func (b *binder) failMissing(at syntax.Node, name, message string) {
	b.reads.Guessed = true
	before := len(b.errors)
	b.fail(at, "%s", message)
	if len(b.errors) > before {
		b.errors[before].missing = name
	}
}

// failReading reports that something outside of the query cannot be read.
func (b *binder) failReading(at syntax.Node, what string, cause error) {
	before := len(b.errors)
	b.fail(at, "%s cannot be read: %v", what, cause)
	if len(b.errors) > before {
		b.errors[before].Cause = cause
	}
}

func (b *binder) unsupported(at syntax.Node, what string) {
	b.report(at, Unsupported, what+" is not supported yet")
}

// report adds an error unless one stands at the same place already: what is
// bound twice, as a function's body is, is reported once.
func (b *binder) report(at syntax.Node, kind Kind, message string) {
	span, message := b.outermost(at.Extent(), message)
	same := func(e *Error) bool { return e.Span == span }
	if len(b.errors) < maxErrors && !slices.ContainsFunc(b.errors, same) {
		b.errors = append(b.errors, &Error{Span: span, Kind: kind, Message: message})
	}
}

// spend takes one node of the budget and tells whether there was one.
func (b *binder) spend(at syntax.Node) bool {
	if b.budget--; b.budget == 0 {
		b.fail(at, "the query is too large: its functions and let statements unfold to more than %d operators", b.opt.MaxNodes)
	}
	return b.budget > 0
}

// enter guards against functions that call each other without end.
func (b *binder) enter(at syntax.Node) bool {
	if b.depth >= 100 {
		b.fail(at, "the query is nested too deeply")
		return false
	}
	b.depth++
	return true
}

func (b *binder) leave() { b.depth-- }

// query binds the statements of a text; the last one is its result.
func (b *binder) query(q *syntax.Query) plan.Node {
	sc := &scope{}
	var result plan.Node
	for _, s := range q.Statements {
		sc, result = b.statement(s, sc, result)
	}
	if result == nil {
		if len(b.errors) == 0 {
			b.fail(syntax.Span{Start: len(q.Text), End: len(q.Text)}, "the text holds no query, only statements that prepare one")
		}
		return &plan.Values{}
	}
	return result
}

func (b *binder) statement(s syntax.Statement, sc *scope, result plan.Node) (*scope, plan.Node) {
	switch s := s.(type) {
	case *syntax.Let:
		return b.let(s, sc), result
	case *syntax.ExprStatement:
		return sc, b.result(s, sc, result)
	case *syntax.Set:
		return b.set(s, sc), result
	case *syntax.DeclareParameters:
		return b.declareParameters(s, sc), result
	case *syntax.Alias: // another name of a place; there is one place here
	case *syntax.Pattern:
		return sc.with(s.Name.Name, &symbol{pattern: &pattern{s, sc}}), result
	case *syntax.Restrict:
		return b.restrict(s, sc), result
	}
	return sc, result
}
