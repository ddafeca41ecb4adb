package rules

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"nephoscope/internal/schema"
)

// A CaseSeries is many rows of one table that are alike: a person who takes a
// hundred files. Reading a file of cases puts them among the case's Rows.
type CaseSeries struct {
	Table  string        `yaml:"table"`
	Repeat int           `yaml:"repeat"`
	Every  time.Duration `yaml:"every"`
	// Row is the first of them. Those that follow have a TimeGenerated that is
	// Every later each; # in a text stands for the number of the row, from 1.
	Row CaseRow `yaml:"row"`
}

// maxSeries bounds the rows of a series.
const maxSeries = 10_000

// unroll adds the rows of the case's series to its rows and returns what is
// wrong with them, if anything.
func (c *Case) unroll() string {
	for i := range c.Series {
		s := &c.Series[i]
		rows, message := s.rows()
		if message != "" {
			return fmt.Sprintf("series[%d]: %s", i, message)
		}
		if c.Rows == nil {
			c.Rows = map[string][]CaseRow{}
		}
		c.Rows[s.Table] = append(c.Rows[s.Table], rows...)
	}
	return ""
}

func (s *CaseSeries) rows() ([]CaseRow, string) {
	const column = "TimeGenerated"
	start, ok := schema.ParseDatetime(fmt.Sprint(s.Row[column]))
	switch {
	case s.Table == "":
		return nil, "table is missing: want the name of a table"
	case s.Repeat < 1 || s.Repeat > maxSeries:
		return nil, fmt.Sprintf("repeat is %d: want 1 to %d", s.Repeat, maxSeries)
	case !ok:
		return nil, fmt.Sprintf("row.%s is no time: want one like 2026-03-02T09:30:00Z", column)
	}
	list := make([]CaseRow, s.Repeat)
	for n := range list {
		list[n] = numbered(map[string]any(s.Row), strconv.Itoa(n+1)).(map[string]any)
		list[n][column] = start.Time().Add(time.Duration(n) * s.Every).Format("2006-01-02T15:04:05.0000000Z")
	}
	return list, ""
}

// numbered copies a value with # in its texts replaced by a number.
func numbered(v any, number string) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "#", number)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = numbered(v[i], number)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, value := range v {
			object[key] = numbered(value, number)
		}
		return object
	}
	return v
}
