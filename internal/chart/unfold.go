package chart

import (
	"time"

	"github.com/go-json-experiment/json"

	"nephoscope/internal/schema"
)

// unfold makes rows of the arrays that make-series returns: of each row so many
// as its arrays are long.
func unfold(columns []schema.Column, rows [][]any) ([]schema.Column, [][]any) {
	arrays := map[int]schema.Type{}
	for i, c := range columns {
		if c.Type == schema.Dynamic && len(rows) > 0 {
			if t, ok := elementType(rows, i); ok {
				arrays[i] = t
			}
		}
	}
	if len(arrays) == 0 {
		return columns, rows
	}
	made := make([]schema.Column, len(columns))
	copy(made, columns)
	for i, t := range arrays {
		made[i].Type = t
	}
	var unfolded [][]any
	for _, row := range rows {
		unfolded = append(unfolded, unfoldRow(row, arrays)...)
	}
	return made, unfolded
}

func unfoldRow(row []any, arrays map[int]schema.Type) [][]any {
	values := map[int][]any{}
	longest := 0
	for i, t := range arrays {
		list, _ := arrayOf(row[i])
		for j, v := range list {
			list[j] = element(v, t)
		}
		values[i] = list
		longest = max(longest, len(list))
	}
	rows := make([][]any, longest)
	for j := range rows {
		rows[j] = append([]any{}, row...)
		for i, list := range values {
			rows[j][i] = nil
			if j < len(list) {
				rows[j][i] = list[j]
			}
		}
	}
	return rows
}

func arrayOf(v any) ([]any, bool) {
	text, ok := v.(schema.DynamicValue)
	if !ok {
		return nil, false
	}
	var list []any
	err := json.Unmarshal([]byte(text), &list)
	return list, err == nil
}

// elementType is what the arrays of a column hold: times or numbers, or false if
// it holds anything else.
func elementType(rows [][]any, at int) (schema.Type, bool) {
	t := schema.Unknown
	for _, row := range rows {
		list, ok := arrayOf(row[at])
		if !ok && row[at] != nil {
			return t, false
		}
		for _, v := range list {
			one := schema.Real
			if s, isText := v.(string); isText {
				if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
					return t, false
				}
				one = schema.Datetime
			} else if _, isNumber := v.(float64); v != nil && !isNumber {
				return t, false
			}
			if v != nil {
				t = one
			}
		}
	}
	return t, t != schema.Unknown
}

func element(v any, t schema.Type) any {
	if s, ok := v.(string); ok && t == schema.Datetime {
		if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return schema.DatetimeOf(at)
		}
		return nil
	}
	return v
}
