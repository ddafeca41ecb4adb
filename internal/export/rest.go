package export

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/output"
	"nephoscope/internal/output/activity"
	"nephoscope/internal/schema"
	"nephoscope/internal/tables"
)

// An ActivityLog is the Activity Log's REST interface; azure.Client is one.
type ActivityLog interface {
	// ActivityLog calls take with pages of the events of a subscription
	// between two times, both included, in any order.
	ActivityLog(ctx context.Context, subscription string, from, to time.Time, take func(events []json.RawMessage) error) error
}

const (
	// reach is how far back the Activity Log can be asked, less what a
	// request may take.
	reach = 90*24*time.Hour - 10*time.Minute
	// Overlap is how far behind what was read an event may appear: Azure
	// takes up to 20 minutes.
	Overlap = 30 * time.Minute

	longest = 24 * time.Hour // of a window
	most    = 20_000         // events of a window
	atOnce  = 1000           // events of a batch
)

// RESTOptions are the options of a Reader of the Activity Log. The zero value
// is good.
type RESTOptions struct {
	Now    func() time.Time // the clock, time.Now if nil
	Logger *slog.Logger     // is told of events that cannot be read; nil for silence
}

// restReader reads the Activity Log of one subscription. Its pages come newest
// first, so it goes through time in windows, each of which is read as a whole
// and put in order. A cursor of it is a time: everything before it was read,
// but for what appears late. So each reading begins a bit earlier and drops
// what it has seen; after a restart what lies in that bit comes again.
type restReader struct {
	log          ActivityLog
	subscription string
	start        Start
	opt          RESTOptions
	table        *schema.Table
	window       time.Duration
	seen         map[string]schema.DatetimeValue // times of rows that were taken, by id
}

// FromREST returns the Reader of a subscription's Activity Log, which goes back
// 90 days.
func FromREST(log ActivityLog, subscription string, start Start, opt RESTOptions) Reader {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	return &restReader{
		log: log, subscription: subscription, start: start, opt: opt,
		table: tables.AzureActivity(), window: time.Hour, seen: map[string]schema.DatetimeValue{},
	}
}

// Read reads up to now.
func (r *restReader) Read(ctx context.Context, cursor string, take Take) error {
	now := r.opt.Now()
	if cursor == "" && r.start.Latest {
		return take(ctx, &output.Batch{Table: activity.Table}, timeCursor(now))
	}
	from, err := r.begin(cursor, now)
	if err != nil {
		return err
	}
	for from.Before(now) {
		to := from.Add(r.window)
		if to.After(now) {
			to = now
		}
		b, err := r.read(ctx, from, to)
		if errors.Is(err, errTooMany) {
			r.window /= 2
			continue
		}
		if err != nil {
			return fmt.Errorf("read the Activity Log of subscription %s: %w", r.subscription, err)
		}
		if err := r.deliver(ctx, b, cursor, timeCursor(to), take); err != nil {
			return err
		}
		cursor, from = timeCursor(to), to
		if len(b.Rows) < most/4 {
			r.window = min(2*r.window, longest)
		}
		r.forget(to)
	}
	return nil
}

// begin returns the time to read from.
func (r *restReader) begin(cursor string, now time.Time) (time.Time, error) {
	oldest, from := now.Add(-reach), r.start.At
	if cursor != "" {
		reached, err := time.Parse(time.RFC3339Nano, cursor)
		if err != nil {
			return now, fmt.Errorf("cursor %q is not one of the Activity Log", cursor)
		}
		from = reached.Add(-Overlap)
	}
	if from.Before(oldest) {
		return oldest, nil
	}
	return from, nil
}

func timeCursor(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// errTooMany tells that a window holds more events than are kept in memory.
var errTooMany = errors.New("too many events")

// read returns the events of a window that were not seen, in order of time.
func (r *restReader) read(ctx context.Context, from, to time.Time) (*output.Batch, error) {
	rows := schema.NewRows(r.table)
	decoder := decode.New(decode.Options{Format: event.FormatREST})
	err := r.log.ActivityLog(ctx, r.subscription, from, to, func(events []json.RawMessage) error {
		if rows.Len()+len(events) > most && to.Sub(from) > time.Second {
			return errTooMany
		}
		return r.add(ctx, rows, decoder, events)
	})
	if err != nil {
		return nil, err
	}
	return r.fresh(output.BatchOf(rows)), nil
}

// add maps the events of a page.
func (r *restReader) add(ctx context.Context, rows *schema.Rows, decoder *decode.Decoder, events []json.RawMessage) error {
	body := []byte{'['}
	for i, e := range events {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, e...)
	}
	m := event.Message{Body: append(body, ']'), Format: event.FormatREST}
	return decoder.Decode(&m, "activitylog", r.subscription,
		func(rec *event.Record) error { return r.table.Map(rec, rows) },
		func(j *decode.Reject) error {
			r.opt.Logger.WarnContext(ctx, "event of the Activity Log cannot be read", "subscription", r.subscription, "reason", j.Reason, "detail", j.Detail)
			return nil
		})
}

// fresh drops what was seen, also earlier in the batch, and puts the rest in
// order of time.
func (r *restReader) fresh(b *output.Batch) *output.Batch {
	here := map[string]bool{}
	b.Rows = slices.DeleteFunc(b.Rows, func(row output.Row) bool {
		_, known := r.seen[row.ID]
		known = known || here[row.ID]
		here[row.ID] = true
		return known
	})
	at := timeOf(b)
	slices.SortStableFunc(b.Rows, func(x, y output.Row) int { return cmp.Compare(at(&x), at(&y)) })
	return b
}

// timeOf returns what reads the time of a row, 0 if it has none.
func timeOf(b *output.Batch) func(*output.Row) schema.DatetimeValue {
	col := b.Column("TimeGenerated")
	return func(row *output.Row) schema.DatetimeValue {
		t, _ := row.Values[col].(schema.DatetimeValue)
		return t
	}
}

// deliver hands a window over in batches. Only the last one moves the cursor,
// and only what was taken counts as seen.
func (r *restReader) deliver(ctx context.Context, b *output.Batch, before, after string, take Take) error {
	at := timeOf(b)
	for rest := b.Rows; ; {
		n := min(len(rest), atOnce)
		part, next := &output.Batch{Table: activity.Table, Columns: b.Columns, Rows: rest[:n]}, before
		if rest = rest[n:]; len(rest) == 0 {
			next = after
		}
		if err := take(ctx, part, next); err != nil {
			return err
		}
		for i := range part.Rows {
			r.seen[part.Rows[i].ID] = at(&part.Rows[i])
		}
		if len(rest) == 0 {
			return nil
		}
	}
}

// forget drops what no reading can bring again after everything up to a time
// was read.
func (r *restReader) forget(reached time.Time) {
	oldest := schema.DatetimeOf(reached.Add(-2 * Overlap))
	for id, at := range r.seen {
		if at < oldest {
			delete(r.seen, id)
		}
	}
}
