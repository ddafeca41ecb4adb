package app

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"nephoscope/internal/pipeline"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
)

// heldQuery lists the records that are in quarantine now.
const heldQuery = `Quarantine
| summarize arg_max(TimeGenerated, State, Reason, Detail, Source, Partition, Index, Offset, Format, TargetTable, Raw, RawBase64, Path, Header) by QuarantineId
| where State == "Held"
| order by TimeGenerated asc, Source asc, Partition asc, Offset asc, QuarantineId asc
| project TimeGenerated, Source, Partition, Index, Offset, Format, Reason, Detail, TargetTable, Raw, RawBase64, Path, Header`

// replayBatch is how many records are replayed in one commit.
const replayBatch = 1000

// Held calls fn for each record in quarantine, oldest first.
func (a *App) Held(ctx context.Context, fn func(tables.QuarantineEntry) error) (err error) {
	cursor, err := a.Query(ctx, heldQuery)
	if err != nil {
		return fmt.Errorf("read quarantine: %w", err)
	}
	defer func() { err = errors.Join(err, cursor.Close()) }()
	for {
		row, err := cursor.Next()
		if err != nil {
			return fmt.Errorf("read quarantine: %w", err)
		}
		if row == nil {
			return nil
		}
		entry, err := heldEntry(row)
		if err != nil {
			return err
		}
		if err := fn(entry); err != nil {
			return err
		}
	}
}

// heldEntry reads a row of heldQuery.
func heldEntry(row []any) (tables.QuarantineEntry, error) {
	text := func(i int) string { s, _ := row[i].(string); return s }
	number := func(i int) int64 { n, _ := row[i].(int64); return n }
	at, _ := row[0].(schema.DatetimeValue)
	q := tables.QuarantineEntry{
		Time: at, Source: text(1), Partition: text(2), Index: number(3), Offset: number(4),
		Format: text(5), Reason: text(6), Detail: text(7), Table: text(8), Raw: []byte(text(9)), State: tables.Held,
		Path: text(11), Header: text(12),
	}
	if exact := text(10); exact != "" {
		raw, err := base64.StdEncoding.DecodeString(exact)
		if err != nil {
			return q, fmt.Errorf("read quarantine: bytes of record %s: %w", q.ID(), err)
		}
		q.Raw = raw
	}
	return q, nil
}

// Replay tries every held record again. Reasons, if given, limits it to
// records refused for one of them.
func (a *App) Replay(ctx context.Context, reasons []string) (pipeline.Replayed, error) {
	var total pipeline.Replayed
	replayer, err := pipeline.NewReplayer(a.Store, a.Catalog, pipeline.Options{Now: a.now})
	if err != nil {
		return total, err
	}
	var held []tables.QuarantineEntry
	flush := func() error {
		report, err := replayer.Replay(ctx, held)
		total.Tried, total.Replayed, total.Held = total.Tried+report.Tried, total.Replayed+report.Replayed, total.Held+report.Held
		held = held[:0]
		return err
	}
	err = a.Held(ctx, func(q tables.QuarantineEntry) error {
		if len(reasons) > 0 && !slices.Contains(reasons, q.Reason) {
			return nil
		}
		if held = append(held, q); len(held) < replayBatch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return total, err
	}
	return total, flush()
}
