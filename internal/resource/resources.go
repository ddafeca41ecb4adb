package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// A Store is what resources need of the store.
type Store interface {
	Commit(ctx context.Context, b *store.Batch) (store.Result, error)
	Position(ctx context.Context, source, partition string) (string, error)
}

// An Ask runs a KQL query over all time. The caller closes the cursor.
type Ask func(ctx context.Context, query string) (store.Cursor, error)

// Options of Resources. The zero value is good.
type Options struct {
	Now func() time.Time // nil means time.Now
}

const (
	positionSource = "resource"
	tableName      = "NephoscopeResource"
	attempts       = 5 // on changes that other processes were quicker with
)

// Resources reads and changes what is kept. It holds the present states in
// memory and is safe for concurrent use. A process has one for a store: what
// another one changes is seen only when a change of ours meets it.
type Resources struct {
	table *schema.Table
	store Store
	ask   Ask
	now   func() time.Time

	changing sync.Mutex // held from the reading of a state to the commit of the next

	mu      sync.RWMutex
	states  map[id]*state
	changed chan struct{} // closed with the next change
}

// A state is the newest row about a resource.
type state struct {
	Resource
	gone bool
}

// New reads the present states. The catalog must hold NephoscopeResource.
func New(ctx context.Context, catalog schema.Catalog, st Store, ask Ask, opt Options) (*Resources, error) {
	table, ok := catalog.Table(tableName)
	if !ok {
		return nil, fmt.Errorf("the catalog has no table %s", tableName)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	r := &Resources{table: table, store: st, ask: ask, now: opt.Now, changed: make(chan struct{})}
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// Get returns a resource, or ErrNotFound.
func (r *Resources) Get(_ context.Context, typ, name string) (*Resource, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s := r.states[idOf(typ, name)]
	if s == nil || s.gone {
		return nil, fmt.Errorf("%s %q: %w", typ, name, ErrNotFound)
	}
	found := s.Resource
	return &found, nil
}

// List returns the resources of a type in order of name.
func (r *Resources) List(_ context.Context, typ string) ([]*Resource, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := []*Resource{}
	for key, s := range r.states {
		if key.typ == typ && !s.gone {
			found := s.Resource
			list = append(list, &found)
		}
	}
	slices.SortFunc(list, func(a, b *Resource) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return list, nil
}

// Changed returns a channel that is closed with the next change of any
// resource. Take it before reading, so that no change is missed.
func (r *Resources) Changed() <-chan struct{} {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.changed
}

// Put makes or replaces a resource and returns the new state. The error is a
// *ConflictError if the state is not what match demands, an *InvalidError if
// the resource cannot be kept.
func (r *Resources) Put(ctx context.Context, res Resource, match string) (*Resource, error) {
	list, err := r.Commit(ctx, nil, Change{Resource: res, Match: match})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// Delete removes a resource; one that is not there is ErrNotFound. The error is
// a *ConflictError if the state is not what match demands.
func (r *Resources) Delete(ctx context.Context, typ, name, match, by string) error {
	_, err := r.Commit(ctx, nil, Change{Resource: Resource{Type: typ, Name: name, By: by}, Match: match, Delete: true})
	return err
}

// Commit makes several changes in one step, together with the rows and
// positions of b, which may be nil, and returns the new states. Either all of
// it happens or nothing. Errors are those of Put and Delete; others leave open
// whether it happened, and repeating it without an etag is harmless.
func (r *Resources) Commit(ctx context.Context, b *store.Batch, changes ...Change) ([]*Resource, error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	for attempt := 1; ; attempt++ {
		next, full, err := r.plan(ctx, b, changes)
		if err != nil {
			return nil, err
		}
		_, err = r.store.Commit(ctx, full)
		switch {
		case err == nil:
			return r.take(next), nil
		case !movedByOther(err) || attempt == attempts:
			return nil, errors.Join(err, r.load(ctx))
		}
		if err := r.load(ctx); err != nil {
			return nil, err
		}
	}
}

// movedByOther tells whether a commit failed because another process changed a
// resource.
func movedByOther(err error) bool {
	var moved *store.PositionError
	return errors.As(err, &moved) && moved.Position.Source == positionSource
}

// take makes committed states known and returns copies.
func (r *Resources) take(next []*state) []*Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*Resource, len(next))
	for i, s := range next {
		r.states[idOf(s.Type, s.Name)] = s
		made := s.Resource
		list[i] = &made
	}
	r.announce()
	return list
}

// announce wakes those who wait for a change; r.mu is held.
func (r *Resources) announce() {
	close(r.changed)
	r.changed = make(chan struct{})
}
