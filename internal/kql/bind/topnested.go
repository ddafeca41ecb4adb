package bind

import (
	"fmt"

	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A nesting binds top-nested. Each level ranks the values of its expression
// among the rows that are still in, within each combination of the outer values.
// The rows of the best stay in. The others are out for all further levels: there
// they have the name that a level gives to others, or no value if it gives none,
// and they go if no level from there on gives one. What the levels say of their
// values is joined in the end.
//
// The values that a row has up to a level are one text, its path: values can be
// null, and null joins nothing.
type nesting struct {
	*pipeline
	make   composer
	levels []*syntax.TopNestedLevel
	tables []string      // what the levels say of their values
	result []syntax.Expr // the columns of the result
	names  uniqueNames
}

// The columns that a row has at a level; those of level -1 stand for all rows.
func pathAt(i int) string  { return fmt.Sprintf("$path_%d_", i+1) }
func outAt(i int) string   { return fmt.Sprintf("$out_%d_", i+1) }
func keyAt(i int) string   { return fmt.Sprintf("$key_%d_", i+1) }
func rankAt(i int) string  { return fmt.Sprintf("$rank_%d_", i+1) }
func scoreAt(i int) string { return fmt.Sprintf("$score_%d_", i+1) }

func (p *pipeline) topNested(op *syntax.TopNested) {
	n := &nesting{pipeline: p, make: composer{op.Span}, levels: op.Levels, names: uniqueNames{}}
	n.extend([]syntax.Expr{n.make.named(pathAt(-1), n.literal(schema.String, "")), n.make.named(outAt(-1), n.literal(schema.Bool, false))})
	for i, l := range op.Levels {
		n.level(i, l)
	}
	if len(n.tables) < len(op.Levels) {
		return // a level has no meaning, and there is an error that says so
	}
	last := len(op.Levels) - 1
	p.node = p.table(n.make.ident(n.tables[last]), p.scope)
	for i := last - 1; i >= 0; i-- {
		p.join(n.make.join("inner", n.make.ident(n.tables[i]), n.make.ident(pathAt(i))))
	}
	p.project(n.result)
	p.unordered(p.node)
}

func (n *nesting) literal(t schema.Type, value any) syntax.Expr {
	return &syntax.Literal{Span: n.make.Span, Type: t, Value: value}
}

// nullLike is the null of a column's type.
func (n *nesting) nullLike(p *pipeline, column string) syntax.Expr {
	return n.literal(rowsOf(p.node).find(column).Type, nil)
}

func (n *nesting) level(i int, l *syntax.TopNestedLevel) {
	e := n.env()
	name := givenName(l.Of)
	if name == "" {
		name, _ = n.resultName(unnamed(l.Of), e)
	}
	n.extend([]syntax.Expr{n.make.named(keyAt(i), l.Of)})
	n.extend([]syntax.Expr{n.make.named(pathAt(i), n.path(i))})
	if rowsOf(n.node).find(keyAt(i)) == nil {
		return
	}
	n.choose(i, l)
	n.say(i, l)
	if name == "" {
		name = "Column1"
	}
	by := givenName(l.By.X)
	if by == "" {
		by = "aggregated_" + name
	}
	n.result = append(n.result, n.make.named(n.names.add(name, name), n.make.ident(keyAt(i))), n.make.named(n.names.add(by, by), n.make.ident(scoreAt(i))))
}

// path writes the path of the level before with the value of this one behind
// it, so that no two paths read the same.
func (n *nesting) path(i int) syntax.Expr {
	text := n.make.call("tostring", n.make.ident(keyAt(i)))
	null := n.make.call("isnull", n.make.ident(keyAt(i)))
	return n.make.call("strcat", n.make.ident(pathAt(i-1)), n.literal(schema.String, "/"), n.make.call("strlen", text), n.make.call("iff", null, n.literal(schema.String, "?"), n.literal(schema.String, ":")), text)
}

// choose tells which rows are still in after a level.
func (n *nesting) choose(i int, l *syntax.TopNestedLevel) {
	before := n.make.ident(outAt(i - 1))
	var out syntax.Expr = before
	if l.N != nil {
		n.rank(i, l)
		within := n.make.binary(syntax.OpAnd, n.make.call("isnotnull", n.make.ident(rankAt(i))), n.make.binary(syntax.OpLessEqual, n.make.ident(rankAt(i)), l.N))
		out = n.make.call("not", within)
		if !n.named(i) {
			n.where(&syntax.Where{Span: n.make.Span, Cond: n.make.binary(syntax.OpOr, before, within)})
		}
	}
	others := l.Others
	if others == nil {
		others = n.nullLike(n.pipeline, keyAt(i))
	}
	n.extend([]syntax.Expr{n.make.named(outAt(i), out)})
	n.extend([]syntax.Expr{n.make.named(keyAt(i), n.make.call("iff", n.make.ident(outAt(i)), others, n.make.ident(keyAt(i))))})
	mark := n.make.call("iff", n.make.ident(outAt(i)), n.literal(schema.String, "!"), n.literal(schema.String, ""))
	n.extend([]syntax.Expr{n.make.named(pathAt(i), n.make.call("strcat", n.path(i), mark))})
}

// named tells whether a level, or one behind it, gives a name to others.
func (n *nesting) named(i int) bool {
	for _, l := range n.levels[i:] {
		if l.Others != nil {
			return true
		}
	}
	return false
}

// rank numbers the values of a level, among the rows that are still in.
func (n *nesting) rank(i int, l *syntax.TopNestedLevel) {
	table := fmt.Sprintf("$ranks_%d_", i)
	outer, key := n.make.ident(pathAt(i-1)), n.make.ident(keyAt(i))
	ranks := n.sub("nested")
	ranks.where(&syntax.Where{Span: n.make.Span, Cond: n.make.call("not", n.make.ident(outAt(i-1)))})
	ranks.summarize(&syntax.Summarize{Span: n.make.Span, Aggregates: []syntax.Expr{n.make.named(scoreAt(i), l.By.X)}, By: []syntax.Expr{n.make.ident(pathAt(i)), outer, key}})
	ranks.sort([]*syntax.Ordered{n.make.asc(outer), {Span: n.make.Span, X: n.make.ident(scoreAt(i)), Order: l.By.Order}, n.make.asc(key)})
	changed := n.make.binary(syntax.OpNotEqual, outer, n.make.call("prev", outer))
	ranks.extend([]syntax.Expr{n.make.named(rankAt(i), n.make.call("row_number", n.literal(schema.Long, int64(1)), changed))})
	ranks.project([]syntax.Expr{n.make.ident(pathAt(i)), n.make.ident(rankAt(i))})
	n.scope = n.scope.with(table, &symbol{table: n.share("ranks", ranks.node)})
	n.join(n.make.join("leftouter", n.make.ident(table), n.make.ident(pathAt(i))))
}

// sub begins another pipeline over the rows so far.
func (n *nesting) sub(name string) *pipeline {
	return &pipeline{binder: n.binder, scope: n.scope, node: n.shareNode(name).use()}
}

// say makes the table of what a level says of its values, nothing of rows that
// are out without a name. The last level's has the paths of all.
func (n *nesting) say(i int, l *syntax.TopNestedLevel) {
	by := []syntax.Expr{n.make.ident(pathAt(i)), n.make.ident(keyAt(i)), n.make.ident(outAt(i))}
	if i == len(n.levels)-1 {
		for j := range i {
			by = append(by, n.make.ident(pathAt(j)))
		}
	}
	summary := n.sub("nested")
	summary.summarize(&syntax.Summarize{Span: n.make.Span, Aggregates: []syntax.Expr{n.make.named(scoreAt(i), l.By.X)}, By: by})
	if l.Others == nil && rowsOf(summary.node).find(scoreAt(i)) != nil {
		score := n.make.call("iff", n.make.ident(outAt(i)), n.nullLike(summary, scoreAt(i)), n.make.ident(scoreAt(i)))
		summary.extend([]syntax.Expr{n.make.named(scoreAt(i), score)})
	}
	table := fmt.Sprintf("$level_%d_", i)
	n.scope = n.scope.with(table, &symbol{table: n.share("level", summary.node)})
	n.tables = append(n.tables, table)
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
