package tables

import (
	"encoding/binary"
	"fmt"

	"nephoscope/internal/schema"
)

// A DeadLetterEntry is a row that an output will never take.
type DeadLetterEntry struct {
	Time     schema.DatetimeValue // when it was refused
	Output   string               // name of the output
	Table    string               // of the row
	ItemID   string               // _ItemId of the row
	Sequence int64                // _Sequence of the row
	Reason   string               // one word for programs, such as too_large
	Detail   string               // why, for people
}

// ID identifies the refusal: the same row refused by the same output has the
// same ID however often it is tried.
func (d *DeadLetterEntry) ID() schema.ID {
	var b []byte
	for _, s := range []string{d.Output, d.Table} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return hashID(append(b, d.ItemID...))
}

// DeadLetter returns the table of rows that an output will never take. It is
// no part of Quarantine: what lies there is not in the tables yet and can be
// replayed into them, while a row named here is in its table and only one of
// those who wanted it did not get it.
func DeadLetter() *schema.Table {
	return &schema.Table{
		Name: "DeadLetter",
		Doc: "Rows that an output will never take, with the reason: too large, or refused by the receiver. " +
			"The row itself stays in its table; find it there by its _ItemId.",
		Version:   1,
		Retention: 365,
		Columns: []schema.Column{
			{Name: "TimeGenerated", Type: schema.Datetime, Doc: "When the row was refused."},
			{Name: "OutputName", Type: schema.String, Doc: "Name of the output in the configuration."},
			{Name: "TargetTable", Type: schema.String, Doc: "Table that the row is in."},
			{Name: "ItemId", Type: schema.String, Doc: "_ItemId of the row."},
			{Name: "ItemSequence", Type: schema.Long, Doc: "_Sequence of the row."},
			{Name: "Reason", Type: schema.String, Doc: "Why it was refused: too_large, unfit (it cannot be written in the output's form) or refused (the receiver said so)."},
			{Name: "Detail", Type: schema.String, Doc: "What was wrong, for people."},
			{Name: "Type", Type: schema.String, Const: "DeadLetter", Doc: "Name of the table."},
		},
	}
}

// AppendDeadLetter appends one row. The rows must be of the DeadLetter table.
func AppendDeadLetter(rows *schema.Rows, d DeadLetterEntry) error {
	for _, c := range []struct {
		name  string
		value any
	}{
		{"TimeGenerated", d.Time},
		{"OutputName", d.Output},
		{"TargetTable", d.Table},
		{"ItemId", d.ItemID},
		{"ItemSequence", d.Sequence},
		{"Reason", d.Reason},
		{"Detail", readable(d.Detail)},
	} {
		if err := rows.Set(c.name, c.value); err != nil {
			rows.Discard()
			return fmt.Errorf("dead letter of %s: %w", d.ItemID, err)
		}
	}
	rows.End(d.ID())
	return nil
}
