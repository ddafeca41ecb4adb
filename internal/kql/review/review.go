// Package review looks at a query as a careful colleague would: it finds what
// compiles and is still hardly meant. It stands beside the way of a query and
// knows the syntax only.
//
// Invariant: what it says never depends on tables or data, and a query that does
// not parse has no findings.
package review

import (
	"path"
	"slices"
	"strings"

	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A Kind says what a Note is about.
type Kind uint8

// The kinds.
const (
	UnusedLet Kind = iota // a let statement that nothing refers to
	Arbitrary             // a result that differs from run to run over the same data
)

// A Note is one thing a colleague would ask about. Line and column count from 1,
// columns in characters.
type Note struct {
	Line, Column int
	Kind         Kind
	Message      string
}

// A Look is a lower bound of the time of rows: TimeGenerated > ago(1d).
type Look struct {
	Line, Column int
	// Back is how far before now the bound is. Bounds that are rounded down,
	// as by startofday, reach further by up to Slack.
	Back, Slack schema.TimespanValue
	// Arrival tells that the bound is of ingestion_time().
	Arrival bool
}

// A Review is everything that is found, each list in the order of the text.
type Review struct {
	Notes []Note
	Looks []Look
}

// Of reviews a query.
func Of(text string) Review {
	tree, wrong := syntax.Parse(text)
	if len(wrong) > 0 {
		return Review{}
	}
	r := &reviewer{tree: tree, lets: map[string]syntax.Expr{}}
	r.unusedLets(tree.Statements)
	syntax.Walk(tree, func(n syntax.Node) bool {
		r.visit(n)
		return true
	})
	slices.SortStableFunc(r.found.Notes, func(a, b Note) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return r.found
}

// A reviewer walks one query.
type reviewer struct {
	tree  *syntax.Query
	lets  map[string]syntax.Expr // values of the let statements so far
	steps int                    // of the bound that is worked out
	found Review
}

func (r *reviewer) note(n syntax.Node, kind Kind, message string) {
	at := r.tree.Position(n.Extent().Start)
	r.found.Notes = append(r.found.Notes, Note{at.Line, at.Column, kind, message})
}

func (r *reviewer) visit(n syntax.Node) {
	switch n := n.(type) {
	case *syntax.Let:
		r.lets[n.Name.Name] = n.Value
	case *syntax.Body:
		r.unusedLets(n.Statements)
	case *syntax.Pipe:
		r.pipe(n.Ops)
	case *syntax.Call:
		r.call(n)
	case *syntax.Binary:
		r.compared(n)
	case *syntax.Between:
		if !n.Not {
			r.look(n.X, n.From)
		}
	}
}

// unusedLets finds the names that no later statement of a list mentions.
func (r *reviewer) unusedLets(list []syntax.Statement) {
	for i, s := range list {
		let, isLet := s.(*syntax.Let)
		if !isLet || slices.ContainsFunc(list[i+1:], func(later syntax.Statement) bool { return mentions(later, let.Name.Name) }) {
			continue
		}
		r.note(let.Name, UnusedLet, "nothing uses "+let.Name.Name)
	}
}

// mentions tells whether a name stands anywhere below a node: as a name, in a
// pattern such as T*, or as a text, for table("T").
func mentions(n syntax.Node, name string) bool {
	found := false
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Ident:
			fits, err := path.Match(n.Name, name)
			found = found || n.Name == name || n.Wild && err == nil && fits
		case *syntax.Literal:
			found = found || n.Value == name
		}
		return !found
	})
	return found
}

// pipe finds operators that pick rows by chance.
func (r *reviewer) pipe(ops []syntax.Operator) {
	for i, op := range ops {
		switch op := op.(type) {
		case *syntax.Take:
			if i == 0 || !ordered(ops[i-1]) {
				r.note(op, Arbitrary, "take returns any rows, others in the next run: order them first (top n by ...)")
			}
		case *syntax.Sample, *syntax.SampleDistinct:
			r.note(op, Arbitrary, "sample returns other rows in every run")
		}
	}
}

func ordered(op syntax.Operator) bool {
	switch op.(type) {
	case *syntax.Sort, *syntax.Top:
		return true
	}
	return false
}

func (r *reviewer) call(c *syntax.Call) {
	switch strings.ToLower(c.Name.Name) {
	case "rand", "new_guid":
		r.note(c, Arbitrary, c.Name.Name+"() has another value in every run")
	}
}
