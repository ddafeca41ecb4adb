package hub

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/hub/journal"
)

// maxIntake bounds the events that are between a publisher and its journal, in
// the whole namespace: small events take far more memory while they are taken
// apart than in the message they came in.
const maxIntake = 1 << 20

// errIntake: too many events, or too large ones.
var errIntake = errors.New("too many events are on their way to the disk: try again later")

// The annotation that names an event's partition key.
const keyAnnotation = "x-opt-partition-key"

// An intake is one delivery of a publisher on its way to a journal. Its events
// are slices of the delivery's payload.
type intake struct {
	events []journal.Event
	batch  journal.Batch
	// key routes the whole delivery, if hasKey.
	key    string
	hasKey bool
	// producers are what the events of an idempotent producer carry.
	producer producerMark
}

// reset forgets everything but the memory for a usual number of events.
func (in *intake) reset() {
	const usual = 4096
	events := in.events[:0]
	if clear(in.events); cap(events) > usual {
		events = nil
	}
	*in = intake{events: events}
}

// parse takes a message apart: a batch, of which each data section is an event,
// or a single event. A key on the envelope, or else on the first event, routes
// all of them.
func (in *intake) parse(payload []byte, format uint32) error {
	sections, err := wire.ParseSections(payload)
	if err != nil {
		return err
	}
	if format != wire.FormatBatch {
		return in.add(sections)
	}
	in.key, in.hasKey = partitionKey(sections.MessageAnnotations)
	for message := range sections.Data() {
		inner, err := wire.ParseSections(message)
		if err != nil {
			return fmt.Errorf("event %d of the batch: %w", len(in.events), err)
		}
		if err := in.add(inner); err != nil {
			return fmt.Errorf("event %d of the batch: %w", len(in.events), err)
		}
	}
	if len(in.events) == 0 {
		return errors.New("the batch holds no event")
	}
	return nil
}

// add appends an event. An event without a key has that of the envelope.
func (in *intake) add(s wire.Sections) error {
	e := journal.Event{
		Header: s.Header, Properties: s.Properties, ApplicationProperties: s.ApplicationProperties,
		Body: s.Body, Footer: s.Footer,
		PartitionKey: in.key, HasPartitionKey: in.hasKey,
	}
	if key, ok := partitionKey(s.MessageAnnotations); ok {
		e.PartitionKey, e.HasPartitionKey = key, true
	}
	if len(in.events) == 0 && !in.hasKey {
		in.key, in.hasKey = e.PartitionKey, e.HasPartitionKey
	}
	e.Annotations, e.AnnotationPairs = annotations(s.MessageAnnotations)
	in.events = append(in.events, e)
	return in.producer.follow(s.MessageAnnotations)
}

func partitionKey(section []byte) (string, bool) {
	if section == nil {
		return "", false
	}
	key, ok := wire.Text(wire.Lookup(section, keyAnnotation))
	return string(key), ok
}

// annotations are the pairs of a publisher's annotations, one after the other,
// without those that are the journal's to write. They are a slice of the
// section unless one had to be left out.
func annotations(section []byte) (pairs []byte, count int) {
	size, ours := 0, false
	for key, value := range wire.Pairs(section) {
		size += len(key) + len(value)
		count++
		ours = ours || isOurs(key)
	}
	if !ours {
		return section[len(section)-size:], count
	}
	count = 0
	for key, value := range wire.Pairs(section) {
		if !isOurs(key) {
			pairs = append(append(pairs, key...), value...)
			count++
		}
	}
	return pairs, count
}

func isOurs(key []byte) bool {
	text, _ := wire.Text(key)
	rest, ok := bytes.CutPrefix(text, []byte("x-opt-"))
	if !ok {
		return false
	}
	switch string(rest) {
	case "sequence-number", "offset", "enqueued-time", "partition-key":
		return true
	}
	return false
}

// intakes give out intakes to use again, and count the events that are on
// their way and the memory of the deliveries that they came in.
type intakes struct {
	pool   sync.Pool
	most   int64 // bytes
	events atomic.Int64
	bytes  atomic.Int64
}

func (i *intakes) take() *intake {
	if in, ok := i.pool.Get().(*intake); ok {
		return in
	}
	return new(intake)
}

func (i *intakes) give(in *intake) {
	in.reset()
	i.pool.Put(in)
}

// reserve counts a delivery in. It refuses what is beyond maxIntake events or
// the most bytes; nobody waits for room, so that no connection can be held up
// by the others.
func (i *intakes) reserve(events, bytes int) error {
	tooMany := i.events.Add(int64(events)) > maxIntake
	if tooLarge := i.bytes.Add(int64(bytes)) > i.most; tooMany || tooLarge {
		i.release(events, bytes)
		return errIntake
	}
	return nil
}

func (i *intakes) release(events, bytes int) {
	i.events.Add(-int64(events))
	i.bytes.Add(-int64(bytes))
}

// asRejection is what a publisher is told of a message that cannot be taken
// apart.
func asRejection(err error) *amqp.Error {
	return amqp.Errorf(amqp.DecodeError, "the message cannot be read: %s", err)
}
