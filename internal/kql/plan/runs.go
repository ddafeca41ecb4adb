package plan

import (
	"errors"
	"fmt"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/schema"
)

// A rule asks the same query over one window after another. Instead, the plan
// of one window can be made one of many: each row is dealt out to the runs
// whose windows hold it, and from there on rows meet only others of the same
// run: groups are by run, joins equate it, now() is its time. The result is
// that of every run, each row with its run.
//
// Rows are dealt out as late as it makes no difference: conditions and
// computed columns on a single row are worked out once, not once for each run.
//
// What cannot be said that way is refused: what looks at the order of rows or
// counts them off (take, window functions), what makes a row out of no rows
// beside others, and what runs outside of SQL.

// ErrApart says that a query must be asked window by window. The error that
// wraps it tells what stands against asking for all windows at once.
var ErrApart = errors.New("cannot be asked for many windows at once")

// Runs are the times First, First+Every and so on up to Last. The window of
// the run at t is (t-Delay-Period, t-Delay] of TimeGenerated.
type Runs struct {
	First, Last          schema.DatetimeValue
	Every, Period, Delay schema.TimespanValue
}

// Span returns the times that the windows of all runs hold, to not included.
func (r Runs) Span() (from, to schema.DatetimeValue) {
	return max(0, r.First.Add(-r.Delay-r.Period)+1), r.Last.Add(-r.Delay) + 1
}

// Once tells whether a row is in one window at most.
func (r Runs) Once() bool { return r.Period <= r.Every }

// A Deal makes of each row one for each run whose window holds Time; Run is
// the time of that run.
type Deal struct {
	Input Node
	Time  *Column
	Run   *Column
	Runs  Runs
}

// Columns returns the input's columns and Run.
func (n *Deal) Columns() []*Column {
	cols := n.Input.Columns()
	return append(cols[:len(cols):len(cols)], n.Run)
}

// Unfold makes of a plan over one window one over the windows of runs. Its
// last visible column is the time of the run, by which the rows are in order.
// In root, now stands for the time of the run. A run without rows has the
// result that the query has over no rows at all. Root itself is not changed.
// The error, if any, wraps ErrApart.
func Unfold(root Node, now *Column, runs Runs) (Node, error) {
	u := &unfolding{now: now, runs: runs, shared: map[*Shared]part{}}
	p := u.dealt(u.node(root, true))
	if u.err == nil && p.run == nil {
		u.refuse("its result does not depend on the time of events")
	}
	if u.fromNothing && u.named {
		u.refuse("summarize without by makes a row out of no rows, and the time of the run matters")
	}
	if u.err != nil {
		return nil, u.err
	}
	run := &Column{Name: "$run", Type: schema.Datetime}
	var items []Item
	for _, c := range root.Columns() {
		if !c.Hidden {
			items = append(items, Item{c, &Ref{c}})
		}
	}
	items = append(items, Item{run, &Ref{p.run}})
	return &Sort{&Project{Input: p.node, Items: items}, []Key{{X: &Ref{run}}}}, nil
}

// An unfolding rebuilds a plan. What several nodes read is rebuilt once.
type unfolding struct {
	now    *Column
	runs   Runs
	shared map[*Shared]part
	err    error

	scalars     bool // the expression may hold values that a table has in the run
	fromNothing bool // a row is made out of no rows
	named       bool // the time of the run is named
}

// A part is a rebuilt node. Its rows are dealt out already, and run says to
// which run each belongs; or they are not yet, and time says when they were;
// or neither, and they are the same in every run.
type part struct {
	node Node
	time *Column
	run  *Column
}

// carried is the hidden column that must not get lost, nil if there is none.
func (p part) carried() *Column {
	if p.run != nil {
		return p.run
	}
	return p.time
}

// with is the part of a node whose rows are those of p, and has its columns.
func (p part) with(n Node) part { return part{n, p.time, p.run} }

func (u *unfolding) refuse(format string, args ...any) part {
	if u.err == nil {
		u.err = fmt.Errorf("the query %w: %s", ErrApart, fmt.Sprintf(format, args...))
	}
	return part{node: &Values{}}
}

// dealt deals the rows of a part out.
func (u *unfolding) dealt(p part) part {
	if p.time == nil {
		return p
	}
	run := &Column{Name: "$run", Type: schema.Datetime, Hidden: true}
	return part{node: &Deal{p.node, p.time, run, u.runs}, run: run}
}

// node rebuilds a node. Alone says that nothing but its rows makes up the
// result, so that a run in which it has none can be left out.
func (u *unfolding) node(n Node, alone bool) part {
	switch n := n.(type) {
	case *Scan:
		return u.scan(n)
	case *Values:
		return u.values(n)
	case *Range:
		if u.varies(n.From) || u.varies(n.To) || u.varies(n.Step) {
			return u.refuse("range depends on the time of the run")
		}
		return part{node: n}
	case *Use:
		return u.use(n, alone)
	case *Filter:
		p := u.ready(u.reaching(u.node(n.Input, alone), n.Cond), n.Cond)
		return p.with(&Filter{p.node, u.exprWithScalars(n.Cond, p.run)})
	case *Project:
		return u.project(n, alone)
	case *Sort:
		return u.sort(n, alone)
	case *Serialize:
		p := u.node(n.Input, alone)
		return p.with(&Serialize{p.node})
	case *Aggregate:
		return u.aggregate(n, alone)
	case *Join:
		return u.join(n)
	case *Union:
		return u.union(n)
	case *Expand:
		return u.expand(n, alone)
	}
	return u.refuse("%s looks at rows in a way that many windows at once do not allow", nameOf(n))
}

// nameOf says an operator in the words of the language.
func nameOf(n Node) string {
	switch n := n.(type) {
	case *Limit:
		return "take or top"
	case *Sample:
		return "sample"
	case *Apply:
		return "mv-apply"
	case *Partition:
		return "partition"
	case *Stage:
		return n.Name
	}
	return "an operator"
}

// scan adds a hidden copy of the time, which later operators do not drop.
func (u *unfolding) scan(n *Scan) part {
	if n.From == nil {
		return part{node: n}
	}
	time := &Column{Name: "$time", Type: schema.Datetime, Hidden: true}
	items := make([]Item, 0, len(n.Cols)+1)
	for _, c := range n.Cols {
		items = append(items, Item{c, &Ref{c}})
	}
	for _, c := range n.Cols {
		if c.Source != nil && c.Source.Name == timeGenerated {
			return part{node: &Project{n, append(items, Item{time, &Ref{c}}), true}, time: time}
		}
	}
	return u.refuse("a table has lost its %s", timeGenerated)
}

func (u *unfolding) values(n *Values) part {
	for _, row := range n.Rows {
		for _, x := range row {
			if u.varies(x) {
				return u.refuse("a list of values depends on the run")
			}
		}
	}
	return part{node: n}
}

// use rebuilds what several nodes read. Columns of a Use stand for those of
// the Shared by their place.
func (u *unfolding) use(n *Use, alone bool) part {
	p, ok := u.shared[n.Of]
	if !ok {
		inner := u.node(n.Of.Input, alone && n.Of.Uses <= 1)
		of := *n.Of
		of.Input, of.Cols = inner.node, inner.node.Columns()
		p = inner.with(&Use{Of: &of})
		u.shared[n.Of] = p
	}
	stands := map[*Column]*Column{}
	for i, c := range n.Of.Cols {
		stands[c] = n.Cols[i]
	}
	use := &Use{Of: p.node.(*Use).Of}
	for _, c := range use.Of.Cols {
		if stands[c] == nil {
			stands[c] = copyOf(c)
		}
		use.Cols = append(use.Cols, stands[c])
	}
	return part{use, stands[p.time], stands[p.run]}
}

func (u *unfolding) project(n *Project, alone bool) part {
	xs := itemExprs(n.Items)
	for _, x := range xs {
		if HasWindow(x) {
			return u.refuse("a function looks at other rows")
		}
	}
	p := u.ready(u.node(n.Input, alone), xs...)
	items := make([]Item, len(n.Items), len(n.Items)+1)
	for i, it := range n.Items {
		items[i] = Item{it.Col, u.exprWithScalars(it.X, p.run)}
	}
	if c := p.carried(); c != nil {
		items = append(items, Item{c, &Ref{c}})
	}
	return p.with(&Project{p.node, items, n.Extends})
}

// sort orders by run first, so that the order of each is as it would be.
func (u *unfolding) sort(n *Sort, alone bool) part {
	xs := make([]Expr, len(n.Keys))
	for i, k := range n.Keys {
		xs[i] = k.X
	}
	p := u.ready(u.node(n.Input, alone), xs...)
	return p.with(&Sort{p.node, u.keys(n.Keys, p.run)})
}

func (u *unfolding) aggregate(n *Aggregate, alone bool) part {
	xs := append(itemExprs(n.Groups), itemExprs(n.Aggs)...)
	p := u.dealt(u.ready(u.node(n.Input, alone && len(n.Groups) > 0), xs...))
	if p.run != nil && len(n.Groups) == 0 && !alone {
		return u.refuse("summarize without by makes a row out of no rows")
	}
	if p.run != nil && len(n.Groups) == 0 {
		u.fromNothing, u.named = true, false // what was named below is nothing to a run without rows
	}
	dup := *n
	dup.Input = p.node
	dup.Groups, dup.Aggs = u.items(n.Groups, p.run), u.items(n.Aggs, p.run)
	if p.run == nil {
		return part{node: &dup}
	}
	run := *p.run
	dup.Groups = append(dup.Groups, Item{&run, &Ref{p.run}})
	return part{node: &dup, run: &run}
}

func (u *unfolding) expand(n *Expand, alone bool) part {
	var xs []Expr
	for _, it := range n.Items {
		xs = append(xs, it.X, it.Elem)
	}
	if n.Limit != nil {
		xs = append(xs, n.Limit)
	}
	p := u.ready(u.node(n.Input, alone), xs...)
	dup := *n
	dup.Input, dup.Items, dup.Keep = p.node, nil, n.Keep[:len(n.Keep):len(n.Keep)]
	for _, it := range n.Items {
		it.X, it.Elem = u.expr(it.X, p.run), u.expr(it.Elem, p.run)
		dup.Items = append(dup.Items, it)
	}
	if n.Limit != nil {
		dup.Limit = u.expr(n.Limit, p.run)
	}
	if c := p.carried(); c != nil {
		dup.Keep = append(dup.Keep, c)
	}
	return p.with(&dup)
}

// ready deals rows out if one of the expressions over them depends on the run.
func (u *unfolding) ready(p part, xs ...Expr) part {
	for _, x := range xs {
		if !u.varies(x) {
			continue
		}
		if p = u.dealt(p); p.run == nil {
			return u.refuse("rows that do not depend on the time of events are compared with the run")
		}
		return p
	}
	return p
}

// varies tells whether an expression can have another value in another run for
// the same row: it names the time of the run, or reads a table.
func (u *unfolding) varies(x Expr) bool {
	found := false
	Walk(x, func(x Expr) bool {
		switch x := x.(type) {
		case *Ref:
			found = found || x.Col == u.now
		case *In, *Scalar:
			found = true
		}
		return !found
	})
	return found
}

func (u *unfolding) items(items []Item, run *Column) []Item {
	dup := make([]Item, len(items), len(items)+1)
	for i, it := range items {
		dup[i] = Item{it.Col, u.expr(it.X, run)}
	}
	return dup
}

func (u *unfolding) keys(keys []Key, run *Column) []Key {
	var dup []Key
	if run != nil {
		dup = append(dup, Key{X: &Ref{run}})
	}
	for _, k := range keys {
		k.X = u.expr(k.X, run)
		dup = append(dup, k)
	}
	return dup
}

// expr puts the run's time in the place of now, and equates the run where a
// table is looked into.
func (u *unfolding) expr(x Expr, run *Column) Expr {
	switch x := x.(type) {
	case *Ref:
		if x.Col == u.now {
			u.named = true
			return &Ref{run}
		}
	case *Call:
		return u.call(x, run)
	case *In:
		return u.in(x, run)
	case *Scalar:
		return u.scalar(x, run)
	}
	return x
}

func (u *unfolding) call(x *Call, run *Column) Expr {
	if !u.varies(x) && len(x.Order) == 0 {
		return x
	}
	dup := *x
	dup.Args = make([]Expr, len(x.Args))
	for i, a := range x.Args {
		dup.Args[i] = u.expr(a, run)
	}
	if x.Func.Kind == fn.Aggregate && len(x.Order) > 0 {
		dup.Order = u.keys(x.Order, nil)
	}
	return &dup
}

func (u *unfolding) in(x *In, run *Column) Expr {
	p := u.dealt(u.node(x.Table, false))
	dup := &In{X: u.expr(x.X, run), Table: p.node, Col: x.Col, How: x.How}
	switch {
	case p.run == nil:
	case x.How == HasAny || x.How == HasAll || run == nil:
		u.refuse("a list of words is another in each run")
	default:
		dup.With = &Equal{&Ref{run}, &Ref{p.run}}
	}
	return dup
}
