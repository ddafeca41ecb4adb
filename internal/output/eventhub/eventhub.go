// Package eventhub is the output that publishes to an event hub, Azure's or
// ours: the rows of AzureActivity as Azure itself streams them, or the rows of
// any table as they are.
//
// A batch becomes records (render.go), these become messages that are filled
// by number and bytes (message.go), and the messages of one partition key go
// to the hub one after the other, in the client's batches (send.go); different
// keys go at the same time.
//
// Invariant: what Deliver does not report as refused is acknowledged by the
// hub, and rows with one partition key are in the hub in the order of the
// batch. Without keys there is no order.
package eventhub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"nephoscope/internal/output"
)

// Options of an Output beside its Config. The zero value is good.
type Options struct {
	// Logger is told when a hub was created; nil for silence.
	Logger *slog.Logger
}

// An Output publishes to one hub. It is safe for concurrent use; Close ends
// it.
type Output struct {
	cfg Config
	hub publisher

	mu      sync.Mutex
	renders []*renderer // not in use
}

// New returns the output of a valid configuration. It reads secrets and
// connects with the first delivery.
func New(cfg Config, opt Options) (*Output, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	target, err := cfg.Target(cfg.defaultHub())
	if err != nil {
		return nil, err
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	hub, err := newClient(target, cfg.Create, opt.Logger)
	if err != nil {
		return nil, err
	}
	return &Output{cfg: cfg, hub: hub}, nil
}

// Close ends the connection.
func (o *Output) Close(ctx context.Context) error { return o.hub.close(ctx) }

// Deliver publishes a batch; it implements output.Output.
func (o *Output) Deliver(ctx context.Context, b *output.Batch) error {
	r := o.renderer()
	defer o.release(r)
	records, err := r.records(b)
	if err != nil {
		return err
	}
	refused, err := o.publish(ctx, o.lists(records))
	if err != nil || len(refused) == 0 {
		return err
	}
	slices.SortFunc(refused, func(a, b output.Refusal) int { return a.Row - b.Row })
	return &output.RefusedError{Rows: refused}
}

// publish sends the lists, some at the same time, and returns the rows that
// are too large for the hub.
func (o *Output) publish(ctx context.Context, lists [][]record) ([]output.Refusal, error) {
	var mu sync.Mutex
	var refused []output.Refusal
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(o.cfg.Parallel)
	for _, list := range lists {
		group.Go(func() error {
			s := sender{hub: o.hub, cfg: &o.cfg, key: list[0].key}
			if err := s.send(ctx, o.cfg.fill(list)); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			refused = append(refused, s.refused...)
			return nil
		})
	}
	err := group.Wait()
	return refused, err
}

// lists sorts records into lists of one key each, in the order of the first.
// Where there are no keys the hub spreads batches over its partitions, so there
// is no order to keep, and the list is cut into as many as are sent at once.
func (o *Output) lists(records []record) (lists [][]record) {
	if o.cfg.PartitionKey == NoKey {
		size := max(o.cfg.Records, (len(records)+o.cfg.Parallel-1)/o.cfg.Parallel)
		return slices.Collect(slices.Chunk(records, size))
	}
	place := map[string]int{}
	for _, r := range records {
		i, known := place[r.key]
		if !known {
			i = len(lists)
			place[r.key] = i
			lists = append(lists, nil)
		}
		lists[i] = append(lists[i], r)
	}
	return lists
}

// renderer returns one that nobody uses.
func (o *Output) renderer() *renderer {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.renders); n > 0 {
		r := o.renders[n-1]
		o.renders = o.renders[:n-1]
		return r
	}
	return &renderer{cfg: &o.cfg}
}

func (o *Output) release(r *renderer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.renders = append(o.renders, r)
}

// errNoColumn tells that the partition key is no column of a batch.
var errNoColumn = errors.New("the partition key is no column of the table")

func noColumn(table, column string) error {
	return fmt.Errorf("table %s, column %s: %w", table, column, errNoColumn)
}
