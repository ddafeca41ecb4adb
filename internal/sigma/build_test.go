package sigma_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	resyntax "regexp/syntax"
	"strconv"
	"strings"
	"testing"
	"time"

	"nephoscope/internal/sigma/logsource"
	"nephoscope/internal/sigma/syntax"
)

// A builder makes an event that a condition holds for: of what must all hold it
// takes everything, of what is enough the first.
type builder struct {
	t       testing.TB
	service *logsource.Service
	begin   map[string]string // what columns begin with, end with and hold
	end     map[string]string
	hold    map[string]string
	whole   map[string]string
}

// build returns the row of an event.
func build(t testing.TB, service *logsource.Service, e syntax.Expr) record {
	t.Helper()
	b := &builder{t: t, service: service, begin: map[string]string{}, end: map[string]string{}, hold: map[string]string{}, whole: map[string]string{}}
	b.satisfy(e)
	for _, m := range regexp.MustCompile(`(\w+) =~ "([^"]*)"`).FindAllStringSubmatch(service.Where, -1) {
		b.whole[m[1]] = m[2]
	}
	return b.row()
}

func (b *builder) satisfy(e syntax.Expr) {
	switch e := e.(type) {
	case syntax.And:
		for _, part := range e {
			b.satisfy(part)
		}
	case syntax.Or:
		b.satisfy(e[0])
	case syntax.AtLeast:
		for _, part := range e.Of[:e.Count] {
			b.satisfy(part)
		}
	case syntax.Not: // what is not there does not match
	case *syntax.Match:
		b.match(e)
	}
}

func (b *builder) match(m *syntax.Match) {
	c := logsource.Column{Name: b.service.Text[0]}
	if m.Field != "" {
		c, _, _ = b.service.Column(m.Field)
	}
	if c.Only != "" {
		return
	}
	if like, ok := m.Test.(syntax.Like); ok && c.Parts != nil {
		if shape, _ := like.Pattern.Shape(); shape != syntax.Whole {
			c = *c.Parts
		}
	}
	at := stored(c)
	if within := regexp.MustCompile(`^extract\(@"(.+)\(\\w\+\)", 1`).FindStringSubmatch(c.Expr); within != nil {
		m = &syntax.Match{Test: syntax.Regexp{Text: within[1] + plain(m.Test)}}
	}
	switch t := m.Test.(type) {
	case syntax.Like:
		b.like(at, t.Pattern)
	case syntax.Equal:
		b.whole[at] = t.Value
	case syntax.Regexp:
		re, err := resyntax.Parse(t.Text, resyntax.Perl)
		if err != nil {
			b.t.Fatal(err)
		}
		b.hold[at] += example(re)
	case syntax.CIDR:
		b.whole[at] = netip.MustParsePrefix(t.Prefix).Addr().Next().String()
	case syntax.Compare:
		b.whole[at] = beside(t)
	case syntax.Exists:
		if t.Wanted {
			b.hold[at] += "x"
		}
	case syntax.Field:
		other, _, _ := b.service.Column(t.Name)
		b.whole[at], b.whole[stored(other)] = "same", "same"
	}
}

// plain is the text of a test of a whole value.
func plain(t syntax.Test) string {
	switch t := t.(type) {
	case syntax.Like:
		_, text := t.Pattern.Shape()
		return text
	case syntax.Equal:
		return t.Value
	}
	return ""
}

func (b *builder) like(at string, p syntax.Pattern) {
	switch shape, text := p.Shape(); shape {
	case syntax.Prefix:
		b.begin[at] = text
	case syntax.Suffix:
		b.end[at] = text
	case syntax.Inside:
		b.hold[at] += text
	case syntax.Filled:
		b.hold[at] += "x"
	default:
		var text strings.Builder
		for i, piece := range p.Pieces {
			text.WriteString(piece)
			if i < len(p.Wild) {
				text.WriteByte('x')
			}
		}
		b.whole[at] = text.String()
	}
}

// beside returns a number that compares so.
func beside(t syntax.Compare) string {
	n, _ := strconv.ParseFloat(t.Number, 64)
	switch t.Op {
	case syntax.Less:
		n--
	case syntax.More:
		n++
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// example returns a text that a regular expression matches.
func example(re *resyntax.Regexp) string {
	switch re.Op {
	case resyntax.OpLiteral:
		return string(re.Rune)
	case resyntax.OpCharClass:
		return string(re.Rune[0])
	case resyntax.OpAnyChar, resyntax.OpAnyCharNotNL:
		return "x"
	case resyntax.OpConcat:
		var text string
		for _, sub := range re.Sub {
			text += example(sub)
		}
		return text
	case resyntax.OpAlternate, resyntax.OpCapture, resyntax.OpPlus:
		return example(re.Sub[0])
	case resyntax.OpRepeat:
		return strings.Repeat(example(re.Sub[0]), re.Min)
	}
	return ""
}

// stored returns where the value of a column is stored: in a column, or in a
// place inside one, column.key.key. Of what is made of several the first counts.
func stored(c logsource.Column) string {
	if c.Expr == "" {
		return c.Name
	}
	if m := regexp.MustCompile(`^case\(.*, (\w+)\)$`).FindStringSubmatch(c.Expr); m != nil {
		return m[1] // what counts if no condition holds
	}
	if m := regexp.MustCompile(`tostring\((\w+(?:\.\w+|\["[^"]*"\]|\[\d+\])*)\)`).FindStringSubmatch(c.Expr); m != nil {
		return regexp.MustCompile(`\["?|"?\]`).ReplaceAllString(m[1], "\x00")
	}
	return regexp.MustCompile(`\w+ ?(?:=~|==)|\w+`).FindString(strings.TrimLeft(c.Expr, "abcdefghijklmnopqrstuvwxyz_("))
}

// row puts the values together.
func (b *builder) row() record {
	values := map[string]string{}
	for _, part := range []map[string]string{b.begin, b.hold, b.end, b.whole} {
		for at, text := range part {
			values[at] += text
		}
	}
	row, trees := record{}, map[string]any{}
	for at, text := range values {
		keys := strings.FieldsFunc(at, func(r rune) bool { return r == '.' || r == 0 })
		column := strings.Trim(keys[0], " =~")
		if text, ok := b.word(column, text); ok {
			row[column] = text
			continue
		}
		trees[column] = grow(trees[column], keys[1:], text)
	}
	for column, tree := range trees {
		text, err := json.Marshal(tree)
		if err != nil {
			b.t.Fatal(err)
		}
		row[column] = string(text)
	}
	return row
}

// word returns the value of a column that holds no tree. The words that a
// service makes of others are turned back.
func (b *builder) word(column, text string) (any, bool) {
	table, ok := newCatalog(b.t).Table(b.service.Table)
	if !ok {
		b.t.Fatalf("no table %s", b.service.Table)
	}
	i := table.Column(column)
	if i < 0 {
		b.t.Fatalf("%s has no column %q", b.service.Table, column)
	}
	kind := table.Columns[i].Type.String()
	switch {
	case column == "ResultType" && strings.EqualFold(text, "success"):
		return "0", true
	case column == "_ResourceId":
		return strings.ToLower(text), true
	case kind == "bool":
		return strings.EqualFold(text, "true"), true
	}
	return text, kind != "dynamic"
}

func grow(tree any, keys []string, text string) any {
	if len(keys) == 0 {
		return text
	}
	if _, err := strconv.Atoi(keys[0]); err == nil {
		list, _ := tree.([]any)
		if len(list) == 0 {
			list = []any{nil}
		}
		list[0] = grow(list[0], keys[1:], text)
		return list
	}
	m, _ := tree.(map[string]any)
	if m == nil {
		m = map[string]any{}
	}
	m[keys[0]] = grow(m[keys[0]], keys[1:], text)
	return m
}

// TestBuiltEventsMatch holds the builder against the cases whose events were
// written by hand.
func TestBuiltEventsMatch(t *testing.T) {
	s := newStand(t)
	for i, lines := range []string{
		"s: {operationName|startswith: a/, operationName|endswith: /write, callerIpAddress|cidr: 10.0.0.0/8}\ncondition: s",
		"s: {properties.a.b|contains|all: [x, y], claims.appid: z, level|re: '^(Err|Warn)or?$'}\nf: {caller: ada}\ncondition: s and not f",
		"s: {properties.n|gt: 4, caller|fieldref: category}\ncondition: 1 of s*",
		"k: [needle]\ncondition: k",
		"a: {caller|contains: a}\nb: {level: b}\nc: {category: c}\ncondition: 2 of them",
	} {
		text := detection("activitylogs", lines)
		day := s.newDay()
		e := build(t, logsource.Find("azure", "activitylogs"), read(t, text))
		e["CorrelationId"] = fmt.Sprint(i)
		s.add(t, "AzureActivity", day.Add(time.Second), e)
		if rows := s.run(t, convert(t, text), day.Add(time.Minute)); len(rows) != 1 {
			t.Errorf("%d rows for %v\n%s", len(rows), e, convert(t, text).Query)
		}
	}
}

// read returns the condition of a rule.
func read(t testing.TB, text string) syntax.Expr {
	t.Helper()
	docs, err := syntax.Documents([]byte(text))
	if err != nil || docs[0].Err != nil {
		t.Fatal(err, docs)
	}
	return docs[0].Document.Detection.Expr
}
