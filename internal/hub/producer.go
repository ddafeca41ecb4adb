package hub

import (
	"fmt"
	"math/rand/v2"

	"nephoscope/internal/amqp"
	"nephoscope/internal/amqp/wire"
	"nephoscope/internal/hub/address"
	"nephoscope/internal/hub/journal"
	"nephoscope/internal/hub/space"
)

// An idempotent producer numbers its events, so that one that is sent again is
// not kept twice. Link properties and the annotations of events have the same
// names.
const (
	idempotent       amqp.Symbol = "com.microsoft:idempotent-producer"
	producerID       amqp.Symbol = "com.microsoft:producer-id"
	producerEpoch    amqp.Symbol = "com.microsoft:producer-epoch"
	producerSequence amqp.Symbol = "com.microsoft:producer-sequence-number"
)

// newProducerIDs are below this: one client keeps numbers exact only up to
// 2^53.
const newProducerIDs = 1 << 52

// producer decides what a publisher is that wants to be idempotent: what it
// says of itself, completed by what is known of it.
func (p *peer) producer(a *amqp.Attach, at address.Address, part *space.Partition) (*journal.Producer, error) {
	if at.Kind != address.Partition {
		return nil, amqp.Errorf(amqp.NotAllowed, "an idempotent producer sends to a partition, not to the hub %q as a whole", at.Hub)
	}
	id, hasID := integer(a.Properties.Value(string(producerID)))
	if !hasID {
		return &journal.Producer{ID: 1 + rand.Int64N(newProducerIDs)}, nil
	}
	asked := journal.Producer{ID: id}
	epoch, hasEpoch := integer(a.Properties.Value(string(producerEpoch)))
	sequence, _ := integer(a.Properties.Value(string(producerSequence)))
	asked.Epoch, asked.Sequence = int16(epoch), int32(sequence)
	known, ok := journal.Producer{}, false
	if part != nil {
		known, ok = part.Producer(id)
	}
	switch {
	case !ok:
		return &asked, nil
	case hasEpoch && asked.Epoch < known.Epoch:
		return nil, amqp.Errorf(producerStolen, "producer %d has epoch %d: %d is lower", id, known.Epoch, asked.Epoch)
	case !hasEpoch || asked.Epoch == known.Epoch:
		return &known, nil
	}
	return &asked, nil
}

// producerProperties are a link's properties with those of its producer.
func producerProperties(asked amqp.Map, producer *journal.Producer) amqp.Map {
	answer := amqp.Map{
		{Key: producerID, Value: producer.ID},
		{Key: producerEpoch, Value: producer.Epoch},
		{Key: producerSequence, Value: producer.Sequence},
	}
	for _, entry := range asked {
		if key := text(entry.Key); answer.Value(key) == nil {
			answer = append(answer, entry)
		}
	}
	return answer
}

// A producerMark follows the numbers that the events of a delivery carry.
type producerMark struct {
	first journal.Producer
	next  int32
	seen  int // events
	found bool
}

// follow reads the numbers of the next event. The events of a delivery have
// consecutive ones, or none.
func (m *producerMark) follow(section []byte) error {
	id, ok := annotation(section, producerID)
	sequence, hasSequence := annotation(section, producerSequence)
	epoch, _ := annotation(section, producerEpoch)
	found := ok && hasSequence
	m.seen++
	if m.seen == 1 {
		m.found = found
		m.first = journal.Producer{ID: id, Epoch: int16(epoch), Sequence: int32(sequence)}
		m.next = m.first.Sequence + 1
		return nil
	}
	if found != m.found || found && (id != m.first.ID || int32(sequence) != m.next || int16(epoch) != m.first.Epoch) {
		return fmt.Errorf("events of one batch must be numbered one by one by one producer")
	}
	m.next++
	return nil
}

func annotation(section []byte, key amqp.Symbol) (int64, bool) {
	encoded := wire.Lookup(section, string(key))
	if encoded == nil {
		return 0, false
	}
	v, _, err := wire.Decode(encoded)
	if err != nil {
		return 0, false
	}
	return integer(v)
}

// integer is a whole number of any of the types that have them.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int32:
		return int64(v), true
	case int16:
		return int64(v), true
	case int8:
		return int64(v), true
	case uint64:
		return int64(v), v < 1<<63
	case uint32:
		return int64(v), true
	case uint16:
		return int64(v), true
	case uint8:
		return int64(v), true
	}
	return 0, false
}
