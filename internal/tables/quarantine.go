package tables

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"nephoscope/internal/schema"
)

// A QuarantineState says what has become of a record in quarantine.
type QuarantineState string

// The states. A record that was Replayed has a row for each.
const (
	Held     QuarantineState = "Held"
	Replayed QuarantineState = "Replayed"
)

// A QuarantineEntry is a record that could not become a row of its table.
type QuarantineEntry struct {
	Time              schema.DatetimeValue // when it was refused, or its state changed
	Source, Partition string               // as in event.Position
	Path              string               // as in event.Batch
	Index, Offset     int64                // as in event.Record
	Format            string               // event.Format of the message
	Reason            string               // one word for programs, such as syntax
	Detail            string               // what was wrong, for people
	Raw               []byte               // the record as it was received
	Header            string               // the header line of the CSV that Raw is a row of
	Table             string               // where it went on replay, or was meant to go
	State             QuarantineState      // Held if empty
}

// ID identifies the refused record, whatever its state: the same bytes from
// the same place have the same ID however often they arrive.
func (q *QuarantineEntry) ID() schema.ID {
	var b []byte
	for _, s := range []string{q.Source, q.Partition} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(q.Index))
	b = binary.BigEndian.AppendUint64(b, uint64(q.Offset))
	return hashID(append(b, q.Raw...))
}

// Quarantine returns the table of records that were refused, each with the
// reason, so that nothing received is ever lost. Rows are only added: a change
// of state is a new row with the same QuarantineId.
func Quarantine() *schema.Table {
	return &schema.Table{
		Name: "Quarantine",
		Doc: "Records that could not become a row of their table, as they were received. A change of state is a new row: " +
			"read the present state with summarize arg_max(TimeGenerated, *) by QuarantineId.",
		Version:   1,
		Retention: 365,
		Columns: []schema.Column{
			{Name: "TimeGenerated", Type: schema.Datetime, Doc: "When the record was refused, or its state changed."},
			{Name: "QuarantineId", Type: schema.String, Doc: "Id of the record, a GUID; the same in every row of one record."},
			{Name: "State", Type: schema.String, Doc: "Held or Replayed."},
			{Name: "Reason", Type: schema.String, Doc: "Why it was refused: syntax, truncated, encoding, not_object, too_large, unrouted or unmappable."},
			{Name: "Detail", Type: schema.String, Doc: "What was wrong, for people."},
			{Name: "Source", Type: schema.String, Doc: "Source it came from, as in the stored positions."},
			{Name: "Partition", Type: schema.String, Doc: "Partition of the source."},
			{Name: "Path", Type: schema.String, Doc: "File it was read from, as it was named then; empty for other sources."},
			{Name: "Index", Type: schema.Long, Doc: "Number of the record in its message or file, from 0."},
			{Name: "Offset", Type: schema.Long, Doc: "Byte in its message or file where the record begins."},
			{Name: "Format", Type: schema.String, Doc: "Format of the message: rest, hub, storage or table."},
			{Name: "TargetTable", Type: schema.String, Doc: "Table it was meant for, or went to on replay; empty when no table claimed it."},
			{Name: "Raw", Type: schema.String, Doc: "The record as it was received. Bytes that are no UTF-8 are replaced here; RawBase64 then has the original."},
			{Name: "RawBase64", Type: schema.String, Doc: "The record's bytes in Base64, only where they are not valid UTF-8."},
			{Name: "Header", Type: schema.String, Doc: "The header line of the CSV that the record is a row of."},
			{Name: "Type", Type: schema.String, Const: "Quarantine", Doc: "Name of the table."},
		},
	}
}

// AppendQuarantine appends one row. The rows must be of the Quarantine table.
func AppendQuarantine(rows *schema.Rows, q QuarantineEntry) error {
	if q.State == "" {
		q.State = Held
	}
	id := q.ID()
	raw, valid := validText(q.Raw)
	exact := ""
	if !valid {
		exact = base64.StdEncoding.EncodeToString(q.Raw)
	}
	for _, c := range []struct {
		name  string
		value any
	}{
		{"TimeGenerated", q.Time},
		{"QuarantineId", id.String()},
		{"State", string(q.State)},
		{"Reason", q.Reason},
		{"Detail", readable(q.Detail)},
		{"Source", readable(q.Source)},
		{"Partition", readable(q.Partition)},
		{"Path", readable(q.Path)},
		{"Index", q.Index},
		{"Offset", q.Offset},
		{"Format", q.Format},
		{"TargetTable", q.Table},
		{"Raw", raw},
		{"RawBase64", exact},
		{"Header", readable(q.Header)},
	} {
		if err := rows.Set(c.name, c.value); err != nil {
			rows.Discard()
			return fmt.Errorf("quarantine record %s: %w", id, err)
		}
	}
	rows.End(hashID(append(id[:], q.State...)))
	return nil
}

// readable replaces what is not UTF-8.
func readable(s string) string {
	b, _ := validText([]byte(s))
	return string(b)
}
