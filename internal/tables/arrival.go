package tables

import "nephoscope/internal/schema"

// Arrive gives rows that have no TimeGenerated the time of their arrival. The
// pipeline calls it before a commit: a record without a readable time is no
// reason to lose it, and its own writing of the time, if any, is in the row.
func Arrive(rows *schema.Rows, now schema.DatetimeValue) {
	col := rows.Table.Column(timeColumn)
	if col < 0 {
		return
	}
	v := &rows.Columns[col]
	for i, valid := range v.Valid {
		if !valid {
			v.Ints[i], v.Valid[i] = int64(now), true
		}
	}
}
