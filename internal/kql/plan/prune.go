package plan

import (
	"slices"

	"nephoscope/internal/schema"
)

// Prune returns the plan without the columns on which nothing depends, and so
// without the work of making them. Its visible columns are those of root, its
// rows too. Root itself is not changed.
func Prune(root Node) Node {
	p := &pruning{needs: needsOf(root), shared: map[*Shared]*Shared{}, stages: map[*Stage]*Stage{}, outer: map[*Outer]*Outer{}}
	return p.node(root)
}

// A pruning rebuilds a plan. What several nodes read is rebuilt once.
type pruning struct {
	*needs
	shared map[*Shared]*Shared
	stages map[*Stage]*Stage
	outer  map[*Outer]*Outer
}

func (p *pruning) columns(cols []*Column) []*Column {
	return slices.DeleteFunc(slices.Clone(cols), func(c *Column) bool { return !p.needed[c] })
}

// items drops what is not needed and rebuilds the tables in what is.
func (p *pruning) items(items []Item) []Item {
	var kept []Item
	for _, it := range items {
		if p.needed[it.Col] {
			kept = append(kept, Item{it.Col, p.expr(it.X)})
		}
	}
	return kept
}

func (p *pruning) node(n Node) Node {
	switch n := n.(type) {
	case *Scan:
		dup := *n
		dup.Cols = p.columns(n.Cols)
		return &dup
	case *Values:
		return p.values(n)
	case *Range:
		return &Range{n.Cols, p.expr(n.From), p.expr(n.To), p.expr(n.Step)}
	case *Use:
		return p.use(n)
	case *Outer:
		return p.rows(n)
	case *Filter:
		return &Filter{p.node(n.Input), p.expr(n.Cond)}
	case *Project:
		return &Project{p.node(n.Input), p.items(n.Items), n.Extends}
	case *Sort:
		return &Sort{p.node(n.Input), p.keys(n.Keys)}
	case *Serialize:
		return &Serialize{p.node(n.Input)}
	case *Limit:
		return &Limit{p.node(n.Input), p.expr(n.N)}
	case *Sample:
		return &Sample{p.node(n.Input), p.expr(n.N)}
	case *Aggregate:
		return p.aggregate(n)
	}
	return p.several(n)
}

func (p *pruning) several(n Node) Node {
	switch n := n.(type) {
	case *Join:
		return p.join(n)
	case *Union:
		return p.union(n)
	case *Expand:
		return p.expand(n)
	case *Apply:
		return &Apply{p.expand(n.Expand), p.rows(n.Outer), p.node(n.Sub), p.columns(n.Out)}
	case *Partition:
		return &Partition{p.node(n.Keys), n.Key, p.node(n.Sub), p.columns(n.Out)}
	case *Stage:
		return p.stage(n)
	case *Deal:
		return &Deal{p.node(n.Input), n.Time, n.Run, n.Runs}
	}
	return n
}

// values keeps a column even if none is needed, so that there are rows.
func (p *pruning) values(n *Values) Node {
	dup := &Values{Rows: make([][]Expr, len(n.Rows))}
	none := !slices.ContainsFunc(n.Cols, func(c *Column) bool { return p.needed[c] })
	for i, c := range n.Cols {
		if !p.needed[c] && (i > 0 || !none) {
			continue
		}
		dup.Cols = append(dup.Cols, c)
		for j, row := range n.Rows {
			dup.Rows[j] = append(dup.Rows[j], p.expr(row[i]))
		}
	}
	return dup
}

func (p *pruning) use(n *Use) Node {
	dup := &Use{Of: p.shared[n.Of]}
	if dup.Of == nil {
		dup.Of = &Shared{}
		p.shared[n.Of] = dup.Of
		*dup.Of = *n.Of
		dup.Of.Input, dup.Of.Cols = p.node(n.Of.Input), p.columns(n.Of.Cols)
	}
	for i, c := range n.Cols {
		if p.needed[n.Of.Cols[i]] {
			dup.Cols = append(dup.Cols, c)
		}
	}
	return dup
}

func (p *pruning) rows(n *Outer) *Outer {
	dup := p.outer[n]
	if dup == nil {
		dup = &Outer{p.columns(n.Cols)}
		p.outer[n] = dup
	}
	return dup
}

func (p *pruning) aggregate(n *Aggregate) Node {
	dup := *n
	dup.Input = p.node(n.Input)
	dup.Groups, dup.Aggs = p.items(n.Groups), p.items(n.Aggs)
	return &dup
}

func (p *pruning) join(n *Join) Node {
	dup := *n
	dup.Left, dup.Right = p.node(n.Left), p.node(n.Right)
	dup.On, dup.Out = nil, nil
	for _, eq := range n.On {
		dup.On = append(dup.On, Equal{p.expr(eq.Left), p.expr(eq.Right)})
	}
	if n.Where != nil {
		dup.Where = p.expr(n.Where)
	}
	for _, out := range n.Out {
		if p.needed[out.Col] {
			dup.Out = append(dup.Out, out)
		}
	}
	return &dup
}

// union keeps a column even if none is needed, so that there are rows.
func (p *pruning) union(n *Union) Node {
	dup := &Union{Inputs: make([]Node, len(n.Inputs)), From: make([][]Expr, len(n.Inputs))}
	for j, c := range n.Cols {
		if !p.needed[c] {
			continue
		}
		dup.Cols = append(dup.Cols, c)
		for i := range n.Inputs {
			from := n.From[i][j]
			if from != nil {
				from = p.expr(from)
			}
			dup.From[i] = append(dup.From[i], from)
		}
	}
	if len(dup.Cols) == 0 {
		dup.Cols = []*Column{{Name: "$row", Type: schema.Bool, Nullable: true, Hidden: true}}
		for i := range dup.From {
			dup.From[i] = []Expr{nil}
		}
	}
	for i, in := range n.Inputs {
		dup.Inputs[i] = p.node(in)
	}
	return dup
}

func (p *pruning) expand(n *Expand) *Expand {
	dup := *n
	dup.Input = p.node(n.Input)
	dup.Items, dup.Keep = slices.Clone(n.Items), p.columns(n.Keep)
	for i, it := range n.Items {
		dup.Items[i].X, dup.Items[i].Elem = p.expr(it.X), p.expr(it.Elem)
	}
	if n.Limit != nil {
		dup.Limit = p.expr(n.Limit)
	}
	return &dup
}

func (p *pruning) stage(n *Stage) Node {
	dup := p.stages[n]
	if dup != nil {
		return dup
	}
	dup = &Stage{}
	p.stages[n] = dup
	*dup = *n
	dup.Inputs, dup.Formulas = make([]Node, len(n.Inputs)), make([]Formula, len(n.Formulas))
	for i, in := range n.Inputs {
		dup.Inputs[i] = p.node(in)
	}
	for i, f := range n.Formulas {
		dup.Formulas[i] = Formula{f.Row, p.exprs(f.Xs)}
	}
	return dup
}

func (p *pruning) keys(keys []Key) []Key {
	dup := slices.Clone(keys)
	for i := range dup {
		dup[i].X = p.expr(dup[i].X)
	}
	return dup
}

// expr rebuilds the tables in an expression; one without tables stays as it is.
func (p *pruning) expr(x Expr) Expr {
	switch x := x.(type) {
	case *Call:
		args := p.exprs(x.Args)
		if slices.Equal(args, x.Args) {
			return x
		}
		dup := *x
		dup.Args = args
		return &dup
	case *Scalar:
		return &Scalar{x.T, x.Col, p.node(x.Table), x.Around}
	case *In:
		return &In{p.expr(x.X), p.node(x.Table), p.expr(x.Col), x.How, x.With}
	}
	return x
}

func (p *pruning) exprs(xs []Expr) []Expr {
	dup := make([]Expr, len(xs))
	for i, x := range xs {
		dup[i] = p.expr(x)
	}
	return dup
}
