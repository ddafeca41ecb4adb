package detect

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"nephoscope/internal/schema"
)

// The bounds of a result. The rows beyond keptRows are counted and take part in
// the fingerprint, but are not looked at one by one.
const (
	keptRows  = 10_000
	keptBytes = 128 << 20
)

// A result is what a query returned in one window. Of more than keptRows rows
// those with the least hashes are kept, so that which they are does not depend
// on the order in which the store returned them.
type result struct {
	window  Window
	columns []schema.Column
	rows    []row
	total   int // all rows, the kept ones included
	rest    sum // of the rows that were not kept
	bytes   int // of the texts in the kept rows
}

// A row is one result row.
type row struct {
	values []any
	hash   sum
	timed  bool // holds the time of an event
}

// run asks a query and reads its result, within the bounds of a run.
func (d *Detector) run(ctx context.Context, query string, w Window) (*result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.opt.RunTimeout, &limitError{"ran longer than " + d.opt.RunTimeout.String()})
	defer cancel()
	res, err := d.read(ctx, query, w)
	if limit := (*limitError)(nil); err != nil && errors.As(context.Cause(ctx), &limit) {
		return nil, limit
	}
	return res, err
}

func (d *Detector) read(ctx context.Context, query string, w Window) (*result, error) {
	cursor, err := d.ask(ctx, query, w)
	if err != nil {
		return nil, err
	}
	defer func() { _ = cursor.Close() }()
	res := &result{window: w, columns: cursor.Columns()}
	for {
		values, err := cursor.Next()
		if err == nil {
			err = ctx.Err() // a cursor may have its rows already
		}
		if err != nil {
			return nil, fmt.Errorf("read the result: %w", err)
		}
		if values == nil {
			return res, nil
		}
		if err := d.add(res, values); err != nil {
			return nil, err
		}
	}
}

// add takes a row into a result, within the bounds of a run.
func (d *Detector) add(res *result, values []any) error {
	res.add(values)
	if res.total > d.opt.MaxRows {
		return &limitError{fmt.Sprintf("returned more than %d rows", d.opt.MaxRows)}
	}
	if res.bytes > keptBytes {
		return &limitError{fmt.Sprintf("returned more than %d MB in its first rows", keptBytes>>20)}
	}
	return nil
}

// A limitError tells which bound a run has reached.
type limitError struct{ what string }

func (e *limitError) Error() string {
	return "the query " + e.what + ": let it summarize or choose fewer rows and columns"
}

func (r *result) add(values []any) {
	next := row{values: values, hash: hashRow(r.columns, values, r.window), timed: holdsTime(r.columns, values, r.window)}
	r.total++
	if len(r.rows) < keptRows {
		r.rows = append(r.rows, next)
		r.bytes += textBytes(values)
		return
	}
	if r.total == keptRows+1 {
		heap.Init((*greatestFirst)(&r.rows))
	}
	if compareRows(next, r.rows[0]) < 0 {
		r.bytes += textBytes(values) - textBytes(r.rows[0].values)
		next, r.rows[0] = r.rows[0], next
		heap.Fix((*greatestFirst)(&r.rows), 0)
	}
	r.rest = r.rest.plus(next.hash)
}

// greatestFirst is a heap of rows by their hashes. It never changes its length.
type greatestFirst []row

func (h greatestFirst) Len() int           { return len(h) }
func (h greatestFirst) Less(i, j int) bool { return compareRows(h[i], h[j]) > 0 }
func (h greatestFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h greatestFirst) Push(any)           {}
func (h greatestFirst) Pop() any           { return nil }

// textBytes is the size of the texts in a row, the bulk of its memory.
func textBytes(values []any) int {
	n := 0
	for _, v := range values {
		switch x := v.(type) {
		case string:
			n += len(x)
		case schema.DynamicValue:
			n += len(x)
		}
	}
	return n
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
