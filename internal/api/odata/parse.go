package odata

import (
	"fmt"
	"slices"
	"strings"
)

type parser struct {
	text   string
	at     int // where the next token begins
	tok    token
	fields []string
}

// unexpected says what was wanted in place of the present token.
func (p *parser) unexpected(want string) *Error {
	found := "the end"
	if p.tok.kind != end {
		found = fmt.Sprintf("%q", p.text[p.tok.start:p.at])
	}
	return p.wrong(p.tok.start, "found %s: want %s", found, want)
}

// is tells whether the present token is this word or sign.
func (p *parser) is(word string) bool {
	return (p.tok.kind == name || p.tok.kind == mark) && strings.EqualFold(p.tok.text, word)
}

// take moves on if the present token is this word or sign.
func (p *parser) take(word string) (bool, error) {
	if !p.is(word) {
		return false, nil
	}
	return true, p.next()
}

// expect moves on over a sign that must be there.
func (p *parser) expect(sign string) error {
	taken, err := p.take(sign)
	if err == nil && !taken {
		return p.unexpected(sign)
	}
	return err
}

// either reads terms with or between them.
func (p *parser) either(depth int) (predicate, error) {
	return p.joined("or", depth, p.both, func(a, b predicate) predicate {
		return func(v Values) bool { return a(v) || b(v) }
	})
}

// both reads terms with and between them.
func (p *parser) both(depth int) (predicate, error) {
	return p.joined("and", depth, p.term, func(a, b predicate) predicate {
		return func(v Values) bool { return a(v) && b(v) }
	})
}

func (p *parser) joined(word string, depth int, part func(int) (predicate, error), join func(a, b predicate) predicate) (predicate, error) {
	left, err := part(depth)
	for err == nil {
		var more bool
		if more, err = p.take(word); err != nil || !more {
			return left, err
		}
		var right predicate
		if right, err = part(depth); err == nil {
			left = join(left, right)
		}
	}
	return nil, err
}

// term reads a comparison, a function, or either of them in brackets or denied.
func (p *parser) term(depth int) (predicate, error) {
	if depth > maxDepth {
		return nil, p.wrong(p.tok.start, "the filter is nested deeper than %d", maxDepth)
	}
	if denied, err := p.take("not"); denied || err != nil {
		if err != nil {
			return nil, err
		}
		inner, err := p.term(depth + 1)
		return func(v Values) bool { return !inner(v) }, err
	}
	if open, err := p.take("("); open || err != nil {
		if err != nil {
			return nil, err
		}
		inner, err := p.either(depth + 1)
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	}
	if p.tok.kind == name && function(strings.ToLower(p.tok.text)) != nil {
		return p.call()
	}
	return p.comparison()
}

// call reads contains(field, 'text'), which may be compared with true or false.
func (p *parser) call() (predicate, error) {
	holds := function(strings.ToLower(p.tok.text))
	if err := p.next(); err != nil {
		return nil, err
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	field, err := p.value()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	part, err := p.value()
	if err != nil {
		return nil, err
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	return p.compared(func(v Values) bool {
		text, ok := field(v).(string)
		piece, also := part(v).(string)
		return ok && also && holds(strings.ToLower(text), strings.ToLower(piece))
	})
}

// compared reads what may follow a function: eq true, eq false.
func (p *parser) compared(f predicate) (predicate, error) {
	if more, err := p.take("eq"); !more || err != nil {
		return f, err
	}
	want, ok := p.tok.value.(bool)
	if !ok {
		return nil, p.unexpected("true or false")
	}
	return func(v Values) bool { return f(v) == want }, p.next()
}

func (p *parser) comparison() (predicate, error) {
	left, err := p.value()
	if err != nil {
		return nil, err
	}
	if in, err := p.take("in"); in || err != nil {
		if err != nil {
			return nil, err
		}
		return p.oneOf(left)
	}
	holds := comparison(strings.ToLower(p.tok.text))
	if p.tok.kind != name || holds == nil {
		return nil, p.unexpected("eq, ne, gt, ge, lt, le or in")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	right, err := p.value()
	return func(v Values) bool { return holds(compare(left(v), right(v))) }, err
}

// oneOf reads the list behind in.
func (p *parser) oneOf(left operand) (predicate, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var list []operand
	for {
		item, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, item)
		if more, err := p.take(","); err != nil {
			return nil, err
		} else if !more {
			break
		}
	}
	equal := comparison("eq")
	return func(v Values) bool {
		return slices.ContainsFunc(list, func(item operand) bool { return equal(compare(left(v), item(v))) })
	}, p.expect(")")
}

// An operand is a field or a literal.
type operand func(Values) any

func (p *parser) value() (operand, error) {
	switch p.tok.kind {
	case literal:
		value := p.tok.value
		return func(Values) any { return value }, p.next()
	case name:
		i := slices.IndexFunc(p.fields, func(f string) bool { return strings.EqualFold(f, p.tok.text) })
		if i < 0 {
			return nil, p.wrong(p.tok.start, "there is no field %q: there is %s", p.tok.text, strings.Join(p.fields, ", "))
		}
		field := p.fields[i]
		return func(v Values) any { return v(field) }, p.next()
	}
	return nil, p.unexpected("a field, a text, a number or a time")
}
