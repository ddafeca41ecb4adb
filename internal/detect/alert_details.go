package detect

import (
	"encoding/json"
	"slices"
	"time"

	"nephoscope/internal/rules"
	"nephoscope/internal/schema"
)

// spanOf returns the first and last activity: the span of TimeGenerated, else
// of StartTime and EndTime, in the rows; the window if they have none.
func spanOf(res *result, rows []row) (start, end time.Time) {
	first := timesOf(res, rows, timeGenerated, "StartTime", "StartTimeUtc")
	last := timesOf(res, rows, timeGenerated, "EndTime", "EndTimeUtc")
	if len(first) == 0 || len(last) == 0 {
		return res.window.From.Time(), (res.window.To - 1).Time()
	}
	from, to := slices.Min(first), slices.Max(last)
	return from.Time(), max(from, to).Time()
}

// timesOf returns all times of the first of the columns that the result has.
func timesOf(res *result, rows []row, columns ...string) []schema.DatetimeValue {
	for _, name := range columns {
		var times []schema.DatetimeValue
		for _, r := range rows {
			if t, ok := res.value(r, name).(schema.DatetimeValue); ok {
				times = append(times, t)
			}
		}
		if len(times) > 0 {
			return times
		}
	}
	return nil
}

// detailsOf gathers the distinct values of the custom details within limits.
func detailsOf(rule *rules.Rule, res *result, rows []row) []Detail {
	var details []Detail
	size := 0
	for _, c := range rule.CustomDetails {
		d := Detail{Key: c.Key}
		for _, r := range rows {
			text := res.text(r, c.Column)
			if text == "" || slices.Contains(d.Values, text) {
				continue
			}
			if size += len(text); len(d.Values) == maxDetailValues || size > maxDetailBytes {
				break
			}
			d.Values = append(d.Values, text)
		}
		details = append(details, d)
	}
	return details
}

// sampleOf keeps the first rows as JSON objects.
func sampleOf(res *result, rows []row) []json.RawMessage {
	sample := []json.RawMessage{}
	size := 0
	for _, r := range rows[:min(len(rows), maxSampleRows)] {
		object := rowJSON(res, r)
		if size += len(object); size > maxSampleBytes {
			break
		}
		sample = append(sample, object)
	}
	return sample
}

// rowJSON writes a row as an object with the columns in their order; empty
// values are left out.
func rowJSON(res *result, r row) json.RawMessage {
	b := []byte{'{'}
	for i, v := range r.values {
		if v == nil || v == "" {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(b, quoteJSON(res.columns[i].Name)...), ':')
		b = append(b, valueJSON(v)...)
	}
	return append(b, '}')
}

func valueJSON(v any) string {
	switch x := v.(type) {
	case schema.DynamicValue:
		if json.Valid([]byte(x)) {
			return string(x)
		}
	case bool, int32, int64:
		return textOf(x)
	case float64:
		if text := textOf(x); json.Valid([]byte(text)) {
			return text
		}
	}
	return quoteJSON(textOf(v))
}
