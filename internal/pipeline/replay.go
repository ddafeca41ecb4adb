package pipeline

import (
	"context"
	"fmt"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
	"nephoscope/internal/tables"
)

// A Replayer takes records out of quarantine that can be read by now: because
// the program has learned more, or a custom table claims them.
type Replayer struct {
	store Committer
	now   func() time.Time
	// trial is filled first: only what goes through it without a refusal is
	// replayed.
	trial, load *load
}

// A Replayed tells what became of the records that were tried.
type Replayed struct {
	Tried    int
	Replayed int // now in their tables
	Held     int // refused again
}

// NewReplayer returns a replayer.
func NewReplayer(st Committer, catalog Catalog, opt Options) (*Replayer, error) {
	opt = opt.withDefaults()
	another, err := loadsOf(catalog, opt)
	if err != nil {
		return nil, err
	}
	return &Replayer{store: st, now: opt.Now, trial: another(), load: another()}, nil
}

// Replay decodes and maps held records again and commits those that work now,
// each with a row that says so, in one step. Repeating it is harmless.
func (r *Replayer) Replay(ctx context.Context, held []tables.QuarantineEntry) (Replayed, error) {
	defer r.load.reset()
	report := Replayed{Tried: len(held)}
	for _, q := range held {
		table, err := r.try(ctx, q)
		if err != nil {
			return Replayed{}, err
		}
		if table == "" {
			report.Held++
			continue
		}
		if err := r.accept(ctx, q, table); err != nil {
			return Replayed{}, err
		}
		report.Replayed++
	}
	if report.Replayed == 0 {
		return report, nil
	}
	if _, err := r.store.Commit(ctx, &store.Batch{Rows: r.load.rows()}); err != nil {
		return Replayed{}, fmt.Errorf("commit replayed records: %w", err)
	}
	return report, nil
}

// try returns the table that takes the record, empty if none does.
func (r *Replayer) try(ctx context.Context, q tables.QuarantineEntry) (string, error) {
	defer r.trial.reset()
	if err := r.trial.fill(ctx, batchOf(q)); err != nil {
		return "", err
	}
	if r.trial.quarantine.Len() > 0 || r.trial.found.Read == 0 {
		return "", nil
	}
	return r.trial.rows()[0].Table.Name, nil
}

// accept appends the record's rows and its new state.
func (r *Replayer) accept(ctx context.Context, q tables.QuarantineEntry, table string) error {
	if err := r.load.fill(ctx, batchOf(q)); err != nil {
		return err
	}
	q.Time, q.State, q.Table = schema.DatetimeOf(r.now()), tables.Replayed, table
	return tables.AppendQuarantine(r.load.quarantine, q)
}

// batchOf makes a batch of one held record, in the place it came from. The
// format that was forced on it may be why it is held, so it is not kept.
func batchOf(q tables.QuarantineEntry) *event.Batch {
	m := event.Message{Body: q.Raw, Format: event.FormatAuto, Offset: q.Offset, Index: q.Index}
	if q.Header != "" {
		m.Body, m.Format, m.Offset = append([]byte(q.Header), q.Raw...), event.FormatTable, q.Offset-int64(len(q.Header))
	}
	return &event.Batch{
		Position: event.Position{Source: q.Source, Partition: q.Partition}, Path: q.Path,
		Messages: []event.Message{m},
	}
}
