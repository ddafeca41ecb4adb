package trial

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"nephoscope/internal/detect"
	"nephoscope/internal/kql/bind"
	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// The runs that are made of a case without at, from and to.
const (
	runsAfter  = 2 * time.Hour
	runsBefore = 25 * time.Hour
)

// runsOf returns the span of the runs to make; see rules.Case.
func runsOf(rule *rules.Rule, f *filling) detect.Range {
	c := f.c
	if !c.At.IsZero() {
		return detect.Range{From: c.At.Add(-time.Microsecond), To: c.At}
	}
	oldest, newest := f.oldest.Time(), f.newest.Time()
	to := newest.Add(runsAfter)
	if first := nextRun(rule, newest); first.After(to) {
		to = first
	}
	from := oldest.Add(-time.Hour)
	if day := newest.Add(-runsBefore); from.Before(day) {
		from = day
	}
	if !c.To.IsZero() {
		to = c.To
	}
	if !c.From.IsZero() {
		from = c.From
	}
	return detect.Range{From: from, To: to}
}

// nextRun is the first run time of the rule at or after t: runs are at the
// multiples of the frequency since the beginning of time.
func nextRun(rule *rules.Rule, t time.Time) time.Time {
	step := schema.DatetimeValue(schema.TimespanOf(rule.Frequency))
	if step <= 0 {
		return t
	}
	return ((schema.DatetimeOf(t) + step - 1) / step * step).Time()
}

func isRunTime(rule *rules.Rule, t time.Time) bool { return nextRun(rule, t).Equal(t) }

// inOrder lists the alerts that stand by their first activity.
func inOrder(alerts map[string]*detect.Alert) []*detect.Alert {
	var list []*detect.Alert
	for _, a := range alerts {
		if a.Status != "Dismissed" {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b *detect.Alert) int {
		return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return list
}

// watchlistsOf makes the watchlists of a case, by alias.
func watchlistsOf(f *filling) map[string]*bind.Watchlist {
	lists := map[string]*bind.Watchlist{}
	for alias, items := range f.c.Watchlists {
		lists[alias] = watchlist(items, f.newest)
	}
	return lists
}

func watchlist(items []yaml.MapSlice, updated schema.DatetimeValue) *bind.Watchlist {
	list := &bind.Watchlist{Updated: updated}
	for _, item := range items {
		for _, pair := range item {
			if name := fmt.Sprint(pair.Key); !slices.Contains(list.Columns, name) {
				list.Columns = append(list.Columns, name)
			}
		}
	}
	if len(list.Columns) > 0 {
		list.SearchKey = list.Columns[0]
	}
	if slices.Contains(list.Columns, "SearchKey") {
		list.SearchKey = "SearchKey"
	}
	for _, item := range items {
		row := make([]string, len(list.Columns))
		for _, pair := range item {
			row[slices.Index(list.Columns, fmt.Sprint(pair.Key))] = itemText(pair.Value)
		}
		list.Rows = append(list.Rows, row)
	}
	return list
}

// itemText writes a value of a watchlist's item, which are all texts.
func itemText(v any) string {
	switch v.(type) {
	case nil:
		return ""
	case map[string]any, []any:
		text, _ := json.Marshal(v) // what YAML holds
		return string(text)
	}
	return fmt.Sprint(v)
}
