package app

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"nephoscope/internal/function"
	"nephoscope/internal/kql"
	"nephoscope/internal/kql/bind"
	"nephoscope/internal/resource"
	"nephoscope/internal/schema"
	"nephoscope/internal/watchlist"
)

// made is what people made for queries to use.
type made struct {
	watchlists *watchlist.Lists
	functions  *function.Functions
}

// openMade opens what queries use beside the tables; the resources are open.
func (a *App) openMade() (err error) {
	if a.made.watchlists, err = watchlist.New(a.Catalog, a.Resources(), a.askAll, watchlist.Options{Now: a.now}); err != nil {
		return err
	}
	a.made.functions = function.New(a.Resources(), function.Options{Taken: taken(a.Catalog)})
	return nil
}

// Watchlists keeps the watchlists that queries read with _GetWatchlist.
func (a *App) Watchlists() *watchlist.Lists { return a.made.watchlists }

// Functions keeps the functions that queries can call.
func (a *App) Functions() *function.Functions { return a.made.functions }

// taken tells what a name stands for, so that no function hides it.
func taken(catalog schema.Catalog) func(string) string {
	return func(name string) string {
		if _, ok := catalog.Table(name); ok {
			return "a table"
		}
		if kql.HasFunction(name) {
			return "a function of the language"
		}
		return ""
	}
}

// queryOptions are the options of queries over the store: those of the
// configuration, with what people made.
func (a *App) queryOptions(ctx context.Context) (kql.Options, error) {
	opt := QueryOptions(a.config)
	if a.made.functions == nil { // the store is being opened
		return opt, nil
	}
	library, err := a.made.functions.Library(ctx)
	if err != nil {
		return opt, err
	}
	opt.Saved = library
	opt.Watchlist = a.storedWatchlist(ctx, opt.Watchlist)
	opt.Watchlists = func() []string { return a.aliases(ctx) }
	return opt, nil
}

// storedWatchlist finds a watchlist in the store, or else among those that are
// files, if there are such.
func (a *App) storedWatchlist(ctx context.Context, files func(string) (*bind.Watchlist, error)) func(string) (*bind.Watchlist, error) {
	return func(alias string) (*bind.Watchlist, error) {
		w, err := a.made.watchlists.Get(ctx, alias)
		switch {
		case err == nil:
			return &bind.Watchlist{ID: w.ID, SearchKey: w.SearchKey, Columns: w.Columns}, nil
		case !errors.Is(err, resource.ErrNotFound):
			return nil, err
		case files != nil:
			return files(alias)
		}
		return nil, nil
	}
}

// aliases are those of all watchlists, in order.
func (a *App) aliases(ctx context.Context) []string {
	var names []string
	lists, err := a.made.watchlists.List(ctx)
	if err != nil {
		a.log.Warn("watchlists not listed", "err", err)
	}
	for _, w := range lists {
		names = append(names, w.Alias)
	}
	if dir := a.config.Query.Watchlists; dir != "" {
		files, _ := filepath.Glob(filepath.Join(dir, "*.csv")) // the pattern is well formed
		for _, path := range files {
			names = append(names, strings.TrimSuffix(filepath.Base(path), ".csv"))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
