package bind

import (
	"nephoscope/internal/kql/ops"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// reduce binds the operator reduce.
func (p *pipeline) reduce(op *syntax.Reduce) {
	x := p.convert(p.scalar(op.By, p.env()), schema.String, op.By)
	r := &ops.Reduce{Threshold: 0.1}
	for _, w := range op.With {
		p.reduceOption(r, w)
	}
	text := plan.Item{Col: &plan.Column{Name: "$text", Type: schema.String}, X: x}
	texts := func(in plan.Node, keep ...plan.Item) plan.Node {
		return &plan.Project{Input: in, Items: append(keep, text)}
	}
	if p.choice(op.Params, "kind", "source") == "source" {
		rows := visible(p.node.Columns())
		r.Source, r.Column = true, len(rows)
		kept := kept(rows)
		cols := append(copyColumns(rows), &plan.Column{Name: "$text", Type: schema.String, Hidden: true}, &plan.Column{Name: "Pattern", Type: schema.String})
		p.then(&plan.Stage{Cols: cols, Name: "reduce", Operator: r, Inputs: []plan.Node{texts(p.node, kept...), texts(p.node, kept...)}})
		p.order, p.sorted = nil, true
		return
	}
	p.unordered(&plan.Stage{Name: "reduce", Operator: r, Inputs: []plan.Node{texts(p.node)}, Cols: []*plan.Column{
		{Name: "Pattern", Type: schema.String}, {Name: "Count", Type: schema.Long}, {Name: "Representative", Type: schema.String},
	}})
}

func (p *pipeline) reduceOption(r *ops.Reduce, w *syntax.Param) {
	c, ok := p.scalar(w.Value, &env{scope: p.scope}).(*plan.Const)
	if !ok {
		p.fail(w, "%s must be a constant", w.Name.Name)
		return
	}
	switch w.Name.Name {
	case "threshold":
		t, ok := c.Value.(float64)
		if n, whole := c.Value.(int64); whole {
			t, ok = float64(n), true
		}
		if !ok || t < 0 || t > 1 {
			p.fail(w.Value, "the threshold is a number from 0 to 1")
			return
		}
		r.Threshold = t
	case "characters":
		r.Separators, ok = c.Value.(string)
		if !ok {
			p.fail(w.Value, "the characters are a text")
		}
	default:
		p.fail(w.Name, "reduce knows threshold and characters, not %q", w.Name.Name)
	}
}
