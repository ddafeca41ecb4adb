// Package wire is the ways to read a hub: AMQP, AMQP in a websocket, and the
// Kafka endpoint, behind one small interface. It stands between the network
// and the source; it knows nothing of batches, positions or owners.
//
// Invariant: what has been received and not been taken is bounded in bytes,
// whatever the size of the events: to twice the buffer and one event.
package wire

import (
	"context"
	"time"
)

// A Client reads one hub as one consumer group. Its methods are safe for
// concurrent use. Errors that the hub gave are *Error.
type Client interface {
	// Partitions returns the names of the hub's partitions.
	Partitions(ctx context.Context) ([]string, error)
	// Properties tells what a partition holds.
	Properties(ctx context.Context, partition string) (Properties, error)
	// Open returns a reader of a partition. Whether the hub lets us read shows
	// with the first Receive.
	Open(partition string, opt Opening) (Reader, error)
	// Close ends the connections; readers must be closed before.
	Close() error
}

// An Opening says how to read a partition.
type Opening struct {
	Start Start
	// Epoch takes the partition away from every reader with the same or a
	// lower one, or with none; NoEpoch leaves others alone. Kafka has no such
	// thing.
	Epoch int64
	// Buffer is how many bytes are read ahead, DefaultBuffer if 0.
	Buffer int
}

// NoEpoch is the epoch of a reader that leaves others alone.
const NoEpoch = int64(-1)

// DefaultBuffer is the default of Opening.Buffer.
const DefaultBuffer = 8 << 20

func (o Opening) buffer() int {
	if o.Buffer > 0 {
		return o.Buffer
	}
	return DefaultBuffer
}

// A Reader receives the events of one partition. It is for one goroutine.
type Reader interface {
	// Receive waits until there are most events, or as much as the reader may
	// hold, or ctx ends. It returns what there is then, or an error if there is
	// nothing. After an error of Kind Unreadable it may be called again, and
	// one event was passed over. The events are the caller's.
	Receive(ctx context.Context, most int) ([]Event, error)
	Close() error
}

// An Event is one message of a partition.
type Event struct {
	Body     []byte
	Sequence int64  // consecutive in a partition
	Offset   string // its place as the hub calls it, opaque; empty with Kafka
	Enqueued time.Time
}

// Properties tell what a partition holds. With Empty, First and Last tell
// where the next event will be: Last is First-1.
type Properties struct {
	First, Last int64 // sequence numbers
	Enqueued    time.Time
	Empty       bool
}

// A Start says where a reader begins: after the event of Offset or else of
// Sequence, at a time, at the end, or, if it is zero, at the beginning.
type Start struct {
	After    bool
	Sequence int64
	Offset   string
	At       time.Time
	Latest   bool
}
