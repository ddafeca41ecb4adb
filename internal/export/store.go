package export

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"nephoscope/internal/output"
	"nephoscope/internal/output/activity"
	"nephoscope/internal/schema"
)

// A Start says where a part without a cursor begins: at the beginning if it is
// zero, at its end with Latest, or with the events of a time on.
type Start struct {
	Latest bool
	At     time.Time
}

// ParseStart reads earliest, latest or a time.
func ParseStart(text string) (Start, error) {
	switch text {
	case "", "earliest":
		return Start{}, nil
	case "latest":
		return Start{Latest: true}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return Start{}, fmt.Errorf("%q: want earliest, latest or a time such as 2026-01-31T08:00:00Z", text)
	}
	return Start{At: at}, nil
}

// batchBytes bounds what is read from the store at once.
const batchBytes = 4 << 20

// storeReader reads the store in the order of arrival.
type storeReader struct {
	log   output.Log
	start Start
}

// FromStore returns the Reader of a store. A cursor of it is a sequence.
func FromStore(log output.Log, start Start) Reader { return &storeReader{log, start} }

// beforeAll is the sequence before every row.
const beforeAll = -1

// Read reads what has arrived behind the cursor.
func (r *storeReader) Read(ctx context.Context, cursor string, take Take) error {
	after, err := r.begin(ctx, cursor)
	if err != nil {
		return err
	}
	if cursor == "" && r.start.Latest {
		return take(ctx, &output.Batch{Table: activity.Table}, strconv.FormatInt(after, 10))
	}
	for {
		ahead, err := r.log.Look(ctx, activity.Table, after)
		if err != nil || ahead.Rows == 0 {
			return err
		}
		if after, err = r.read(ctx, ahead, take); err != nil {
			return err
		}
	}
}

// read takes all that a look saw.
func (r *storeReader) read(ctx context.Context, ahead output.Ahead, take Take) (int64, error) {
	after := ahead.First - 1
	for after < ahead.Last {
		b, reached, err := r.log.Read(ctx, output.Range{
			Selection: r.selection(), After: after, Upto: min(after+output.DefaultRows, ahead.Last), Bytes: batchBytes,
		})
		if err != nil {
			return after, err
		}
		if err := take(ctx, b, strconv.FormatInt(reached, 10)); err != nil {
			return after, err
		}
		if after = reached; len(b.Rows) == 0 {
			break // rows of other tables may follow for long: look for the next of this one
		}
	}
	return after, nil
}

func (r *storeReader) begin(ctx context.Context, cursor string) (int64, error) {
	if cursor != "" {
		after, err := strconv.ParseInt(cursor, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("cursor %q is not one of the store", cursor)
		}
		return after, nil
	}
	if !r.start.Latest {
		return beforeAll, nil
	}
	ahead, err := r.log.Look(ctx, activity.Table, beforeAll)
	if err != nil || ahead.Rows == 0 {
		return beforeAll, err
	}
	return ahead.Last, nil
}

func (r *storeReader) selection() output.Selection {
	s := output.Selection{Table: activity.Table}
	if !r.start.At.IsZero() {
		s.Where = fmt.Sprintf("TimeGenerated >= datetime(%s)", schema.DatetimeOf(r.start.At))
	}
	return s
}

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case schema.DynamicValue:
		return string(v)
	default:
		return ""
	}
}
