package syntax

import (
	"strings"

	"nephoscope/internal/rules"
)

// The searches of a detection by their names, in the order of the file.
type searches struct {
	names []string
	exprs map[string]Expr
	used  map[string]bool // by a condition
	count int             // of matches, to bound them
}

// maxMatches bounds what modifiers and lists unfold to.
const maxMatches = 5000

// search reads one search: a mapping of fields, all of which must match; a
// list of mappings, one of which must; a list of words, one of which must stand
// somewhere in the event.
func (s *searches) search(n node, depth int) (Expr, error) {
	if depth > maxDepth {
		return nil, errorAt(n.place, "the search is nested too deeply")
	}
	if members, ok, err := n.pairs(); ok || err != nil {
		if err == nil && len(members) == 0 {
			err = errorAt(n.place, "the search is empty")
		}
		if err != nil {
			return nil, err
		}
		return s.fields(members)
	}
	if list, ok := n.items(); ok {
		return s.oneOf(n, list, depth)
	}
	return s.item(pair{at: n.place, value: n})
}

func (s *searches) oneOf(n node, list []node, depth int) (Expr, error) {
	var parts []Expr
	for _, item := range list {
		e, err := s.search(item, depth+1)
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
	}
	if len(parts) == 0 {
		return nil, errorAt(n.place, "the search is an empty list")
	}
	return either(parts), nil
}

func (s *searches) fields(members []pair) (Expr, error) {
	var parts []Expr
	for _, m := range members {
		e, err := s.item(m)
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
	}
	return all(parts), nil
}

// An item is a field with the values that it is held against.
type item struct {
	field   string
	at      rules.Place
	values  []operand
	typed   string // the modifier that made the values no text, if any
	start   bool   // anything may stand before the values
	end     bool   // or behind them
	all     bool   // every value must match
	negated bool
	flags   string // of regular expressions
	part    string // of a time
}

// An operand is a value on its way through the modifiers: what was written,
// and what it has become.
type operand struct {
	written string
	kind    kind
	place   rules.Place
	bytes   []byte // in another encoding of text, to be encoded further
	test    Test
}

// item reads a field with its modifiers and values.
func (s *searches) item(m pair) (Expr, error) {
	field, modifiers, _ := strings.Cut(m.key, "|")
	it := &item{field: strings.TrimSpace(field), at: m.at}
	values, isList := m.value.items()
	if !isList {
		values = []node{m.value}
	}
	for _, v := range values {
		op, err := readOperand(v)
		if err != nil {
			return nil, err
		}
		it.values = append(it.values, op)
	}
	if len(it.values) == 0 {
		return nil, errorAt(m.value.place, "%s has an empty list of values", it.name())
	}
	if err := it.modify(modifiers); err != nil {
		return nil, err
	}
	if s.count += len(it.values); s.count > maxMatches {
		return nil, errorAt(m.at, "the rule unfolds to more than %d tests", maxMatches)
	}
	return it.expr(), nil
}

func (it *item) name() string {
	if it.field == "" {
		return "the search"
	}
	return it.field
}

func (it *item) expr() Expr {
	parts := make([]Expr, len(it.values))
	for i, v := range it.values {
		parts[i] = &Match{Field: it.field, Test: v.test, Place: v.place}
	}
	e := either(parts)
	if it.all {
		e = all(parts)
	}
	if it.negated {
		return Not{e}
	}
	return e
}

// readOperand reads a value as Sigma means it without modifiers.
func readOperand(n node) (operand, error) {
	text, kind, err := n.scalar()
	op := operand{written: text, kind: kind, place: n.place}
	switch {
	case err != nil:
		return op, err
	case kind == nullKind, kind == textKind && text == "":
		op.test = Empty{}
	case kind == textKind:
		op.test = Like{Pattern: parsePattern(text)}
	default:
		op.test = Equal{text}
	}
	return op, nil
}
