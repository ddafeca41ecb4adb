package rules

import (
	"cmp"
	"fmt"
	"slices"
)

// A Place is a position in a file. Line and column count from 1, columns in
// characters; 0 means the file as a whole.
type Place struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// A Level says how bad a finding is.
type Level string

// The levels. A rule with an error is not run; a warning is for its author, who
// may have reasons; an info is worth to know.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Info    Level = "info"
)

// A Finding is one problem of one rule file.
type Finding struct {
	Path string `json:"file"`
	Place
	// Key is the path of the value in the file, such as queryPeriod or
	// properties.entityMappings[0]; "" if it is not known.
	Key     string `json:"key,omitempty"`
	Code    Code   `json:"code"`
	Level   Level  `json:"level"`
	Message string `json:"message"`
}

// String formats the finding as compilers do: file:line:column: level: message
// [code].
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s [%s]", f.Path, f.Line, f.Column, f.Level, f.Message, f.Code)
}

// sortFindings orders by file, place and message, and drops repetitions.
func sortFindings(found []Finding) []Finding {
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(found)
}
