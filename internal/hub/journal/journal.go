// Package journal is one partition of a hub on disk: an append-only log of
// events in segment files, each event stored as the wire message that
// receivers will be sent. It stands under the protocol: publishers' batches
// are appended, receivers read; it knows nothing of links, frames or names.
//
// Invariant: an append is answered only after the disk has it (fdatasync), a
// batch is there whole or not at all, and readers see nothing that is not
// durable.
package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Options say how a journal behaves. The zero value is good.
type Options struct {
	// SegmentBytes is the size at which a new segment is begun; 0 means
	// 64 MiB, or a quarter of MaxBytes if that is less.
	SegmentBytes int64
	// Retention is how long events are kept; 0 means for ever.
	Retention time.Duration
	// MaxBytes is how much is kept on disk; 0 means no limit. Whole segments
	// go, so one segment more may be there for a while.
	MaxBytes int64
	// QueueBytes bounds what waits to be written; an append beyond it is
	// refused with ErrBusy. 0 means 64 MiB.
	QueueBytes int64
	// MaxProducers is how many idempotent producers are remembered, the most
	// recently seen; 0 means 1,024.
	MaxProducers int
	// Now is the clock of enqueued times; nil means time.Now.
	Now func() time.Time
	// Logger hears about repairs, damage, full disks, segments removed; nil
	// means nobody does.
	Logger *slog.Logger
}

// What Append refuses at once, or answers later; errors wrap one of these.
var (
	// ErrFull: the disk did not take the batch (no space, or another write
	// error, which is wrapped too). Nobody sees anything of it; try again
	// later. Only if a sync failed and the machine does before the next
	// append may it turn up all the same.
	ErrFull = errors.New("disk does not take events")
	// ErrBusy: too much is waiting to be written. Try again later.
	ErrBusy = errors.New("too many events are waiting to be written")
	// ErrClosed: the journal is closed.
	ErrClosed = errors.New("journal is closed")
	// ErrTooLarge: a batch is larger than the queue.
	ErrTooLarge = errors.New("batch is too large")
	// ErrEmpty: a batch holds no event.
	ErrEmpty = errors.New("batch is empty")
	// ErrOutOfOrder: an idempotent producer left out a sequence number.
	ErrOutOfOrder = errors.New("producer's sequence number is out of order")
	// ErrEpochStolen: an idempotent producer has been replaced by one with a
	// higher epoch.
	ErrEpochStolen = errors.New("producer's epoch has been taken over")
)

func (o Options) withDefaults() Options {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = 64 << 20
		if o.MaxBytes > 0 {
			o.SegmentBytes = min(o.SegmentBytes, max(o.MaxBytes/4, 1<<20))
		}
	}
	if o.QueueBytes == 0 {
		o.QueueBytes = 64 << 20
	}
	o.QueueBytes = min(o.QueueBytes, 1<<30) // records count in 32 bits
	if o.MaxProducers == 0 {
		o.MaxProducers = 1024
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// A Journal is an open partition. Its methods are safe for concurrent use:
// appends are written by one goroutine of the journal's own, in the order
// they came, many at a time; readers never wait for it.
type Journal struct {
	dir      string
	opt      Options
	disk     disk
	lock     *os.File
	queue    *queue
	finished chan struct{} // closed when the goroutine has ended

	closing    sync.Once
	closeError error

	// writing is held by whoever changes files: the goroutine, or Retain. It
	// is taken before mu. It guards what follows, up to mu.
	writing  sync.Mutex
	buf      []byte // the memory of groups
	points   index
	reserved int64 // file offset up to which the active segment has space
	spoilt   bool  // the active segment takes no more

	// mu guards what readers see. Whoever writes holds both to change it, and
	// so may read it with either.
	mu        sync.Mutex
	segments  []*segment // the last is active, and held by the journal
	index     index      // of the active segment
	tip       tip
	producers producers
	failing   error
	damage    map[int64]bool // positions that were logged
	lost      int64
	changed   chan struct{} // nil if nobody waits
	closed    bool
	unused    []file // to be closed by unlock
}

// active is the segment that is written. There is always one.
func (j *Journal) active() *segment { return j.segments[len(j.segments)-1] }

// Append queues a batch; it does not wait for the disk. An error means that
// the batch was refused at once (ErrBusy, ErrClosed, ErrTooLarge, ErrEmpty)
// and done is not called. Else done is called exactly once, in the order of
// appends, from the journal's goroutine, and must not block: with nil when the
// batch is durable, or with an error that wraps ErrFull, ErrOutOfOrder or
// ErrEpochStolen when nothing of it is kept. The batch's memory is the
// journal's until then.
func (j *Journal) Append(b Batch, done func(Placed, error)) error {
	if len(b.Events) == 0 {
		return ErrEmpty
	}
	bytes := int64(0)
	for i := range b.Events {
		bytes += b.Events[i].size()
	}
	if bytes > j.opt.QueueBytes {
		return fmt.Errorf("%d bytes of %d: %w", bytes, j.opt.QueueBytes, ErrTooLarge)
	}
	return j.queue.put(pending{batch: b, bytes: bytes, done: done})
}

// Producer tells what is remembered of an idempotent producer. A batch that
// is still queued does not count yet.
func (j *Journal) Producer(id int64) (Producer, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, ok := j.producers[id]
	return Producer{ID: id, Epoch: s.epoch, Sequence: s.sequence}, ok
}

// Changed returns a channel that is closed when events become visible that
// are not now, or the journal closes. Take it, read, and if nothing came wait
// on it.
func (j *Journal) Changed() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.changed == nil {
		j.changed = make(chan struct{})
		if j.closed {
			close(j.changed)
		}
	}
	return j.changed
}

// wake tells those who wait. Callers hold mu.
func (j *Journal) wake() {
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

// Close writes what is queued, answers it, and closes the files. Readers get
// ErrClosed from then on.
func (j *Journal) Close() error {
	j.closing.Do(func() {
		j.queue.close()
		<-j.finished
		j.closeError = j.end()
	})
	return j.closeError
}

// end marks the end of the journal and lets go of everything. A journal that
// does not take events any more is left as it is.
func (j *Journal) end() error {
	j.writing.Lock()
	defer j.writing.Unlock()
	var err error
	if !j.spoilt {
		err = j.mark()
	}
	j.mu.Lock()
	j.closed = true
	j.wake()
	j.mu.Unlock()
	j.letGo()
	if err != nil {
		return fmt.Errorf("close partition: %w", err)
	}
	return nil
}

// mark writes behind the last event that the journal ends there, so that the
// next Open knows damage before it from a torn end. The file's size, and with
// it the space reserved beyond, is settled too.
func (j *Journal) mark() error {
	s := j.active()
	b := make([]byte, recordHead)
	s.stamp.put(b, s.end, record{kind: kindEnd, sequence: j.tip.next})
	offset := s.offset(s.end)
	if err := s.file.settle(offset); err != nil {
		return err
	}
	if _, err := s.file.WriteAt(b, offset); err != nil {
		return errors.Join(err, s.file.settle(offset))
	}
	return s.file.sync()
}

// letGo closes the active segment and lifts the lock.
func (j *Journal) letGo() {
	j.mu.Lock()
	defer j.unlock()
	if len(j.segments) > 0 && j.active().holds > 0 {
		j.release(j.active())
	}
	if err := j.lock.Close(); err != nil {
		j.opt.Logger.Warn("directory was not closed", "dir", j.dir, "err", err)
	}
}
