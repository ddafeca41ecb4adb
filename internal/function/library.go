package function

import (
	"fmt"
	"maps"
	"slices"

	"nephoscope/internal/kql/bind"
)

// A Library is a set of functions that queries can call. It does not change and
// is safe for concurrent use.
type Library struct {
	byName map[string]*bind.SavedFunction
	told   map[string]*Function
}

// NewLibrary makes a library. Of functions with one name the last counts. What
// cannot be called is left out and is a problem.
func NewLibrary(list ...*Function) (*Library, []error) {
	l, problems := newLibrary(list)
	var endless []string
	for _, name := range l.FunctionNames() {
		if err := l.checkCalls(name); err != nil {
			problems = append(problems, placed(l.told[name], err))
			endless = append(endless, name)
		}
	}
	for _, name := range endless { // only now: each of them is a part of the others' circles
		delete(l.byName, name)
		delete(l.told, name)
	}
	return l, problems
}

// newLibrary makes a library of what can be read. Its functions may call
// themselves.
func newLibrary(list []*Function) (*Library, []error) {
	l := &Library{byName: map[string]*bind.SavedFunction{}, told: map[string]*Function{}}
	var problems []error
	for _, f := range list {
		parsed, err := f.parse()
		if err != nil {
			problems = append(problems, placed(f, err))
			continue
		}
		l.byName[f.Name], l.told[f.Name] = parsed, f
	}
	return l, problems
}

// checkCalls refuses a function that reaches itself.
func (l *Library) checkCalls(name string) error {
	if path := l.cycle(name); path != "" {
		return &InvalidError{"query", fmt.Sprintf("of function %s calls itself, which is not possible: %s", name, path)}
	}
	return nil
}

func placed(f *Function, err error) error {
	if f.Source == "" {
		return err
	}
	return fmt.Errorf("%s: %w", f.Source, err)
}

// Function returns a function by its name, nil if there is none.
func (l *Library) Function(name string) *bind.SavedFunction { return l.byName[name] }

// FunctionNames returns all names in their order.
func (l *Library) FunctionNames() []string { return slices.Sorted(maps.Keys(l.byName)) }

// All returns the functions in order of name.
func (l *Library) All() []*Function {
	var all []*Function
	for _, name := range l.FunctionNames() {
		all = append(all, l.told[name])
	}
	return all
}
