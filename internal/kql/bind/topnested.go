package bind

import (
	"fmt"

	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A nesting binds top-nested. Each level ranks the values of its expression
// among the rows that the level before has left, within each combination of the
// outer values, and leaves the rows of the best; the others go, or get a common
// name. What the levels say of their values is joined in the end.
type nesting struct {
	*pipeline
	make   composer
	keys   []syntax.Expr // the columns that hold the values of the levels so far
	tables []string      // what the levels say of them
	result []syntax.Expr // the columns of the result
	names  uniqueNames
}

func (p *pipeline) topNested(op *syntax.TopNested) {
	n := &nesting{pipeline: p, make: composer{op.Span}, names: uniqueNames{}}
	for i, l := range op.Levels {
		n.level(i, l)
	}
	last := len(op.Levels) - 1
	p.node = p.table(n.make.ident(n.tables[last]), p.scope)
	for i := last - 1; i >= 0; i-- {
		p.join(n.make.join("inner", n.make.ident(n.tables[i]), n.keys[:i+1]...))
	}
	p.project(n.result)
	p.unordered(p.node)
}

func (n *nesting) level(i int, l *syntax.TopNestedLevel) {
	e := n.env()
	name := givenName(l.Of)
	if name == "" {
		name, _ = n.resultName(unnamed(l.Of), e)
	}
	key := fmt.Sprintf("$key_%d_", i)
	n.extend([]syntax.Expr{n.make.named(key, l.Of)})
	n.keys = append(n.keys, n.make.ident(key))
	if l.N != nil {
		n.keep(i, l)
	}
	score := fmt.Sprintf("$score_%d_", i)
	summary := &pipeline{binder: n.binder, scope: n.scope, node: n.shareNode("nested").use()}
	summary.summarize(&syntax.Summarize{Span: n.make.Span, Aggregates: []syntax.Expr{n.make.named(score, l.By.X)}, By: n.keys})
	table := fmt.Sprintf("$level_%d_", i)
	n.scope = n.scope.with(table, &symbol{table: n.share("level", summary.node)})
	n.tables = append(n.tables, table)
	if name == "" {
		name = "Column1"
	}
	by := givenName(l.By.X)
	if by == "" {
		by = "aggregated_" + name
	}
	n.result = append(n.result, n.make.named(n.names.add(name, name), n.make.ident(key)), n.make.named(n.names.add(by, by), n.make.ident(score)))
}

// keep leaves the rows of a level's best values; with others, all other rows
// get one value.
func (n *nesting) keep(i int, l *syntax.TopNestedLevel) {
	score, rank, table := fmt.Sprintf("$of_%d_", i), fmt.Sprintf("$rank_%d_", i), fmt.Sprintf("$ranks_%d_", i)
	ranks := &pipeline{binder: n.binder, scope: n.scope, node: n.shareNode("nested").use()}
	ranks.summarize(&syntax.Summarize{Span: n.make.Span, Aggregates: []syntax.Expr{n.make.named(score, l.By.X)}, By: n.keys})
	var order []*syntax.Ordered
	var changed syntax.Expr
	for _, k := range n.keys[:i] {
		order = append(order, n.make.asc(k))
		differs := n.make.binary(syntax.OpNotEqual, k, n.make.call("prev", k))
		if changed != nil {
			differs = n.make.binary(syntax.OpOr, changed, differs)
		}
		changed = differs
	}
	ranks.sort(append(order, &syntax.Ordered{Span: n.make.Span, X: n.make.ident(score), Order: l.By.Order}, n.make.asc(n.keys[i])))
	number := n.make.call("row_number")
	if changed != nil {
		number.Args = []syntax.Expr{&syntax.Literal{Span: n.make.Span, Type: schema.Long, Value: int64(1)}, changed}
	}
	ranks.extend([]syntax.Expr{n.make.named(rank, number)})
	n.scope = n.scope.with(table, &symbol{table: n.share("ranks", ranks.node)})
	n.join(n.make.join("inner", n.make.ident(table), n.keys...))
	within := n.make.binary(syntax.OpLessEqual, n.make.ident(rank), l.N)
	if l.Others == nil {
		n.where(&syntax.Where{Span: n.make.Span, Cond: within})
		return
	}
	key := n.keys[i]
	n.extend([]syntax.Expr{n.make.named(key.(*syntax.Ident).Name, n.make.call("iff", within, n.make.call("tostring", key), l.Others))})
}

// topHitters counts how often the values occur, or adds up what a column says,
// and takes the greatest.
func (p *pipeline) topHitters(op *syntax.TopHitters) {
	c := composer{op.Span}
	name, _ := p.resultName(unnamed(op.Of), p.env())
	count, by := c.call("count"), "approximate_count_"+name
	if op.By != nil {
		of, _ := p.resultName(op.By, p.env())
		count, by = c.call("sum", op.By), "approximate_sum_"+of
	}
	p.summarize(&syntax.Summarize{Span: op.Span, Aggregates: []syntax.Expr{c.named(by, count)}, By: []syntax.Expr{op.Of}})
	p.sort([]*syntax.Ordered{{Span: op.Span, X: c.ident(by), Order: syntax.Desc}})
	p.take(op.N)
}
