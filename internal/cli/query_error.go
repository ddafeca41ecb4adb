package cli

import (
	"errors"
	"strings"
	"unicode/utf8"

	"nephoscope/internal/kql"
)

// explainQueryError shows each error of a query below the place it is about.
func explainQueryError(text string, err error) error {
	var list kql.Errors
	if !errors.As(err, &list) {
		return err
	}
	var b strings.Builder
	say(&b, "the query has %s:", plural(len(list), "error"))
	for _, e := range list {
		line := lineOf(text, e.Line)
		say(&b, "\n  line %d, column %d: %s\n    %s\n    %s^", e.Line, e.Column, e.Message, line, padTo(line, e.Column))
	}
	return errors.New(b.String())
}

// padTo returns blanks, and the tabs of line, up to a column counted from 1.
func padTo(line string, column int) string {
	var b strings.Builder
	for _, r := range line {
		if utf8.RuneCountInString(b.String()) >= column-1 {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}
