package detect

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"nephoscope/internal/schema"
)

// keptRows is how many rows of a result are looked at one by one; the others
// are counted and take part in the fingerprint.
const keptRows = 10_000

// A result is what a query returned in one window.
type result struct {
	window  Window
	columns []schema.Column
	rows    []row
	total   int // all rows, the kept ones included
	rest    sum // of the rows that were not kept
}

// A row is one result row.
type row struct {
	values []any
	hash   sum
	timed  bool // holds the time of an event
}

// run asks a query and reads its result.
func (d *Detector) run(ctx context.Context, query string, w Window) (*result, error) {
	cursor, err := d.ask(ctx, query, w)
	if err != nil {
		return nil, err
	}
	defer func() { _ = cursor.Close() }()
	res := &result{window: w, columns: cursor.Columns()}
	for {
		values, err := cursor.Next()
		if err != nil {
			return nil, fmt.Errorf("read the result: %w", err)
		}
		if values == nil {
			return res, nil
		}
		res.add(values)
	}
}

func (r *result) add(values []any) {
	hash := hashRow(r.columns, values, r.window)
	r.total++
	if len(r.rows) < keptRows {
		r.rows = append(r.rows, row{values: values, hash: hash, timed: holdsTime(r.columns, values, r.window)})
		return
	}
	r.rest = r.rest.plus(hash)
}

// column returns the index of a column, -1 if the result has none.
func (r *result) column(name string) int {
	for i := range r.columns {
		if r.columns[i].Name == name {
			return i
		}
	}
	return -1
}

// value returns a row's value of a column, nil if there is none.
func (r *result) value(row row, name string) any {
	if i := r.column(name); i >= 0 {
		return row.values[i]
	}
	return nil
}

// text returns a row's value of a column as tostring() does.
func (r *result) text(row row, name string) string { return textOf(r.value(row, name)) }

// textOf writes a value as tostring() does.
func textOf(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case schema.DynamicValue:
		return textOfDynamic(x)
	default:
		return fmt.Sprint(x)
	}
}

// textOfDynamic takes the quotes off a JSON string and writes null as nothing.
func textOfDynamic(v schema.DynamicValue) string {
	text := string(v)
	if text == "null" {
		return ""
	}
	if strings.HasPrefix(text, `"`) {
		if s, ok := decodeJSON(text).(string); ok {
			return s
		}
	}
	return text
}
