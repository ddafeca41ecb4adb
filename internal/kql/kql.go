// Package kql compiles queries in Microsoft's Kusto Query Language to
// statements for the store. It stands between whoever asks (rules, the API,
// the command line) and the store, and knows of the store only its contract.
//
// Invariant: a query that compiles runs; what it answers is what Microsoft
// documents, not what SQL would do with the same words.
package kql

import (
	"fmt"

	"nephoscope/internal/kql/bind"
	"nephoscope/internal/kql/plan"
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
	// Runs, if set, asks the query for each of them at once, in place of Now
	// and Window: the rows have one column more, the last, which tells the
	// time of their run, and are in its order. A run that has no rows has
	// those of the query over no events. The error of Compile wraps ErrApart
	// if that cannot be done.
	Runs *Runs
	// MaxOperators bounds what functions and let statements unfold to; 0
	// means 20,000.
	MaxOperators int
	// Known are tables that queries may name though nothing fills them, by
	// their names.
	Known map[string]*schema.Table
	// External opens what externaldata reads; nil if it may read nothing.
	External bind.Open
	// Watchlist returns a watchlist by its alias, nil if there is none; nil
	// if there are no watchlists at all.
	Watchlist func(alias string) (*bind.Watchlist, error)
	// Watchlists returns the aliases of all watchlists; nil if there are none.
	Watchlists func() []string
	// Saved are the functions that queries can call beside those of the
	// language; nil for none.
	Saved bind.Functions
	// Parameters are the values of what a query declares with declare
	// query_parameters, as they would stand in the query; text without
	// quotes. One that is missing has its default.
	Parameters map[string]string
	// Limits bound what a run of the query may return and take.
	Limits Limits
	// AsWritten leaves out what makes a query faster without changing its
	// answer, for tests that compare both.
	AsWritten bool
}

// A Window is a span of TimeGenerated, From included and To not.
type Window struct{ From, To schema.DatetimeValue }

// Runs are times at which a query is asked, each with its own window.
type Runs = plan.Runs

// ErrApart says that a query can only be asked for one window after the other.
var ErrApart = plan.ErrApart

// A Query is a compiled query. It can run any number of times, also at the
// same time.
type Query struct {
	// SQL is the statement in the store's language, without those of the
	// stages that it reads. It is empty if Late is set.
	SQL string
	// Render is the chart that the query asks for, nil for none.
	Render *bind.Render
	// Further are the tables that the query returns beside this one.
	Further []Further
	// Late tells that the columns depend on stored values: they are known
	// when the query runs, and so are some of its errors.
	Late bool
	// Notes are what a person should know who reads the answer.
	Notes []string

	statement store.Statement
	again     func(bind.Ask) (*Query, error)
	limits    Limits
	now       schema.DatetimeValue
}

// A Further is a table that a query returns beside the first.
type Further struct {
	Name  string
	Query *Query
}

// Compile makes a query of KQL text. An error is of the type Errors and lists
// all that is wrong.
func Compile(text string, cat schema.Catalog, opt Options) (*Query, error) {
	tree, wrong := syntax.Parse(text)
	if len(wrong) > 0 {
		return nil, allErrors(text, tree, wrong, bindOptions(cat, opt))
	}
	return compile(text, tree, cat, opt, nil)
}

func compile(text string, tree *syntax.Query, cat schema.Catalog, opt Options, ask bind.Ask) (*Query, error) {
	options := bindOptions(cat, opt)
	options.Ask = ask
	bound, problems := bind.Bind(tree, options)
	if len(problems) > 0 && opt.Runs != nil {
		return nil, fmt.Errorf("the query %w: %w", ErrApart, bindErrors(text, problems))
	}
	if len(problems) > 0 {
		return nil, bindErrors(text, problems)
	}
	if opt.Runs != nil {
		return compileRuns(bound, options.Run, opt)
	}
	q := &Query{Render: bound.Render, Late: bound.Late, Notes: bound.Notes, limits: opt.Limits, now: opt.Now}
	if bound.Late {
		q.again = func(ask bind.Ask) (*Query, error) {
			return compile(text, tree, cat, opt, ask)
		}
		return q, nil
	}
	if err := q.generate(bound.Plan, opt); err != nil {
		return nil, err
	}
	for _, f := range bound.Further {
		further := &Query{limits: opt.Limits}
		if err := further.generate(f.Plan, opt); err != nil {
			return nil, err
		}
		q.Further = append(q.Further, Further{f.Name, further})
	}
	return q, nil
}

// compileRuns makes a query of the meaning that it has over one window.
func compileRuns(bound bind.Result, now *plan.Column, opt Options) (*Query, error) {
	if bound.Late || len(bound.Further) > 0 {
		return nil, fmt.Errorf("the query %w: its columns depend on stored values, or it returns several tables", ErrApart)
	}
	unfolded, err := plan.Unfold(bound.Plan, now, *opt.Runs)
	if err != nil {
		return nil, err
	}
	q := &Query{Notes: bound.Notes, limits: opt.Limits, now: opt.Now}
	return q, q.generate(unfolded, opt)
}

func (q *Query) generate(n plan.Node, opt Options) error {
	if !opt.AsWritten {
		n = plan.Prune(n)
	}
	st, err := sqlgen.Generate(n, opt.Now)
	if err != nil {
		return Errors{{Line: 1, Column: 1, Kind: Unsupported, Message: err.Error()}}
	}
	if !opt.AsWritten {
		st.Within, st.After = plan.Bounds(n)
	}
	q.SQL, q.statement = st.SQL, st
	return nil
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
		return bind.Result{}, allErrors(text, tree, wrong, bindOptions(cat, opt))
	}
	bound, problems := bind.Bind(tree, bindOptions(cat, opt))
	if len(problems) > 0 {
		return bind.Result{}, bindErrors(text, problems)
	}
	return bound, nil
}

// Columns returns the columns of the result, nil if Late is set. The caller
// may not change them.
func (q *Query) Columns() []schema.Column { return q.statement.Columns }

func bindOptions(cat schema.Catalog, opt Options) bind.Options {
	o := bind.Options{Catalog: cat, Now: opt.Now, MaxNodes: opt.MaxOperators, Known: opt.Known, External: opt.External, Watchlist: opt.Watchlist, Watchlists: opt.Watchlists, Saved: opt.Saved, Parameters: opt.Parameters}
	if opt.Window != nil {
		o.From, o.To = &opt.Window.From, &opt.Window.To
	}
	if opt.Runs != nil {
		from, to := opt.Runs.Span()
		o.From, o.To = &from, &to
		o.Run = &plan.Column{Name: "$now", Type: schema.Datetime}
	}
	if d, ok := cat.(*Declared); ok {
		o.Functions, o.Open = d.functions, d.open
	}
	return o
}
