package sigma

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"nephoscope/internal/rules"
	"nephoscope/internal/sigma/logsource"
	"nephoscope/internal/sigma/syntax"
)

// A leg is the events of one of the rules that a correlation puts in relation.
type leg struct {
	name    string // the rule's, as let statements and the column Rule have it
	query   *query
	columns map[string]logsource.Column // of the fields that the correlation names
}

// maxLegs bounds how many rules a correlation refers to, those of its parts
// counted.
const maxLegs = 50

// correlate makes the query of a correlation. Depth counts the correlations
// that it is part of.
func (c *converter) correlate(doc *document, depth int) (*query, map[string]logsource.Column, error) {
	cor := doc.Correlation
	if c.asked += len(cor.Rules); c.asked > maxLegs {
		return nil, nil, &syntax.Error{Place: cor.Place, Reason: fmt.Sprintf("a correlation can have %d rules at most, those of its parts counted", maxLegs)}
	}
	legs, err := c.legs(doc, depth)
	if err != nil {
		return nil, nil, err
	}
	q, columns := joinLegs(cor, legs)
	q.nested, q.frequency = depth > 0, c.opt.Frequency
	g := grouped{}
	for _, field := range cor.Count.By {
		g = append(g, columns[field].Name)
	}
	if cor.Count.Function == "" {
		err = q.related(cor, g, legs)
	} else {
		err = q.counted(&cor.Count, g, valueOf(&cor.Count, columns))
	}
	return q, columns, err
}

// valueOf returns how a query names the value that is counted.
func valueOf(c *syntax.Count, columns map[string]logsource.Column) string {
	if c.Field == "" {
		return ""
	}
	if c.Numbers() {
		return asNumber(columns[c.Field])
	}
	return columns[c.Field].Name
}

func (c *converter) legs(doc *document, depth int) ([]*leg, error) {
	var legs []*leg
	for _, ref := range doc.Correlation.Rules {
		part, err := c.find(ref)
		if err != nil {
			return nil, err
		}
		l, err := c.leg(doc.Correlation, part, depth)
		if err != nil {
			return nil, errorIn(part, err, ref.Place)
		}
		l.name = unique(legs, part.word())
		legs = append(legs, l)
	}
	return legs, nil
}

// unique makes a name that no other leg has.
func unique(legs []*leg, name string) string {
	made := name
	for n := 2; slices.ContainsFunc(legs, func(l *leg) bool { return l.name == made }); n++ {
		made = fmt.Sprintf("%s_%d", name, n)
	}
	return made
}

// fieldsOf lists the fields that a correlation names.
func fieldsOf(cor *syntax.Correlation) []string {
	fields := slices.Clone(cor.Count.By)
	if cor.Count.Field != "" && !slices.Contains(fields, cor.Count.Field) {
		fields = append(fields, cor.Count.Field)
	}
	return fields
}

// aliased returns what a field is called in the events of a rule.
func aliased(cor *syntax.Correlation, part *document, field string) string {
	for rule, name := range cor.Aliases[field] {
		if part.called(rule) {
			return name
		}
	}
	return field
}

// leg makes the events of a rule, or of a correlation.
func (c *converter) leg(cor *syntax.Correlation, part *document, depth int) (*leg, error) {
	if part.Correlation != nil {
		return c.chained(cor, part, depth)
	}
	if part.Detection.Count != nil {
		return nil, &syntax.Error{Place: part.Detection.Count.Place, Reason: "a rule that counts events itself cannot be part of a correlation", Hint: "write its count as a correlation, too"}
	}
	s, err := c.search(part)
	if err != nil {
		return nil, err
	}
	l := &leg{columns: map[string]logsource.Column{}}
	for _, field := range fieldsOf(cor) {
		if l.columns[field], err = s.grouping(aliased(cor, part, field), part.Place); err != nil {
			return nil, err
		}
	}
	l.query, err = s.operations(part.expr())
	return l, err
}

// chained makes a leg of another correlation, which has the fields that it is
// grouped by.
func (c *converter) chained(cor *syntax.Correlation, part *document, depth int) (*leg, error) {
	q, columns, err := c.correlate(part, depth+1)
	if err != nil {
		return nil, err
	}
	l := &leg{query: q, columns: map[string]logsource.Column{}}
	for _, field := range fieldsOf(cor) {
		name := aliased(cor, part, field)
		if !slices.Contains(part.Correlation.Count.By, name) {
			return nil, &syntax.Error{Place: part.Place, Reason: fmt.Sprintf("correlation %q is not grouped by %s", part.Title, name)}
		}
		l.columns[field] = columns[name]
	}
	return l, nil
}

// grouping finds the column of a field that events are told apart by or that
// is counted.
func (s *search) grouping(field string, at rules.Place) (logsource.Column, error) {
	c, err := s.column(field, &syntax.Match{Field: field, Place: at})
	if err == nil && c.Only != "" {
		err = &syntax.Error{Place: at, Reason: fmt.Sprintf("field %q of %s/%s is always %q: nothing can be told apart by it", field, s.Product, s.Name, c.Only)}
	}
	return c, err
}

// operations makes the pipeline that keeps the first record of each operation
// that matches.
func (s *search) operations(e syntax.Expr) (*query, error) {
	q, err := s.matching(e, nil)
	if err != nil {
		return nil, err
	}
	q.notes = s.notes
	if len(s.Once) > 0 {
		q.add("summarize arg_min(TimeGenerated, *) by %s", strings.Join(s.Once, ", "))
	}
	return q, nil
}

// joinLegs makes one pipeline of the events of all rules, with a column for
// each field that the correlation names: called as in the events, if all call
// it the same.
func joinLegs(cor *syntax.Correlation, legs []*leg) (*query, map[string]logsource.Column) {
	if len(legs) == 1 {
		return legs[0].query, legs[0].columns
	}
	columns := map[string]logsource.Column{}
	for _, field := range fieldsOf(cor) {
		c := legs[0].columns[field]
		for _, l := range legs {
			if l.columns[field].Name != c.Name {
				c.Name = word(field)
			}
			if l.columns[field].Kind != c.Kind {
				c.Kind = logsource.Text
			}
		}
		columns[field] = logsource.Column{Name: c.Name, Kind: c.Kind}
	}
	return unite(legs, fieldsOf(cor), columns), columns
}

// word makes a name of KQL of any text.
func word(text string) string {
	w := strings.Trim(regexp.MustCompile(`[^A-Za-z0-9_]+`).ReplaceAllString(text, "_"), "_")
	if w == "" || w[0] >= '0' && w[0] <= '9' {
		w = "_" + w
	}
	return w[:min(len(w), 60)]
}

// unite names the events of each leg in a let statement and takes them
// together.
func unite(legs []*leg, fields []string, columns map[string]logsource.Column) *query {
	q := &query{entities: entitiesOf(legs, fields, columns)}
	var names []string
	for _, l := range legs {
		cols := []string{"TimeGenerated", "Rule = " + quote(l.name)}
		for _, field := range fields {
			cols = append(cols, shown(columns[field], l.columns[field]))
		}
		l.query.add("project %s", strings.Join(cols, ", "))
		q.lets = append(q.lets, l.query.lets...)
		q.lets = append(q.lets, "let "+l.name+" = "+strings.Join(l.query.lines, "\n| ")+";")
		q.back = max(q.back, l.query.back)
		q.notes = append(q.notes, l.query.notes...)
		names = append(names, l.name)
	}
	q.add("union %s", strings.Join(names, ", "))
	return q
}

// entitiesOf finds the entities that stand in the columns that the legs have in
// common, each column being what it is in the first leg that has an entity there.
func entitiesOf(legs []*leg, fields []string, columns map[string]logsource.Column) []rules.EntityMapping {
	var list []rules.EntityMapping
	for _, field := range fields {
		for _, l := range legs {
			i := slices.IndexFunc(l.query.entities, func(m rules.EntityMapping) bool { return m.Fields[0].Column == l.columns[field].Name })
			if i < 0 {
				continue
			}
			m := l.query.entities[i]
			list = append(list, rules.EntityMapping{Type: m.Type, Fields: []rules.FieldMapping{{Identifier: m.Fields[0].Identifier, Column: columns[field].Name}}})
			break
		}
	}
	return list
}

// shown writes a column of a projection, under another name and as text if the
// legs do not agree.
func shown(want, have logsource.Column) string {
	text := have.Name
	if want.Kind != have.Kind {
		text = asText(have)
	}
	if text == want.Name {
		return text
	}
	return want.Name + " = " + text
}

// related keeps the events with which the last of several rules has matched
// within a span of time, in the order of the rules or in any.
func (q *query) related(cor *syntax.Correlation, g grouped, legs []*leg) error {
	if err := q.lookBack(cor.Count.Span, &cor.Count); err != nil {
		return err
	}
	q.add("%s", g.inOrder())
	q.add("%s", scan(cor, g, legs))
	q.add("where %s%s", near(cor, legs), q.recent())
	q.newest("TimeGenerated", g)
	q.add("project-away %s", strings.Join(seenColumns(legs), ", "))
	return nil
}

func seenColumns(legs []*leg) []string {
	var list []string
	for i := range legs {
		list = append(list, fmt.Sprintf("Seen%d", i+1))
	}
	return list
}

// scan remembers for each rule when it has matched last; if the order matters,
// when the latest sequence of matches has begun that leads to it.
func scan(cor *syntax.Correlation, g grouped, legs []*leg) string {
	same := "true"
	var tests []string
	for _, column := range g {
		tests = append(tests, "event."+column+" == "+column)
	}
	if len(tests) > 0 {
		same = strings.Join(tests, " and ")
	}
	var declare, set []string
	for i, l := range legs {
		begin := "TimeGenerated"
		if cor.Ordered() && i > 0 {
			begin = fmt.Sprintf("iff(%s, event.Seen%d, datetime(null))", same, i)
		}
		declare = append(declare, fmt.Sprintf("Seen%d: datetime", i+1))
		set = append(set, fmt.Sprintf("Seen%[1]d = case(Rule == %[2]s, %[3]s, %[4]s, event.Seen%[1]d, datetime(null))", i+1, quote(l.name), begin, same))
	}
	return fmt.Sprintf("scan declare (%s) with (step event: true => %s;)", strings.Join(declare, ", "), strings.Join(set, ", "))
}

// near writes the condition that the rules have matched within the span.
func near(cor *syntax.Correlation, legs []*leg) string {
	length := span(cor.Count.Span)
	if cor.Ordered() {
		return fmt.Sprintf("Rule == %s and Seen%d >= TimeGenerated - %s", quote(legs[len(legs)-1].name), len(legs), length)
	}
	var list []string
	for _, seen := range seenColumns(legs) {
		list = append(list, fmt.Sprintf("%s >= TimeGenerated - %s", seen, length))
	}
	if len(cor.Count.Bounds) == 0 {
		return strings.Join(list, " and ")
	}
	for i := range list {
		list[i] = "iff(" + list[i] + ", 1, 0)"
	}
	sum := strings.Join(list, " + ")
	var tests []string
	for _, b := range cor.Count.Bounds {
		tests = append(tests, fmt.Sprintf("%s %s %s", sum, b.Op, b.Number))
	}
	return strings.Join(tests, " and ")
}
