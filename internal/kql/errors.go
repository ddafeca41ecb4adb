package kql

import (
	"fmt"
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
}

// Error returns position and message: 3:12: there is no column "Calller".
func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message) }

// Errors are all the things that are wrong with a query, in order of their
// places.
type Errors []*Error

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

func bindErrors(text string, found []*bind.Error) Errors {
	es := make(Errors, len(found))
	for i, f := range found {
		kind := Semantic
		if f.Kind == bind.Unsupported {
			kind = Unsupported
		}
		es[i] = newError(text, f.Span, kind, f.Message)
	}
	return es
}

func newError(text string, at syntax.Span, kind Kind, message string) *Error {
	pos := syntax.PositionOf(text, at.Start)
	start := min(max(at.Start, 0), len(text))
	offending, _, _ := strings.Cut(text[start:min(max(at.End, start), len(text))], "\n")
	return &Error{Line: pos.Line, Column: pos.Column, Kind: kind, Message: message, Text: offending}
}
