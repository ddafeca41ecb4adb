package sieve

import (
	"slices"
	"strings"

	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A reading says expressions anew, over the stored row alone: names that stand
// for something else are replaced by it.
type reading struct {
	*analysis
	bound *names
	flow  *flow // nil where there are no rows
	edits []edit
}

// An edit replaces a stretch of the query's text.
type edit struct {
	syntax.Span
	text string
}

// text returns the expression as KQL, "" if it depends on more than the row.
func (r *reading) text(x syntax.Expr) string {
	r.edits = nil
	if !r.all(x) {
		return ""
	}
	slices.SortFunc(r.edits, func(a, b edit) int { return a.Start - b.Start })
	var b strings.Builder
	at := x.Extent().Start
	for _, e := range r.edits {
		b.WriteString(r.tree.Text[at:e.Start] + e.text)
		at = e.End
	}
	b.WriteString(r.tree.Text[at:x.Extent().End])
	if _, literal := x.(*syntax.Literal); literal && r.flow == nil {
		return b.String()
	}
	return "(" + b.String() + "\n)" // a comment may end it
}

func (r *reading) all(list ...syntax.Expr) bool {
	for _, x := range list {
		if !r.one(x) {
			return false
		}
	}
	return true
}

// one tells whether an expression can be said, and notes the edits.
func (r *reading) one(x syntax.Expr) bool {
	switch x := x.(type) {
	case *syntax.Literal, *syntax.TypeOf:
		return true
	case *syntax.Ident:
		return r.name(x)
	case *syntax.Star:
		return r.flow != nil && r.flow.names == nil
	case *syntax.Unary:
		return r.one(x.X)
	case *syntax.Binary:
		return r.all(x.X, x.Y)
	case *syntax.In:
		return r.one(x.X) && r.all(x.List...)
	case *syntax.Between:
		return r.all(x.X, x.From, x.To)
	case *syntax.Member:
		return r.one(x.X)
	case *syntax.Index:
		return r.all(x.X, x.Index)
	case *syntax.Paren:
		return r.one(x.X)
	case *syntax.Call:
		return r.call(x)
	}
	return false
}

// name is a column of the table, or what stands for it.
func (r *reading) name(x *syntax.Ident) bool {
	bound := r.bound.find(x.Name)
	if r.flow == nil {
		return bound != nil && r.put(x, bound.text)
	}
	if text, ok := r.flow.names[x.Name]; ok {
		return bound == nil && r.put(x, text)
	}
	if isColumn(r.flow.table, x.Name) {
		return bound == nil
	}
	return bound != nil && r.put(x, bound.text)
}

func (r *reading) put(x *syntax.Ident, text string) bool {
	r.edits = append(r.edits, edit{x.Span, text})
	return text != ""
}

func isColumn(t *schema.Table, name string) bool {
	return t.Column(name) >= 0 || slices.ContainsFunc(schema.Standard(), func(c schema.Column) bool { return c.Name == name })
}

// call is one of a function that looks at its arguments only.
func (r *reading) call(x *syntax.Call) bool {
	if x.On != nil || x.Name == nil || len(x.Params) > 0 || r.bound.find(x.Name.Name) != nil || looksBeyond(x.Name.Name) {
		return false
	}
	if r.flow != nil && r.flow.names != nil && looksAtColumns(x.Name.Name) {
		return false
	}
	return r.all(x.Args...)
}

// looksBeyond tells whether a function's value depends on when it is called,
// on other rows, or stands for a query.
func looksBeyond(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains([]string{"now", "ago", "rand", "toscalar", "materialize", "new_guid", "prev", "next", "current_principal"}, name) ||
		strings.HasPrefix(name, "row_")
}

// looksAtColumns tells whether a function depends on which columns there are.
func looksAtColumns(name string) bool {
	return slices.Contains([]string{"column_ifexists", "columnifexists", "iscolumnexists", "pack_all", "bag_pack_columns", "column_names_of", "estimate_data_size"}, strings.ToLower(name))
}

// reach reads how long before the run the rows may lie that a condition lets
// through: d in TimeGenerated > ago(d). 0 means that it does not say.
func (r *reading) reach(x syntax.Expr) schema.TimespanValue {
	var ago syntax.Expr
	switch x := x.(type) {
	case *syntax.Binary:
		if x.Op == syntax.OpGreater || x.Op == syntax.OpGreaterEqual {
			ago = r.ofTime(x.X, x.Y)
		}
		if x.Op == syntax.OpLess || x.Op == syntax.OpLessEqual {
			ago = r.ofTime(x.Y, x.X)
		}
	case *syntax.Between:
		if !x.Not {
			ago = r.ofTime(x.X, x.From)
		}
	}
	call, ok := ago.(*syntax.Call)
	if !ok || call.Name == nil || call.On != nil || call.Name.Name != "ago" || len(call.Args) != 1 || r.bound.find("ago") != nil {
		return 0
	}
	literal, ok := call.Args[0].(*syntax.Literal)
	if !ok {
		return 0
	}
	span, _ := literal.Value.(schema.TimespanValue)
	return max(0, span)
}

// ofTime returns y if x is the row's own time.
func (r *reading) ofTime(x, y syntax.Expr) syntax.Expr {
	id, ok := x.(*syntax.Ident)
	if !ok || id.Name != timeGenerated || r.bound.find(id.Name) != nil {
		return nil
	}
	if _, other := r.flow.names[id.Name]; other {
		return nil
	}
	return y
}
