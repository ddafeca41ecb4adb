// Package odata reads the filters that Azure's services take on lists:
// properties/status eq 'New' and contains(properties/title, 'lock'). It knows
// nothing of what is filtered; whoever filters names the fields.
//
// It is a part of OData: eq, ne, gt, ge, lt, le, in, and, or, not, contains,
// startswith, endswith, brackets, texts, numbers, times, true, false and null.
// The case of names and of texts does not count, as in Azure's services.
package odata

import (
	"fmt"
	"strings"
	"time"
)

// A Filter chooses what it matches. It is not changed and may be shared.
type Filter struct{ root predicate }

// Values returns the value of a field: a text, a number as float64, a time, a
// bool, or nil for none.
type Values func(field string) any

// predicate tells whether something is chosen.
type predicate func(Values) bool

// Match tells whether something with these values is chosen. A nil Filter
// chooses everything.
func (f *Filter) Match(values Values) bool { return f == nil || f.root(values) }

// An Error tells what is wrong with a filter. Column counts characters from 1.
type Error struct {
	Column  int
	Message string
}

// Error returns place and message.
func (e *Error) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Message) }

// Limits of a filter: its length in bytes, and how deep it may be nested.
const (
	maxLength = 8192
	maxDepth  = 50
)

// Parse reads a filter over fields. An error is an *Error.
func Parse(text string, fields []string) (*Filter, error) {
	if len(text) > maxLength {
		return nil, &Error{1, fmt.Sprintf("the filter has %d bytes: at most %d are taken", len(text), maxLength)}
	}
	p := &parser{text: text, fields: fields}
	if err := p.next(); err != nil {
		return nil, err
	}
	root, err := p.either(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != end {
		return nil, p.unexpected("and, or or the end")
	}
	return &Filter{root}, nil
}

// compare orders two values; ok is false for such as have no order. A text is
// read as a time if the other one is a time.
func compare(a, b any) (order int, ok bool) {
	switch a := a.(type) {
	case time.Time:
		t, ok := timeOf(b)
		return a.Compare(t), ok
	case float64:
		n, ok := b.(float64)
		return sign(a - n), ok
	case string:
		if s, ok := b.(string); ok {
			return strings.Compare(strings.ToLower(a), strings.ToLower(s)), true
		}
		if _, isTime := b.(time.Time); isTime {
			order, ok := compare(b, a)
			return -order, ok
		}
	case bool:
		t, ok := b.(bool)
		if a == t {
			return 0, ok
		}
		return 1, ok
	case nil:
		if b == nil {
			return 0, true
		}
	}
	return 0, false
}

func sign(f float64) int {
	switch {
	case f < 0:
		return -1
	case f > 0:
		return 1
	}
	return 0
}

func timeOf(v any) (time.Time, bool) {
	switch v := v.(type) {
	case time.Time:
		return v, true
	case string:
		t, err := time.Parse(time.RFC3339, v)
		return t, err == nil
	}
	return time.Time{}, false
}

// comparison is what an operator makes of an order. Values without an order are
// unequal, and nothing else.
func comparison(op string) func(order int, ok bool) bool {
	switch op {
	case "eq":
		return func(o int, ok bool) bool { return ok && o == 0 }
	case "ne":
		return func(o int, ok bool) bool { return !ok || o != 0 }
	case "gt":
		return func(o int, ok bool) bool { return ok && o > 0 }
	case "ge":
		return func(o int, ok bool) bool { return ok && o >= 0 }
	case "lt":
		return func(o int, ok bool) bool { return ok && o < 0 }
	case "le":
		return func(o int, ok bool) bool { return ok && o <= 0 }
	}
	return nil
}

// function is what a function makes of two texts, in lower case.
func function(name string) func(text, part string) bool {
	switch name {
	case "contains":
		return strings.Contains
	case "startswith":
		return strings.HasPrefix
	case "endswith":
		return strings.HasSuffix
	}
	return nil
}
