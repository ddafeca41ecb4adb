package app

import (
	"context"
	"errors"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/kql"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/tables/known"
)

// Query compiles and runs a KQL query as of now. The caller closes the cursor.
func (a *App) Query(ctx context.Context, text string) (*kql.Result, error) {
	opt, err := a.queryOptions(ctx)
	if err != nil {
		return nil, err
	}
	opt.Now = schema.DatetimeOf(a.now())
	return a.ask(ctx, text, opt)
}

// Ask is a detect.Ask over the store.
func (a *App) Ask(ctx context.Context, text string, w detect.Window) (store.Cursor, error) {
	query, err := a.Compile(ctx, text, w)
	if err != nil {
		return nil, err
	}
	result, err := query.Run(ctx, a.Store)
	if err != nil {
		return nil, err // a nil *kql.Result is no nil Cursor
	}
	return result, nil
}

// askMany is a detect.AskMany over the store.
func (a *App) askMany(ctx context.Context, text string, runs kql.Runs) (store.Cursor, error) {
	opt, err := a.ruleOptions(ctx)
	if err != nil {
		return nil, err
	}
	opt.Runs = &runs
	result, err := a.ask(ctx, text, opt)
	if err != nil {
		return nil, err // a nil *kql.Result is no nil Cursor
	}
	return result, nil
}

// unfolded is detect.Options.Unfolded over the store.
func (a *App) unfolded(ctx context.Context, text string) ([]string, error) {
	opt, err := a.ruleOptions(ctx)
	if err != nil {
		return nil, err
	}
	opt.Now = schema.DatetimeOf(a.now())
	reads, err := kql.ReadsOf(text, a.Catalog, opt)
	if len(reads.Saved) == 0 {
		return nil, nil // its run tells what else is wrong
	}
	return reads.Tables, err
}

// Compile compiles a query as a rule asks it in a window.
func (a *App) Compile(ctx context.Context, text string, w detect.Window) (*kql.Query, error) {
	opt, err := a.ruleOptions(ctx)
	if err != nil {
		return nil, err
	}
	opt.Now, opt.Window = w.Now, &kql.Window{From: w.From, To: w.To}
	return kql.Compile(text, a.Catalog, opt)
}

// ruleOptions are the options of rules' queries: a rule sees all or fails.
func (a *App) ruleOptions(ctx context.Context) (kql.Options, error) {
	opt, err := a.queryOptions(ctx)
	opt.Limits = kql.Limits{}
	return opt, err
}

func (a *App) ask(ctx context.Context, text string, opt kql.Options) (*kql.Result, error) {
	query, err := kql.Compile(text, a.Catalog, opt)
	if err != nil {
		return nil, err
	}
	return query.Run(ctx, a.Store)
}

// CompileRule returns a rules.Compile over the tables there are, without what
// people made in a store.
func CompileRule(catalog schema.Catalog, now time.Time) rules.Compile {
	return compileRule(catalog, kql.Options{Now: schema.DatetimeOf(now), Known: known.Tables()})
}

// CompileRule returns a rules.Compile over the store, with its watchlists and
// functions.
func (a *App) CompileRule(ctx context.Context) (rules.Compile, error) {
	opt, err := a.queryOptions(ctx)
	opt.Now = schema.DatetimeOf(a.now())
	return compileRule(a.Catalog, opt), err
}

func compileRule(catalog schema.Catalog, opt kql.Options) rules.Compile {
	return func(text string) ([]schema.Column, []rules.QueryError) {
		query, err := kql.Compile(text, catalog, opt)
		if err == nil {
			return query.Columns(), nil
		}
		return nil, queryErrors(err)
	}
}

// RuleNeeds returns a rules.Ask over the tables there are.
func RuleNeeds(catalog schema.Catalog, now time.Time) rules.Ask {
	return func(text string) rules.Needs {
		reads, err := kql.ReadsOf(text, catalog, kql.Options{Now: schema.DatetimeOf(now), Known: known.Tables()})
		return rules.Needs{
			Tables: reads.Tables, Functions: reads.Functions, Watchlists: reads.Watchlists, Addresses: reads.Addresses,
			Problems: queryErrors(err),
		}
	}
}

// queryErrors is nil without an error.
func queryErrors(err error) []rules.QueryError {
	var list kql.Errors
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &list):
		return []rules.QueryError{{Line: 1, Column: 1, Message: err.Error()}}
	}
	problems := make([]rules.QueryError, len(list))
	for i, e := range list {
		problems[i] = rules.QueryError{Line: e.Line, Column: e.Column, Message: e.Message}
	}
	return problems
}
