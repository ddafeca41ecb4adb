package syntax

import (
	"strconv"
	"strings"

	"nephoscope/internal/rules"
)

// A parser reads one condition. Its words are looked up among the searches of
// the rule.
type reading struct {
	words    []word
	pos      int
	end      rules.Place
	searches *searches
	depth    int
}

// A word of a condition, or a bracket or bar.
type word struct {
	text  string
	place rules.Place
}

// splitWords cuts a condition at blanks, brackets and bars. Lines are taken to
// begin below each other, which is how they are written in blocks.
func splitWords(text string, at rules.Place) []word {
	var list []word
	start, line := -1, 0 // where the word begins, and the line it stands in
	add := func(from, to int) {
		list = append(list, word{text[from:to], rules.Place{Line: at.Line, Column: at.Column + from - line}})
	}
	flush := func(i int) {
		if start >= 0 {
			add(start, i)
		}
		start = -1
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n':
			flush(i)
			at.Line++
			line = i + 1
		case c == ' ' || c == '\t' || c == '\r':
			flush(i)
		case strings.IndexByte("()|,", c) >= 0:
			flush(i)
			add(i, i+1)
		case start < 0:
			start = i
		}
	}
	flush(len(text))
	return list
}

func (p *reading) peek() string {
	if p.pos < len(p.words) {
		return strings.ToLower(p.words[p.pos].text)
	}
	return ""
}

func (p *reading) here() rules.Place {
	if p.pos < len(p.words) {
		return p.words[p.pos].place
	}
	return p.end
}

func (p *reading) take(text string) bool {
	if p.peek() != text {
		return false
	}
	p.pos++
	return true
}

// or reads terms joined by or, the loosest of the operators.
func (p *reading) or() (Expr, error) { return p.chain("or", p.and, either) }

func (p *reading) and() (Expr, error) { return p.chain("and", p.not, all) }

func (p *reading) chain(operator string, part func() (Expr, error), join func([]Expr) Expr) (Expr, error) {
	var parts []Expr
	for {
		e, err := part()
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
		if !p.take(operator) {
			return join(parts), nil
		}
	}
}

func (p *reading) not() (Expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errorAt(p.here(), "the condition is nested too deeply")
	}
	defer func() { p.depth-- }()
	if p.take("not") {
		e, err := p.not()
		return Not{e}, err
	}
	if p.take("(") {
		e, err := p.or()
		if err == nil && !p.take(")") {
			err = errorAt(p.here(), "a closing bracket is missing in the condition")
		}
		return e, err
	}
	return p.search()
}

// search reads the name of a search, or how many of several must be found.
func (p *reading) search() (Expr, error) {
	at, name := p.here(), p.peek()
	switch name {
	case "", ")", "|", ",", "and", "or", "of":
		if name == "" {
			name = "the end"
		}
		return nil, errorAt(at, "the condition has %s where the name of a search is wanted", name)
	}
	original := p.words[p.pos].text
	p.pos++
	if p.take("of") {
		return p.several(name, at)
	}
	return p.searches.named(original, at)
}

// several reads what stands behind "1 of".
func (p *reading) several(count string, at rules.Place) (Expr, error) {
	if p.pos == len(p.words) {
		return nil, errorAt(p.end, "the condition ends behind of").hint("say of what: them, or the beginning of names such as selection*")
	}
	pattern := p.words[p.pos].text
	found, err := p.searches.like(pattern, p.here())
	if err != nil {
		return nil, err
	}
	p.pos++
	if count == "all" {
		return all(found), nil
	}
	n, err := strconv.Atoi(count)
	if count == "any" {
		n, err = 1, nil
	}
	switch {
	case err != nil || n < 1:
		return nil, errorAt(at, "%q of %s: want 1, another number, any or all", count, pattern)
	case n > len(found):
		return nil, errorAt(at, "%d of %s can never be: there are only %d", n, pattern, len(found))
	case n == 1:
		return either(found), nil
	case n == len(found):
		return all(found), nil
	}
	return AtLeast{n, found}, nil
}

// like returns the searches whose names match a pattern; "them" are all but
// those that begin with an underscore.
func (s *searches) like(pattern string, at rules.Place) ([]Expr, error) {
	var found []Expr
	for _, name := range s.names {
		matched := name == pattern
		switch {
		case strings.EqualFold(pattern, "them"):
			matched = !strings.HasPrefix(name, "_")
		case strings.Contains(pattern, "*"):
			matched = glob(pattern, name)
		}
		if matched {
			s.used[name] = true
			found = append(found, s.exprs[name])
		}
	}
	if len(found) == 0 {
		return nil, errorAt(at, "the detection has no search %q", pattern).hint("it has %s", strings.Join(s.names, ", "))
	}
	return found, nil
}

func (s *searches) named(name string, at rules.Place) (Expr, error) {
	e, ok := s.exprs[name]
	if !ok {
		return nil, errorAt(at, "the detection has no search %q", name).hint("it has %s", strings.Join(s.names, ", "))
	}
	s.used[name] = true
	return e, nil
}

// glob tells whether a name is of a form in which * stands for any characters.
func glob(pattern, name string) bool {
	pieces := strings.Split(pattern, "*")
	last := len(pieces) - 1
	if last == 0 {
		return name == pattern
	}
	if !strings.HasPrefix(name, pieces[0]) {
		return false
	}
	name = name[len(pieces[0]):]
	for _, piece := range pieces[1:last] {
		_, rest, ok := strings.Cut(name, piece)
		if !ok {
			return false
		}
		name = rest
	}
	return strings.HasSuffix(name, pieces[last])
}
