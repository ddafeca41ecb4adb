package kql

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/kql/bind"
	"nephoscope/internal/kql/syntax"
)

// A Kind tells what is wrong in principle.
type Kind string

// The kinds of errors.
const (
	// Syntax: the text is no KQL.
	Syntax Kind = "syntax"
	// Semantic: the text is KQL but has no meaning, such as the name of a
	// column that does not exist.
	Semantic Kind = "semantic"
	// Unsupported: the text is good KQL that this program cannot answer yet.
	Unsupported Kind = "unsupported"
)

// An Error is one thing that is wrong with a query.
type Error struct {
	Line, Column int // from 1; columns count characters
	Kind         Kind
	Message      string
	Text         string // the offending text, at most its first line
	// Cause is why something that the query names could not be read, such as a
	// watchlist: to ask again may help. It is nil if the query is wrong.
	Cause error
}

// Error returns position and message: 3:12: there is no column "Calller".
func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message) }

// Errors are all the things that are wrong with a query, in order of their
// places.
type Errors []*Error

// Passing tells whether an error is of something that could not be read just
// now, so that nobody knows whether the query is wrong.
func (es Errors) Passing() bool {
	return slices.ContainsFunc(es, func(e *Error) bool { return e.Cause != nil })
}

// Error returns the errors, one on each line.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unsupported tells whether every error is of a feature that is not supported
// yet.
func (es Errors) Unsupported() bool {
	for _, e := range es {
		if e.Kind != Unsupported {
			return false
		}
	}
	return len(es) > 0
}

func syntaxErrors(text string, found []syntax.Error) Errors {
	es := make(Errors, len(found))
	for i, f := range found {
		kind := Syntax
		if f.Kind == syntax.Meaningless {
			kind = Semantic
		}
		es[i] = newError(text, f.Span, kind, f.Message)
	}
	return es
}

// allErrors are the errors of a text that is no KQL, and what has no meaning in
// the parts of it that were understood.
func allErrors(text string, tree *syntax.Query, wrong []syntax.Error, opt bind.Options) Errors {
	es := syntaxErrors(text, wrong)
	part, end := tree, damaged(tree, wrong, len(text)+1)
	if end <= len(text) {
		part = understood(tree, end)
	}
	if len(part.Statements) > 0 {
		_, problems := bind.Bind(part, opt)
		for _, e := range bindErrors(text, problems) {
			if e.Kind == Semantic && e.before(text, end) {
				es = append(es, e)
			}
		}
	}
	slices.SortStableFunc(es, byPlace)
	return es
}

// damaged is the place of the first error that is not only a misspelt
// operator, behind which reading goes on.
func damaged(tree *syntax.Query, wrong []syntax.Error, end int) int {
	misspelt := map[syntax.Span]bool{}
	syntax.Walk(tree, func(n syntax.Node) bool {
		if op, ok := n.(*syntax.BadOperator); ok && op.Name != "" {
			misspelt[op.Span] = true
		}
		return true
	})
	for _, w := range wrong {
		if !misspelt[w.Span] {
			end = min(end, w.Start)
		}
	}
	return end
}

// understood is a query as far as it is whole in front of the place of an
// error: what ends right before the error may lack something.
func understood(tree *syntax.Query, end int) *syntax.Query {
	part := *tree
	whole := wholeOnes(tree.Statements, end)
	part.Statements = slices.Clone(tree.Statements[:whole])
	if whole == len(tree.Statements) {
		return &part
	}
	if s, ok := tree.Statements[whole].(*syntax.ExprStatement); ok {
		pipe, ok := s.X.(*syntax.Pipe)
		if ok && (pipe.Source == nil || pipe.Source.Extent().End < end) {
			cut := *pipe
			cut.Ops = pipe.Ops[:wholeOnes(pipe.Ops, end)]
			if cut.Source != nil || len(cut.Ops) > 0 {
				part.Statements = append(part.Statements, &syntax.ExprStatement{Span: s.Span, X: &cut})
			}
		}
	}
	return &part
}

// wholeOnes counts the first nodes that end before the error, but for the last
// of them if the error is not within the next.
func wholeOnes[T syntax.Node](nodes []T, end int) int {
	n := 0
	for n < len(nodes) && nodes[n].Extent().End < end {
		n++
	}
	if n > 0 && (n == len(nodes) || nodes[n].Extent().Start >= end) {
		n--
	}
	return n
}

// before tells whether the error stands in front of a place in the text.
func (e *Error) before(text string, offset int) bool {
	pos := syntax.PositionOf(text, offset)
	return e.Line < pos.Line || e.Line == pos.Line && e.Column < pos.Column
}

func byPlace(a, b *Error) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

func bindErrors(text string, found []*bind.Error) Errors {
	es := make(Errors, len(found))
	for i, f := range found {
		kind := Semantic
		if f.Kind == bind.Unsupported {
			kind = Unsupported
		}
		es[i] = newError(text, f.Span, kind, f.Message)
		es[i].Cause = f.Cause
	}
	slices.SortStableFunc(es, byPlace)
	return es
}

func newError(text string, at syntax.Span, kind Kind, message string) *Error {
	pos := syntax.PositionOf(text, at.Start)
	start := min(max(at.Start, 0), len(text))
	offending, _, _ := strings.Cut(text[start:min(max(at.End, start), len(text))], "\n")
	return &Error{Line: pos.Line, Column: pos.Column, Kind: kind, Message: message, Text: offending}
}
