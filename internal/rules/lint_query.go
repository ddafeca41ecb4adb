package rules

import (
	"fmt"
	"slices"
	"time"

	"nephoscope/internal/schema"
)

// query compiles the query and shows in the file what is wrong and what is
// questionable.
func (l *linter) query() {
	columns, problems := l.compile(l.rule.Query)
	for _, p := range problems {
		l.report(CodeKQL, l.inQuery(p.Line, p.Column), "query: %s", p.Message)
	}
	if len(problems) > 0 {
		return
	}
	if len(columns) > 0 {
		l.columns(columns)
	}
	if l.review == nil {
		return
	}
	review := l.review(l.rule.Query)
	for _, n := range review.Notes {
		l.report(n.Code, l.inQuery(n.Line, n.Column), "query: %s", n.Message)
	}
	l.looks(review.Looks)
	if len(columns) > 0 {
		l.time(columns)
	}
	l.firstRow()
}

// looks holds the bounds of time against the rule's clock.
func (l *linter) looks(looks []QueryLook) {
	for _, k := range looks {
		at := l.inQuery(k.Line, k.Column)
		switch {
		case !k.Arrival && k.Back > l.rule.Period:
			l.report(CodeLookback, at, "the query asks for events of the last %s and sees those of queryPeriod, %s: older ones are never seen",
				short(k.Back), short(l.rule.Period))
		case k.Back+k.Slack < l.rule.Frequency:
			l.report(CodeFilterNarrow, at, "the query asks for events of the last %s and runs every %s: those between are never looked at",
				short(k.Back), short(l.rule.Frequency))
		}
	}
}

// short writes a duration as people who write rules do: 14d, 90m.
func short(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= unit.of && d%unit.of == 0 {
			return fmt.Sprint(int64(d/unit.of), unit.name)
		}
	}
	return d.String()
}

// time warns of results that do not say when something happened. Rules about
// silence have nothing to say it of.
func (l *linter) time(columns []schema.Column) {
	has := func(names ...string) bool {
		return slices.ContainsFunc(columns, func(c schema.Column) bool { return slices.Contains(names, c.Name) })
	}
	timed := has("TimeGenerated") || has("StartTime", "StartTimeUtc") && has("EndTime", "EndTimeUtc")
	if !timed && !l.rule.Operator.Triggers(0, l.rule.Threshold) {
		l.report(CodeNoTime, l.inQuery(1, 1), "query: the result has no TimeGenerated, nor StartTime and EndTime: alerts get the time of the window in place of that of the events")
	}
}

// firstRow tells of texts of alerts that one of many rows fills.
func (l *linter) firstRow() {
	if l.rule.PerResult {
		return
	}
	for key, format := range map[string]string{
		"alertDisplayNameFormat": l.rule.Override.Name, "alertDescriptionFormat": l.rule.Override.Description,
	} {
		if columns := Placeholders(format); len(columns) > 0 {
			l.report(CodeFirstRow, l.at("alertDetailsOverride."+key), "the alert stands for all rows of a run, and the first of them fills {{%s}}: AlertPerResult makes an alert of each", columns[0])
		}
	}
}
