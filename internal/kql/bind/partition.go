package bind

import (
	"slices"

	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
)

// partition binds partition: operators that run over the rows of each value of
// a column by themselves, or a query that runs once for each value.
func (p *pipeline) partition(op *syntax.Partition) {
	if op.In != nil {
		p.unsupported(op, "partition by a column in a scope")
		return
	}
	if p.rowwise(op) {
		return
	}
	input := p.shareNode("partition")
	key, ok := p.scalar(op.By, p.env()).(*plan.Ref)
	if !ok {
		p.fail(op.By, "partition needs a column")
		return
	}
	place := slices.Index(p.node.Columns(), key.Col)
	keys := &plan.Aggregate{Input: p.node, Groups: []plan.Item{{Col: &plan.Column{Name: "$partition", Type: key.Col.Type, Nullable: key.Col.Nullable}, X: key}}, Distinct: true}
	outer := &plan.Ref{Col: keys.Groups[0].Col}
	var sub plan.Node
	if op.Query != nil {
		sub = p.table(op.Query, p.scope.with(key.Col.Name, &symbol{value: outer}))
	} else {
		rows := input.use()
		same := p.operator("same", op, &plan.Ref{Col: rows.Columns()[place]}, outer)
		sub = p.partitioned(&plan.Filter{Input: rows, Cond: same}, op.Sub)
	}
	if sub != nil {
		p.unordered(&plan.Partition{Keys: keys, Key: outer.Col, Sub: sub, Out: visible(sub.Columns())})
	}
}

// partitioned binds the operators of a partition over its rows.
func (p *pipeline) partitioned(rows plan.Node, ops []syntax.Operator) plan.Node {
	sub := &pipeline{binder: p.binder, scope: p.scope, node: rows}
	for _, o := range ops {
		if sub.node != nil && p.spend(o) {
			sub.next(o)
		}
	}
	return sub.node
}

// rowwise binds a partition whose operators look at one row at a time, but for
// scan, which can keep partitions apart by itself.
func (p *pipeline) rowwise(op *syntax.Partition) bool {
	scans := false
	for _, o := range op.Sub {
		switch o := o.(type) {
		case *syntax.Where, *syntax.Extend, *syntax.Project, *syntax.ProjectAway, *syntax.ProjectRename, *syntax.ProjectReorder, *syntax.Serialize:
		case *syntax.Sort:
		case *syntax.Scan:
			scans = scans || o.PartitionBy == nil
		default:
			return false
		}
	}
	if !scans {
		return false
	}
	c := composer{op.Span}
	for _, o := range op.Sub {
		switch o := o.(type) {
		case *syntax.Sort:
			p.sort(append([]*syntax.Ordered{c.asc(op.By)}, o.By...))
		case *syntax.Scan:
			within := *o
			within.PartitionBy = []syntax.Expr{op.By}
			p.scanSteps(&within)
		default:
			p.next(o)
		}
	}
	return true
}
