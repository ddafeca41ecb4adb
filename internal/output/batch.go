package output

import (
	"nephoscope/internal/schema"
)

// BatchOf returns the rows as a batch like those that a Log reads, for who has
// rows that did not come from the store. Sequence and Arrived are 0. Nothing of
// rows is kept.
func BatchOf(rows *schema.Rows) *Batch {
	b := &Batch{Table: rows.Table.Name, Columns: shownColumns(rows.Table), Rows: make([]Row, rows.Len())}
	for i := range b.Rows {
		values := make([]any, 0, len(b.Columns))
		for col := range rows.Table.Columns {
			if c := &rows.Table.Columns[col]; c.Path == nil {
				values = append(values, valueOf(rows, c, col, i))
			}
		}
		b.Rows[i] = Row{ID: rows.IDs[i].String(), Values: values}
	}
	return b
}

// valueOf returns what a Log would read of row i.
func valueOf(rows *schema.Rows, c *schema.Column, col, i int) any {
	v := &rows.Columns[col]
	switch {
	case c.Const != "":
		return c.Const
	case c.Fallback != "" && rows.Columns[rows.Table.Column(c.Fallback)].Valid[i]:
		return ""
	case c.Type == schema.String:
		return string(v.Bytes(i))
	case !v.Valid[i]:
		return nil
	}
	switch c.Type {
	case schema.Bool:
		return v.Ints[i] != 0
	case schema.Int:
		return int32(v.Ints[i])
	case schema.Long:
		return v.Ints[i]
	case schema.Datetime:
		return schema.DatetimeValue(v.Ints[i])
	case schema.Timespan:
		return schema.TimespanValue(v.Ints[i])
	case schema.Real:
		return v.Reals[i]
	case schema.GUID:
		return schema.GUIDValue(v.Bytes(i))
	case schema.Decimal:
		return schema.DecimalValue(v.Bytes(i))
	default:
		return schema.DynamicValue(v.Bytes(i))
	}
}
