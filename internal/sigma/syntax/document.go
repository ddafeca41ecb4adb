package syntax

import (
	"strings"
	"time"

	"nephoscope/internal/rules"
)

// A Document is one Sigma document: a rule, a correlation or a filter.
type Document struct {
	Place rules.Place

	Title, ID, Name, Description string
	Status, Level                string
	Author, License              string
	Date, Modified               string
	References, FalsePositives   []string
	Tags, Fields                 []string
	Logsource                    Logsource
	Detection                    *Detection   // of a rule or a filter
	Correlation                  *Correlation // of a correlation
	Filter                       *Filter      // what a filter is for
	places                       map[string]rules.Place
}

// At returns where the value of a key of the document stands, for example
// "level", and where the document begins if it has no such key.
func (d *Document) At(key string) rules.Place {
	if at, ok := d.places[key]; ok {
		return at
	}
	return d.Place
}

// A Logsource says where to look. Its words are in lower case.
type Logsource struct {
	Category, Product, Service string
	Place                      rules.Place
}

// String writes the source as product/service or what there is of it.
func (l Logsource) String() string {
	var parts []string
	for _, part := range []string{l.Category, l.Product, l.Service} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
}

// A Detection is what a rule looks for.
type Detection struct {
	Expr Expr
	// Count is what the old form of conditions asks of the events together,
	// nil for nothing.
	Count *Count
	// Unused are the searches that no condition names.
	Unused []string
}

// A Count is a question to the events of a span of time that a condition has
// found: those of each group are counted, or their values.
type Count struct {
	Function string // count (events), dcount, sum, avg, min, max, percentile
	Field    string // for all but count
	Percent  string // for percentile
	By       []string
	Span     time.Duration
	Bounds   []Bound // all must hold
	Place    rules.Place
}

// A Bound is a condition on a number.
type Bound struct {
	Op     Comparison
	Number string
}

// A Correlation puts the events of several rules in relation.
type Correlation struct {
	Type    string // event_count, value_count, value_sum and the like, temporal, temporal_ordered
	Rules   []Reference
	Count   Count // Function is empty for the temporal ones
	Aliases map[string]map[string]string
	// Generate asks for the rules referred to by themselves, too.
	Generate bool
	Place    rules.Place
}

// A Reference names a rule by its id or name.
type Reference struct {
	Name  string
	Place rules.Place
}

// A Filter says to which rules a filter belongs.
type Filter struct{ Rules []Reference }

// A Read is what became of one document.
type Read struct {
	Document *Document // as far as it could be read, never nil
	Err      *Error    // why it cannot be used, nil if it can
}

// Documents reads a file. The error is about the file as a whole.
func Documents(data []byte) ([]Read, *Error) {
	nodes, err := bodies(data)
	if err != nil {
		return nil, asError(err)
	}
	var list []Read
	for _, n := range nodes {
		d := &Document{Place: n.place, places: map[string]rules.Place{}}
		list = append(list, Read{d, asError(d.read(n))})
	}
	return list, nil
}

// asError is for errors of this package, all of which have a place.
func asError(err error) *Error {
	if err == nil {
		return nil
	}
	return err.(*Error) //nolint:errorlint // nothing wraps errors within the package
}

// IsSigma tells whether a file holds a document with the keys of Sigma.
func IsSigma(data []byte) bool {
	nodes, err := bodies(data)
	if err != nil {
		return false
	}
	for _, n := range nodes {
		members, _, _ := n.pairs()
		keys := map[string]bool{}
		for _, m := range members {
			keys[m.key] = true
		}
		if keys["detection"] && (keys["logsource"] || keys["title"]) || keys["correlation"] || keys["filter"] && keys["logsource"] {
			return true
		}
	}
	return false
}

// read reads a document. Title and id come first, so that whatever is wrong
// can be told of a rule with a name.
func (d *Document) read(n node) error {
	members, err := n.mapping("a Sigma document")
	if err != nil {
		return err
	}
	for _, m := range members {
		d.places[m.key] = m.value.place
	}
	for _, m := range members {
		if err := d.fact(m); err != nil {
			return err
		}
	}
	return d.body(members)
}

// fact reads one of the keys that say something about a rule.
func (d *Document) fact(m pair) (err error) {
	texts := map[string]*string{
		"title": &d.Title, "id": &d.ID, "name": &d.Name, "description": &d.Description, "status": &d.Status, "level": &d.Level,
		"author": &d.Author, "license": &d.License, "date": &d.Date, "modified": &d.Modified,
	}
	lists := map[string]*[]string{"references": &d.References, "falsepositives": &d.FalsePositives, "tags": &d.Tags, "fields": &d.Fields}
	if dst, ok := texts[m.key]; ok {
		*dst, err = m.value.text()
		return err
	}
	if dst, ok := lists[m.key]; ok {
		*dst, err = m.value.texts()
	}
	return err
}

// texts reads a list of texts, or one alone; empty ones are left out.
func (n node) texts() ([]string, error) {
	var list []string
	for _, item := range n.some() {
		s, err := item.text()
		if err != nil {
			return nil, err
		}
		if s != "" {
			list = append(list, s)
		}
	}
	return list, nil
}

// body reads the part that says what is looked for.
func (d *Document) body(members []pair) error {
	for _, m := range members {
		var err error
		switch m.key {
		case "action":
			err = errorAt(m.at, "collections with action are of an older Sigma").hint("write each rule out as a document of its own")
		case "logsource":
			err = d.logsource(m.value)
		case "detection":
			d.Detection, err = readDetection(m.value)
		case "correlation":
			d.Correlation, err = readCorrelation(m.value)
		case "filter":
			err = d.filter(m.value)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case d.Title == "":
		return errorAt(d.Place, "the document has no title")
	case d.Detection == nil && d.Correlation == nil:
		return errorAt(d.Place, "the document has neither a detection nor a correlation").hint("it may not be Sigma's")
	case d.Detection != nil && d.Logsource.String() == "":
		return errorAt(d.Place, "the document has no logsource")
	}
	return nil
}

func (d *Document) logsource(n node) error {
	members, err := n.mapping("logsource")
	if err != nil {
		return err
	}
	d.Logsource.Place = n.place
	words := map[string]*string{"category": &d.Logsource.Category, "product": &d.Logsource.Product, "service": &d.Logsource.Service}
	for _, m := range members {
		dst, ok := words[m.key]
		if !ok {
			continue // definition and others are for people
		}
		text, err := m.value.text()
		if err != nil {
			return err
		}
		*dst = strings.ToLower(strings.TrimSpace(text))
	}
	return nil
}

// filter reads a filter: a detection with the rules that it belongs to.
func (d *Document) filter(n node) error {
	members, err := n.mapping("filter")
	if err != nil {
		return err
	}
	d.Filter = &Filter{}
	var rest []pair
	for _, m := range members {
		if m.key != "rules" {
			rest = append(rest, m)
			continue
		}
		if d.Filter.Rules, err = m.value.references(); err != nil {
			return err
		}
	}
	d.Detection, err = detectionOf(n, rest)
	return err
}

func (n node) references() ([]Reference, error) {
	var list []Reference
	for _, item := range n.some() {
		name, err := item.text()
		if err != nil {
			return nil, err
		}
		list = append(list, Reference{name, item.place})
	}
	return list, nil
}
