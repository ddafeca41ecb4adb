package bind

import (
	"regexp"
	"strings"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// parse binds parse and parse-where: the pattern becomes one regular
// expression with a group for each column.
func (p *pipeline) parse(op *syntax.ParseWith) {
	e := p.env()
	x := p.convert(p.scalar(op.X, e), schema.String, op.X)
	mode := paramName(op.Params, "kind")
	pattern, cols := p.parsePattern(op.Pattern, mode)
	regex := &plan.Const{T: schema.String, Value: pattern}
	pr := p.projection(extendStyle)
	pr.keep(p.node.Columns())
	for i, c := range cols {
		t := schema.String
		if c.Type != nil {
			t = c.Type.Type
		}
		group := &plan.Const{T: schema.Long, Value: int64(i + 1)}
		text := p.resolve(p.lib.Find(fn.Scalar, "extract"), op, []plan.Expr{regex, group, x}, nil)
		pr.declare(c.Name.Name, p.convert(text, t, c), false, c)
	}
	if op.Where {
		match := p.binder.operator("matches regex", op, x, regex)
		p.then(&plan.Filter{Input: p.node, Cond: match})
	}
	p.then(&plan.Project{Input: p.node, Items: pr.items, Extends: true})
	if op.Where {
		p.dropUnparsed(pr.items[len(pr.items)-len(cols):], op)
	}
}

// dropUnparsed keeps the rows in which every column was read.
func (p *pipeline) dropUnparsed(items []plan.Item, at syntax.Node) {
	for _, it := range items {
		if it.Col.Type == schema.String {
			continue
		}
		read := p.resolve(p.lib.Find(fn.Scalar, "isnotnull"), at, []plan.Expr{&plan.Ref{Col: it.Col}}, nil)
		p.then(&plan.Filter{Input: p.node, Cond: read})
	}
}

// parsePattern makes the regular expression. Text between two columns ends the
// first one; a number takes digits only.
func (p *pipeline) parsePattern(parts []syntax.ParsePart, mode string) (string, []*syntax.ParseColumn) {
	var b strings.Builder
	var cols []*syntax.ParseColumn
	b.WriteString("(?s)^")
	for i, part := range parts {
		last := i == len(parts)-1
		switch part := part.(type) {
		case *syntax.Star:
			b.WriteString(lazy(last, ".*"))
		case *syntax.Literal:
			s, _ := part.Value.(string)
			if mode != "regex" {
				s = regexp.QuoteMeta(s)
			}
			b.WriteString(s)
		case *syntax.ParseColumn:
			cols = append(cols, part)
			b.WriteString("(" + columnPattern(part, last, mode) + ")")
		}
	}
	if len(parts) > 0 {
		b.WriteString("$")
	}
	if mode == "regex" {
		p.checkRegex(&plan.Const{T: schema.String, Value: b.String()}, parts[0])
	}
	return b.String(), cols
}

func lazy(last bool, pattern string) string {
	if last {
		return pattern
	}
	return pattern + "?"
}

func columnPattern(c *syntax.ParseColumn, last bool, mode string) string {
	if c.Type != nil && mode != "relaxed" {
		switch c.Type.Type {
		case schema.Long, schema.Int:
			return `\s*[+-]?\d+\s*`
		case schema.Real, schema.Decimal:
			return `\s*[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*`
		}
	}
	return lazy(last, ".*")
}
