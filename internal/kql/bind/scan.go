package bind

import (
	"slices"

	"nephoscope/internal/kql/ops"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A scanner binds the operator scan. Each step remembers a record of every
// step up to its own: the columns of the input and the declared ones. What a
// step's expressions need of the current row alone becomes a column of the
// operator's input; what needs the memory becomes a formula.
type scanner struct {
	*pipeline
	input    []plan.Item // what the operator reads
	declared []*plan.Column
	defaults []any
	records  map[string]*rows
	order    []string // of the records
	op       ops.Scan
	formulas []plan.Formula
}

// maxScanSteps bounds the memory of a scan: each step remembers all before it.
const maxScanSteps = 32

func (p *pipeline) scanSteps(op *syntax.Scan) {
	if len(op.Steps) > maxScanSteps {
		p.fail(op, "scan takes %d steps at most", maxScanSteps)
		return
	}
	if op.OrderBy != nil {
		p.sort(op.OrderBy)
	}
	s := &scanner{pipeline: p, input: kept(visible(p.node.Columns())), records: map[string]*rows{}}
	s.op.Columns = len(s.input)
	s.declare(op.Declare)
	for _, step := range op.Steps {
		s.record(step)
	}
	for _, step := range op.Steps {
		s.step(step)
	}
	for _, x := range op.PartitionBy {
		s.op.Partition = append(s.op.Partition, s.add(p.scalar(x, p.env())))
	}
	p.then(s.stage(op))
	p.order, p.sorted = nil, true
}

// stage is the operator's place in the plan.
func (s *scanner) stage(op *syntax.Scan) plan.Node {
	cols := copyColumns(columnsOf(s.input[:s.op.Columns]))
	for _, c := range s.declared {
		dup := *c
		cols = append(cols, &dup)
	}
	if id := paramName(op.Params, "with_match_id"); id != "" {
		s.op.MatchID = true
		cols = append(cols, &plan.Column{Name: id, Type: schema.Long})
	}
	input := &plan.Project{Input: s.node, Items: s.input}
	s.op.Defaults = s.defaults
	return &plan.Stage{Cols: cols, Name: "scan", Inputs: []plan.Node{input}, Operator: &s.op, Formulas: s.formulas}
}

func columnsOf(items []plan.Item) []*plan.Column {
	cols := make([]*plan.Column, len(items))
	for i, it := range items {
		cols[i] = it.Col
	}
	return cols
}

// add makes a value of the current row a column of the input and returns its
// place.
func (s *scanner) add(x plan.Expr) int {
	for i, it := range s.input {
		if ref, ok := x.(*plan.Ref); ok && it.Col == ref.Col {
			return i
		}
	}
	s.input = append(s.input, plan.Item{Col: &plan.Column{Name: "$scan", Type: x.Type(), Nullable: plan.Nullable(x)}, X: x})
	return len(s.input) - 1
}

// declare binds the columns that the steps assign.
func (s *scanner) declare(params []*syntax.Parameter) {
	for _, p := range params {
		if p.Type == nil {
			s.fail(p, "the column %q needs a type", p.Name.Name)
			continue
		}
		value := any(nil)
		if p.Default != nil {
			x := s.convert(s.scalar(p.Default, &env{scope: s.scope}), p.Type.Type, p.Default)
			c, ok := x.(*plan.Const)
			if !ok && x.Type() != schema.Unknown {
				s.fail(p.Default, "the default of %q must be a constant", p.Name.Name)
			} else if ok {
				value = c.Value
			}
		}
		s.defaults = append(s.defaults, value)
		s.declared = append(s.declared, &plan.Column{Name: p.Name.Name, Type: p.Type.Type, Nullable: p.Type.Type != schema.String})
	}
}

// record makes the columns that stand for a step's record.
func (s *scanner) record(step *syntax.ScanStep) {
	name := step.Name.Name
	if s.records[name] != nil {
		s.fail(step.Name, "there is a step %q already", name)
		return
	}
	cols := copyColumns(columnsOf(s.input[:s.op.Columns]))
	for _, c := range cols {
		c.Nullable, c.Source = c.Type != schema.String, nil
	}
	s.records[name] = &rows{cols: append(cols, copyColumns(s.declared)...)}
	s.order = append(s.order, name)
}

// step binds a step's condition and assignments.
func (s *scanner) step(step *syntax.ScanStep) {
	e := s.env()
	e.records = s.records
	e.scope = s.scopeOfDefaults()
	st := ops.ScanStep{Output: ops.OutputAll, Formula: -1}
	switch step.Output {
	case "last":
		st.Output = ops.OutputLast
	case "none":
		st.Output = ops.OutputNone
	}
	f := &plan.Formula{}
	condition := s.condition(step.Cond, e)
	for _, x := range conjuncts(condition) {
		if s.remembers(x) {
			st.Conditions = append(st.Conditions, s.formula(f, x))
		} else {
			st.Filters = append(st.Filters, s.add(x))
		}
	}
	for _, a := range step.Set {
		s.assign(&st, f, a, e)
	}
	if len(f.Xs) > 0 {
		st.Formula = len(s.formulas)
		st.Args = s.arguments(f)
		s.formulas = append(s.formulas, *f)
	}
	s.op.Steps = append(s.op.Steps, st)
}

// scopeOfDefaults lets a declared column that is named without a step stand
// for its default.
func (s *scanner) scopeOfDefaults() *scope {
	sc := s.scope
	for i, c := range s.declared {
		sc = sc.with(c.Name, &symbol{value: &plan.Const{T: c.Type, Value: s.defaults[i]}})
	}
	return sc
}

func (s *scanner) assign(st *ops.ScanStep, f *plan.Formula, a *syntax.Named, e *env) {
	name := a.Names[0].Name
	i := slices.IndexFunc(s.declared, func(c *plan.Column) bool { return c.Name == name })
	if i < 0 {
		s.fail(a.Names[0], "the column %q is not declared by the scan%s", name, nearColumn(name, &rows{cols: s.declared}))
		return
	}
	x := s.convert(s.scalar(a.X, e), s.declared[i].Type, a.X)
	set := ops.ScanSet{Column: s.op.Columns + i, Input: -1}
	if s.remembers(x) {
		set.Value = s.formula(f, x)
	} else {
		set.Input = s.add(x)
	}
	st.Set = append(st.Set, set)
}

// formula adds an expression and returns its place.
func (s *scanner) formula(f *plan.Formula, x plan.Expr) int {
	f.Xs = append(f.Xs, x)
	return len(f.Xs) - 1
}

// remembers tells whether an expression reads a step's record.
func (s *scanner) remembers(x plan.Expr) bool {
	found := false
	plan.Walk(x, func(x plan.Expr) bool {
		if ref, ok := x.(*plan.Ref); ok {
			found = found || s.stepOf(ref.Col) >= 0
		}
		return !found
	})
	return found
}

// stepOf returns the step whose record holds a column, -1 for none.
func (s *scanner) stepOf(c *plan.Column) int {
	return slices.IndexFunc(s.order, func(name string) bool { return containsColumn(s.records[name].cols, c) })
}

// arguments tells where the columns come from that a formula refers to: from
// the current row or from a step's record.
func (s *scanner) arguments(f *plan.Formula) []ops.ScanArg {
	var args []ops.ScanArg
	for _, x := range f.Xs {
		plan.Walk(x, func(x plan.Expr) bool {
			ref, ok := x.(*plan.Ref)
			if !ok || slices.Contains(f.Row, ref.Col) {
				return true
			}
			f.Row = append(f.Row, ref.Col)
			arg := ops.ScanArg{Step: s.stepOf(ref.Col)}
			if arg.Step >= 0 {
				arg.Column = slices.Index(s.records[s.order[arg.Step]].cols, ref.Col)
			} else {
				arg.Column = s.add(ref)
			}
			args = append(args, arg)
			return true
		})
	}
	return args
}

// conjuncts are the conditions that must all be true.
func conjuncts(x plan.Expr) []plan.Expr {
	if call, ok := x.(*plan.Call); ok && call.Func.Name == "and" {
		return append(conjuncts(call.Args[0]), conjuncts(call.Args[1])...)
	}
	return []plan.Expr{x}
}
