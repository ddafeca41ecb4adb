// Package kql compiles queries in Microsoft's Kusto Query Language to
// statements for the store. It stands between whoever asks (rules, the API,
// the command line) and the store, and knows of the store only its contract.
//
// Invariant: a query that compiles runs; what it answers is what Microsoft
// documents, not what SQL would do with the same words.
package kql

import (
	"context"

	"nephoscope/internal/kql/bind"
	"nephoscope/internal/kql/sqlgen"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// Options tell in which circumstances a query runs.
type Options struct {
	// Now is what now() returns and ago() counts from.
	Now schema.DatetimeValue
	// Window restricts TimeGenerated of every stored table; nil for no
	// restriction.
	Window *Window
	// MaxOperators bounds what functions and let statements unfold to; 0
	// means 20,000.
	MaxOperators int
}

// A Window is a span of TimeGenerated, From included and To not.
type Window struct{ From, To schema.DatetimeValue }

// A Query is a compiled query. It can run any number of times, also at the
// same time.
type Query struct {
	// SQL is the statement in the store's language.
	SQL string
	// Render is the kind of chart that the query asks for, "" for none.
	Render string

	columns []schema.Column
}

// Compile makes a query of KQL text. An error is of the type Errors and lists
// all that is wrong.
func Compile(text string, cat schema.Catalog, opt Options) (*Query, error) {
	bound, err := parseAndBind(text, cat, opt)
	if err != nil {
		return nil, err
	}
	sql, columns, err := sqlgen.Generate(bound.Plan, opt.Now)
	if err != nil {
		return nil, Errors{{Line: 1, Column: 1, Kind: Unsupported, Message: err.Error()}}
	}
	return &Query{SQL: sql, Render: bound.Render, columns: columns}, nil
}

// Bind returns the columns that a query's result has, without making it one
// that can run. It takes tables that are not fully declared, too.
func Bind(text string, cat schema.Catalog, opt Options) ([]schema.Column, error) {
	bound, err := parseAndBind(text, cat, opt)
	if err != nil {
		return nil, err
	}
	var columns []schema.Column
	for _, c := range bound.Plan.Columns() {
		if !c.Hidden {
			columns = append(columns, schema.Column{Name: c.Name, Type: c.Type})
		}
	}
	return columns, nil
}

func parseAndBind(text string, cat schema.Catalog, opt Options) (bind.Result, error) {
	tree, wrong := syntax.Parse(text)
	if len(wrong) > 0 {
		return bind.Result{}, syntaxErrors(text, wrong)
	}
	bound, problems := bind.Bind(tree, bindOptions(cat, opt))
	if len(problems) > 0 {
		return bind.Result{}, bindErrors(text, problems)
	}
	return bound, nil
}

// Columns returns the columns of the result. The caller may not change them.
func (q *Query) Columns() []schema.Column { return q.columns }

// A Querier runs statements; every store is one.
type Querier interface {
	Query(ctx context.Context, s store.Statement) (store.Cursor, error)
}

// Run runs the query. The caller closes the cursor.
func (q *Query) Run(ctx context.Context, db Querier) (store.Cursor, error) {
	return db.Query(ctx, store.Statement{SQL: q.SQL, Columns: q.columns})
}

func bindOptions(cat schema.Catalog, opt Options) bind.Options {
	o := bind.Options{Catalog: cat, Now: opt.Now, MaxNodes: opt.MaxOperators}
	if opt.Window != nil {
		o.From, o.To = &opt.Window.From, &opt.Window.To
	}
	if d, ok := cat.(*Declared); ok {
		o.Functions, o.Open = d.functions, d.open
	}
	return o
}
