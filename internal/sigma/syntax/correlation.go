package syntax

import (
	"slices"
	"strconv"
)

// functions are what the types of correlations count, empty for those that do
// not.
func functions() map[string]string {
	return map[string]string{
		"event_count": "count", "value_count": "dcount", "value_sum": "sum", "value_avg": "avg", "value_min": "min", "value_max": "max",
		"value_percentile": "percentile", "value_median": "median", "temporal": "", "temporal_ordered": "",
	}
}

func readCorrelation(n node) (*Correlation, error) {
	members, err := n.mapping("correlation")
	if err != nil {
		return nil, err
	}
	c := &Correlation{Place: n.place}
	for _, m := range members {
		if err := c.member(m); err != nil {
			return nil, err
		}
	}
	return c, c.check()
}

func (c *Correlation) member(m pair) (err error) {
	switch m.key {
	case "type":
		c.Type, err = m.value.text()
		function, known := functions()[c.Type]
		if err == nil && !known {
			err = errorAt(m.value.place, "correlation type %q is unknown", c.Type).hint("Sigma has event_count, value_count, value_sum, value_avg, value_min, value_max, value_median, value_percentile, temporal and temporal_ordered")
		}
		c.Count.Function = function
	case "rules":
		c.Rules, err = m.value.references()
	case "group-by":
		c.Count.By, err = m.value.texts()
	case "timespan", "timeframe":
		c.Count.Span, err = m.value.span()
	case "condition":
		err = c.condition(m.value)
	case "aliases":
		c.Aliases, err = m.value.aliases()
	case "generate":
		var text string
		text, err = m.value.text()
		c.Generate = text == "true"
	default:
		err = errorAt(m.at, "key %q of the correlation is unknown", m.key)
	}
	return err
}

// check holds the parts against each other.
func (c *Correlation) check() error {
	c.Count.Place = c.Place
	counts := c.Count.Function != ""
	switch {
	case c.Type == "":
		return errorAt(c.Place, "the correlation has no type")
	case len(c.Rules) == 0:
		return errorAt(c.Place, "the correlation has no rules")
	case c.Count.Span == 0:
		return errorAt(c.Place, "the correlation has no timespan")
	case counts && len(c.Count.Bounds) == 0:
		return errorAt(c.Place, "the correlation has no condition").hint("write for example condition: gte: 10")
	case counts && c.Count.Function != "count" && c.Count.Field == "":
		return errorAt(c.Place, "a correlation of type %s needs a field in its condition", c.Type)
	case !counts && len(c.Rules) < 2:
		return errorAt(c.Place, "a correlation of type %s needs two rules or more", c.Type)
	}
	return nil
}

func (c *Correlation) condition(n node) error {
	members, err := n.mapping("the condition of a correlation")
	if err != nil {
		return err
	}
	operators := map[string]Comparison{"gt": More, "gte": MoreEqual, "lt": Less, "lte": LessEqual, "eq": Same}
	for _, m := range members {
		text, err := m.value.text()
		if err != nil {
			return err
		}
		op, known := operators[m.key]
		switch {
		case m.key == "field":
			c.Count.Field = text
		case m.key == "percentile":
			c.Count.Percent = text
		case !known:
			return errorAt(m.at, "condition %q of a correlation is unknown", m.key).hint("there are gt, gte, lt, lte, eq and field")
		default:
			if _, err := strconv.ParseFloat(text, 64); err != nil {
				return errorAt(m.value.place, "%q is no number", text)
			}
			c.Count.Bounds = append(c.Count.Bounds, Bound{op, text})
		}
	}
	return nil
}

// aliases reads what a name stands for in the events of each rule.
func (n node) aliases() (map[string]map[string]string, error) {
	outer, err := n.mapping("aliases")
	if err != nil {
		return nil, err
	}
	all := map[string]map[string]string{}
	for _, alias := range outer {
		inner, err := alias.value.mapping("alias " + alias.key)
		if err != nil {
			return nil, err
		}
		all[alias.key] = map[string]string{}
		for _, m := range inner {
			if all[alias.key][m.key], err = m.value.text(); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// Ordered tells whether the events must come in the order of the rules.
func (c *Correlation) Ordered() bool { return c.Type == "temporal_ordered" }

// Numbers tells whether the function needs its values as numbers.
func (c *Count) Numbers() bool {
	return slices.Contains([]string{"sum", "avg", "min", "max", "percentile", "median"}, c.Function)
}
