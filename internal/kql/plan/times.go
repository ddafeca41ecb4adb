package plan

import (
	"maps"

	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// A store keeps its tables in parts of which it knows the times and the
// sequences, and can leave out those in which no row matters. Which ones matter
// is told by conditions on TimeGenerated and _Sequence. They are followed from
// where they stand down to the tables, as far as a row that they refuse cannot
// change anything on the way.

// timeGenerated is the column of a table by which its parts are told apart.
const timeGenerated = "TimeGenerated"

// maxVisits bounds the way through what several nodes read, which is gone
// once for each.
const maxVisits = 10_000

// Bounds returns, for the tables that a plan reads, the times of the rows that
// can matter, and the sequence that they are behind. A table of which all rows
// can is left out.
func Bounds(root Node) (within map[string]store.Span, after map[string]int64) {
	t := &times{spans: map[string]store.Span{}, sequences: map[string]store.Span{}, free: map[*Shared]bool{}}
	t.node(root, nil)
	if t.visits > maxVisits {
		return nil, nil
	}
	maps.DeleteFunc(t.spans, func(_ string, s store.Span) bool { return s == always })
	for table, s := range t.sequences {
		if s.From == 0 {
			continue
		}
		if after == nil {
			after = map[string]int64{}
		}
		after[table] = int64(s.From) - 1
	}
	return t.spans, after
}

// always is the span without bounds, of times and of sequences.
var always = store.Span{From: 0, To: schema.MaxDatetime}

// bounds are the values that columns must have for a row to matter: times, or
// sequences in the place of ticks.
type bounds map[*Column]store.Span

// A times gathers the spans of tables.
type times struct {
	spans, sequences map[string]store.Span

	free   map[*Shared]bool // followed without bounds
	visits int
}

// node follows bounds into a node.
func (t *times) node(n Node, b bounds) {
	if t.visits++; t.visits > maxVisits {
		return
	}
	switch n := n.(type) {
	case *Scan:
		t.scan(n, b)
	case *Use:
		t.use(n, b)
	case *Filter:
		b = maps.Clone(b)
		if b == nil {
			b = bounds{}
		}
		b.narrow(n.Cond)
		t.within(n.Cond)
		t.node(n.Input, b)
	case *Project:
		t.project(n, b)
	case *Sort:
		for _, k := range n.Keys {
			t.within(k.X)
		}
		t.node(n.Input, b)
	case *Serialize:
		t.node(n.Input, b)
	case *Limit:
		t.within(n.N)
		t.node(n.Input, nil)
	case *Sample:
		t.within(n.N)
		t.node(n.Input, nil)
	case *Aggregate:
		t.within(itemExprs(n.Aggs)...)
		t.node(n.Input, b.through(n.Groups))
		t.within(itemExprs(n.Groups)...)
	default:
		t.several(n, b)
	}
}

// several is node for those that put rows together or take them apart.
func (t *times) several(n Node, b bounds) {
	switch n := n.(type) {
	case *Values:
		for _, row := range n.Rows {
			t.within(row...)
		}
	case *Range:
		t.within(n.From, n.To, n.Step)
	case *Join:
		t.join(n, b)
	case *Union:
		for i, in := range n.Inputs {
			t.node(in, b.renamed(n.Cols, n.From[i]))
			t.within(n.From[i]...)
		}
	case *Expand:
		t.expand(n, b)
	case *Apply:
		t.expand(n.Expand, b)
		t.node(n.Sub, nil)
	case *Deal:
		t.node(n.Input, b)
	case *Partition:
		t.node(n.Keys, nil)
		t.node(n.Sub, nil)
	case *Stage:
		for _, in := range n.Inputs {
			t.node(in, nil)
		}
		for _, f := range n.Formulas {
			t.within(f.Xs...)
		}
	}
}

func (t *times) scan(n *Scan, b bounds) {
	span := always
	if n.From != nil {
		span.From = *n.From
	}
	if n.To != nil {
		span.To = *n.To - 1
	}
	sequences := always
	for _, c := range n.Cols {
		s, ok := b[c]
		switch {
		case !ok || c.Source == nil:
		case c.Source.Name == timeGenerated:
			span = span.And(s)
		case c.Source.Name == schema.Sequence:
			sequences = sequences.And(s)
		}
	}
	add(t.spans, n.Table.Name, span)
	add(t.sequences, n.Table.Name, sequences)
}

// add takes over what one reader of a table needs of it.
func add(to map[string]store.Span, table string, s store.Span) {
	if before, ok := to[table]; ok {
		s = s.Or(before)
	}
	to[table] = s
}

// use follows the bounds of one reader of what several read.
func (t *times) use(n *Use, b bounds) {
	inner := bounds{}
	for i, c := range n.Cols {
		if s, ok := b[c]; ok {
			inner[n.Of.Cols[i]] = s
		}
	}
	if t.free[n.Of] {
		return
	}
	t.free[n.Of] = len(inner) == 0
	t.node(n.Of.Input, inner)
}

// project lets bounds through unless a window function looks at other rows.
func (t *times) project(n *Project, b bounds) {
	t.within(itemExprs(n.Items)...)
	for _, it := range n.Items {
		if HasWindow(it.X) {
			t.node(n.Input, nil)
			return
		}
	}
	t.node(n.Input, b.through(n.Items))
}

// join lets bounds through to the side whose column they are of: a row that is
// missing there would bring null, which no bound lets through. Only where a
// join chooses among the rows of its left side must these all be there.
func (t *times) join(n *Join, b bounds) {
	left, right := bounds{}, bounds{}
	for _, out := range n.Out {
		if s, ok := b[out.Col]; ok && out.Right {
			right[out.From] = s
		} else if ok && n.Kind != InnerUnique {
			left[out.From] = s
		}
	}
	for _, eq := range n.On {
		t.within(eq.Left, eq.Right)
	}
	t.within(n.Where)
	t.node(n.Left, left)
	t.node(n.Right, right)
}

func (t *times) expand(n *Expand, b bounds) {
	for _, it := range n.Items {
		t.within(it.X)
	}
	t.within(n.Limit)
	t.node(n.Input, b)
}

// within follows the tables in expressions.
func (t *times) within(xs ...Expr) {
	for _, x := range xs {
		if x == nil {
			continue
		}
		Walk(x, func(x Expr) bool {
			switch x := x.(type) {
			case *Scalar:
				t.node(x.Table, nil)
			case *In:
				t.node(x.Table, nil)
			}
			return true
		})
	}
}

func itemExprs(items []Item) []Expr {
	xs := make([]Expr, len(items))
	for i, it := range items {
		xs[i] = it.X
	}
	return xs
}

// through returns the bounds for what items refer to.
func (b bounds) through(items []Item) bounds {
	inner := bounds{}
	for _, it := range items {
		inner.pass(b, it.Col, it.X)
	}
	return inner
}

// renamed returns the bounds for what columns are made of.
func (b bounds) renamed(cols []*Column, from []Expr) bounds {
	inner := bounds{}
	for i, c := range cols {
		inner.pass(b, c, from[i])
	}
	return inner
}

// pass takes over the bounds of a column that only refers to another.
func (b bounds) pass(from bounds, c *Column, x Expr) {
	s, ok := from[c]
	ref, isRef := x.(*Ref)
	if ok && isRef {
		b.and(ref.Col, s)
	}
}

func (b bounds) and(c *Column, s store.Span) {
	if before, ok := b[c]; ok {
		s = s.And(before)
	}
	b[c] = s
}

// narrow adds what a condition demands of columns.
func (b bounds) narrow(cond Expr) {
	call, ok := cond.(*Call)
	if !ok {
		return
	}
	switch name := call.Func.Name; name {
	case "and":
		b.narrow(call.Args[0])
		b.narrow(call.Args[1])
	case "between":
		b.compare(">=", call.Args[0], call.Args[1])
		b.compare("<=", call.Args[0], call.Args[2])
	case "==", "<", "<=", ">", ">=":
		b.compare(name, call.Args[0], call.Args[1])
		b.compare(mirrored[name], call.Args[1], call.Args[0])
	}
}

var mirrored = map[string]string{"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// compare adds the bound of a comparison of a column with a constant time or
// number.
func (b bounds) compare(op string, x, y Expr) {
	ref, isRef := x.(*Ref)
	c, isConst := y.(*Const)
	if !isRef || !isConst {
		return
	}
	n, ok := ticks(c)
	if !ok || c.T == schema.Timespan {
		return
	}
	at := schema.DatetimeValue(n)
	s := always
	switch op {
	case "==":
		s = store.Span{From: at, To: at}
	case "<":
		s.To = at - 1
	case "<=":
		s.To = at
	case ">":
		s.From = at + 1
	case ">=":
		s.From = at
	}
	b.and(ref.Col, s)
}
