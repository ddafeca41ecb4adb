package detect

import "nephoscope/internal/schema"

// A Chosen is a sieve, for tests over a store.
type Chosen struct{ Table, Condition, Trigger string }

// Choose returns the sieves of a query.
func Choose(query string, catalog schema.Catalog) []Chosen {
	var list []Chosen
	for _, s := range sievesOf(query, catalog) {
		list = append(list, Chosen{s.table, s.condition(), s.trigger()})
	}
	return list
}
