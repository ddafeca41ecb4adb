package syntax

import (
	"strings"
	"unicode/utf8"
)

// A Position is a place in a text as people count: lines from 1, columns in
// characters from 1.
type Position struct {
	Line, Column int
}

// PositionOf returns the position of a byte offset; offsets outside the text
// count as its nearest end.
func PositionOf(text string, offset int) Position {
	before := text[:min(max(offset, 0), len(text))]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return Position{Line: line, Column: column}
}
