// Package syntax reads Sigma documents: what a rule says, before anybody asks
// in which table it is looked for. It stands before sigma, which writes KQL.
//
// Invariant: what is read has the meaning of the Sigma specification, or an
// Error says where and why not. Work and memory are bounded by the size of the
// document.
package syntax

import "nephoscope/internal/rules"

// An Expr is a condition on one event: And, Or, Not, AtLeast or *Match.
type Expr interface{ expr() }

// And holds where all of its parts hold; it has some.
type And []Expr

// Or holds where one of its parts holds; it has some.
type Or []Expr

// Not holds where its part does not.
type Not struct{ Expr }

// AtLeast holds where so many of its parts hold.
type AtLeast struct {
	Count int
	Of    []Expr
}

// A Match is a test of one field's value.
type Match struct {
	Field string // as the rule writes it; empty for the event as a whole
	Test  Test
	Place rules.Place
}

func (And) expr()     {}
func (Or) expr()      {}
func (Not) expr()     {}
func (AtLeast) expr() {}
func (*Match) expr()  {}

// A Test is what a value is held against: Like, Regexp, CIDR, Compare, Equal,
// Empty, Exists, Field or Clock.
type Test interface{ test() }

// Like holds for text of a form, whatever its case unless Cased is set.
type Like struct {
	Pattern Pattern
	Cased   bool
}

// Regexp holds for text in which the expression is found.
type Regexp struct{ Text string } // of RE2, with its flags in front

// CIDR holds for an address in a network.
type CIDR struct{ Prefix string }

// Compare holds for a number that compares so with another.
type Compare struct {
	Op     Comparison
	Number string
}

// A Comparison is one of two numbers.
type Comparison string

// The comparisons, as they are written in KQL.
const (
	Less      Comparison = "<"
	LessEqual Comparison = "<="
	More      Comparison = ">"
	MoreEqual Comparison = ">="
	Same      Comparison = "=="
)

// Equal holds for a number or a truth value, given as text.
type Equal struct{ Value string }

// Empty holds for a field that is absent, null or of no characters.
type Empty struct{}

// Exists holds for a field that the event has, or has not.
type Exists struct{ Wanted bool }

// Field holds for text that relates so to another field of the event.
type Field struct {
	Name       string
	Start, End bool // begins with it, ends with it; both: contains it
	Cased      bool
}

// Clock holds for a time of which a part compares so with a number.
type Clock struct {
	Part   string // minute, hour, day, week, month or year
	Op     Comparison
	Number string
}

func (Like) test()    {}
func (Regexp) test()  {}
func (CIDR) test()    {}
func (Compare) test() {}
func (Equal) test()   {}
func (Empty) test()   {}
func (Exists) test()  {}
func (Field) test()   {}
func (Clock) test()   {}

// all joins parts so that all must hold, either so that one must.
func all(parts []Expr) Expr {
	if len(parts) == 1 {
		return parts[0]
	}
	return And(parts)
}

func either(parts []Expr) Expr {
	if len(parts) == 1 {
		return parts[0]
	}
	return Or(parts)
}

// Matches calls each for every Match of an expression, from left to right.
func Matches(e Expr, each func(*Match)) {
	switch e := e.(type) {
	case And:
		for _, part := range e {
			Matches(part, each)
		}
	case Or:
		for _, part := range e {
			Matches(part, each)
		}
	case Not:
		Matches(e.Expr, each)
	case AtLeast:
		for _, part := range e.Of {
			Matches(part, each)
		}
	case *Match:
		each(e)
	}
}
