package syntax

import (
	"fmt"
	"slices"
	"strings"
)

// An ErrorKind tells what is wrong in principle.
type ErrorKind uint8

const (
	// Malformed text is not KQL.
	Malformed ErrorKind = iota
	// Meaningless text has the form of KQL but can never have a meaning, such
	// as datetime(2024-13-01) or a where without a table before it.
	Meaningless
)

// An Error is something wrong with the text.
type Error struct {
	// Span is the offending text; empty where something is missing.
	Span
	Kind    ErrorKind
	Message string
}

// Error returns the message without the position.
func (e Error) Error() string { return e.Message }

// errorList collects errors; at most one per place.
type errorList []Error

// maxErrors bounds the errors of one text.
const maxErrors = 100

// full tells whether no more errors are taken.
func (l *errorList) full() bool { return len(*l) >= maxErrors }

// add appends an error unless one stands at the same place already.
func (l *errorList) add(kind ErrorKind, at Span, format string, args ...any) {
	if l.full() {
		return
	}
	for i := len(*l) - 1; i >= 0 && i >= len(*l)-4; i-- {
		if (*l)[i].Start == at.Start {
			return
		}
	}
	*l = append(*l, Error{Span: at, Kind: kind, Message: fmt.Sprintf(format, args...)})
}

// sorted returns the errors in order of their place.
func (l errorList) sorted() []Error {
	slices.SortStableFunc(l, func(a, b Error) int { return a.Start - b.Start })
	return l
}

// A suggestion is the end of a message: `, did you mean "x"?` for the nearest
// of the words, nothing if none is near. It is searched for only when the
// message is written. Without words to choose from, word itself is meant.
type suggestion struct {
	word  string
	among []string
}

func (s suggestion) String() string {
	near := s.word
	if s.among != nil {
		near = Nearest(s.word, s.among)
	}
	if near == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", near)
}

// Nearest returns the word of the list that is most like word, "" if none is
// like it.
func Nearest(word string, among []string) string {
	if len(word) > 40 {
		return ""
	}
	lower := strings.ToLower(word)
	best, limit := "", 1+len(word)/4
	for _, w := range among {
		if d := distance(lower, strings.ToLower(w)); d <= limit && w != word {
			best, limit = w, d-1
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap to make b
// of a.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
