package sieve

import (
	"maps"
	"slices"

	"nephoscope/internal/kql/syntax"
)

// step follows a stream through one operator; head says that the operator
// brings its own rows.
func (a *analysis) step(s stream, op syntax.Operator, head bool, bound *names) stream {
	switch op := op.(type) {
	case *syntax.Where:
		return a.condition(s, op.Cond, bound)
	case *syntax.Extend:
		return a.columns(s, op.Columns, false, bound)
	case *syntax.Project:
		return a.columns(s, op.Columns, true, bound)
	case *syntax.ProjectRename:
		return a.columns(s, op.Columns, false, bound)
	case *syntax.ProjectAway, *syntax.ProjectKeep, *syntax.ProjectReorder:
		return s
	case *syntax.Union:
		return a.union(s, op, head, bound)
	case *syntax.Join:
		return a.join(s, op.Params, op.Right, bound)
	case *syntax.Lookup:
		return a.join(s, op.Params, op.Right, bound)
	}
	a.anything(op, bound)
	s = a.end(s)
	s.lost = s.lost || head || !keepsEmpty(op)
	return s
}

// keepsEmpty tells of an operator that it makes no rows out of none.
func keepsEmpty(op syntax.Operator) bool {
	switch op := op.(type) {
	case *syntax.Summarize:
		return len(op.By) > 0 && op.Bin == nil
	case *syntax.Distinct, *syntax.MvExpand, *syntax.MvApply, *syntax.ParseWith, *syntax.ParseKV, *syntax.Serialize, *syntax.Sort, *syntax.Take, *syntax.Top:
		return true
	}
	return false
}

// columns notes what names stand for behind extend, project and
// project-rename. A value whose name the analysis does not know ends the flows.
func (a *analysis) columns(s stream, list []syntax.Expr, only bool, bound *names) stream {
	for _, x := range list {
		a.anything(x, bound)
	}
	for i, f := range s.open {
		dup := *f
		dup.names = maps.Clone(f.names)
		if dup.names == nil {
			dup.names = map[string]string{}
		}
		if !dup.assign(&reading{analysis: a, bound: bound, flow: f}, list) {
			return a.end(s)
		}
		if only {
			dup.keepOnly(list)
		}
		s.open[i] = &dup
	}
	return s
}

// assign notes the values of columns; false if one has no name.
func (f *flow) assign(r *reading, list []syntax.Expr) bool {
	for _, x := range list {
		switch x := x.(type) {
		case *syntax.Ident:
		case *syntax.Named:
			text := ""
			if !x.List {
				text = r.text(x.X)
			}
			for _, n := range x.Names {
				f.names[n.Name] = text
			}
		default:
			return false
		}
	}
	return true
}

// keepOnly makes unknown what a project leaves out: the name could be that of a
// let statement now.
func (f *flow) keepOnly(list []syntax.Expr) {
	for _, c := range f.table.Columns {
		kept := slices.ContainsFunc(list, func(x syntax.Expr) bool {
			id, ok := x.(*syntax.Ident)
			return ok && id.Name == c.Name
		})
		if _, assigned := f.names[c.Name]; !kept && !assigned {
			f.names[c.Name] = ""
		}
	}
}

// union puts streams side by side. What follows holds for the rows of each, as
// far as their tables have the columns.
func (a *analysis) union(s stream, op *syntax.Union, head bool, bound *names) stream {
	if head {
		s = stream{}
	}
	for _, x := range op.Tables {
		t := a.rows(x, bound)
		s.open, s.triggers = append(slices.Clone(s.open), t.open...), append(slices.Clone(s.triggers), t.triggers...)
		s.lost = s.lost || t.lost
	}
	if len(op.Params) > 0 {
		return a.end(s) // withsource adds a column
	}
	return s
}

// join ends both sides. Its rows need one of the left side, in most kinds.
func (a *analysis) join(s stream, params []*syntax.Param, right syntax.Expr, bound *names) stream {
	a.end(a.rows(right, bound))
	s = a.end(s)
	for _, p := range params {
		if p.Name.Name != "kind" {
			continue
		}
		kind, ok := p.Value.(*syntax.Ident)
		needs := []string{"inner", "innerunique", "leftouter", "leftanti", "anti", "leftantisemi", "leftsemi"}
		s.lost = s.lost || !ok || !slices.Contains(needs, kind.Name)
	}
	return s
}
