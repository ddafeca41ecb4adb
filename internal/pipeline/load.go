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

const (
	timeColumn      = "TimeGenerated"
	quarantineTable = "Quarantine"
)

// A load is the memory of one batch on its way: decoder and rows are used
// again for the next.
type load struct {
	catalog Catalog
	decoder *decode.Decoder
	now     func() time.Time

	arrived    schema.DatetimeValue
	lines      map[*schema.Table]*line
	quarantine *schema.Rows
	found      event.Counts // Read and Shapes only
	reasons    map[decode.Reason]int64
	last       *line // of the previous record, nearly always the next one's too
}

// A line holds the rows of one table.
type line struct {
	rows *schema.Rows
	time int // column TimeGenerated, -1 if the table has none
}

func newLoad(catalog Catalog, opt Options) (*load, error) {
	quarantine, ok := catalog.Table(quarantineTable)
	if !ok {
		return nil, fmt.Errorf("catalog has no table %s", quarantineTable)
	}
	return &load{
		catalog: catalog, decoder: decode.New(opt.Decode), now: opt.Now,
		lines:      make(map[*schema.Table]*line),
		quarantine: schema.NewRows(quarantine),
		reasons:    make(map[decode.Reason]int64),
	}, nil
}

// fill decodes and maps a batch.
func (l *load) fill(ctx context.Context, b *event.Batch) error {
	l.arrived = schema.DatetimeOf(l.now())
	for i := range b.Messages {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("deliver batch: %w", err)
		}
		m := &b.Messages[i]
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
	ln := l.line(t)
	if err := t.Map(rec, ln.rows); err != nil {
		return l.refuse(m, rec, decode.ReasonUnmappable, err.Error(), t.Name)
	}
	l.found.Read++
	ln.stamp(l.arrived)
	return nil
}

// line returns the rows of a table.
func (l *load) line(t *schema.Table) *line {
	if l.last != nil && l.last.rows.Table == t {
		return l.last
	}
	ln, ok := l.lines[t]
	if !ok {
		ln = &line{rows: schema.NewRows(t), time: t.Column(timeColumn)}
		l.lines[t] = ln
	}
	l.last = ln
	return ln
}

// stamp gives the last row the time of arrival if its record had no time.
func (ln *line) stamp(arrived schema.DatetimeValue) {
	if ln.time < 0 {
		return
	}
	v := &ln.rows.Columns[ln.time]
	if i := len(v.Ints) - 1; !v.Valid[i] {
		v.Ints[i], v.Valid[i] = int64(arrived), true
	}
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
		Time: l.arrived, Source: p.Source, Partition: p.Partition, Index: r.Index, Offset: r.Offset,
		Format: string(m.Format), Reason: string(r.Reason), Detail: r.Detail, Raw: r.Raw, Table: table,
	})
}

// rows returns what there is to commit.
func (l *load) rows() []*schema.Rows {
	var list []*schema.Rows
	for _, t := range l.catalog.Tables() {
		if ln, ok := l.lines[t]; ok && ln.rows.Len() > 0 {
			list = append(list, ln.rows)
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
	return c
}

// reset empties the load and keeps its memory.
func (l *load) reset() {
	for _, ln := range l.lines {
		ln.rows.Reset()
	}
	l.quarantine.Reset()
	clear(l.reasons)
	l.found, l.last = event.Counts{}, nil
}
