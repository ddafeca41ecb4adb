// Package watchlist keeps watchlists: tables of a few columns that people bring
// in as CSV or JSON and that rules look things up in. It stands beside the
// journey, on resource, which keeps what a list is called and how it is made;
// the items are rows of the table Watchlist.
//
// Invariant: a change of a list and of its items is one commit, and starts from
// the list's state that its maker saw. The items of a list are those rows of
// the newest commit per item that do not say Delete.
package watchlist

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// A Watchlist is what is known of a list apart from its items, in the names of
// the ARM shape.
type Watchlist struct {
	ID              string    `json:"watchlistId"` // GUID
	Alias           string    `json:"watchlistAlias"`
	DisplayName     string    `json:"displayName"`
	Description     string    `json:"description,omitempty"`
	Provider        string    `json:"provider"`
	Source          string    `json:"source"`
	SearchKey       string    `json:"itemsSearchKey"` // one of Columns
	Columns         []string  `json:"columns"`        // in the order of the file
	SkippedLines    int       `json:"numberOfLinesToSkip,omitempty"`
	DefaultDuration string    `json:"defaultDuration,omitempty"`
	Labels          []string  `json:"labels,omitempty"`
	Items           int       `json:"itemsCount"`
	CreatedBy       string    `json:"createdBy"`
	Created         time.Time `json:"-"`
	Updated         time.Time `json:"-"`
	UpdatedBy       string    `json:"-"`
	Etag            string    `json:"-"`
}

// An Item is one item of a list.
type Item struct {
	ID      string // GUID
	Key     string // value of the search key
	Fields  map[string]string
	Created time.Time
	Updated time.Time
	By      string // who made this state
	Etag    string
	// Entities tells which entities the fields name, as JSON; nil for nothing.
	Entities json.RawMessage
}

// Bounds of what is kept.
const (
	MaxInline     = 3_800_000   // bytes of a file inside a request
	MaxFile       = 500_000_000 // bytes of a file
	MaxImport     = 1_000_000   // items of a file
	MaxItems      = 10_000_000  // items of all lists
	MaxItem       = 64 << 10    // bytes of an item
	maxColumns    = 500
	maxColumnName = 500
)

// ErrNoItem tells that the list has no item with that id.
var ErrNoItem = errors.New("no such item")

// An InvalidError tells that a list or an item cannot be kept as it is.
type InvalidError struct {
	Field   string // in the words of the ARM shape
	Problem string
}

// Error names the field and what is wrong.
func (e *InvalidError) Error() string { return e.Field + " " + e.Problem }

var (
	aliasForm    = regexp.MustCompile(`^[A-Za-z0-9_-]{3,64}$`)
	durationForm = regexp.MustCompile(`^P(\d+[YMWD])*(T(\d+[HMS])+)?$`)
)

// valid checks what holds for every list, whatever its items are.
func (w *Watchlist) valid() error {
	switch {
	case !aliasForm.MatchString(w.Alias):
		return &InvalidError{"watchlistAlias", fmt.Sprintf("%q is not possible: want 3 to 64 letters, digits, - or _", w.Alias)}
	case len(w.DisplayName) > 256:
		return &InvalidError{"displayName", "is longer than 256 bytes"}
	case len(w.Description) > 5000:
		return &InvalidError{"description", "is longer than 5000 bytes"}
	case w.SearchKey == "":
		return &InvalidError{"itemsSearchKey", "is missing: name the column that items are looked up by"}
	case w.DefaultDuration != "" && (w.DefaultDuration == "P" || !durationForm.MatchString(w.DefaultDuration)):
		return &InvalidError{"defaultDuration", fmt.Sprintf("%q is no duration: want one like P30D", w.DefaultDuration)}
	case w.SkippedLines < 0:
		return &InvalidError{"numberOfLinesToSkip", "is negative"}
	}
	return nil
}
