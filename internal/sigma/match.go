package sigma

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"nephoscope/internal/sigma/logsource"
	"nephoscope/internal/sigma/syntax"
)

// A relation of two texts.
type relation int

const (
	equalTo relation = iota
	beginsWith
	endsWith
	contains
)

// operator returns the operator of KQL for a relation.
func operator(r relation, cased bool) string {
	if cased {
		return []string{"==", "startswith_cs", "endswith_cs", "contains_cs"}[r]
	}
	return []string{"=~", "startswith", "endswith", "contains"}[r]
}

// match writes one test.
func (s *search) match(m *syntax.Match, negated bool) (written, error) {
	if m.Field == "" {
		return s.keyword(m)
	}
	c, err := s.find(m.Field, m)
	if err != nil {
		return written{}, err
	}
	if c.Only != "" {
		return s.only(c, m)
	}
	if c.Parts != nil && ofParts(m.Test) {
		c = *c.Parts
	}
	s.need(c)
	s.remark(m)
	text, maybeNull, err := s.test(c, m)
	if negated && maybeNull {
		text = "coalesce(" + text + ", false)"
	}
	return written{text, tight}, err
}

// ofParts tells whether a test is about a part of a value.
func ofParts(t syntax.Test) bool {
	switch t := t.(type) {
	case syntax.Like:
		shape, _ := t.Pattern.Shape()
		return shape != syntax.Whole && shape != syntax.Filled
	case syntax.Regexp:
		return true
	}
	return false
}

// remark notes values that the author of a public rule leaves to its user.
func (s *search) remark(m *syntax.Match) {
	t, ok := m.Test.(syntax.Like)
	if !ok {
		return
	}
	text := strings.Join(t.Pattern.Pieces, "*")
	if plain := strings.Trim(text, "*"); strings.HasPrefix(plain, "<") && strings.HasSuffix(plain, ">") || strings.HasPrefix(plain, "Insert ") {
		s.note("the value %q of %s looks like one that is to be filled in", plain, m.Field)
	}
}

// keyword looks for a word in the event as a whole.
func (s *search) keyword(m *syntax.Match) (written, error) {
	s.need(logsource.Column{Name: eventText, Expr: "strcat_delim(" + quote("\n") + ", " + strings.Join(s.Text, ", ") + ")"})
	s.note("words without a field are looked for in %s", strings.Join(s.Text, ", "))
	c := logsource.Column{Name: eventText, Inside: true}
	switch m.Test.(type) {
	case syntax.Like, syntax.Equal, syntax.Regexp:
		text, _, err := s.test(c, m)
		return written{text, tight}, err
	}
	return written{}, &syntax.Error{Place: m.Place, Reason: "only words and expressions can be looked for in the event as a whole", Hint: "name a field"}
}

// only settles at once what a test of a constant field gives.
func (s *search) only(c logsource.Column, m *syntax.Match) (written, error) {
	var holds bool
	switch t := m.Test.(type) {
	case syntax.Like:
		holds = regexp.MustCompile(expression(t.Pattern, t.Cased)).MatchString(c.Only)
	case syntax.Equal:
		holds = strings.EqualFold(t.Value, c.Only)
	case syntax.Exists:
		holds = t.Wanted
	case syntax.Empty:
	default:
		return written{}, &syntax.Error{Place: m.Place, Reason: fmt.Sprintf("field %q of %s/%s is always %q and cannot be tested so", m.Field, s.Product, s.Name, c.Only)}
	}
	s.note("field %s is %s in every event of %s/%s", m.Field, c.Only, s.Product, s.Name)
	return written{strconv.FormatBool(holds), tight}, nil
}

// test writes a test of a column; maybeNull tells that the result is null
// where the value is.
func (s *search) test(c logsource.Column, m *syntax.Match) (text string, maybeNull bool, err error) {
	switch t := m.Test.(type) {
	case syntax.Like:
		return s.like(c, t)
	case syntax.Equal:
		return s.equal(c, t.Value)
	case syntax.Regexp:
		return asText(c) + " matches regex " + quote(t.Text), false, nil
	case syntax.CIDR:
		return cidr(asText(c), t.Prefix), true, nil
	case syntax.Compare:
		return fmt.Sprintf("%s %s %s", asNumber(c), t.Op, t.Number), true, nil
	case syntax.Empty:
		return "isempty(" + c.Name + ")", false, nil
	case syntax.Exists:
		if t.Wanted {
			return "isnotempty(" + c.Name + ")", false, nil
		}
		return "isempty(" + c.Name + ")", false, nil
	case syntax.Field:
		other, err := s.column(t.Name, m)
		return asText(c) + " " + operator(relationOf(t), t.Cased) + " " + asText(other), false, err
	case syntax.Clock:
		return clock(c, t), true, nil
	}
	panic(fmt.Sprintf("no test: %T", m.Test))
}

func relationOf(f syntax.Field) relation {
	switch {
	case f.Start && f.End:
		return contains
	case f.Start:
		return beginsWith
	case f.End:
		return endsWith
	}
	return equalTo
}

func asText(c logsource.Column) string {
	if c.Kind == logsource.Text {
		return c.Name
	}
	return "tostring(" + c.Name + ")"
}

func asNumber(c logsource.Column) string {
	if c.Kind == logsource.Number {
		return c.Name
	}
	return "todouble(" + c.Name + ")"
}

func (s *search) like(c logsource.Column, t syntax.Like) (string, bool, error) {
	shape, text := t.Pattern.Shape()
	if c.Inside && shape != syntax.Filled {
		return s.inside(c, t)
	}
	if shape == syntax.Whole && c.Kind != logsource.Text {
		return s.equal(c, text)
	}
	name := asText(c)
	switch shape {
	case syntax.Whole:
		return name + " " + operator(equalTo, t.Cased) + " " + quote(text), false, nil
	case syntax.Prefix:
		return name + " " + operator(beginsWith, t.Cased) + " " + quote(text), false, nil
	case syntax.Suffix:
		return name + " " + operator(endsWith, t.Cased) + " " + quote(text), false, nil
	case syntax.Inside:
		return name + " " + operator(contains, t.Cased) + " " + quote(text), false, nil
	case syntax.Filled:
		return "isnotempty(" + c.Name + ")", false, nil
	}
	return name + " matches regex " + quote(expression(t.Pattern, t.Cased)), false, nil
}

// inside looks for a value in a column that holds more than it.
func (s *search) inside(c logsource.Column, t syntax.Like) (string, bool, error) {
	open := syntax.Like{Pattern: t.Pattern.Open(), Cased: t.Cased}
	shape, text := open.Pattern.Shape()
	if shape == syntax.Inside {
		return c.Name + " " + operator(contains, t.Cased) + " " + quote(text), false, nil
	}
	return c.Name + " matches regex " + quote(expression(open.Pattern, t.Cased)), false, nil
}

// equal holds a column against a number or a truth value.
func (s *search) equal(c logsource.Column, value string) (string, bool, error) {
	_, notNumber := strconv.ParseFloat(value, 64)
	switch {
	case c.Inside:
		return s.inside(c, syntax.Like{Pattern: syntax.Plain(value)})
	case c.Kind == logsource.Number && notNumber == nil,
		c.Kind == logsource.Truth && (value == "true" || value == "false"):
		return c.Name + " == " + value, true, nil
	}
	return asText(c) + " =~ " + quote(value), false, nil
}

func cidr(address, prefix string) string {
	if strings.Contains(prefix, ":") {
		return "ipv6_is_in_range(" + address + ", " + quote(prefix) + ")"
	}
	return "ipv4_is_in_range(" + address + ", " + quote(prefix) + ")"
}

// clock writes a test of a part of a time.
func clock(c logsource.Column, t syntax.Clock) string {
	at := c.Name
	if c.Kind != logsource.Time {
		at = "todatetime(" + at + ")"
	}
	part := "datetime_part(" + quote(t.Part) + ", " + at + ")"
	if t.Part == "week" {
		part = "week_of_year(" + at + ")"
	}
	return fmt.Sprintf("%s %s %s", part, t.Op, t.Number)
}
