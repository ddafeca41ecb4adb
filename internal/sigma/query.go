package sigma

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"nephoscope/internal/kql/format"
	"nephoscope/internal/rules"
	"nephoscope/internal/sigma/logsource"
	"nephoscope/internal/sigma/syntax"
)

// spread is how far apart the first and the last record of one operation are
// looked for.
const spread = time.Hour

// A query is KQL in the making: operators of one pipeline, and what the rule
// around it has to know.
type query struct {
	lets      []string // statements in front
	lines     []string // the table, then an operator each
	period    time.Duration
	frequency time.Duration
	entities  []rules.EntityMapping
	details   []rules.CustomDetail
	notes     []string

	back   time.Duration // how far before an event others matter
	nested bool          // the query is part of another correlation
}

func (q *query) note(format string, args ...any) {
	q.notes = append(q.notes, fmt.Sprintf(format, args...))
}

func (q *query) add(format string, args ...any) {
	q.lines = append(q.lines, fmt.Sprintf(format, args...))
}

// text lays the query out below a comment. An error is a fault of this package.
func (q *query) text(comment []string) (string, error) {
	var b strings.Builder
	for _, line := range comment {
		b.WriteString("// " + strings.Join(strings.Fields(line), " ") + "\n")
	}
	for _, let := range q.lets {
		b.WriteString(let + "\n")
	}
	b.WriteString(strings.Join(q.lines, "\n| "))
	made, wrong := format.Source(b.String())
	if len(wrong) > 0 {
		return "", fmt.Errorf("the query made of the rule is not KQL: %s\n%s", wrong[0].Message, b.String())
	}
	return strings.TrimRight(made, "\n"), nil
}

// matching makes the pipeline that keeps the events of a condition.
func (s *search) matching(e syntax.Expr, fields []string) (*query, error) {
	conditions, err := s.conditions(e)
	if err != nil {
		return nil, err
	}
	q := &query{entities: s.Entities}
	q.details = s.details(fields)
	for _, c := range s.Makes {
		s.need(c)
	}
	q.add("%s", s.Table)
	if s.Where != "" {
		q.add("where %s", s.Where)
	}
	for _, c := range s.makes {
		q.add("extend %s = %s", c.Name, c.Expr)
	}
	for _, c := range conditions {
		q.add("where %s", c)
	}
	if slices.ContainsFunc(s.makes, func(c logsource.Column) bool { return c.Name == eventText }) {
		q.add("project-away %s", eventText)
	}
	return q, nil
}

// allOf lists the parts that all must hold, those inside each other too.
func allOf(e syntax.Expr) []syntax.Expr {
	parts, ok := e.(syntax.And)
	if !ok {
		return []syntax.Expr{e}
	}
	var list []syntax.Expr
	for _, part := range parts {
		list = append(list, allOf(part)...)
	}
	return list
}

// conditions writes the parts that all must hold, each for itself.
func (s *search) conditions(e syntax.Expr) ([]string, error) {
	parts := allOf(e)
	if err := s.contradiction(parts); err != nil {
		return nil, err
	}
	var list []string
	for _, part := range parts {
		w, err := s.write(part, false)
		switch {
		case err != nil:
			return nil, err
		case w.text == "false":
			return nil, &syntax.Error{Reason: fmt.Sprintf("no event of %s/%s can match", s.Product, s.Name), Hint: strings.Join(s.notes, "; ")}
		case w.text != "true":
			list = append(list, w.text)
		}
	}
	return list, nil
}

// contradiction refuses two values of one column at once, which happens when
// two fields of a rule stand in the same place here.
func (s *search) contradiction(parts []syntax.Expr) error {
	type value struct{ field, text string }
	seen := map[string]value{}
	for _, part := range parts {
		m, text, _ := s.whole(part)
		if m == nil {
			continue
		}
		c, _, _ := s.Column(m.Field)
		other, ok := seen[c.Name]
		if ok && !strings.EqualFold(other.text, text) {
			return &syntax.Error{
				Place:  m.Place,
				Reason: fmt.Sprintf("%s and %s both stand in %s, which cannot be %q and %q at once", other.field, m.Field, c.Name, other.text, text),
				Hint:   "name the field that the value is really in",
			}
		}
		seen[c.Name] = value{m.Field, text}
	}
	return nil
}

// maxDetails is how many custom details a rule can have.
const maxDetails = 20

// details makes custom details of the fields that a rule names for analysts.
func (s *search) details(fields []string) []rules.CustomDetail {
	var list []rules.CustomDetail
	for _, field := range fields {
		c, _, ok := s.Column(field)
		key := c.Name[:min(len(c.Name), 20)]
		key = strings.Trim(key, "_")
		named := func(d rules.CustomDetail) bool { return d.Key == key }
		if !ok || c.Only != "" || key == "" || len(list) == maxDetails || slices.ContainsFunc(list, named) {
			continue
		}
		s.need(c)
		list = append(list, rules.CustomDetail{Key: key, Column: c.Name})
	}
	return list
}

// alone makes the query of a rule each event of which is an alert. Of the
// records of one operation the newest is the alert, and only the run in whose
// time the first of them lies raises it.
func (s *search) alone(e syntax.Expr, fields []string, frequency time.Duration) (*query, error) {
	q, err := s.matching(e, fields)
	if err != nil {
		return nil, err
	}
	q.notes = s.notes
	q.frequency, q.period = frequency, frequency
	if len(s.Once) > 0 {
		q.period += spread
		q.add("summarize FirstSeen = min(TimeGenerated), arg_max(TimeGenerated, *) by %s", strings.Join(s.Once, ", "))
		q.add("where FirstSeen > ago(%s)", span(frequency))
	}
	return q, nil
}

// span writes a length of time in the largest unit that divides it.
func span(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}
