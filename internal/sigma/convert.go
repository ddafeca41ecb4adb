package sigma

import (
	"errors"
	"fmt"
	"strings"

	"nephoscope/internal/rules"
	"nephoscope/internal/sigma/logsource"
	"nephoscope/internal/sigma/syntax"
)

// A document is a Sigma document on its way to a rule.
type document struct {
	*syntax.Document
	result  *Result
	filters []syntax.Expr // of filters that are for this rule
	serves  []string      // titles of correlations that have this as a part
	alone   bool          // it makes a rule of its own all the same
}

// A converter holds the documents of one call.
type converter struct {
	opt   Options
	docs  []*document
	asked int // how many parts the correlations of one document have so far
}

// read adds the documents of a file.
func (c *converter) read(f File) {
	found, err := syntax.Documents(f.Data)
	if err != nil {
		found = []syntax.Read{{Document: &syntax.Document{Place: err.Place}, Err: err}}
	}
	for _, r := range found {
		d := &document{Document: r.Document, result: &Result{Path: f.Path, Place: r.Document.Place, Title: r.Document.Title, ID: r.Document.ID}}
		if r.Err != nil {
			d.refuse(r.Err)
		}
		c.docs = append(c.docs, d)
	}
}

// refuse ends the conversion of a document. An error without a place is about
// the document as a whole.
func (d *document) refuse(err error) {
	var e *syntax.Error
	if !errors.As(err, &e) {
		e = &syntax.Error{Reason: err.Error()}
	}
	if e.Line == 0 {
		e.Place = d.Place
	}
	d.result.Refusal = &Refusal{Path: d.result.Path, Place: e.Place, Reason: e.Reason, Hint: e.Hint}
}

// called tells whether a reference means the document.
func (d *document) called(name string) bool {
	return name != "" && (strings.EqualFold(name, d.ID) || name == d.Name)
}

// word names the document in a query.
func (d *document) word() string {
	if d.Name != "" {
		return word(d.Name)
	}
	return word(d.Title)
}

// expr is what the rule looks for, less what filters leave out.
func (d *document) expr() syntax.Expr {
	if len(d.filters) == 0 {
		return d.Detection.Expr
	}
	return append(syntax.And{d.Detection.Expr}, d.filters...)
}

// find returns the document that a reference means.
func (c *converter) find(ref syntax.Reference) (*document, error) {
	for _, d := range c.docs {
		switch {
		case !d.called(ref.Name):
		case d.result.Refusal != nil && d.Detection == nil && d.Correlation == nil:
			return nil, errorIn(d, errors.New(d.result.Refusal.Reason), ref.Place)
		default:
			return d, nil
		}
	}
	return nil, &syntax.Error{Place: ref.Place, Reason: fmt.Sprintf("no document has the id or name %q", ref.Name), Hint: "convert it together with the rules that it refers to"}
}

// errorIn says at a reference what is wrong in the document that it means.
func errorIn(d *document, err error, at rules.Place) error {
	e := &syntax.Error{Place: at, Reason: fmt.Sprintf("the rule %q cannot be used: %s", d.Title, err)}
	var inner *syntax.Error
	if errors.As(err, &inner) {
		e.Reason = fmt.Sprintf("the rule %q cannot be used: %s", d.Title, inner.Reason)
		e.Hint = inner.Hint
	}
	return e
}

// refer tells documents of those that refer to them.
func (c *converter) refer() {
	for _, d := range c.docs {
		switch {
		case d.result.Refusal != nil:
		case d.Correlation != nil && c.reaches(d, d, map[*document]bool{}):
			d.refuse(&syntax.Error{Place: d.Correlation.Place, Reason: "the correlation is a part of itself"})
		case d.Correlation != nil:
			c.mark(d)
		case d.Filter != nil:
			c.filter(d)
		}
	}
}

// reaches tells whether a document is among the parts of another, or theirs.
func (c *converter) reaches(from, to *document, seen map[*document]bool) bool {
	if from.Correlation == nil || seen[from] {
		return false
	}
	seen[from] = true
	for _, ref := range from.Correlation.Rules {
		part, err := c.find(ref)
		if err == nil && (part == to || c.reaches(part, to, seen)) {
			return true
		}
	}
	return false
}

// mark tells the parts of a correlation whom they serve.
func (c *converter) mark(d *document) {
	for _, ref := range d.Correlation.Rules {
		part, err := c.find(ref)
		if err != nil {
			continue // converting d refuses it
		}
		part.serves = append(part.serves, d.Title)
		part.alone = part.alone || d.Correlation.Generate
	}
}

// filter gives a filter's condition to its rules.
func (c *converter) filter(d *document) {
	for _, other := range c.docs {
		if other == d || other.Detection == nil || other.Filter != nil || other.Logsource != d.sameSource(other) {
			continue
		}
		all := len(d.Filter.Rules) == 0
		for _, ref := range d.Filter.Rules {
			all = all || other.called(ref.Name) || strings.EqualFold(ref.Name, "any")
		}
		if all {
			other.filters = append(other.filters, d.Detection.Expr)
			d.serves = append(d.serves, other.Title)
		}
	}
	if len(d.serves) == 0 {
		d.refuse(&syntax.Error{Place: d.At("filter"), Reason: "the filter belongs to no rule", Hint: "convert it together with the rules that it names"})
	}
}

// sameSource is the log source of the other document if a filter covers it.
func (d *document) sameSource(other *document) syntax.Logsource {
	mine, its := d.Logsource, other.Logsource
	fits := func(a, b string) bool { return a == "" || a == b }
	if fits(mine.Product, its.Product) && fits(mine.Service, its.Service) && fits(mine.Category, its.Category) {
		return its
	}
	return syntax.Logsource{Product: "\x00"}
}

// search begins the conditions of a rule.
func (c *converter) search(d *document) (*search, error) {
	l := d.Logsource
	service := logsource.Find(l.Product, l.Service)
	if service == nil || l.Category != "" {
		e := &syntax.Error{Place: l.Place, Reason: fmt.Sprintf("no table is known for the log source %s", l)}
		var names []string
		for _, s := range logsource.Services() {
			names = append(names, s.Product+"/"+s.Name)
		}
		e.Hint = "there are " + strings.Join(names, ", ")
		return nil, e
	}
	return &search{Service: service, notes: append([]string(nil), service.Notes...)}, nil
}

// convert makes the rule of a document, or says why not.
func (c *converter) convert(d *document) {
	r := d.result
	switch {
	case r.Refusal != nil:
		return
	case len(d.serves) > 0 && !d.alone:
		r.Notes = append(r.Notes, "no rule of its own: it is part of "+strings.Join(d.serves, ", "))
		return
	}
	q, err := c.query(d)
	if err == nil {
		err = d.makeRule(q)
	}
	if err != nil {
		d.refuse(err)
	}
}

// query makes the query of a document.
func (c *converter) query(d *document) (*query, error) {
	if d.Correlation != nil {
		c.asked = 0
		q, _, err := c.correlate(d, 0)
		return q, err
	}
	s, err := c.search(d)
	if err != nil {
		return nil, err
	}
	if len(d.Detection.Unused) > 0 {
		s.note("the condition does not name %s", strings.Join(d.Detection.Unused, ", "))
	}
	if d.Detection.Count == nil {
		return s.alone(d.expr(), d.Fields, c.opt.Frequency)
	}
	return s.countedAlone(d, c.opt)
}

// countedAlone makes the query of a rule whose condition counts.
func (s *search) countedAlone(d *document, opt Options) (*query, error) {
	count := d.Detection.Count
	g, columns := grouped{}, map[string]logsource.Column{}
	for _, field := range count.By {
		c, err := s.grouping(field, count.Place)
		if err != nil {
			return nil, err
		}
		g = append(g, c.Name)
	}
	if count.Field != "" {
		c, err := s.grouping(count.Field, count.Place)
		if err != nil {
			return nil, err
		}
		columns[count.Field] = c
	}
	q, err := s.operations(d.expr())
	if err != nil {
		return nil, err
	}
	q.frequency = opt.Frequency
	return q, q.counted(count, g, valueOf(count, columns))
}
