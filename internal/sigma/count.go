package sigma

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/rules"
	"nephoscope/internal/sigma/syntax"
)

// The limits that Sentinel sets to the time that a rule looks back.
const (
	shortest = 5 * time.Minute
	longest  = 14 * 24 * time.Hour
)

// A grouped is what events are counted by: columns, in the order of the rule.
type grouped []string

// by writes " by a, b", nothing if there is no group.
func (g grouped) by(more ...string) string {
	all := append(slices.Clone(g), more...)
	if len(all) == 0 {
		return ""
	}
	return " by " + strings.Join(all, ", ")
}

// inOrder sorts the events of each group by time.
func (g grouped) inOrder() string {
	return "sort by " + strings.Join(append(slices.Clone(g), "TimeGenerated"), " asc, ") + " asc"
}

// recent restricts a result to what has come since the last run; nothing if
// the result is part of another question.
func (q *query) recent() string {
	if q.nested {
		return ""
	}
	return fmt.Sprintf(" and TimeGenerated > ago(%s)", span(q.frequency))
}

// newest keeps one row of each group, that in which a column is greatest. What
// is part of another question keeps all.
func (q *query) newest(column string, g grouped) {
	switch {
	case q.nested:
	case len(g) == 0:
		q.add("top 1 by %s desc", column)
	default:
		q.add("summarize arg_max(%s, *)%s", column, g.by())
	}
}

// lookBack makes the query's window long enough for a span of time before each
// event of the last run.
func (q *query) lookBack(length time.Duration, c *syntax.Count) error {
	if q.back += length; q.back > 2*24*time.Hour-time.Hour {
		q.frequency = max(q.frequency, time.Hour)
	}
	q.period = q.back + q.frequency
	if q.period > longest {
		return &syntax.Error{Place: c.Place, Reason: fmt.Sprintf("a time of %s is too long: a rule looks back 14 days at most", span(length))}
	}
	return nil
}

// counted asks a question to the events of a span of time. value is the column
// whose values are asked for.
func (q *query) counted(c *syntax.Count, g grouped, value string) error {
	least, isLeast := leastOf(c)
	switch {
	case isLeast && c.Function == "count":
		return q.sliding(c, g, least)
	case rising(c):
		return q.hopping(c, g, value)
	case q.nested:
		return &syntax.Error{Place: c.Place, Reason: "only counts of at least a number can be part of another correlation"}
	}
	return q.tumbling(c, g, value)
}

// sliding keeps groups with at least so many events within a span of time,
// wherever it begins: the event so many places before is not older than that.
func (q *query) sliding(c *syntax.Count, g grouped, least int) error {
	if err := q.lookBack(c.Span, c); err != nil {
		return err
	}
	same := "true"
	for i, column := range g {
		if i == 0 {
			same = ""
		} else {
			same += " and "
		}
		same += fmt.Sprintf("prev(%s, %d) == %s", column, least-1, column)
	}
	if least > 1 {
		q.add("%s", g.inOrder())
		q.add("extend FirstSeen = prev(TimeGenerated, %d), SameGroup = %s", least-1, same)
	} else {
		q.add("extend FirstSeen = TimeGenerated, SameGroup = true")
	}
	q.add("where SameGroup and FirstSeen >= TimeGenerated - %s%s", span(c.Span), q.recent())
	q.add("project-away SameGroup")
	q.newest("TimeGenerated", g)
	return nil
}

// hop is how far the spans of time that hopping looks at are apart.
func hop(length time.Duration) time.Duration {
	return max(time.Second, (length / 12).Truncate(time.Second))
}

// hopping takes the value over many spans of time that overlap, long enough
// that none of the length asked for falls between two of them.
func (q *query) hopping(c *syntax.Count, g grouped, value string) error {
	step := hop(c.Span)
	if err := q.lookBack(c.Span+step, c); err != nil {
		return err
	}
	q.note("values are taken over spans of %s that begin every %s, so that none of %s is missed", span(c.Span+step), span(step), span(c.Span))
	q.add("mv-expand Until = range(bin(TimeGenerated, %[1]s), bin(TimeGenerated, %[1]s) + %[2]s, %[1]s) to typeof(datetime)", span(step), span(c.Span))
	q.add("summarize Value = %s, FirstSeen = min(TimeGenerated), TimeGenerated = max(TimeGenerated)%s", aggregate(c, value), g.by("Until"))
	q.add("where %s%s", bounds(c), q.recent())
	q.newest("Value", g)
	q.keep(g)
	return nil
}

// tumbling takes the value over spans of time that follow each other.
func (q *query) tumbling(c *syntax.Count, g grouped, value string) error {
	runs := (shortest + c.Span - 1) / c.Span
	q.frequency = c.Span * runs
	q.period = q.frequency
	if q.period > longest {
		return &syntax.Error{Place: c.Place, Reason: fmt.Sprintf("a time of %s is too long: a rule looks back 14 days at most", span(c.Span))}
	}
	q.note("values are taken over spans of %s that follow each other: a condition of this kind has no meaning in spans that overlap; a group without any event is not seen", span(c.Span))
	var more []string
	if runs > 1 {
		more = []string{fmt.Sprintf("Since = bin(TimeGenerated, %s)", span(c.Span))}
	}
	q.add("summarize Value = %s, FirstSeen = min(TimeGenerated), TimeGenerated = max(TimeGenerated)%s", aggregate(c, value), g.by(more...))
	q.add("where %s", bounds(c))
	q.keep(g)
	return nil
}

// keep leaves the query the entities and details whose columns are left.
func (q *query) keep(g grouped) {
	q.entities = slices.DeleteFunc(slices.Clone(q.entities), func(m rules.EntityMapping) bool {
		return !slices.Contains(g, m.Fields[0].Column)
	})
	q.details = slices.DeleteFunc(slices.Clone(q.details), func(d rules.CustomDetail) bool {
		return !slices.Contains(g, d.Column)
	})
}

// aggregate writes the function of a count.
func aggregate(c *syntax.Count, value string) string {
	switch c.Function {
	case "count":
		return "count()"
	case "dcount":
		return "count_distinct(" + value + ")"
	case "median":
		return "percentile(" + value + ", 50)"
	case "percentile":
		percent := c.Percent
		if percent == "" {
			percent = "50"
		}
		return "percentile(" + value + ", " + percent + ")"
	}
	return c.Function + "(" + value + ")"
}

func bounds(c *syntax.Count) string {
	var list []string
	for _, b := range c.Bounds {
		list = append(list, fmt.Sprintf("Value %s %s", b.Op, b.Number))
	}
	return strings.Join(list, " and ")
}

// leastOf returns the whole number that a count must reach, if that is all that
// is asked.
func leastOf(c *syntax.Count) (int, bool) {
	if len(c.Bounds) != 1 {
		return 0, false
	}
	n, err := strconv.Atoi(c.Bounds[0].Number)
	switch b := c.Bounds[0]; {
	case err != nil || n < 0 || n > 1_000_000:
		return 0, false
	case b.Op == syntax.More:
		return n + 1, true
	case b.Op == syntax.MoreEqual:
		return max(1, n), true
	}
	return 0, false
}

// rising tells whether more events can only make the answer truer, so that it
// can be asked of longer spans of time than the rule's.
func rising(c *syntax.Count) bool {
	if c.Function != "dcount" && c.Function != "max" && c.Function != "sum" && c.Function != "count" {
		return false
	}
	return !slices.ContainsFunc(c.Bounds, func(b syntax.Bound) bool { return b.Op != syntax.More && b.Op != syntax.MoreEqual })
}
