package export

import (
	"context"
	"time"

	"nephoscope/internal/output"
	"nephoscope/internal/schema"
)

// Progress tells how far a job has come since it was made.
type Progress struct {
	Read int64 // events
	Sent int64 // taken by the hub
	// Unplaced are those that were left out because they tell no region while
	// global was not chosen.
	Unplaced int64
	Refused  int64 // by the hub, for good
	// Newest is the time of the newest event that was read.
	Newest time.Time
	// Failing is why nothing moves at the moment, "" if something does, and
	// Refusal why the last event was refused.
	Failing string
	Refusal string
}

func (j *Job) state() Progress {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.progress
}

// moved counts a batch.
func (j *Job) moved(ctx context.Context, b, chosen *output.Batch, left leftOut, refused []output.Refusal) {
	j.mu.Lock()
	defer j.mu.Unlock()
	p := &j.progress
	p.Failing = ""
	p.Read += int64(len(b.Rows))
	p.Sent += int64(len(chosen.Rows) - len(refused))
	p.Unplaced += int64(left.unplaced)
	p.Refused += int64(len(refused))
	if n := len(refused); n > 0 {
		p.Refusal = refused[n-1].Detail
		j.opt.Logger.WarnContext(ctx, "events refused by the hub", "events", n, "reason", refused[n-1].Reason, "detail", refused[n-1].Detail)
	}
	if col := b.Column("TimeGenerated"); col >= 0 {
		for i := range b.Rows {
			if at, ok := b.Rows[i].Values[col].(schema.DatetimeValue); ok && at.Time().After(p.Newest) {
				p.Newest = at.Time()
			}
		}
	}
	if j.opt.Report != nil {
		j.opt.Report(*p)
	}
}

// failed notes a failure that is tried again.
func (j *Job) failed(ctx context.Context, part string, err error, pause time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.progress.Failing == "" {
		j.opt.Logger.WarnContext(ctx, "export failed, is tried again", "part", part, "err", err, "pause", pause)
	}
	j.progress.Failing = err.Error()
	if j.opt.Report != nil {
		j.opt.Report(j.progress)
	}
}
