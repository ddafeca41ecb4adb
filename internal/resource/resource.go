// Package resource keeps what people make and change: named JSON documents of
// some type, such as watchlists, saved functions and rules made through the
// API. It stands beside the journey: who keeps a sort of thing here decides
// what its documents say.
//
// Invariant: the table NephoscopeResource is the history of every document, one
// row per change, and the row of the latest commit is its present state. No two
// changes start from the same state, in this process or in any other, and
// changes that are made together become durable together.
package resource

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Resource is the state of one document. Whoever gets one may not change its
// Body, which others read.
type Resource struct {
	Type string // letters, such as watchlist
	Name string // names that differ only in case are one
	Etag string // changes with every change; ignored by Put
	Body json.RawMessage
	// Created and Modified are set by the change, in steps of 100 ns.
	Created, Modified time.Time
	By                string // who made the change
}

// What a change can demand of the state it starts from, apart from an etag.
const (
	Any      = ""     // nothing
	Existing = "*"    // there is such a resource
	Absent   = "none" // there is none
)

// A Change is one step of Resources.Commit: it puts the resource, or deletes
// the one with its type and name.
type Change struct {
	Resource
	Match  string // Any, Existing, Absent or the etag that the state must have
	Delete bool
}

// MaxBody is the largest body, in bytes.
const MaxBody = 1 << 20

// ErrNotFound tells that there is no resource of that type and name.
var ErrNotFound = errors.New("no such resource")

// A ConflictError tells that the state was not what a change started from.
type ConflictError struct {
	Type, Name   string
	Match, Found string // the demand, and the present etag, "" for none
	By           string // who made the present state
}

// Error says what was there and what to do.
func (e *ConflictError) Error() string {
	switch {
	case e.Found == "":
		return fmt.Sprintf("%s %q does not exist: make it first, or change it without a condition", e.Type, e.Name)
	case e.Match == Absent:
		return fmt.Sprintf("%s %q exists already: choose another name, or replace it", e.Type, e.Name)
	}
	return fmt.Sprintf("%s %q was changed by %q meanwhile: read it again and repeat the change", e.Type, e.Name, e.By)
}

// An InvalidError tells that a resource cannot be kept as it is.
type InvalidError struct{ Field, Problem string }

// Error names the field and what is wrong.
func (e *InvalidError) Error() string { return e.Field + " " + e.Problem }

// An id is how resources are found.
type id struct{ typ, key string }

func idOf(typ, name string) id { return id{typ, strings.ToLower(name)} }
