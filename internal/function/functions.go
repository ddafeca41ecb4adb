package function

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"nephoscope/internal/resource"
)

const resourceType = "function"

// Options of Functions. The zero value is good.
type Options struct {
	// Others are functions that are not kept, such as those of files. One
	// that is kept under the same name goes before.
	Others []*Function
	// Taken tells what a name stands for already, such as "a table"; "" if it
	// is free. nil if every name is free.
	Taken func(name string) string
}

// Functions reads and changes saved functions. It is safe for concurrent use.
// What it returns of resource's errors are resource.ErrNotFound and
// *resource.ConflictError.
type Functions struct {
	kept *resource.Resources
	opt  Options

	mu      sync.Mutex
	library *Library
	changed <-chan struct{} // closed when the library is out of date
}

// New returns the functions that are kept.
func New(kept *resource.Resources, opt Options) *Functions {
	if opt.Taken == nil {
		opt.Taken = func(string) string { return "" }
	}
	return &Functions{kept: kept, opt: opt}
}

// Library returns the present functions. They are parsed again only after a
// change.
func (f *Functions) Library(ctx context.Context) (*Library, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.library != nil {
		select {
		case <-f.changed:
		default:
			return f.library, nil
		}
	}
	changed := f.kept.Changed()
	list, err := f.List(ctx)
	if err != nil {
		return nil, err
	}
	// What is kept was checked; what a later version of the program cannot
	// read any more is missing in queries, which then say so.
	f.library, _ = NewLibrary(append(append([]*Function{}, f.opt.Others...), list...)...)
	f.changed = changed
	return f.library, nil
}

// Get returns a kept function, or resource.ErrNotFound. The name is compared
// without case.
func (f *Functions) Get(ctx context.Context, name string) (*Function, error) {
	res, err := f.kept.Get(ctx, resourceType, name)
	if err != nil {
		return nil, err
	}
	return functionOf(res)
}

// List returns the kept functions in order of name.
func (f *Functions) List(ctx context.Context) ([]*Function, error) {
	kept, err := f.kept.List(ctx, resourceType)
	if err != nil {
		return nil, err
	}
	list := make([]*Function, len(kept))
	for i, res := range kept {
		if list[i], err = functionOf(res); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func functionOf(res *resource.Resource) (*Function, error) {
	fn := &Function{}
	if err := json.Unmarshal(res.Body, fn); err != nil {
		return nil, fmt.Errorf("read function %q: %w", res.Name, err)
	}
	fn.Etag, fn.Created, fn.Updated, fn.UpdatedBy = res.Etag, res.Created, res.Modified, res.By
	return fn, nil
}

// Put keeps a function under its name. match is as of resource.Change. The
// error is an *InvalidError or a *bind.FunctionError if the function is wrong.
func (f *Functions) Put(ctx context.Context, fn Function, match, by string) (*Function, error) {
	list, err := f.PutAll(ctx, []*Function{&fn}, match, by)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// PutAll keeps several functions in one step: all of them or, if there is an
// error, none. They may call each other.
func (f *Functions) PutAll(ctx context.Context, list []*Function, match, by string) ([]*Function, error) {
	changes := make([]resource.Change, len(list))
	for i, fn := range list {
		if err := f.check(fn); err != nil {
			return nil, placed(fn, err)
		}
		body, err := json.Marshal(fn)
		if err != nil {
			return nil, err
		}
		changes[i] = resource.Change{Resource: resource.Resource{Type: resourceType, Name: fn.Name, Body: body, By: by}, Match: match}
	}
	if err := f.checkCalls(ctx, list); err != nil {
		return nil, err
	}
	made, err := f.kept.Commit(ctx, nil, changes...)
	if err != nil {
		return nil, err
	}
	kept := make([]*Function, len(made))
	for i, res := range made {
		if kept[i], err = functionOf(res); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

func (f *Functions) check(fn *Function) error {
	if what := f.opt.Taken(fn.Name); what != "" {
		return &InvalidError{"functionAlias", fmt.Sprintf("%q is the name of %s: choose another one", fn.Name, what)}
	}
	_, err := fn.parse()
	return err
}

// checkCalls refuses functions that would reach themselves.
func (f *Functions) checkCalls(ctx context.Context, list []*Function) error {
	kept, err := f.List(ctx)
	if err != nil {
		return err
	}
	all := append(append(append([]*Function{}, f.opt.Others...), kept...), list...)
	library, _ := newLibrary(all)
	for _, fn := range list {
		if err := library.checkCalls(fn.Name); err != nil {
			return placed(fn, err)
		}
	}
	return nil
}

// Delete removes a function. match is as of resource.Change.
func (f *Functions) Delete(ctx context.Context, name, match, by string) error {
	return f.kept.Delete(ctx, resourceType, name, match, by)
}
