// Package function keeps saved functions: pieces of KQL under a name, which
// queries and rules call like a table or a function of the language. Parsers of
// the public rule repository are such functions. It stands beside the journey,
// on resource; kql unfolds a function where it is called.
//
// Invariant: what is kept parses, and no function reaches itself.
package function

import (
	"fmt"
	"regexp"
	"time"

	"nephoscope/internal/kql/bind"
)

// A Function is a saved function. The names of its fields in JSON are those of
// saved searches in ARM where these have them.
type Function struct {
	Name        string    `json:"functionAlias"`
	Title       string    `json:"displayName,omitempty"`
	Category    string    `json:"category,omitempty"`
	Description string    `json:"description,omitempty"`
	Parameters  string    `json:"functionParameters,omitempty"` // a:string, t:datetime=datetime(null)
	Body        string    `json:"query"`
	Version     string    `json:"version,omitempty"` // of who wrote it
	Etag        string    `json:"-"`
	Created     time.Time `json:"-"`
	Updated     time.Time `json:"-"`
	UpdatedBy   string    `json:"-"`
	// Source is the file that it was read from, "" for one that is kept.
	Source string `json:"-"`
}

// Bounds of a function's parts, in bytes.
const (
	maxBody       = 200_000
	maxParameters = 10_000
	maxText       = 5_000
)

// An InvalidError tells that a function cannot be kept as it is.
type InvalidError struct {
	Field   string // in the words of the ARM shape
	Problem string
}

// Error names the field and what is wrong.
func (e *InvalidError) Error() string { return e.Field + " " + e.Problem }

var nameForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

// parse checks a function and reads its text. Errors are an *InvalidError, or a
// *bind.FunctionError with the place.
func (f *Function) parse() (*bind.SavedFunction, error) {
	if !nameForm.MatchString(f.Name) {
		return nil, &InvalidError{"functionAlias", fmt.Sprintf("%q is no name: want letters, digits and _, not a digit first", f.Name)}
	}
	for _, part := range []struct {
		field, text string
		limit       int
	}{
		{"query", f.Body, maxBody},
		{"functionParameters", f.Parameters, maxParameters},
		{"description", f.Description, maxText},
		{"displayName", f.Title, maxText},
		{"category", f.Category, maxText},
	} {
		if len(part.text) > part.limit {
			return nil, &InvalidError{part.field, fmt.Sprintf("has %d bytes: at most %d are kept", len(part.text), part.limit)}
		}
	}
	parsed, err := bind.ParseFunction(f.Name, f.Parameters, f.Body)
	if err != nil {
		return nil, err
	}
	return parsed, checkParameters(f.Name, parsed.Function)
}
