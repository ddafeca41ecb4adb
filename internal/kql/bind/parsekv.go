package bind

import (
	"github.com/go-json-experiment/json"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// A pairSyntax tells how parse-kv finds keys and values; the native function
// reads it as JSON.
type pairSyntax struct {
	Keys   []string `json:"keys"`
	Pair   string   `json:"pair"`   // delimiter between pairs, "" if none is given
	KV     string   `json:"kv"`     // delimiter between key and value, "" if none is given
	Quote  string   `json:"quote"`  // opening and closing mark, or one for both
	Escape string   `json:"escape"` // in front of a mark that is meant
	Greedy bool     `json:"greedy"` // values reach to the next key
	Regex  string   `json:"regex"`
}

// parseKV binds parse-kv: the pairs become a bag, of which each key is read
// into its column.
func (p *pipeline) parseKV(op *syntax.ParseKV) {
	x := p.convert(p.scalar(op.X, p.env()), schema.String, op.X)
	var how pairSyntax
	for _, w := range op.With {
		p.pairOption(&how, w)
	}
	if op.Keys == nil {
		p.fail(op, "parse-kv needs the keys that it extracts")
		return
	}
	for _, c := range op.Keys.Columns {
		how.Keys = append(how.Keys, c.Name.Name)
	}
	text, err := json.Marshal(&how)
	if err != nil {
		p.fail(op, "parse-kv: %v", err)
		return
	}
	pairs := &plan.Column{Name: "$pairs", Type: schema.Dynamic, Nullable: true, Hidden: true}
	found := p.resolve(p.lib.Find(fn.Operator, "parse-kv"), op, []plan.Expr{x, &plan.Const{T: schema.String, Value: string(text)}}, nil)
	before := p.node.Columns()
	p.then(&plan.Project{Input: p.node, Items: append(kept(before), plan.Item{Col: pairs, X: found}), Extends: true})
	pr := p.projection(extendStyle)
	pr.keep(before)
	for _, c := range op.Keys.Columns {
		t := schema.String
		if c.Type != nil {
			t = c.Type.Type
		}
		value := p.step(&plan.Ref{Col: pairs}, "."+escapeKey(c.Name.Name), c)
		if t != schema.Dynamic {
			value = p.convert(value, schema.String, c)
		}
		pr.declare(c.Name.Name, p.convert(value, t, c), true, c)
	}
	p.then(&plan.Project{Input: p.node, Items: pr.items, Extends: true})
}

func (p *pipeline) pairOption(how *pairSyntax, w *syntax.Param) {
	c, ok := p.scalar(w.Value, &env{scope: p.scope}).(*plan.Const)
	if !ok {
		p.fail(w.Value, "%s must be a constant", w.Name.Name)
		return
	}
	text, isText := c.Value.(string)
	switch w.Name.Name {
	case "pair_delimiter":
		how.Pair = text
	case "kv_delimiter":
		how.KV = text
	case "quote":
		how.Quote = text
		isText = isText && len([]rune(text)) <= 2
	case "escape":
		how.Escape = text
		isText = isText && len([]rune(text)) <= 1
	case "greedy":
		how.Greedy, isText = c.Value.(bool)
	case "regex":
		how.Regex = text
	default:
		p.fail(w.Name, "parse-kv knows pair_delimiter, kv_delimiter, quote, escape, greedy and regex, not %q", w.Name.Name)
		return
	}
	if !isText {
		p.fail(w.Value, "this is no value for %s", w.Name.Name)
	}
}
