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
	"log/slog"
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
	// error, which is wrapped too). Nothing of it is kept; try again later.
	ErrFull = errors.New("disk does not take events")
	// ErrBusy: too much is waiting to be written. Try again later.
	ErrBusy = errors.New("too many events are waiting to be written")
	// ErrClosed: the journal is closed.
	ErrClosed = errors.New("journal is closed")
	// ErrTooLarge: an event or a batch is larger than a journal takes.
	ErrTooLarge = errors.New("event or batch is too large")
	// ErrOutOfOrder: an idempotent producer left out a sequence number.
	ErrOutOfOrder = errors.New("producer's sequence number is out of order")
	// ErrEpochStolen: an idempotent producer has been replaced by one with a
	// higher epoch.
	ErrEpochStolen = errors.New("producer's epoch has been taken over")
)

// A Journal is an open partition. Its methods are safe for concurrent use:
// appends are written by one goroutine of the journal's own, in the order
// they came, many at a time; readers never wait for it.
type Journal struct{}

// Open opens the journal in a directory, which is made if it is not there.
// What a crash left half written at the end is cut off, and the log says how
// many bytes. A directory can be open once.
func Open(dir string, opt Options) (*Journal, error) { return &Journal{}, nil }

// Close writes what is queued, answers it, and closes the files. Readers get
// ErrClosed from then on.
func (j *Journal) Close() error { return nil }

// Append queues a batch; it does not wait for the disk. An error means that
// the batch was refused at once (ErrBusy, ErrClosed, ErrTooLarge) and done is
// not called. Else done is called exactly once, in the order of appends, from
// the journal's goroutine, and must not block: with nil when the batch is
// durable, or with an error that wraps ErrFull, ErrOutOfOrder or
// ErrEpochStolen when nothing of it is kept. The batch's memory is the
// journal's until then.
func (j *Journal) Append(b Batch, done func(Placed, error)) error { return ErrClosed }

// State tells where the journal stands.
func (j *Journal) State() State { return State{} }

// Producer tells what is remembered of an idempotent producer. A batch that
// is still queued does not count yet.
func (j *Journal) Producer(id int64) (Producer, bool) { return Producer{}, false }

// Changed returns a channel that is closed when events become visible that
// are not now, or the journal closes. Take it, read, and if nothing came wait
// on it.
func (j *Journal) Changed() <-chan struct{} { return nil }

// Seek finds the sequence number of the first event to read from a start,
// which may be the next one that will be appended. A start before the first
// event kept is that event; one beyond the last is a *BeyondError.
func (j *Journal) Seek(start Start) (int64, error) { return 0, nil }

// Reader reads from a sequence number on, as Seek gives it. Close it.
func (j *Journal) Reader(from int64) *Reader { return &Reader{} }

// Retain removes segments of which every event is older than the retention
// time, and the oldest beyond the size limit. It ends the active segment if
// all it holds is old. Call it now and then.
func (j *Journal) Retain(now time.Time) error { return nil }

// State is where a journal stands. Only durable events count.
type State struct {
	// Begin is the sequence number of the first event kept; Last+1 if none is.
	Begin int64
	// Last is the sequence number of the last event ever, -1 if there was none.
	Last int64
	// LastOffset is the offset of that event, "-1" if there was none.
	LastOffset string
	// LastEnqueued is the enqueued time of that event, zero if there was none.
	LastEnqueued time.Time
	// Empty tells that no event is kept.
	Empty bool
	// Bytes is what the segment files take; Segments is their number.
	Bytes    int64
	Segments int
	// QueuedBytes is what waits to be written.
	QueuedBytes int64
	// Failing is the last append's write error, nil once one went well.
	Failing error
	// Lost counts the events found damaged since the journal was opened.
	Lost int64
}
