package bind

import (
	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A series is made in two steps: rows are grouped by their bin on the axis,
// and then the bins of each group are laid out one after the other, those
// without rows with a default. A bin is the number of steps from a base: from
// where the axis begins, or from zero if that is not said.
type series struct {
	*pipeline
	axis           plan.Expr
	from, to, step plan.Expr // from and to are nil if left out
	groups         []plan.Item
	bin            *plan.Column
	aggregates     []plan.Item
	defaults       []plan.Expr
}

func (p *pipeline) makeSeries(op *syntax.MakeSeries) {
	s := &series{pipeline: p}
	if !s.bindAxis(op) {
		p.node = nil
		return
	}
	e := p.env()
	pr := p.projection(projectStyle)
	pr.expressions(op.By, e)
	by := len(pr.items)
	for _, it := range pr.items {
		pr.skip[it.Col] = true
	}
	s.groups = pr.items[:by:by]
	e.aggregates, e.by = true, s.groups
	pr.style = summarizeStyle
	for i, sr := range op.Series {
		pr.expression(sr.X, i, e)
		s.aggregate(pr.items[by:], sr, e)
	}
	s.aggregates = pr.items[by:]
	name, base := s.axisName(op, e)
	s.group()
	s.layOut(pr.names.add(name, base), p.choice(op.Params, "kind", "nonempty") == "nonempty")
}

// bindAxis binds the axis and its bounds, all of one type.
func (s *series) bindAxis(op *syntax.MakeSeries) bool {
	on := op.On
	if named, ok := on.(*syntax.Named); ok {
		on = named.X
	}
	e := &env{scope: s.scope}
	s.axis = s.scalar(on, s.env())
	t := s.axis.Type()
	span := t
	switch t {
	case schema.Datetime:
		span = schema.Timespan
	case schema.Int:
		t, span = schema.Long, schema.Long
		s.axis = s.convert(s.axis, t, on)
	case schema.Timespan, schema.Long, schema.Real, schema.Unknown:
	default:
		s.fail(on, "make-series counts along numbers and times, not values of type %s", t)
		return false
	}
	bound := func(x syntax.Expr, t schema.Type) plan.Expr {
		if x == nil {
			return nil
		}
		return s.convert(s.scalar(x, e), t, x)
	}
	s.from, s.to, s.step = bound(op.From, t), bound(op.To, t), bound(op.Step, span)
	if s.step == nil {
		s.fail(op, "make-series needs a step")
		return false
	}
	if c, ok := s.step.(*plan.Const); ok && !isPositive(c.Value) {
		s.fail(op.Step, "make-series needs a step greater than 0")
		return false
	}
	if t != schema.Unknown {
		s.within(op)
	}
	return true
}

// within leaves the rows between the bounds. The bounds of the older form, in
// range(), are both included, and its bins begin at multiples of the step.
func (s *series) within(op *syntax.MakeSeries) {
	below := "<"
	if op.InRange {
		below = "<="
	}
	if s.from != nil {
		s.then(&plan.Filter{Input: s.node, Cond: s.operator(">=", op, s.axis, s.from)})
	}
	if s.to != nil {
		s.then(&plan.Filter{Input: s.node, Cond: s.operator(below, op, s.axis, s.to)})
	}
	if op.InRange && s.from != nil && s.to != nil {
		bin := func(x plan.Expr) plan.Expr {
			return s.resolve(s.lib.Find(fn.Scalar, "bin"), op, []plan.Expr{x, s.step}, nil)
		}
		s.from, s.to = bin(s.from), s.operator("+", op, bin(s.to), s.step)
	}
}

// axisName is the name of the axis and what it is made unique with.
func (s *series) axisName(op *syntax.MakeSeries, e *env) (name, base string) {
	if named, ok := op.On.(*syntax.Named); ok {
		return named.Names[0].Name, named.Names[0].Name
	}
	name, ok := s.resultName(op.On, e)
	if !ok {
		return "Column1", "Column"
	}
	return name, name
}

// aggregate gives the series that were added last their default: zero of the
// value's type, unless another is given.
func (s *series) aggregate(items []plan.Item, sr *syntax.Series, e *env) {
	for _, it := range items[len(s.defaults):] {
		x := plan.Expr(&plan.Const{T: schema.Long, Value: int64(0)})
		if sr.Default != nil {
			x = s.scalar(sr.Default, within(e))
		}
		if fn.IsNumber(it.X.Type()) && fn.IsNumber(x.Type()) {
			x = s.convert(x, it.X.Type(), sr)
		}
		s.defaults = append(s.defaults, x)
	}
}

// group makes one row for each bin that has rows.
func (s *series) group() {
	base := s.base()
	s.bin = &plan.Column{Name: "$bin", Type: schema.Long, Nullable: true}
	groups := append(s.groups[:len(s.groups):len(s.groups)], plan.Item{Col: s.bin, X: s.operator("series bin", nil, s.axis, base, s.step)})
	s.hoistItems(s.aggregates, true)
	s.unordered(&plan.Aggregate{Input: s.node, Groups: groups, Aggs: s.aggregates})
	s.unordered(&plan.Filter{Input: s.node, Cond: s.operator("series known", nil, &plan.Ref{Col: s.bin})})
}

// base is where bins are counted from.
func (s *series) base() plan.Expr {
	if s.from != nil {
		return s.from
	}
	return zeroOf(s.axis.Type())
}

func zeroOf(t schema.Type) plan.Expr {
	zero := map[schema.Type]any{
		schema.Long: int64(0), schema.Real: 0.0, schema.Datetime: schema.DatetimeValue(0), schema.Timespan: schema.TimespanValue(0),
	}
	return &plan.Const{T: t, Value: zero[t]}
}

// layOut makes one row for each group, with an array for each series and one
// of the axis.
func (s *series) layOut(axis string, nonempty bool) {
	bin := &plan.Ref{Col: s.bin}
	nothing := &plan.Const{T: schema.Long}
	var low, high plan.Expr = nothing, nothing
	if s.from != nil {
		low = &plan.Const{T: schema.Long, Value: int64(0)}
	}
	if s.to != nil {
		high = s.operator("series end", nil, s.to, s.base(), s.step)
	}
	groups := make([]plan.Item, len(s.groups))
	for i, g := range s.groups {
		groups[i] = item(g.Col.Name, &plan.Ref{Col: g.Col})
	}
	var aggs []plan.Item
	for i, a := range s.aggregates {
		x := s.aggregateCall("series values", nil, bin, low, high, s.defaults[i], &plan.Ref{Col: a.Col})
		if a.X.Type() == schema.Unknown {
			x = &plan.Opaque{T: schema.Dynamic}
		}
		aggs = append(aggs, item(a.Col.Name, x))
	}
	places := s.aggregateCall("series axis", nil, bin, low, high, s.base(), s.step)
	if places.Type() == schema.Unknown {
		places = &plan.Opaque{T: schema.Dynamic}
	}
	aggs = append(aggs, item(axis, places))
	if nonempty || len(groups) > 0 {
		s.unordered(&plan.Aggregate{Input: s.node, Groups: groups, Aggs: aggs})
		return
	}
	// Without groups SQL makes a row of nothing.
	count := plan.Item{Col: &plan.Column{Name: "$count", Type: schema.Long, Hidden: true}, X: s.aggregateCall("count", nil)}
	s.unordered(&plan.Aggregate{Input: s.node, Aggs: append(aggs, count)})
	s.unordered(&plan.Filter{Input: s.node, Cond: s.operator(">", nil, &plan.Ref{Col: count.Col}, &plan.Const{T: schema.Long, Value: int64(0)})})
}
