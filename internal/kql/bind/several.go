package bind

import (
	"fmt"

	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
)

// A query returns several tables if its text has several expressions, or if
// one of them ends in facet or fork.

// result binds an expression that is a result of the query.
func (b *binder) result(s *syntax.ExprStatement, sc *scope, first plan.Node) plan.Node {
	b.ending = lastOperator(s.X)
	node := b.table(s.X, sc)
	if first == nil {
		return node
	}
	b.addTable("", node)
	return first
}

// lastOperator returns the operator that ends a pipe, nil if there is none.
func lastOperator(x syntax.Expr) syntax.Operator {
	switch x := x.(type) {
	case *syntax.Paren:
		return lastOperator(x.X)
	case *syntax.Pipe:
		if len(x.Ops) > 0 {
			return x.Ops[len(x.Ops)-1]
		}
	}
	return nil
}

// maxTables bounds the tables of one result.
const maxTables = 64

// addTable adds a table to the result.
func (b *binder) addTable(name string, n plan.Node) {
	if name == "" {
		name = fmt.Sprintf("Table_%d", len(b.further)+1)
	}
	b.further = append(b.further, Further{Name: name, Plan: n})
}

// ends reports an operator that makes several tables but does not end the
// statement.
func (p *pipeline) ends(op syntax.Operator) bool {
	if p.ending != op {
		p.fail(op, "%s returns several tables: it can only be the last operator of a query", operatorName(op))
		return false
	}
	return true
}

// facet returns what its own operators make of all rows, and then, for each
// column, its values with the number of rows that have them.
func (p *pipeline) facet(op *syntax.Facet) {
	if !p.ends(op) {
		return
	}
	input := p.share("facet", p.node)
	if len(op.By) > maxTables {
		p.fail(op, "facet takes %d columns at most", maxTables)
		return
	}
	var tables []Further
	if op.With != nil {
		tables = append(tables, Further{"with", p.branch(op.With, input)})
	}
	for _, x := range op.By {
		branch := &pipeline{binder: p.binder, scope: p.scope, node: input.use()}
		name, _ := p.resultName(x, branch.env())
		c := composer{op.Span}
		count := c.named("count_"+name, c.call("count"))
		branch.summarize(&syntax.Summarize{Span: op.Span, Aggregates: []syntax.Expr{count}, By: []syntax.Expr{x}})
		tables = append(tables, Further{name, branch.node})
	}
	p.returnAll(tables)
}

// fork gives the rows to several pipes, each of which makes a table.
func (p *pipeline) fork(op *syntax.Fork) {
	if !p.ends(op) {
		return
	}
	if len(op.Branches) > maxTables {
		p.fail(op, "fork takes %d branches at most", maxTables)
		return
	}
	input := p.share("fork", p.node)
	var tables []Further
	for _, br := range op.Branches {
		name := ""
		if br.Name != nil {
			name = br.Name.Name
		}
		if br.Query != nil {
			p.unsupported(br, "a branch of fork with a query of its own")
			return
		}
		tables = append(tables, Further{name, p.branch(br.Sub, input)})
	}
	p.returnAll(tables)
}

// branch runs operators over shared rows.
func (p *pipeline) branch(ops []syntax.Operator, input *tabular) plan.Node {
	branch := &pipeline{binder: p.binder, scope: p.scope, node: input.use()}
	for _, op := range ops {
		if branch.node != nil && p.spend(op) {
			branch.next(op)
		}
	}
	if branch.node == nil {
		return nothing()
	}
	return branch.node
}

// returnAll makes the first of the tables that of the pipe.
func (p *pipeline) returnAll(tables []Further) {
	if len(tables) == 0 {
		return
	}
	p.unordered(tables[0].Plan)
	for _, t := range tables[1:] {
		p.addTable(t.Name, t.Plan)
	}
}
