package kql

import (
	"slices"

	"nephoscope/internal/kql/bind"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// ReadsOf returns what a query reads, and as Errors what is wrong with it
// besides that something it reads does not exist. If something does not, its
// columns are not known, and only what is certain counts as wrong.
func ReadsOf(text string, cat schema.Catalog, opt Options) (bind.Reads, error) {
	tree, wrong := syntax.Parse(text)
	if len(wrong) > 0 {
		return bind.Reads{}, syntaxErrors(text, wrong)
	}
	bound, problems := bind.Bind(tree, bindOptions(cat, opt))
	certain := slices.DeleteFunc(problems, func(p *bind.Error) bool {
		return p.Missing() != "" || bound.Reads.Guessed && p.Kind != bind.Unsupported
	})
	switch {
	case len(certain) > 0:
		return bound.Reads, bindErrors(text, certain)
	case bound.Plan == nil || bound.Late:
		return bound.Reads, nil
	}
	_, err := compile(text, tree, cat, opt, nil) // what sqlgen cannot say
	return bound.Reads, err
}
