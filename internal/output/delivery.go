package output

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"nephoscope/internal/retry"
)

// A Delivery hands batches to an output until the receiver has them. The zero
// value of everything but Output is good. It is safe for concurrent use.
type Delivery struct {
	Output Output
	// Timeout ends an attempt that does not come back; 0 means two minutes.
	Timeout time.Duration
	Backoff retry.Backoff
	Clock   retry.Clock // the real one if nil
	// Failed, if set, is told of each failed attempt and when the next one
	// is, and Passed of the attempt that ended the failures.
	Failed func(ctx context.Context, err error, next time.Time)
	Passed func()
}

// Deliver returns when the receiver has all rows of a batch but those that it
// will never take, which are returned in order; only the end of ctx is an
// error.
func (d *Delivery) Deliver(ctx context.Context, b *Batch) ([]Refusal, error) {
	if len(b.Rows) == 0 {
		return nil, nil
	}
	err := d.repeat(ctx, b)
	var refused *RefusedError
	switch {
	case err == nil:
		return nil, nil
	case ctx.Err() != nil:
		return nil, err
	case errors.As(err, &refused):
		return refused.Rows, nil
	case len(b.Rows) == 1:
		return []Refusal{{Reason: Refused, Detail: err.Error()}}, nil
	}
	return d.halves(ctx, b)
}

// halves delivers a batch that was refused as a whole in two parts, one after
// the other so that the order stays.
func (d *Delivery) halves(ctx context.Context, b *Batch) ([]Refusal, error) {
	middle := len(b.Rows) / 2
	first, err := d.Deliver(ctx, b.part(0, middle))
	if err != nil {
		return nil, err
	}
	second, err := d.Deliver(ctx, b.part(middle, len(b.Rows)))
	if err != nil {
		return nil, err
	}
	for i := range second {
		second[i].Row += middle
	}
	return slices.Concat(first, second), nil
}

// repeat makes attempts until one has a result that lasts: nil, a
// *RefusedError that fits the batch, a permanent error, or the end of ctx.
func (d *Delivery) repeat(ctx context.Context, b *Batch) error {
	for failures := 1; ; failures++ {
		err := d.attempt(ctx, b)
		if err == nil || final(err) {
			if failures > 1 && d.Passed != nil {
				d.Passed()
			}
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("deliver rows of %s: %w", b.Table, ctx.Err())
		}
		if err := d.wait(ctx, d.Backoff.Delay(failures, AskedFor(err)), err); err != nil {
			return fmt.Errorf("deliver rows of %s: %w", b.Table, err)
		}
	}
}

func final(err error) bool {
	var refused *RefusedError
	return errors.As(err, &refused) || IsPermanent(err)
}

// attempt delivers once.
func (d *Delivery) attempt(ctx context.Context, b *Batch) error {
	timeout := d.Timeout
	if timeout <= 0 {
		timeout = 2 * time.Minute
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("the receiver did not answer within %s", timeout))
	defer cancel()
	err := d.Output.Deliver(ctx, b)
	if err != nil && errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return checked(err, len(b.Rows))
}

// checked makes sure that refusals name rows that there are, in order.
func checked(err error, rows int) error {
	var refused *RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	last := -1
	for _, r := range refused.Rows {
		if r.Row <= last || r.Row >= rows {
			return fmt.Errorf("the output refused row %d after row %d of a batch of %d: want rows of the batch in order", r.Row, last, rows)
		}
		last = r.Row
	}
	return err
}

// wait lets the delay pass after a failure.
func (d *Delivery) wait(ctx context.Context, delay time.Duration, err error) error {
	if d.Failed != nil {
		d.Failed(ctx, err, d.clock().Now().Add(delay))
	}
	select {
	case <-d.clock().After(delay):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *Delivery) clock() retry.Clock {
	if d.Clock == nil {
		return retry.Wall{}
	}
	return d.Clock
}
