package watchlist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"nephoscope/internal/resource"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

const (
	resourceType = "watchlist"
	tableName    = "Watchlist"
	attempts     = 5 // of a change that demands nothing, on changes of others
)

// Options of Lists. The zero value is good.
type Options struct {
	WorkspaceID string           // stands in TenantId
	Now         func() time.Time // nil means time.Now
}

// Lists reads and changes watchlists. It is safe for concurrent use. What it
// returns of resource's errors are resource.ErrNotFound and
// *resource.ConflictError.
type Lists struct {
	table *schema.Table
	kept  *resource.Resources
	ask   resource.Ask
	opt   Options
}

// New returns the watchlists that are kept. The catalog must hold the table
// Watchlist.
func New(catalog schema.Catalog, kept *resource.Resources, ask resource.Ask, opt Options) (*Lists, error) {
	table, ok := catalog.Table(tableName)
	if !ok {
		return nil, fmt.Errorf("the catalog has no table %s", tableName)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Lists{table: table, kept: kept, ask: ask, opt: opt}, nil
}

// Get returns a list by its alias, or resource.ErrNotFound.
func (l *Lists) Get(ctx context.Context, alias string) (*Watchlist, error) {
	res, err := l.kept.Get(ctx, resourceType, alias)
	if err != nil {
		return nil, err
	}
	return listOf(res)
}

// List returns all lists in order of alias.
func (l *Lists) List(ctx context.Context) ([]*Watchlist, error) {
	kept, err := l.kept.List(ctx, resourceType)
	if err != nil {
		return nil, err
	}
	all := make([]*Watchlist, len(kept))
	for i, res := range kept {
		if all[i], err = listOf(res); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func listOf(res *resource.Resource) (*Watchlist, error) {
	w := &Watchlist{}
	if err := json.Unmarshal(res.Body, w); err != nil {
		return nil, fmt.Errorf("read watchlist %q: %w", res.Name, err)
	}
	w.Etag, w.Created, w.Updated, w.UpdatedBy = res.Etag, res.Created, res.Modified, res.By
	return w, nil
}

// A Change of a list that is there: what is nil stays as it is.
type Change struct {
	DisplayName, Description, Provider, Source, DefaultDuration *string
	Labels                                                      *[]string
	Match                                                       string // as of resource.Change
	By                                                          string
}

// Update changes what is known of a list; its items stay.
func (l *Lists) Update(ctx context.Context, alias string, c Change) (*Watchlist, error) {
	return l.change(ctx, alias, c.Match, c.By, func(d *draft) error {
		for _, f := range []struct{ to, from *string }{
			{&d.list.DisplayName, c.DisplayName},
			{&d.list.Description, c.Description},
			{&d.list.Provider, c.Provider},
			{&d.list.Source, c.Source},
			{&d.list.DefaultDuration, c.DefaultDuration},
		} {
			if f.from != nil {
				*f.to = *f.from
			}
		}
		if c.Labels != nil {
			d.list.Labels = *c.Labels
		}
		return nil
	})
}

// Delete removes a list and its items.
func (l *Lists) Delete(ctx context.Context, alias, match, by string) error {
	_, err := l.change(ctx, alias, match, by, func(d *draft) error {
		d.deleted = true
		return l.each(ctx, d.list.ID, "", func(it *Item) error { return d.remove(it) })
	})
	return err
}

// A draft is a list that is being changed, with the rows that say so.
type draft struct {
	lists       *Lists
	list        *Watchlist
	by          string
	now         schema.DatetimeValue
	correlation string
	fresh       bool // the list is made
	deleted     bool
	rows        *schema.Rows
}

// change changes the list with an alias: it works out the rows from the present
// state and commits them if that is still present, else it begins again unless
// the caller demands that very state.
func (l *Lists) change(ctx context.Context, alias, match, by string, work func(*draft) error) (*Watchlist, error) {
	for attempt := 1; ; attempt++ {
		w, err := l.Get(ctx, alias)
		if err != nil {
			return nil, err
		}
		if match != resource.Any && match != resource.Existing && match != w.Etag {
			return nil, &resource.ConflictError{Type: resourceType, Name: alias, Match: match, Found: w.Etag, By: w.UpdatedBy}
		}
		d := l.draft(w, by)
		if err := work(d); err != nil {
			return nil, err
		}
		done, err := d.commit(ctx, w.Etag)
		var conflict *resource.ConflictError
		if !errors.As(err, &conflict) || match == w.Etag || attempt == attempts {
			return done, err
		}
	}
}

func (l *Lists) draft(w *Watchlist, by string) *draft {
	now := schema.DatetimeOf(l.opt.Now())
	return &draft{lists: l, list: w, by: by, now: now, correlation: newID(), rows: schema.NewRows(l.table)}
}

// commit writes the draft if the list's state is what match demands.
func (d *draft) commit(ctx context.Context, match string) (*Watchlist, error) {
	if err := d.list.valid(); err != nil {
		return nil, err
	}
	if err := d.room(ctx); err != nil {
		return nil, err
	}
	if err := d.self(); err != nil {
		return nil, err
	}
	body, err := json.Marshal(d.list)
	if err != nil {
		return nil, err
	}
	change := resource.Change{
		Resource: resource.Resource{Type: resourceType, Name: d.list.Alias, Body: body, By: d.by},
		Match:    match, Delete: d.deleted,
	}
	made, err := d.lists.kept.Commit(ctx, &store.Batch{Rows: []*schema.Rows{d.rows}}, change)
	if err != nil || d.deleted {
		return nil, err
	}
	return listOf(made[0])
}

// room checks that the items of all lists are not too many.
func (d *draft) room(ctx context.Context) error {
	all, err := d.lists.List(ctx)
	if err != nil {
		return err
	}
	total := d.list.Items
	for _, w := range all {
		if w.ID != d.list.ID {
			total += w.Items
		}
	}
	if total > MaxItems {
		return fmt.Errorf("all watchlists together would have %d items: at most %d are kept", total, MaxItems)
	}
	return nil
}
