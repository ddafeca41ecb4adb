package bind

import (
	"strconv"

	"nephoscope/internal/kql/ops"
	"nephoscope/internal/kql/plan"
)

// isSession tells whether a window function remembers more than SQL can: each
// row's session depends on where the one before it began.
func isSession(c *plan.Call) bool { return c.Func.Name == "row_window_session" }

// sessions puts an operator behind the node for each call of
// row_window_session and returns the other items.
func (p *pipeline) sessions(items []plan.Item) []plan.Item {
	var others []plan.Item
	for _, it := range items {
		call, ok := it.X.(*plan.Call)
		if !ok || !isSession(call) {
			others = append(others, it)
			continue
		}
		args := make([]*plan.Expr, len(call.Args))
		for i := range call.Args {
			args[i] = &call.Args[i]
		}
		p.hoist(args, true)
		p.session(it.Col, call)
	}
	return others
}

// session is the operator that makes the column. Rows pass through it with all
// their columns, the hidden ones too.
func (p *pipeline) session(col *plan.Column, call *plan.Call) {
	p.windows++
	col.Name = "$window" + strconv.Itoa(p.windows)
	cols := p.node.Columns()
	op := &ops.Sessions{Columns: len(cols), Restart: len(call.Args) > 3}
	input := make([]plan.Item, 0, len(cols)+len(call.Args))
	for _, c := range cols {
		input = append(input, plan.Item{Col: &plan.Column{Name: c.Name, Type: c.Type, Nullable: c.Nullable}, X: &plan.Ref{Col: c}})
	}
	for _, a := range call.Args {
		input = append(input, plan.Item{Col: &plan.Column{Name: "$session", Type: a.Type(), Nullable: true}, X: a})
	}
	out := append(append([]*plan.Column{}, cols...), col)
	p.then(&plan.Stage{Cols: out, Name: "row_window_session", Operator: op, Inputs: []plan.Node{&plan.Project{Input: p.node, Items: input}}})
	p.order, p.sorted = nil, true
}
