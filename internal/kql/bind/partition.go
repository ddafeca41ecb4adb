package bind

import (
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
)

// partition binds partition: operators that run over the rows of each value of
// a column by themselves.
func (p *pipeline) partition(op *syntax.Partition) {
	if op.In != nil || op.Query != nil {
		p.unsupported(op, "partition with a query in braces")
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
	place := 0
	for i, c := range p.node.Columns() {
		if c == key.Col {
			place = i
		}
	}
	keys := &plan.Aggregate{Input: p.node, Groups: []plan.Item{{Col: &plan.Column{Name: "$partition", Type: key.Col.Type, Nullable: key.Col.Nullable}, X: key}}, Distinct: true}
	outer := keys.Groups[0].Col
	rows := input.use()
	own := &plan.Ref{Col: rows.Columns()[place]}
	same := p.operator("same", op, own, &plan.Ref{Col: outer})
	sub := &pipeline{binder: p.binder, scope: p.scope, node: &plan.Filter{Input: rows, Cond: same}}
	for _, o := range op.Sub {
		if sub.node != nil && p.spend(o) {
			sub.next(o)
		}
	}
	if sub.node == nil {
		return
	}
	p.unordered(&plan.Partition{Keys: keys, Key: outer, Sub: sub.node, Out: visible(sub.node.Columns())})
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
