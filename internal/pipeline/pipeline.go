// Package pipeline is the conveyor between a source and the store: it decodes
// a batch, lets the tables map its records into rows, and commits the rows
// together with the position that the source reached.
//
// Invariant: every record of a batch ends as exactly one row, of its table or
// of the Quarantine table, in the same commit as the batch's position.
//
// Outline: Deliver takes a free load (the memory of one batch), fills it in
// the caller's goroutine and hands it to the committer. While that one commits,
// the caller fills the next load; with all loads taken Deliver waits. So the
// order of batches is kept, both halves of the work overlap, and memory is
// bounded by the number of loads times the size of a batch.
package pipeline

import (
	"context"
	"fmt"
	"sync"
	"time"

	"nephoscope/internal/decode"
	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// A Catalog routes records to tables.
type Catalog interface {
	schema.Catalog
	// Route returns the table of a record, nil if none claims it.
	Route(rec *event.Record) *schema.Table
}

// A Committer makes rows and positions durable in one step.
type Committer interface {
	Commit(ctx context.Context, b *store.Batch) (store.Result, error)
}

// Options of a Conveyor. The zero value is good.
type Options struct {
	// Loads is how many batches may be under way at the same time, 2 if 0.
	Loads int
	// Decode are the decoder's options.
	Decode decode.Options
	// Now is the clock, time.Now if nil.
	Now func() time.Time
	// Metrics count what is done; nil means that nobody looks.
	Metrics *Metrics
}

func (o Options) withDefaults() Options {
	if o.Loads <= 0 {
		o.Loads = 2
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// A Conveyor carries batches from sources into a store. Deliver is safe for
// concurrent use; batches of one partition must be delivered one after the
// other.
type Conveyor struct {
	store   Committer
	now     func() time.Time
	metrics *Metrics
	free    chan *load
	jobs    chan job
	done    sync.WaitGroup
}

// job is a filled load on its way to the store.
type job struct {
	ctx      context.Context
	load     *load
	position event.Position
	answer   chan<- answer
}

type answer struct {
	counts event.Counts
	err    error
}

// New starts a conveyor. Close ends it.
func New(st Committer, catalog Catalog, opt Options) (*Conveyor, error) {
	opt = opt.withDefaults()
	m := opt.Metrics
	if m == nil {
		var err error
		if m, err = NewMetrics(nil); err != nil {
			return nil, err
		}
	}
	c := &Conveyor{
		store: st, now: opt.Now, metrics: m,
		free: make(chan *load, opt.Loads), // one place for each load
		jobs: make(chan job),
	}
	for range opt.Loads {
		l, err := newLoad(catalog, opt)
		if err != nil {
			return nil, err
		}
		c.free <- l
	}
	c.done.Go(c.commitAll)
	return c, nil
}

// Close waits for the commits under way. Nothing may be delivered after it.
func (c *Conveyor) Close() {
	close(c.jobs)
	c.done.Wait()
}

// Deliver decodes and maps a batch and queues it for commit. When it returns,
// the batch's memory belongs to the source again; the Wait tells when rows and
// position are durable. The caller may deliver its next batch before it waits
// for this one, whose position that batch then starts from.
func (c *Conveyor) Deliver(ctx context.Context, b *event.Batch) (event.Wait, error) {
	var l *load
	select {
	case l = <-c.free:
	case <-ctx.Done():
		return nil, fmt.Errorf("deliver batch: %w", ctx.Err())
	}
	if err := l.fill(ctx, b); err != nil {
		l.reset()
		c.free <- l
		return nil, err
	}
	answers := make(chan answer, 1) // the committer never waits for a reader
	select {
	case c.jobs <- job{ctx: ctx, load: l, position: b.Position, answer: answers}:
	case <-ctx.Done():
		l.reset()
		c.free <- l
		return nil, fmt.Errorf("deliver batch: %w", ctx.Err())
	}
	return func() (event.Counts, error) {
		a := <-answers
		return a.counts, a.err
	}, nil
}

// commitAll commits what comes, one after the other, until Close.
func (c *Conveyor) commitAll() {
	for j := range c.jobs {
		counts, err := c.commit(j)
		j.load.reset()
		c.free <- j.load
		j.answer <- answer{counts, err}
	}
}

func (c *Conveyor) commit(j job) (event.Counts, error) {
	began := c.now()
	result, err := c.store.Commit(j.ctx, &store.Batch{Rows: j.load.rows(), Positions: []event.Position{j.position}})
	if err != nil {
		c.metrics.failed.Inc()
		return event.Counts{}, fmt.Errorf("commit batch of %s/%s: %w", j.position.Source, j.position.Partition, err)
	}
	counts := j.load.counts(result)
	c.metrics.committed(j, result, counts, c.now().Sub(began))
	return counts, nil
}
