package sigma

import (
	"fmt"
	"slices"
	"strings"

	"nephoscope/internal/sigma/logsource"
	"nephoscope/internal/sigma/syntax"
)

// A search writes conditions over one log source and remembers which columns
// they need beside those of the table.
type search struct {
	*logsource.Service
	makes []logsource.Column
	notes []string
}

// eventText is the column that words without a field are looked for in.
const eventText = "EventText"

func (s *search) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(s.notes, text) {
		s.notes = append(s.notes, text)
	}
}

// column finds the column of a field, which the query will need.
func (s *search) column(field string, m *syntax.Match) (logsource.Column, error) {
	c, err := s.find(field, m)
	if err == nil {
		s.need(c)
	}
	return c, err
}

func (s *search) find(field string, m *syntax.Match) (logsource.Column, error) {
	c, note, ok := s.Column(field)
	if !ok {
		return c, s.unknown(field, m)
	}
	if note != "" {
		s.note("%s", note)
	}
	return c, nil
}

func (s *search) unknown(field string, m *syntax.Match) error {
	e := &syntax.Error{Place: m.Place, Reason: fmt.Sprintf("field %q is not known in %s/%s", field, s.Product, s.Name)}
	low := strings.ToLower(field)
	var alike []string
	for _, name := range s.Known() {
		begins := strings.HasPrefix(name, low) || strings.Contains(name, "."+low) || strings.HasPrefix(low, name+".")
		if begins && len(alike) < 5 {
			alike = append(alike, name)
		}
	}
	if len(alike) > 0 && field != "" {
		e.Hint = "there is " + strings.Join(alike, ", ")
	} else {
		e.Hint = "the reference of Sigma rules lists the fields of each log source"
	}
	return e
}

// need remembers a column that has to be made, once.
func (s *search) need(c logsource.Column) {
	same := func(other logsource.Column) bool { return other.Name == c.Name }
	if c.Expr != "" && !slices.ContainsFunc(s.makes, same) {
		s.makes = append(s.makes, c)
	}
}

// How tightly a written condition binds.
const (
	looseOr = iota
	looseAnd
	tight
)

// A written condition.
type written struct {
	text  string
	binds int
}

func (w written) within(binds int) string {
	if w.binds < binds {
		return "(" + w.text + ")"
	}
	return w.text
}

// write writes a condition. Negated tells that a Not stands somewhere around
// it: what could be null is then made false first.
func (s *search) write(e syntax.Expr, negated bool) (written, error) {
	switch e := e.(type) {
	case syntax.And:
		return s.join(e, " and ", looseAnd, negated)
	case syntax.Or:
		return s.join(s.gather(e), " or ", looseOr, negated)
	case syntax.Not:
		inner, err := s.write(e.Expr, true)
		return written{"not(" + inner.text + ")", tight}, err
	case syntax.AtLeast:
		return s.atLeast(e)
	case together:
		text, err := s.oneOf(e)
		return written{text, tight}, err
	case *syntax.Match:
		text, err := s.match(e, negated)
		return text, err
	}
	panic(fmt.Sprintf("no condition: %T", e))
}

func (s *search) join(parts []syntax.Expr, operator string, binds int, negated bool) (written, error) {
	if len(parts) == 1 {
		return s.write(parts[0], negated)
	}
	var texts []string
	for _, part := range parts {
		w, err := s.write(part, negated)
		if err != nil {
			return written{}, err
		}
		texts = append(texts, w.within(binds+1))
	}
	return written{strings.Join(texts, operator), binds}, nil
}

// atLeast counts the parts that hold.
func (s *search) atLeast(e syntax.AtLeast) (written, error) {
	var terms []string
	for _, part := range e.Of {
		w, err := s.write(part, true)
		if err != nil {
			return written{}, err
		}
		terms = append(terms, "toint("+w.text+")")
	}
	return written{fmt.Sprintf("%s >= %d", strings.Join(terms, " + "), e.Count), tight}, nil
}

// A together is several whole values of one field, one of which must be there.
type together struct {
	syntax.Expr
	values []string
	first  *syntax.Match
	cased  bool
}

// gather puts the whole values of one field together, where the first stands.
func (s *search) gather(parts syntax.Or) []syntax.Expr {
	var list []syntax.Expr
	at := map[string]int{}
	for _, part := range parts {
		m, text, cased := s.whole(part)
		if m == nil {
			list = append(list, part)
			continue
		}
		key := fmt.Sprint(strings.ToLower(m.Field), cased)
		i, seen := at[key]
		if !seen {
			at[key] = len(list)
			list = append(list, together{part, []string{text}, m, cased})
			continue
		}
		t := list[i].(together)
		if !slices.Contains(t.values, text) {
			t.values = append(t.values, text)
		}
		list[i] = t
	}
	return list
}

// whole tells whether a part is a whole value of a text field.
func (s *search) whole(part syntax.Expr) (m *syntax.Match, text string, cased bool) {
	m, ok := part.(*syntax.Match)
	if !ok || m.Field == "" {
		return nil, "", false
	}
	c, _, known := s.Column(m.Field)
	if !known || c.Kind != logsource.Text || c.Only != "" || c.Inside {
		return nil, "", false
	}
	switch t := m.Test.(type) {
	case syntax.Like:
		shape, text := t.Pattern.Shape()
		if shape == syntax.Whole && text != "" {
			return m, text, t.Cased
		}
	case syntax.Equal:
		return m, t.Value, false
	}
	return nil, "", false
}

func (s *search) oneOf(t together) (string, error) {
	c, err := s.column(t.first.Field, t.first)
	if err != nil {
		return "", err
	}
	switch {
	case len(t.values) == 1:
		return c.Name + " " + operator(equalTo, t.cased) + " " + quote(t.values[0]), nil
	case t.cased:
		return c.Name + " in (" + quoteAll(t.values) + ")", nil
	}
	return c.Name + " in~ (" + quoteAll(t.values) + ")", nil
}
