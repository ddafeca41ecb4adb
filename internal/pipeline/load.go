package pipeline

import (
	"context"
	"fmt"
	"time"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/tables"
)

const quarantineTable = "Quarantine"

// A load is the memory of one batch on its way: decoder and rows are used
// again for the next.
type load struct {
	catalog Catalog
	decoder *decode.Decoder
	now     func() time.Time

	arrived    schema.DatetimeValue
	tables     map[*schema.Table]*schema.Rows
	quarantine *schema.Rows
	path       string       // of the batch
	found      event.Counts // Read and Shapes only
	completed  int64        // rows of quarantine that are no record's
	reasons    map[decode.Reason]int64
	last       *schema.Rows // of the previous record, nearly always the next one's too
	carried    int          // bytes of the largest batch, by which its memory is known
}

// fill decodes and maps a batch.
func (l *load) fill(ctx context.Context, b *event.Batch) error {
	l.arrived, l.path = schema.DatetimeOf(l.now()), b.Path
	for i := range b.Messages {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("deliver batch: %w", err)
		}
		m := &b.Messages[i]
		if m.Completed {
			if err := l.complete(m, b.Position); err != nil {
				return err
			}
			continue
		}
		err := l.decoder.Decode(m, b.Position.Source, b.Position.Partition,
			func(rec *event.Record) error { return l.add(m, rec) },
			func(r *decode.Reject) error { return l.reject(m, b.Position, r, "") })
		if err != nil {
			return fmt.Errorf("decode message at %d: %w", m.Offset, err)
		}
	}
	return nil
}

// add turns a record into a row of its table.
func (l *load) add(m *event.Message, rec *event.Record) error {
	l.found.Shapes[rec.Shape]++
	t := l.catalog.Route(rec)
	if t == nil {
		return l.refuse(m, rec, decode.ReasonUnrouted, "no table claims a record of this kind", "")
	}
	if err := t.Map(rec, l.of(t)); err != nil {
		return l.refuse(m, rec, decode.ReasonUnmappable, err.Error(), t.Name)
	}
	l.found.Read++
	return nil
}

// of returns the rows of a table.
func (l *load) of(t *schema.Table) *schema.Rows {
	if l.last != nil && l.last.Table == t {
		return l.last
	}
	rows, ok := l.tables[t]
	if !ok {
		rows = schema.NewRows(t)
		l.tables[t] = rows
	}
	l.last = rows
	return rows
}

// refuse sends a decoded record to quarantine.
func (l *load) refuse(m *event.Message, rec *event.Record, reason decode.Reason, detail, table string) error {
	return l.reject(m, event.Position{Source: rec.Source, Partition: rec.Partition}, &decode.Reject{
		Raw: rec.Text, Reason: reason, Detail: detail, Index: rec.Index, Offset: rec.Offset,
	}, table)
}

// reject sends what is no record, or has no place, to quarantine.
func (l *load) reject(m *event.Message, p event.Position, r *decode.Reject, table string) error {
	l.found.Read++
	l.reasons[r.Reason]++
	return tables.AppendQuarantine(l.quarantine, tables.QuarantineEntry{
		Time: l.arrived, Source: p.Source, Partition: p.Partition, Path: l.path, Index: r.Index, Offset: r.Offset,
		Format: string(m.Format), Reason: string(r.Reason), Detail: r.Detail, Raw: r.Raw, Header: string(r.Header), Table: table,
	})
}

// complete takes the beginning of a record out of quarantine, where it went
// before there was more of it.
func (l *load) complete(m *event.Message, p event.Position) error {
	l.completed++
	return tables.AppendQuarantine(l.quarantine, tables.QuarantineEntry{
		Time: l.arrived, Source: p.Source, Partition: p.Partition, Path: l.path, Index: m.Index, Offset: m.Offset,
		Format: string(m.Format), Reason: string(decode.ReasonTruncated), Detail: "the rest of it came later", Raw: m.Body,
		State: tables.Replayed,
	})
}

// rows returns what there is to commit. Rows whose record had no time get the
// time of arrival.
func (l *load) rows() []*schema.Rows {
	var list []*schema.Rows
	for _, t := range l.catalog.Tables() {
		if rows, ok := l.tables[t]; ok && rows.Len() > 0 {
			tables.Arrive(rows, l.arrived)
			list = append(list, rows)
		}
	}
	if l.quarantine.Len() > 0 {
		list = append(list, l.quarantine)
	}
	return list
}

// counts says what became of the load's records.
func (l *load) counts(r store.Result) event.Counts {
	c := l.found
	for table, n := range r.Committed {
		if table == quarantineTable {
			c.Quarantined += int64(n)
		} else {
			c.Committed += int64(n)
		}
	}
	for _, n := range r.Duplicate {
		c.Duplicate += int64(n)
	}
	news := min(l.completed, c.Quarantined)
	c.Quarantined, c.Duplicate = c.Quarantined-news, c.Duplicate-(l.completed-news)
	return c
}

// reset empties the load and keeps its memory.
func (l *load) reset() {
	for _, rows := range l.tables {
		rows.Reset()
	}
	l.quarantine.Reset()
	clear(l.reasons)
	l.found, l.completed, l.last = event.Counts{}, 0, nil
}
