package journal

import "time"

// A Batch is what one publisher's message holds: it is kept in one place with
// consecutive sequence numbers, all of it or nothing.
type Batch struct {
	Events []Event
	// Producer is set for batches of an idempotent producer.
	Producer *Producer
}

// An Event is a message as its publisher sent it, in raw encoded sections:
// the descriptor and its value, nil where there is none. The journal stores
// them in the order of the protocol with its own message annotations in
// between; it does not look inside.
type Event struct {
	Header []byte
	// Annotations are key and value pairs of the publisher's message
	// annotations, encoded one after the other without the head of the map,
	// and without those that the journal writes (x-opt-sequence-number,
	// x-opt-offset, x-opt-enqueued-time, x-opt-partition-key).
	Annotations []byte
	// AnnotationPairs is how many pairs those are.
	AnnotationPairs int
	Properties      []byte
	// ApplicationProperties, Body and Footer follow; Body may be several
	// sections one after the other.
	ApplicationProperties []byte
	Body                  []byte
	Footer                []byte
	// PartitionKey is stored if HasPartitionKey; "" is a key too.
	PartitionKey    string
	HasPartitionKey bool
}

// A Producer is an idempotent producer: with a batch, its epoch and the
// sequence number of the batch's first event (each further event has the
// next, and 0 follows the greatest); from Journal.Producer, its epoch and the last sequence number kept.
//
// A batch of an unknown producer, or of a known one with a higher epoch, is
// taken whatever its sequence number. With the same epoch it must continue
// the last one; if all of it was there before, it is answered as done and not
// written again; else ErrOutOfOrder. A lower epoch is ErrEpochStolen.
type Producer struct {
	ID       int64
	Epoch    int16
	Sequence int32
}

// Placed tells where a batch came to lie.
type Placed struct {
	// First and Last are the sequence numbers of its first and last event.
	First, Last int64
	// Enqueued is the time all its events carry.
	Enqueued time.Time
	// Duplicate tells that an idempotent producer repeated a batch; nothing
	// was written, and the other fields are zero.
	Duplicate bool
}
