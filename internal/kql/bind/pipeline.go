package bind

import (
	"slices"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A pipeline is the operators of a pipe as they are bound one after the other.
// Node is the result so far, nil before a head that brings its own rows.
type pipeline struct {
	*binder
	scope *scope
	node  plan.Node
	// order is the order of rows, as far as sort has set it; sorted tells
	// that they have one.
	order  []plan.Key
	sorted bool
}

// env is what the expressions of an operator can refer to.
func (p *pipeline) env() *env {
	return &env{scope: p.scope, rows: rowsOf(p.node), order: p.reachable(), sorted: p.sorted}
}

// reachable is the order as far as its columns are still there.
func (p *pipeline) reachable() []plan.Key {
	cols := p.node.Columns()
	for i, k := range p.order {
		there := true
		plan.Walk(k.X, func(x plan.Expr) bool {
			if ref, ok := x.(*plan.Ref); ok && !containsColumn(cols, ref.Col) {
				there = false
			}
			return there
		})
		if !there {
			return p.order[:i]
		}
	}
	return p.order
}

// then replaces the result; unordered tells that rows have no order any more.
func (p *pipeline) then(n plan.Node) { p.node = n }

func (p *pipeline) unordered(n plan.Node) {
	p.node, p.order, p.sorted = n, nil, false
}

// next binds one operator.
func (p *pipeline) next(op syntax.Operator) {
	if p.node == nil {
		p.head(op)
		return
	}
	if g, ok := p.node.(*graph); ok {
		p.graphOperator(g, op)
		return
	}
	switch op := op.(type) {
	case *syntax.Where:
		p.where(op)
	case *syntax.Extend:
		p.extend(op.Columns)
	case *syntax.Project:
		p.project(op.Columns)
	case *syntax.ProjectAway:
		p.projectAway(op.Columns, false)
	case *syntax.ProjectKeep:
		p.projectAway(op.Columns, true)
	case *syntax.ProjectRename:
		p.projectRename(op)
	case *syntax.ProjectReorder:
		p.projectReorder(op)
	case *syntax.ProjectByNames:
		p.projectByNames(op)
	case *syntax.Summarize:
		p.summarize(op)
	case *syntax.Distinct:
		p.distinct(op)
	case *syntax.Sort:
		p.sort(op.By)
	case *syntax.Top:
		p.sort([]*syntax.Ordered{op.By})
		p.take(op.N)
	case *syntax.Take:
		p.take(op.N)
	case *syntax.Sample:
		p.unordered(&plan.Sample{Input: p.node, N: p.count(op.N)})
	case *syntax.SampleDistinct:
		p.sampleDistinct(op)
	case *syntax.Count:
		p.countRows(op)
	default:
		p.nextRare(op)
	}
}

// nextRare binds the operators that take more than a line to say.
func (p *pipeline) nextRare(op syntax.Operator) {
	switch op := op.(type) {
	case *syntax.Serialize:
		p.sorted = true
		p.then(&plan.Serialize{Input: p.node})
		if len(op.Columns) > 0 {
			p.extend(op.Columns)
		}
	case *syntax.Join:
		p.join(op)
	case *syntax.Lookup:
		p.lookup(op)
	case *syntax.Union:
		p.union(op)
	case *syntax.MvExpand:
		p.mvExpand(op)
	case *syntax.MvApply:
		p.mvApply(op)
	case *syntax.ParseWith:
		p.parse(op)
	case *syntax.As:
		p.as(op)
	case *syntax.GetSchema:
		p.getSchema()
	case *syntax.Search:
		p.search(op)
	case *syntax.Render:
		p.renderAs(op)
	case *syntax.Invoke:
		p.invoke(op)
	case *syntax.Scan:
		p.scanSteps(op)
	case *syntax.ParseKV:
		p.parseKV(op)
	case *syntax.TopNested:
		p.topNested(op)
	case *syntax.TopHitters:
		p.topHitters(op)
	case *syntax.Partition:
		p.partition(op)
	case *syntax.MakeSeries:
		p.makeSeries(op)
	case *syntax.Reduce:
		p.reduce(op)
	case *syntax.Facet:
		p.facet(op)
	case *syntax.Fork:
		p.fork(op)
	case *syntax.Evaluate:
		p.evaluate(op)
	case *syntax.Consume:
		p.then(&plan.Limit{Input: p.node, N: &plan.Const{T: schema.Long, Value: int64(0)}})
	case *syntax.MakeGraph:
		p.makeGraph(op)
	case *syntax.GraphMatch, *syntax.GraphToTable, *syntax.GraphMarkComponents, *syntax.GraphWhere:
		p.fail(op, "%s takes a graph: make-graph makes one of a table of edges", operatorName(op))
	case *syntax.BadOperator:
		p.misspelt(op)
	default:
		p.unsupported(op, "the operator "+operatorName(op))
		p.node = nil
	}
}

// misspelt goes on behind an operator that does not exist: with the same
// columns, and with any others unless it looks like one that makes none.
func (p *pipeline) misspelt(op *syntax.BadOperator) {
	keep := []string{"where", "filter", "sort", "order", "take", "limit", "top", "sample", "serialize"}
	if op.Name == "" || syntax.Nearest(op.Name, keep) == "" {
		p.unordered(&plan.Scan{Table: &schema.Table{}, Open: true, Cols: copyColumns(p.node.Columns())})
	}
}

// shareNode makes the result so far one that later parts can read again.
func (p *pipeline) shareNode(name string) *tabular {
	t := p.share(name, p.node)
	p.node = t.use()
	p.order = nil
	return t
}

// as gives the rows so far a name. They keep their order.
func (p *pipeline) as(op *syntax.As) {
	before, keys := p.node.Columns(), p.reachable()
	t := p.shareNode(op.Name.Name)
	t.shared.Named = true
	t.shared.Materialized = paramBool(op.Params, "hint.materialized")
	p.scope = p.scope.with(op.Name.Name, &symbol{table: t})
	for _, k := range keys {
		ref, ok := k.X.(*plan.Ref)
		if !ok {
			break
		}
		k.X = &plan.Ref{Col: p.node.Columns()[slices.Index(before, ref.Col)]}
		p.order = append(p.order, k)
	}
	if len(p.order) > 0 {
		p.node = &plan.Sort{Input: p.node, Keys: p.order}
	}
}

// head binds an operator that brings its own rows.
func (p *pipeline) head(op syntax.Operator) {
	switch op := op.(type) {
	case *syntax.Print:
		p.print(op)
	case *syntax.Range:
		p.rangeRows(op)
	case *syntax.Union:
		p.union(op)
	case *syntax.Search:
		p.search(op)
	case *syntax.BadOperator:
	case *syntax.Find:
		p.find(op)
	case *syntax.Evaluate:
		p.evaluate(op)
	default:
		p.fail(op, "the operator %s needs rows to work on", operatorName(op))
	}
	p.sorted = true
}

// count binds a number of rows.
func (p *pipeline) count(x syntax.Expr) plan.Expr {
	n := p.scalar(x, &env{scope: p.scope})
	if n.Type() == schema.Dynamic || n.Type() == schema.Real {
		n = p.convert(n, schema.Long, x)
	}
	if t := n.Type(); t != schema.Long && t != schema.Int && t != schema.Unknown {
		p.fail(x, "a number of rows is expected here, not a value of type %s", t)
	}
	return n
}

func (p *pipeline) take(n syntax.Expr) {
	p.then(&plan.Limit{Input: p.node, N: p.count(n)})
}

func (p *pipeline) where(op *syntax.Where) {
	condition := p.condition(op.Cond, p.env())
	p.hoist([]*plan.Expr{&condition}, true)
	p.then(&plan.Filter{Input: p.node, Cond: condition})
}

func (p *pipeline) sort(by []*syntax.Ordered) {
	e := p.env()
	var keys []plan.Key
	for _, o := range by {
		x := p.scalar(o.X, e)
		k := plan.Key{X: x, Desc: o.Order != syntax.Asc, NullsFirst: o.Order == syntax.Asc}
		if o.Nulls != syntax.DefaultNulls {
			k.NullsFirst = o.Nulls == syntax.NullsFirst
		}
		keys = append(keys, k)
	}
	for i := range keys {
		p.hoist([]*plan.Expr{&keys[i].X}, true)
	}
	p.node = &plan.Sort{Input: p.node, Keys: keys}
	p.order, p.sorted = keys, true
}

func (p *pipeline) print(op *syntax.Print) {
	e := &env{scope: p.scope}
	pr := p.projection(printStyle)
	pr.expressions(op.Columns, e)
	p.node = &plan.Project{Input: &plan.Values{Rows: [][]plan.Expr{{}}}, Items: pr.items}
}

func (p *pipeline) rangeRows(op *syntax.Range) {
	e := &env{scope: p.scope}
	from, to, step := p.scalar(op.From, e), p.scalar(op.To, e), p.scalar(op.Step, e)
	t := from.Type()
	switch {
	case t == schema.Int:
		t = schema.Long
	case t == schema.Long && step.Type() == schema.Real, t == schema.Long && to.Type() == schema.Real:
		t = schema.Real
	}
	stepType := t
	if t == schema.Datetime {
		stepType = schema.Timespan
	}
	switch t {
	case schema.Long, schema.Real, schema.Datetime, schema.Timespan, schema.Unknown:
	default:
		p.fail(op, "range counts numbers and times, not values of type %s", t)
		return
	}
	if !p.countsBy(t, to, op.To) || !p.countsBy(stepType, step, op.Step) {
		return
	}
	if c, ok := step.(*plan.Const); ok && isZero(c.Value) {
		p.fail(op.Step, "range needs a step that is not 0")
		return
	}
	col := &plan.Column{Name: op.Name.Name, Type: t}
	p.node = &plan.Range{
		Cols: []*plan.Column{col}, From: p.convert(from, t, op.From),
		To: p.convert(to, t, op.To), Step: p.convert(step, stepType, op.Step),
	}
}

// countsBy reports an end or a step of a range that is of no use for its type.
func (p *pipeline) countsBy(t schema.Type, x plan.Expr, at syntax.Expr) bool {
	got := x.Type()
	if got == t || got == schema.Unknown || t == schema.Unknown || fn.IsNumber(got) && fn.IsNumber(t) {
		return true
	}
	p.fail(at, "this range needs a value of type %s here, not %s", t, got)
	return false
}

func isZero(v any) bool {
	n, ok := magnitude(v)
	return ok && n == 0
}

func isPositive(v any) bool {
	n, ok := magnitude(v)
	return ok && n > 0
}

// magnitude is the value of a number or a span of time.
func magnitude(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case int32:
		return float64(v), true
	case float64:
		return v, true
	case schema.TimespanValue:
		return float64(v), true
	}
	return 0, false
}

func (p *pipeline) countRows(op *syntax.Count) {
	name := "Count"
	if op.As != nil {
		name = op.As.Name
	}
	count := p.aggregateCall("count", op)
	col := &plan.Column{Name: name, Type: schema.Long}
	p.unordered(&plan.Aggregate{Input: p.node, Aggs: []plan.Item{{Col: col, X: count}}})
}

func (p *pipeline) getSchema() {
	cols := visible(p.node.Columns())
	text := func(s string) plan.Expr { return &plan.Const{T: schema.String, Value: s} }
	n := &plan.Values{Cols: []*plan.Column{
		{Name: "ColumnName", Type: schema.String},
		{Name: "ColumnOrdinal", Type: schema.Long},
		{Name: "DataType", Type: schema.String},
		{Name: "ColumnType", Type: schema.String},
	}}
	for i, c := range cols {
		ordinal := &plan.Const{T: schema.Long, Value: int64(i)}
		n.Rows = append(n.Rows, []plan.Expr{text(c.Name), ordinal, text(dotNetTypes[c.Type]), text(c.Type.String())})
	}
	p.unordered(n)
	p.sorted = true
}

var dotNetTypes = map[schema.Type]string{
	schema.Bool: "System.SByte", schema.Int: "System.Int32", schema.Long: "System.Int64", schema.Real: "System.Double",
	schema.Decimal: "System.Data.SqlTypes.SqlDecimal", schema.String: "System.String", schema.Datetime: "System.DateTime",
	schema.Timespan: "System.TimeSpan", schema.GUID: "System.Guid", schema.Dynamic: "System.Object",
}

// invoke calls a function with the rows so far as its first argument.
func (p *pipeline) invoke(op *syntax.Invoke) {
	call, ok := op.Call.(*syntax.Call)
	if !ok {
		p.fail(op, "invoke needs the call of a function")
		return
	}
	sym := p.symbol(p.scope, call.Name.Name)
	if sym == nil || sym.fn == nil {
		p.fail(call.Name, "there is no function %q%s", call.Name.Name, p.suggestFunction(call.Name.Name, &env{scope: p.scope}))
		return
	}
	const piped = "$piped"
	sc := p.scope.with(piped, &symbol{table: p.share("piped", p.node)})
	args := append([]syntax.Expr{&syntax.Ident{Span: call.Span, Name: piped}}, call.Args...)
	p.unordered(p.callUser(sym.fn, &syntax.Call{Span: call.Span, Name: call.Name, Args: args}, &env{scope: sc}))
}
