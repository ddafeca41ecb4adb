// Package pipeline is the conveyor between a source and the store: it decodes
// a batch, lets the tables map its records into rows, and commits the rows
// together with the position that the source reached.
//
// Invariant: every record of a batch ends as exactly one row, of its table or
// of the Quarantine table, in the same commit as the batch's position.
//
// Outline: Deliver decodes and maps a batch in the caller's goroutine, into a
// load, and puts that into the queue. The committer takes what has gathered
// there while it was busy and commits it in one step, whoever it is from: so a
// single batch is durable at once, and the more there is to do the less each row
// costs. Batches that take too much memory together wait before they are
// decoded.
package pipeline

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

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

const (
	// commitRows is a number of rows at which a commit of the store costs the
	// least: nothing is added to one that has as many.
	commitRows = 10_240
	// commitBytes bounds what is gathered for one commit.
	commitBytes = 40 << 20
	// DefaultRoom is the default of Options.Room: as much as makes a commit is
	// gathered while another is committed.
	DefaultRoom = 2 * commitBytes
)

// Options of a Conveyor. The zero value is good.
type Options struct {
	// Room bounds the bytes of the batches that are under way, but for one that
	// is larger by itself; DefaultRoom if 0.
	Room int
	// Decode are the decoder's options.
	Decode decode.Options
	// Now is the clock, time.Now if nil.
	Now func() time.Time
	// Metrics count what is done; nil means that nobody looks.
	Metrics *Metrics
}

func (o Options) withDefaults() Options {
	if o.Room <= 0 {
		o.Room = DefaultRoom
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
	metrics *Metrics
	opt     Options
	loads   loads
	room    *semaphore.Weighted // of Options.Room bytes
	done    sync.WaitGroup

	mu     sync.Mutex
	queue  []job
	more   *sync.Cond // tells that the queue has grown, or is closed
	closed bool
}

// job is a filled load on its way to the store.
type job struct {
	ctx      context.Context
	load     *load
	rows     []*schema.Rows // of the load
	size     int64          // of the room it takes
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
	if opt.Metrics == nil {
		var err error
		if opt.Metrics, err = NewMetrics(nil); err != nil {
			return nil, err
		}
	}
	another, err := loadsOf(catalog, opt)
	if err != nil {
		return nil, err
	}
	c := &Conveyor{
		store: st, metrics: opt.Metrics, opt: opt,
		loads: loads{another: another, most: opt.Room},
		room:  semaphore.NewWeighted(int64(opt.Room)),
	}
	c.more = sync.NewCond(&c.mu)
	c.done.Go(c.commitAll)
	return c, nil
}

// Close waits for the commits under way. Nothing may be delivered after it.
func (c *Conveyor) Close() {
	c.mu.Lock()
	c.closed = true
	c.more.Signal()
	c.mu.Unlock()
	c.done.Wait()
}

// Deliver decodes and maps a batch and queues it for commit. When it returns,
// the batch's memory belongs to the source again; the Wait tells when rows and
// position are durable. The caller may deliver its next batch before it waits
// for this one, whose position that batch then starts from. Once ctx has ended,
// what is still queued is not committed.
func (c *Conveyor) Deliver(ctx context.Context, b *event.Batch) (event.Wait, error) {
	size := c.sizeOf(b)
	if err := c.room.Acquire(ctx, size); err != nil {
		return nil, fmt.Errorf("deliver batch: %w", err)
	}
	l := c.loads.take()
	if err := l.fill(ctx, b); err != nil {
		c.give(l, size)
		return nil, err
	}
	answers := make(chan answer, 1) // the committer never waits for a reader
	c.enqueue(job{ctx: ctx, load: l, rows: l.rows(), size: size, position: b.Position, answer: answers})
	return func() (event.Counts, error) {
		a := <-answers
		return a.counts, a.err
	}, nil
}

func (c *Conveyor) enqueue(j job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, j)
	c.more.Signal()
}

// sizeOf is the room that a batch takes.
func (c *Conveyor) sizeOf(b *event.Batch) int64 {
	n := 1
	for i := range b.Messages {
		n += len(b.Messages[i].Body)
	}
	return int64(min(n, c.opt.Room))
}

// give gives back what a batch took.
func (c *Conveyor) give(l *load, size int64) {
	c.loads.give(l, int(size))
	c.room.Release(size)
}
