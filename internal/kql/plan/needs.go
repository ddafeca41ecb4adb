package plan

import "slices"

// A query names few of the columns that its tables have. Which ones matter is
// found in one pass over the plan: columns are addresses, so what a column is
// made of can be noted without regard to where it is used, and what the result
// needs followed from there.

// needs are the columns that a plan's result depends on.
type needs struct {
	made    map[*Column][]*Column // what a column is made of
	visited map[any]bool          // Shared, Stage and Outer, which several nodes read
	needed  map[*Column]bool
	open    []*Column // needed, but not followed yet
}

// needsOf finds the columns that matter for a node's visible columns.
func needsOf(root Node) *needs {
	n := &needs{made: map[*Column][]*Column{}, visited: map[any]bool{}, needed: map[*Column]bool{}}
	n.node(root)
	for _, c := range root.Columns() {
		if !c.Hidden {
			n.need(c)
		}
	}
	for len(n.open) > 0 {
		c := n.open[len(n.open)-1]
		n.open = n.open[:len(n.open)-1]
		for _, from := range n.made[c] {
			n.need(from)
		}
	}
	return n
}

func (n *needs) need(c *Column) {
	if !n.needed[c] {
		n.needed[c] = true
		n.open = append(n.open, c)
	}
}

// first tells whether a part that several nodes read is met for the first time.
func (n *needs) first(part any) bool {
	first := !n.visited[part]
	n.visited[part] = true
	return first
}

// always notes what decides about rows, whichever columns are wanted of them.
func (n *needs) always(in []*Column, xs ...Expr) {
	for _, x := range xs {
		for _, c := range n.refs(x, in) {
			n.need(c)
		}
	}
}

// makes notes what a column is made of.
func (n *needs) makes(c *Column, in []*Column, xs ...Expr) {
	for _, x := range xs {
		n.made[c] = append(n.made[c], n.refs(x, in)...)
	}
}

func (n *needs) items(in []*Column, items []Item) {
	for _, it := range items {
		if ref, ok := it.X.(*Ref); !ok || ref.Col != it.Col {
			n.makes(it.Col, in, it.X)
		}
	}
}

// refs are the columns that an expression over rows with the columns in refers
// to, the stored copies of paths included.
func (n *needs) refs(x Expr, in []*Column) []*Column {
	var cols []*Column
	Walk(x, func(x Expr) bool {
		switch x := x.(type) {
		case *Ref:
			cols = append(cols, x.Col)
		case *Call:
			if hot := HotColumn(x, in); hot != nil {
				cols = append(cols, hot)
			}
			for _, k := range x.Order {
				cols = append(cols, n.refs(k.X, in)...)
			}
		case *Scalar:
			n.node(x.Table)
			n.need(x.Col)
		case *In:
			n.node(x.Table)
			n.always(x.Table.Columns(), x.Col)
			if x.With != nil {
				n.always(x.Table.Columns(), x.With.Right)
			}
		}
		return true
	})
	return cols
}

// node notes what a node's columns are made of.
func (n *needs) node(node Node) {
	switch node := node.(type) {
	case *Values:
		for _, row := range node.Rows {
			for i, x := range row {
				n.makes(node.Cols[i], nil, x)
			}
		}
	case *Range:
		n.always(nil, node.From, node.To, node.Step)
	case *Use:
		n.use(node)
	case *Filter:
		n.node(node.Input)
		n.always(node.Input.Columns(), node.Cond)
	case *Project:
		n.node(node.Input)
		n.items(node.Input.Columns(), node.Items)
	case *Sort:
		n.node(node.Input)
		for _, k := range node.Keys {
			n.always(node.Input.Columns(), k.X)
		}
	case *Serialize:
		n.node(node.Input)
	case *Limit:
		n.node(node.Input)
		n.always(nil, node.N)
	case *Sample:
		n.node(node.Input)
		n.always(nil, node.N)
	case *Aggregate:
		n.aggregate(node)
	default:
		n.several(node)
	}
}

// several is node for those that put rows together or take them apart.
func (n *needs) several(node Node) {
	switch node := node.(type) {
	case *Join:
		n.join(node)
	case *Union:
		n.union(node)
	case *Expand:
		n.expand(node)
	case *Apply:
		n.expand(node.Expand)
		n.node(node.Sub)
	case *Partition:
		n.node(node.Keys)
		n.need(node.Key)
		n.node(node.Sub)
	case *Stage:
		n.stage(node)
	case *Deal:
		n.node(node.Input)
		n.need(node.Time)
	}
}

func (n *needs) use(node *Use) {
	for i, c := range node.Cols {
		n.made[c] = append(n.made[c], node.Of.Cols[i])
	}
	if n.first(node.Of) {
		n.node(node.Of.Input)
	}
}

func (n *needs) aggregate(node *Aggregate) {
	n.node(node.Input)
	in := node.Input.Columns()
	for _, it := range node.Groups {
		n.makes(it.Col, in, it.X)
		n.need(it.Col)
	}
	n.items(in, node.Aggs)
	if len(node.Groups) == 0 && len(node.Aggs) > 0 {
		n.need(node.Aggs[0].Col) // a row is made even if nothing of it is wanted
	}
}

func (n *needs) join(node *Join) {
	n.node(node.Left)
	n.node(node.Right)
	in := slices.Concat(node.Left.Columns(), node.Right.Columns())
	for _, eq := range node.On {
		n.always(in, eq.Left, eq.Right)
	}
	if node.Where != nil {
		n.always(in, node.Where)
	}
	for _, out := range node.Out {
		n.made[out.Col] = append(n.made[out.Col], out.From)
	}
}

func (n *needs) union(node *Union) {
	for i, in := range node.Inputs {
		n.node(in)
		for j, x := range node.From[i] {
			if x != nil {
				n.makes(node.Cols[j], in.Columns(), x)
			}
		}
	}
}

func (n *needs) expand(node *Expand) {
	n.node(node.Input)
	in := node.Input.Columns()
	for _, it := range node.Items {
		n.always(in, it.X)
		n.makes(it.Col, nil, it.Elem)
	}
	if node.Limit != nil {
		n.always(in, node.Limit)
	}
}

// stage needs all visible columns of its inputs: an operator knows them by
// their places.
func (n *needs) stage(node *Stage) {
	if !n.first(node) {
		return
	}
	for _, in := range node.Inputs {
		n.node(in)
		for _, c := range in.Columns() {
			if !c.Hidden {
				n.need(c)
			}
		}
	}
	for _, f := range node.Formulas {
		n.always(f.Row, f.Xs...)
	}
}
