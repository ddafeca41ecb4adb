package tables

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/schema"
)

// record makes a Record of JSON text, as the decoder does.
func record(t testing.TB, shape event.Shape, text string) *event.Record {
	t.Helper()
	rec, ok := tryRecord(shape, []byte(text))
	if !ok {
		t.Fatalf("not a JSON object: %s", text)
	}
	return rec
}

func tryRecord(shape event.Shape, text []byte) (*event.Record, bool) {
	text = bytes.TrimSpace(text)
	p := tapeWriter{
		rec: &event.Record{Text: text, Shape: shape, Source: "test", Partition: "0", Mend: mendText},
		dec: jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true)),
	}
	if len(text) == 0 || text[0] != '{' || !p.value(0, 0, 0) || p.dec.InputOffset() != int64(len(text)) {
		return nil, false
	}
	for i := range p.rec.Nodes {
		n := &p.rec.Nodes[i]
		if raw := text[n.Start:n.End]; n.Flags&event.Spaced != 0 && len(appendTidy(nil, raw, false)) == len(raw) {
			n.Flags &^= event.Spaced
		}
	}
	return p.rec, true
}

// mendText mends as the decoder does, which lends its reading to a record.
func mendText(text []byte) (strict []byte, ok bool) {
	lend := func(rec *event.Record) error {
		strict, ok = rec.Mend(text)
		return nil
	}
	err := decode.New(decode.Options{}).Decode(&event.Message{Body: []byte("{}")}, "", "", lend, func(*decode.Reject) error { return nil })
	return strict, ok && err == nil
}

// mapped maps records into rows of t's table.
func mapped(t testing.TB, table *schema.Table, recs ...*event.Record) *schema.Rows {
	t.Helper()
	rows := schema.NewRows(table)
	for _, rec := range recs {
		if err := table.Map(rec, rows); err != nil {
			t.Fatalf("map %s: %v", rec.Text, err)
		}
	}
	return rows
}

// cell returns a value as a query would show it: Const and Fallback resolved.
func cell(rows *schema.Rows, row int, name string) string {
	col := rows.Table.Column(name)
	if col < 0 {
		return "no column " + name
	}
	c, v := &rows.Table.Columns[col], &rows.Columns[col]
	if c.Const != "" {
		return c.Const
	}
	if v.Type != schema.String && !v.Valid[row] {
		return ""
	}
	switch v.Type {
	case schema.Datetime:
		return schema.DatetimeValue(v.Ints[row]).String()
	case schema.Timespan:
		return schema.TimespanValue(v.Ints[row]).String()
	case schema.Bool, schema.Int, schema.Long:
		return fmt.Sprint(v.Ints[row])
	case schema.Real:
		return fmt.Sprint(v.Reals[row])
	}
	if text := string(v.Bytes(row)); text != "" || c.Fallback == "" {
		return text
	}
	return cell(rows, row, c.Fallback)
}

// shown returns the stored values of a row, one a line, empty ones left out.
func shown(rows *schema.Rows, row int) string {
	var b strings.Builder
	for i := range rows.Table.Columns {
		c := &rows.Table.Columns[i]
		if c.Fallback != "" && len(rows.Columns[i].Bytes(row)) == 0 || c.Const != "" {
			continue
		}
		if text := cell(rows, row, c.Name); text != "" {
			fmt.Fprintf(&b, "%s: %q\n", c.Name, text)
		}
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(b.String())
}
