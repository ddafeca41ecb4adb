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
// expression with a group for each column. If a row does not fit, or a value
// is not of its column's type, none of its columns is set; the relaxed kind
// leaves only that value out.
func (p *pipeline) parse(op *syntax.ParseWith) {
	x := p.convert(p.scalar(op.X, p.env()), schema.String, op.X)
	pattern := p.parsePattern(op)
	regex := &plan.Const{T: schema.String, Value: pattern.String()}
	values := make([]plan.Expr, len(pattern.cols))
	fits := p.operator("matches regex", op, x, regex)
	for i, c := range pattern.cols {
		group := &plan.Const{T: schema.Long, Value: int64(pattern.groups[i])}
		text := p.resolve(p.lib.Find(fn.Scalar, "extract"), op, []plan.Expr{regex, group, x}, nil)
		values[i] = p.convert(text, columnType(c), c)
		if values[i].Type() != schema.String && pattern.kind != "relaxed" {
			read := p.resolve(p.lib.Find(fn.Scalar, "isnotnull"), c, []plan.Expr{values[i]}, nil)
			fits = p.operator("and", c, fits, read)
		}
	}
	if op.Where {
		p.then(&plan.Filter{Input: p.node, Cond: fits})
	}
	p.parsed(op, pattern, values, fits)
}

// parsed adds the columns of a pattern.
func (p *pipeline) parsed(op *syntax.ParseWith, pattern *parsePattern, values []plan.Expr, fits plan.Expr) {
	pr := p.projection(extendStyle)
	pr.keep(p.node.Columns())
	for i, c := range pattern.cols {
		v := values[i]
		if pattern.typed && pattern.kind != "relaxed" && !op.Where {
			v = p.resolve(p.lib.Find(fn.Scalar, "iff"), c, []plan.Expr{fits, v, nullOf(v.Type())}, nil)
		}
		pr.declare(c.Name.Name, v, false, c)
	}
	p.then(&plan.Project{Input: p.node, Items: pr.items, Extends: true})
}

func columnType(c *syntax.ParseColumn) schema.Type {
	if c.Type == nil {
		return schema.String
	}
	return c.Type.Type
}

// A parsePattern is the regular expression of a pattern under construction.
type parsePattern struct {
	strings.Builder
	kind   string
	cols   []*syntax.ParseColumn
	groups []int // of the columns
	count  int   // groups so far
	typed  bool  // a column is no string
}

// parsePattern makes the regular expression. In the regex kind the columns
// take as much as they can, in the others as little; numbers take digits only.
func (p *pipeline) parsePattern(op *syntax.ParseWith) *parsePattern {
	b := &parsePattern{kind: p.choice(op.Params, "kind", "simple", "regex", "relaxed")}
	flags := paramName(op.Params, "flags")
	if b.kind != "regex" {
		flags = "s"
	}
	if flags != "" {
		b.WriteString("(?" + flags + ")")
	}
	b.WriteByte('^')
	for i, part := range op.Pattern {
		last := i == len(op.Pattern)-1
		switch part := part.(type) {
		case *syntax.Star:
			b.WriteString(b.any(last))
		case *syntax.Literal:
			b.literal(part)
		case *syntax.ParseColumn:
			b.column(part, last)
		}
	}
	b.WriteByte('$')
	p.checkRegex(&plan.Const{T: schema.String, Value: b.String()}, op)
	return b
}

// any is any text: the rest at the end, else as the kind has it.
func (b *parsePattern) any(last bool) string {
	if last || b.kind == "regex" {
		return ".*"
	}
	return ".*?"
}

func (b *parsePattern) literal(part *syntax.Literal) {
	s, _ := part.Value.(string)
	if b.kind != "regex" {
		b.WriteString(regexp.QuoteMeta(s))
		return
	}
	if re, err := regexp.Compile(s); err == nil {
		b.count += re.NumSubexp()
	}
	b.WriteString(s)
}

func (b *parsePattern) column(c *syntax.ParseColumn, last bool) {
	b.count++
	b.cols = append(b.cols, c)
	b.groups = append(b.groups, b.count)
	pattern := b.any(last)
	switch columnType(c) {
	case schema.String:
	case schema.Long, schema.Int:
		b.typed = true
		pattern = b.number(`\s*[+-]?\d+\s*`, last)
	case schema.Real, schema.Decimal:
		b.typed = true
		pattern = b.number(`\s*[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*`, last)
	default:
		b.typed = true
	}
	b.WriteString("(" + pattern + ")")
}

// number takes digits, and in the relaxed kind other text where there are
// none.
func (b *parsePattern) number(digits string, last bool) string {
	if b.kind == "relaxed" {
		return digits + "|" + b.any(last)
	}
	return digits
}
