package syntax

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/rules"
)

// readDetection reads the searches and the condition of a rule.
func readDetection(n node) (*Detection, error) {
	members, err := n.mapping("detection")
	if err != nil {
		return nil, err
	}
	return detectionOf(n, members)
}

func detectionOf(n node, members []pair) (*Detection, error) {
	s := &searches{exprs: map[string]Expr{}, used: map[string]bool{}}
	var conditions []node
	var span time.Duration
	for _, m := range members {
		var err error
		switch m.key {
		case "condition":
			conditions = m.value.some()
		case "timeframe":
			span, err = m.value.span()
		default:
			s.names = append(s.names, m.key)
			s.exprs[m.key], err = s.search(m.value, 0)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(conditions) == 0 {
		return nil, errorAt(n.place, "the detection has no condition")
	}
	return s.detection(conditions, span)
}

// detection reads the conditions, each of which is enough.
func (s *searches) detection(conditions []node, span time.Duration) (*Detection, error) {
	d := &Detection{}
	var parts []Expr
	for _, c := range conditions {
		text, err := c.text()
		if err != nil {
			return nil, err
		}
		p := &reading{words: splitWords(text, c.content()), end: c.place, searches: s}
		e, err := p.or()
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
		if d.Count, err = p.rest(len(conditions), span); err != nil {
			return nil, err
		}
	}
	d.Expr = either(parts)
	for _, name := range s.names {
		if !s.used[name] {
			d.Unused = append(d.Unused, name)
		}
	}
	return d, nil
}

// rest reads what the old form of a condition has behind a bar.
func (p *reading) rest(conditions int, span time.Duration) (*Count, error) {
	at := p.here()
	switch {
	case p.pos == len(p.words):
		return nil, nil
	case !p.take("|"):
		return nil, errorAt(at, "%q is not expected in the condition", p.words[p.pos].text).hint("join searches with and or or")
	case conditions > 1:
		return nil, errorAt(at, "one of several conditions counts events").hint("make a rule of each")
	case p.peek() == "near":
		return nil, errorAt(p.here(), "near is of an older Sigma").hint("write a correlation of type temporal")
	case span == 0:
		return nil, errorAt(at, "the condition counts events and the detection has no timeframe").hint("say in which time, for example timeframe: 15m")
	}
	return p.count(at, span)
}

// count reads count(field) by group > number.
func (p *reading) count(at rules.Place, span time.Duration) (*Count, error) {
	c := &Count{Function: p.peek(), Span: span, Place: at}
	if !slices.Contains([]string{"count", "sum", "avg", "min", "max"}, c.Function) {
		return nil, errorAt(p.here(), "%q is no function of a condition", c.Function).hint("there are count, sum, avg, min and max")
	}
	p.pos++
	if !p.take("(") {
		return nil, errorAt(p.here(), "an opening bracket is missing behind %s", c.Function)
	}
	c.Field = p.until(")")
	if !p.take(")") {
		return nil, errorAt(p.here(), "a closing bracket is missing behind %s", c.Function)
	}
	switch {
	case c.Field != "" && c.Function == "count":
		c.Function = "dcount"
	case c.Field == "" && c.Function != "count":
		return nil, errorAt(at, "%s needs a field", c.Function)
	}
	if p.take("by") {
		c.By = p.fields()
	}
	return c, p.bound(c)
}

func (p *reading) until(end string) string {
	from := p.pos
	for p.pos < len(p.words) && p.peek() != end {
		p.pos++
	}
	var parts []string
	for _, w := range p.words[from:p.pos] {
		parts = append(parts, w.text)
	}
	return strings.Join(parts, " ")
}

// fields reads names up to the comparison.
func (p *reading) fields() []string {
	var list []string
	for p.pos < len(p.words) && !strings.ContainsAny(p.peek(), "<>=") {
		if !p.take(",") {
			list = append(list, p.words[p.pos].text)
			p.pos++
		}
	}
	return list
}

// bound reads the comparison at the end, with or without blanks in it.
func (p *reading) bound(c *Count) error {
	at := p.here()
	text := strings.ReplaceAll(p.until(""), " ", "")
	number := strings.TrimLeft(text, "<>=")
	op := Comparison(strings.TrimSuffix(text, number))
	if op == "=" {
		op = Same
	}
	if !slices.Contains([]Comparison{Less, LessEqual, More, MoreEqual, Same}, op) {
		return errorAt(at, "the condition does not say what the %s is compared with", c.Function).hint("end it with > 10, or <, <=, >=, ==")
	}
	if _, err := strconv.ParseFloat(number, 64); err != nil {
		return errorAt(at, "%q is no number to compare the %s with", number, c.Function)
	}
	c.Bounds = []Bound{{op, number}}
	return nil
}

// span reads a length of time: 30s, 15m, 1h, 7d, also weeks.
func (n node) span() (time.Duration, error) {
	text, err := n.text()
	if err != nil {
		return 0, err
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if text != "" {
		unit := units[text[len(text)-1]]
		count, err := strconv.ParseUint(text[:len(text)-1], 10, 24)
		if err == nil && unit > 0 && count > 0 {
			return time.Duration(count) * unit, nil
		}
	}
	return 0, errorAt(n.place, "%q is no length of time", text).hint("write 30s, 15m, 1h or 7d")
}
