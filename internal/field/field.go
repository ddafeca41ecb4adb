// Package field says what is wrong with the fields of a configuration. Every
// part that can be configured checks its own; whoever read the configuration
// adds where it stands, or which flag it was. It knows nothing of ours.
package field

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An Error tells what is wrong with one field.
type Error struct {
	Field   string // as it stands in a file, for example batch.maxWait
	Problem string // what was found and what is wanted, never a secret
}

// Error says where and what.
func (e *Error) Error() string { return e.Field + ": " + e.Problem }

// Because says that err is what is wrong with a field. It returns nil for nil.
func Because(field string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Field: field, Problem: err.Error()}
}

// Problems gathers what is wrong, in order. The zero value is ready.
type Problems []*Error

// Add adds a problem of a field unless it is empty, as those are that the
// checks of this package find in a good value.
func (p *Problems) Add(field, problem string) {
	if problem != "" {
		*p = append(*p, &Error{Field: field, Problem: problem})
	}
}

// Addf adds a problem of a field.
func (p *Problems) Addf(field, format string, args ...any) {
	p.Add(field, fmt.Sprintf(format, args...))
}

// Because adds an error as the problem of a field unless it is nil.
func (p *Problems) Because(field string, err error) {
	if err != nil {
		p.Add(field, err.Error())
	}
}

// Err joins the problems; nil if there are none.
func (p Problems) Err() error {
	list := make([]error, len(p))
	for i, e := range p {
		list[i] = e
	}
	return errors.Join(list...)
}

// OneOf checks that a word is one of some.
func OneOf[T ~string](word T, words ...T) string {
	if slices.Contains(words, word) {
		return ""
	}
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	return strconv.Quote(string(word)) + ": want " + strings.Join(list, ", ")
}

// Between checks that a number lies between two, which are allowed.
func Between[T int | int64](n, least, most T) string {
	if n >= least && n <= most {
		return ""
	}
	return fmt.Sprintf("%d: want %d to %d", n, least, most)
}

// Lasting checks that a time span lies between two, which are allowed.
func Lasting(d, least, most time.Duration) string {
	if d >= least && d <= most {
		return ""
	}
	return fmt.Sprintf("%s: want %s to %s", d, least, most)
}
