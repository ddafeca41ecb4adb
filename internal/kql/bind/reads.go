package bind

import "slices"

// Reads is what a query reads, each name once in order of the text. It is
// collected from wrong queries, too, as far as they were understood.
type Reads struct {
	// Tables are stored tables, those that do not exist among them.
	Tables []string
	// Functions are those that a query calls for a table and that do not
	// exist. Those that do are unfolded.
	Functions []string
	// Saved are the saved functions that it calls, whatever they read is among
	// the rest.
	Saved []string
	// Watchlists are the aliases of watchlists, Addresses what externaldata
	// fetches.
	Watchlists, Addresses []string
	// Guessed tells that something does not exist: what columns it has is not
	// known, so that errors about columns may be none.
	Guessed bool
}

// noteOnce adds a name unless it is there.
func noteOnce(names *[]string, name string) {
	if !slices.Contains(*names, name) {
		*names = append(*names, name)
	}
}

// Missing is the name of the table or function that does not exist, if that is
// the error.
func (e *Error) Missing() string { return e.missing }
