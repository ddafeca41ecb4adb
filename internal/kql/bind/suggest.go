package bind

import (
	"fmt"
	"slices"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/syntax"
)

func suggest(name string, among []string) string {
	slices.Sort(among)
	if near := syntax.Nearest(name, among); near != "" {
		return fmt.Sprintf(", did you mean %q?", near)
	}
	return ""
}

func (b *binder) suggestTable(name string, sc *scope) string {
	var among []string
	for _, t := range b.opt.Catalog.Tables() {
		among = append(among, t.Name)
	}
	sc.names(func(n string, sym *symbol) {
		if sym.table != nil {
			among = append(among, n)
		}
	})
	return suggest(name, append(among, b.savedNames()...))
}

func (b *binder) suggestValue(name string, e *env) string {
	var among []string
	for _, r := range []*rows{e.rows, e.right} {
		if r != nil {
			for _, c := range r.cols {
				among = append(among, c.Name)
			}
		}
	}
	e.scope.names(func(n string, sym *symbol) {
		if sym.value != nil {
			among = append(among, n)
		}
	})
	return suggest(name, among)
}

func nearColumn(name string, r *rows) string {
	var among []string
	for _, c := range r.cols {
		among = append(among, c.Name)
	}
	return suggest(name, among)
}

func (b *binder) suggestFunction(name string, e *env) string {
	var among []string
	add := func(n string) { among = append(among, n) }
	b.lib.Names(fn.Scalar, add)
	if e.aggregates {
		b.lib.Names(fn.Aggregate, add)
	}
	e.scope.names(func(n string, sym *symbol) {
		if sym.fn != nil {
			add(n)
		}
	})
	return suggest(name, append(among, b.savedNames()...))
}

func (b *binder) savedNames() []string {
	if b.opt.Saved == nil {
		return nil
	}
	return b.opt.Saved.FunctionNames()
}
