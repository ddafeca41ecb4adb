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
	for _, name := range slices.Sorted(maps.Keys(l.byName)) {
		if path := l.cycle(name); path != "" {
			problems = append(problems, placed(l.told[name], &InvalidError{"query", fmt.Sprintf("of function %s calls itself, which is not possible: %s", name, path)}))
			delete(l.byName, name)
			delete(l.told, name)
		}
	}
	return l, problems
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
