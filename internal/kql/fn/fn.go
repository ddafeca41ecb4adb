// Package fn declares the functions and operators of KQL, one value each:
// name, meaning, signatures with their typing rules, examples that run as
// tests, and how DuckDB says it. The binder looks a call up here, sqlgen
// writes it down.
//
// Invariant: what is declared works; there is no declaration without SQL.
package fn

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"nephoscope/internal/schema"
)

// A Kind tells where a function can be called.
type Kind uint8

// The kinds of functions.
const (
	Scalar    Kind = iota
	Operator       // written between or before its operands
	Aggregate      // in summarize
	Window         // over ordered rows
)

// String returns the kind in lower case.
func (k Kind) String() string {
	return [...]string{"scalar", "operator", "aggregate", "window"}[k]
}

// A Naming tells how a column is called that holds the function's result and
// has no name of its own.
type Naming uint8

// The ways of naming. Where a rule finds no name the column is called after
// its place.
const (
	ByPlace       Naming = iota
	ByArg                // as the first argument
	ByOnlyArg            // as the argument if there is one only
	ByPrefixArg          // prefix_argument
	ByColumnValue        // the first argument's text, if it is a column
	SortedArg            // argument_sorted
	ByPrefix             // prefix
)

// Nulls tells when a function returns null. Text is never null.
type Nulls uint8

// The behaviours.
const (
	Strict Nulls = iota // if an argument is null
	Never
	Maybe // also for arguments that are not
)

// A Func is a function or an operator.
type Func struct {
	Name string
	// Aliases are other names, most of them deprecated.
	Aliases []string
	Kind    Kind
	// Family is the chapter of the reference, such as "string".
	Family string
	// Doc says in one sentence what the function returns.
	Doc  string
	Sigs []Sig

	Naming Naming
	// Prefix of ByPrefixArg and ByPrefix; Name if empty.
	Prefix string
	// Conversion functions of a value that has the type already are that
	// value, also when columns are named.
	Conversion bool
	// Columns are those that the function gives where columns are made; its
	// result is then a bag with a property for each. Elsewhere the first of
	// them stands for the function.
	Columns  []Output
	Examples []Example
}

// An Output is a column of a function that gives several.
type Output struct {
	Name string
	Type schema.Type
}

// A Sig is one signature.
type Sig struct {
	// Params as text: "source:text, start:integer, length:integer?, more:scalar*".
	// A ? marks an optional parameter, * one or more of the last, ! a
	// constant. The types are those of KQL and the groups in kinds.
	Params string
	// Result is a type or a rule: widest, common, arg1, promoted, type.
	Result string
	// SQL says the call: $1 stands for the first argument, $* for all, $2*
	// for all from the second on.
	SQL string
	// Gen writes what a text cannot.
	Gen   func(c *Call) string
	Nulls Nulls

	params []Param
	rule   rule
}

// An Example is a query and the text of its first row's values.
type Example struct {
	Query string
	Want  []string
}

// A Param is one parameter of a signature.
type Param struct {
	Name     string
	Kind     string
	Optional bool
	Repeats  bool
	Constant bool

	operand bool // of an operator, which reads dynamic values as what it needs
}

// ParamList returns the parameters.
func (s *Sig) ParamList() []Param { return s.params }

// A Call is what Gen sees of a call.
type Call struct {
	Args   []Arg
	Result schema.Type
	Now    schema.DatetimeValue
	// Filter is set where null and false mean the same.
	Filter bool
	// Rows is the order of a window function's rows, "" or "ORDER BY ...".
	Rows string
	// Order is the order of an aggregate's input, "" or " ORDER BY ...".
	Order string
	// Where is the filter of an aggregate, "" or " FILTER (...)".
	Where string
}

// An Arg is an argument in SQL.
type Arg struct {
	SQL      string
	Type     schema.Type
	Nullable bool
	// Const tells that the argument is a constant with the value Value.
	Const bool
	Value any
}

// A Library finds functions by name.
type Library struct {
	all    []*Func
	byName map[Kind]map[string]*Func
}

// Default returns the library of all functions.
var Default = sync.OnceValue(func() *Library { return newLibrary(all()) })

// Find returns the function of a kind with the name or alias, nil if there is
// none.
func (l *Library) Find(kind Kind, name string) *Func { return l.byName[kind][name] }

// All returns the functions in the order of their declaration. The caller may
// not change them.
func (l *Library) All() []*Func { return l.all }

// Names calls yield with the names under which a kind of functions can be
// called.
func (l *Library) Names(kind Kind, yield func(string)) {
	for name := range l.byName[kind] {
		yield(name)
	}
}

func newLibrary(all []*Func) *Library {
	l := &Library{all: all, byName: map[Kind]map[string]*Func{Scalar: {}, Operator: {}, Aggregate: {}, Window: {}}}
	for _, f := range all {
		f.Sigs = slices.Clone(f.Sigs) // some families share their signatures
		for i := range f.Sigs {
			f.Sigs[i].parse(f.Name, f.Kind)
		}
		l.byName[f.Kind][f.Name] = f
		for _, alias := range f.Aliases {
			l.byName[f.Kind][alias] = f
		}
	}
	return l
}

// family marks functions as belonging together.
func family(name string, fs ...*Func) []*Func {
	for _, f := range fs {
		f.Family = name
	}
	return fs
}

// Usage shows how the function is called.
func (f *Func) Usage() string {
	uses := make([]string, 0, len(f.Sigs))
	for i := range f.Sigs {
		uses = append(uses, f.Name+f.Sigs[i].String())
	}
	return strings.Join(slices.Compact(uses), " or ")
}

// String shows the parameters and the result: (x:string, n:long) -> string.
func (s *Sig) String() string {
	params := make([]string, 0, len(s.params))
	for _, p := range s.params {
		kind := p.Kind
		if kind == "textual" {
			kind = "string"
		}
		text := p.Name + ":" + kind
		if p.Repeats {
			text += ", ..."
		}
		params = append(params, text)
	}
	return "(" + strings.Join(params, ", ") + ") -> " + s.Result
}

// Digits writes a whole number.
func Digits(n any) string { return fmt.Sprint(n) }
