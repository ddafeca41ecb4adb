package kql

import (
	"nephoscope/internal/kql/bind"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// ReadsOf returns what a query reads, and as Errors what is wrong with it
// besides that something it reads does not exist.
func ReadsOf(text string, cat schema.Catalog, opt Options) (bind.Reads, error) {
	tree, wrong := syntax.Parse(text)
	options := bindOptions(cat, opt)
	if len(wrong) > 0 {
		return bind.Reads{}, allErrors(text, tree, wrong, options)
	}
	bound, problems := bind.Bind(tree, options)
	var others []*bind.Error
	for _, p := range problems {
		if p.Missing() == "" {
			others = append(others, p)
		}
	}
	switch {
	case len(others) > 0:
		return bound.Reads, bindErrors(text, others)
	case len(problems) == 0 && !bound.Late:
		_, err := compile(text, tree, cat, opt, nil) // what sqlgen cannot say
		return bound.Reads, err
	}
	return bound.Reads, nil
}
