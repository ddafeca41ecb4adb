package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Needs is what a query reads, and what stands in the way of running it.
type Needs struct {
	Tables []string // those that exist and others
	// Functions, Watchlists and Addresses (of externaldata) are only those
	// that cannot be read here.
	Functions, Watchlists, Addresses []string
	// Problems are all errors of the query but for what does not exist.
	Problems []QueryError
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
	// Tables are those that it reads and that are filled.
	Tables []string `json:"tables,omitempty"`
	// Missing are tables that nobody fills, and functions, watchlists and
	// addresses that are not there, in words: function _Im_Dns().
	Missing []string `json:"missing,omitempty"`
	// Reasons are errors only.
	Reasons []Finding `json:"reasons,omitempty"`
}

// Inventory says of every rule of a set, also of those that cannot run, whether
// it is ready, in order of their paths. Filled tells whether something fills a
// table. Of rules with one id only the first can run.
func (s *Set) Inventory(ask Ask, filled func(table string) bool) []Item {
	twice := duplicateIDs(s.all)
	items := make([]Item, 0, len(s.all))
	for _, rule := range s.all {
		item := Item{Rule: rule, Path: rule.Path, ID: rule.ID, Name: rule.Name, Kind: rule.Kind}
		item.Reasons = append(rule.faults(), at(twice, rule.Path, rule.At("id"))...)
		switch {
		case len(item.Reasons) > 0:
		case rule.Kind.Queried():
			item.weigh(ask(rule.Query), filled)
		case !strings.EqualFold(rule.Filter.Product, Products()[0]):
			item.Missing = []string{"alerts of " + rule.Filter.Product}
		}
		item.Verdict = item.verdict()
		items = append(items, item)
	}
	slices.SortStableFunc(items, func(a, b Item) int { return cmp.Compare(a.Path, b.Path) })
	return items
}

// faults are why a rule cannot run, as far as it shows by itself.
func (r *Rule) faults() []Finding {
	var list []Finding
	for _, f := range r.found {
		if f.Level == Error {
			list = append(list, f)
		}
	}
	if len(list) == 0 && !r.Kind.Runnable() {
		list = append(list, r.finding(CodeKind, r.At("kind"), "rules of kind %s stand for machinery that only Microsoft has", r.Kind))
	}
	return list
}

// at picks the findings of one place.
func at(found []Finding, path string, place Place) []Finding {
	var list []Finding
	for _, f := range found {
		if f.Path == path && f.Place == place {
			list = append(list, f)
		}
	}
	return list
}

// weigh holds what a query needs against what there is.
func (i *Item) weigh(needs Needs, filled func(table string) bool) {
	for _, p := range needs.Problems {
		i.Reasons = append(i.Reasons, i.Rule.finding(CodeKQL, i.Rule.query.at(p.Line, p.Column), "query: %s", p.Message))
	}
	for _, table := range needs.Tables {
		if filled(table) {
			i.Tables = append(i.Tables, table)
		} else {
			i.Missing = append(i.Missing, table)
		}
	}
	for _, kind := range []struct {
		form  string
		names []string
	}{{"function %s()", needs.Functions}, {"watchlist %s", needs.Watchlists}, {"data of %s", needs.Addresses}} {
		for _, name := range kind.names {
			i.Missing = append(i.Missing, fmt.Sprintf(kind.form, name))
		}
	}
}

func (i *Item) verdict() Verdict {
	switch {
	case len(i.Reasons) > 0:
		return NotSupported
	case len(i.Missing) > 0:
		return Needy
	}
	return Ready
}
