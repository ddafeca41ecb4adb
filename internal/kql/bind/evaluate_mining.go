package bind

import (
	"slices"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/ops"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

func miningPlugins() []*Plugin {
	const rows = `datatable(op:string, ok:bool)["read", true, "read", true, "read", true, "write", false] `
	return []*Plugin{
		{
			Name: "basket", bind: (*pluginCall).basket,
			Usage: "basket([threshold [, weight [, maxDimensions [, wildcard, ...]]]])",
			Doc:   "The combinations of values that at least a part of all rows has, with their number; ~ stands for an argument's default.",
			Examples: []fn.Example{
				{Query: rows + "| evaluate basket(0.5)", Want: []string{"0", "3", "75.0", "read", "true"}},
			},
		},
		{
			Name: "autocluster", bind: (*pluginCall).autocluster,
			Usage: "autocluster([sizeWeight [, weight [, seeds [, wildcard, ...]]]])",
			Doc:   "A few combinations of values that together say most about the rows, with their number; ~ stands for an argument's default.",
			Examples: []fn.Example{
				{Query: rows + "| evaluate autocluster()", Want: []string{"0", "3", "75.0", "read", "true"}},
			},
		},
	}
}

// given is an argument that is not left to its default.
func (c *pluginCall) given(place int) (syntax.Expr, bool) {
	if place >= len(c.args) {
		return nil, false
	}
	if text, ok := c.args[place].(*syntax.Literal); ok && text.Value == "~" {
		return nil, false
	}
	return c.args[place], true
}

// part is an argument from 0 to 1.
func (c *pluginCall) part(place int, otherwise float64) float64 {
	x, ok := c.given(place)
	if !ok {
		return otherwise
	}
	k := c.constant("part", x)
	if k == nil {
		return otherwise
	}
	v := otherwise
	switch given := k.Value.(type) {
	case float64:
		v = given
	case int64:
		v = float64(given)
	default:
		c.fail(x, "a number from 0 to 1 is expected here")
	}
	if v < 0 || v > 1 {
		c.fail(x, "a number from 0 to 1 is expected here")
	}
	return v
}

func (c *pluginCall) basket() {
	dimensions := int64(5)
	if _, ok := c.given(2); ok {
		dimensions = c.number(2, dimensions)
	}
	c.mine(&ops.Mine{Threshold: max(c.part(0, 0.05), 0.015), Dimensions: int(min(max(dimensions, 1), 32))}, 3)
}

func (c *pluginCall) autocluster() {
	seeds := int64(25)
	if _, ok := c.given(2); ok {
		seeds = c.number(2, seeds)
	}
	c.mine(&ops.Mine{Threshold: 0.05, Dimensions: 5, Cluster: true, SizeWeight: c.part(0, 0.5), Most: int(min(max(seeds, 1), 1000))}, 3)
}

// mine gives the operator the different rows with their weights.
func (c *pluginCall) mine(op *ops.Mine, wildcards int) {
	cols := visible(c.node.Columns())
	weight := c.make.call("count")
	if x, ok := c.given(1); ok {
		ref, isColumn := c.scalar(x, c.env()).(*plan.Ref)
		if !isColumn {
			c.fail(x, "the name of a column with numbers is expected here")
			return
		}
		cols = slices.DeleteFunc(cols, func(col *plan.Column) bool { return col == ref.Col })
		weight = c.make.call("sum", x)
	}
	op.Columns, op.Wildcards = len(cols), make([]any, len(cols))
	out := []*plan.Column{{Name: "SegmentId", Type: schema.Long}, {Name: "Count", Type: schema.Long}, {Name: "Percent", Type: schema.Real}}
	by := make([]syntax.Expr, len(cols))
	chosen := c.wildcards(wildcards)
	for i, col := range cols {
		by[i] = c.make.ident(col.Name)
		out = append(out, &plan.Column{Name: col.Name, Type: col.Type, Nullable: col.Type != schema.String})
		op.Wildcards[i] = chosen[col.Type]
	}
	grouped := &pipeline{binder: c.binder, scope: c.scope, node: c.node}
	grouped.summarize(&syntax.Summarize{Span: c.op.Span, Aggregates: []syntax.Expr{c.make.named("$weight", weight)}, By: by})
	c.unordered(&plan.Stage{Cols: out, Name: c.op.Call.Name.Name, Operator: op, Inputs: []plan.Node{grouped.node}})
	c.sorted = true
}

// wildcards are the values that stand for any, by type.
func (c *pluginCall) wildcards(from int) map[schema.Type]any {
	chosen := map[schema.Type]any{}
	for i := from; i < len(c.args); i++ {
		if x, ok := c.given(i); ok {
			if k := c.constant("wildcard", x); k != nil {
				chosen[k.T] = k.Value
			}
		}
	}
	return chosen
}
