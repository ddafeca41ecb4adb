// Package archive reads back what detection wrote: alerts as they stand, and
// the runs of rules. It stands beside detect, for those who show it to people.
//
// Invariant: lists are in order of time, the newest first, and a page that
// begins behind the last of another repeats none of it, whatever came between.
package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"nephoscope/internal/detect"
	"nephoscope/internal/schema"
)

// A Span chooses by time and says where a page begins.
type Span struct {
	From, To time.Time // of TimeGenerated, From included; zero is no bound
	// Past and PastID are time and id of the last one of the page before;
	// zero at the start.
	Past   time.Time
	PastID string
	Limit  int // required
}

// conditions are those of the span in KQL; id is the column that tells apart
// what has one time.
func (s Span) conditions(id string) []string {
	var list []string
	if !s.From.IsZero() {
		list = append(list, "TimeGenerated >= "+moment(s.From))
	}
	if !s.To.IsZero() {
		list = append(list, "TimeGenerated < "+moment(s.To))
	}
	if !s.Past.IsZero() {
		list = append(list, fmt.Sprintf("(TimeGenerated < %[1]s or TimeGenerated == %[1]s and strcmp(%[2]s, %[3]s) > 0)", moment(s.Past), id, quote(s.PastID)))
	}
	return list
}

// order is the order of a list and its end.
func (s Span) order(id string) string {
	return fmt.Sprintf(" | order by TimeGenerated desc, %s asc | take %d", id, s.Limit)
}

func where(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " | where " + strings.Join(conditions, " and ")
}

func moment(t time.Time) string { return "datetime(" + schema.DatetimeOf(t).String() + ")" }

// quote writes a text as a literal of KQL, which has the escapes of JSON.
func quote(s string) string {
	text, _ := json.Marshal(s) // texts always marshal
	return string(text)
}

func quoteAll[T ~string](list []T) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(string(s))
	}
	return strings.Join(quoted, ", ")
}

// each asks a query over all time and hands over its rows.
func each(ctx context.Context, ask detect.Ask, query string, row func(columns []schema.Column, values []any) error) error {
	cursor, err := ask(ctx, query, detect.Window{To: schema.MaxDatetime, Now: schema.DatetimeOf(time.Now())})
	if err != nil {
		return err
	}
	defer func() { _ = cursor.Close() }()
	columns := cursor.Columns()
	for {
		values, err := cursor.Next()
		if err != nil || values == nil {
			return err
		}
		if err := row(columns, values); err != nil {
			return err
		}
	}
}
