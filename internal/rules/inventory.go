package rules

// Needs is what a query reads, and what stands in the way of running it.
type Needs struct {
	Tables []string // each once, in order of their names; those that exist and others
	// Functions are stored functions, such as parsers, that are not there.
	Functions  []string
	Watchlists []string
	// Problems are all other errors of the query. They are of the query's
	// own making if Wrong is set, else features that are not supported.
	Problems []QueryError
	Wrong    bool
}

// Ask tells what a query needs.
type Ask func(query string) Needs

// A Verdict says whether a rule can do its work here.
type Verdict string

// The verdicts.
const (
	Ready        Verdict = "ready"         // it runs over tables that are filled
	Needy        Verdict = "needs"         // it would run, but nobody fills what it reads
	NotSupported Verdict = "not supported" // it cannot run; Reasons tell why
)

// An Item is what an inventory says of one rule.
type Item struct {
	Rule    *Rule   `json:"-"`
	Path    string  `json:"file"`
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Kind    Kind    `json:"kind"`
	Verdict Verdict `json:"verdict"`
	// Missing are the tables, functions and watchlists, with () behind the
	// functions, that nobody fills or has.
	Missing []string  `json:"missing,omitempty"`
	Reasons []Finding `json:"reasons,omitempty"`
}

// Inventory says of every rule of a set whether it is ready, in order of their
// paths. Filled tells whether something fills a table.
func Inventory(s *Set, ask Ask, filled func(table string) bool) []Item {
	_, _, _ = s, ask, filled
	return nil
}
