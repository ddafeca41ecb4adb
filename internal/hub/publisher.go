package hub

import (
	"nephoscope/internal/amqp"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/address"
	"nephoscope/internal/hub/journal"
	"nephoscope/internal/hub/space"
)

// publisherCredit is how many messages may be on their way to the disk. A
// client of one kind calls a link without credit for a second a busy one.
const publisherCredit = 300

// A publisher is a link over which events come in, for a hub or for one of its
// partitions.
type publisher struct {
	*peer
	link     *link
	at       address.Address
	producer *journal.Producer // nil if the link is not idempotent
}

func (p *peer) publisher(a *amqp.Attach, at address.Address) (*amqp.Receiver, error) {
	h, err := p.lookUp(at, access.Send)
	if err != nil {
		return nil, err
	}
	part, err := p.target(h, at)
	if err != nil {
		return nil, err
	}
	s := &publisher{peer: p, at: at}
	answer := amqp.Answer{Properties: a.Properties}
	if a.Desires(idempotent) {
		if s.producer, err = p.producer(a, at, part); err != nil {
			return nil, err
		}
		answer.Properties = producerProperties(a.Properties, s.producer)
		answer.OfferedCapabilities = []amqp.Symbol{idempotent}
	}
	s.link = p.hold(a, at, access.Send, h)
	return &amqp.Receiver{
		Answer: answer, MaxMessageSize: uint64(p.ns.opt.MaxMessage), Credit: publisherCredit,
		Take: s.take, Detached: func() { p.release(s.link) },
	}, nil
}

// target is the partition of a link to one, nil for a link to a hub, or to a
// hub that is not made yet.
func (p *peer) target(h *space.Hub, at address.Address) (*space.Partition, error) {
	if at.Kind == address.Hub {
		return nil, nil
	}
	if h != nil {
		if part := h.Partition(at.Partition); part != nil {
			return part, nil
		}
		return nil, noPartition(h.Name(), at.Partition, len(h.Partitions()))
	}
	if count := p.ns.Defaults().Partitions; !space.IsPartition(at.Partition, count) {
		return nil, noPartition(at.Hub, at.Partition, count)
	}
	return nil, nil
}

// take hands a delivery to its journal, which settles it when the disk has it.
func (s *publisher) take(d *amqp.Delivery) {
	s.link.touch(s.ns.Now())
	in := s.ns.intakes.take()
	if err := in.parse(d.Payload, d.Format); err != nil {
		s.settle(d, in, asRejection(err))
		return
	}
	h, err := s.hub()
	if err != nil {
		s.settle(d, in, s.ns.tell(err))
		return
	}
	part, err := s.place(h, in)
	if err == nil {
		err = s.number(in)
	}
	if err == nil {
		err = s.ns.intakes.reserve(len(in.events), cap(d.Payload))
	}
	if err != nil {
		s.settle(d, in, s.ns.tell(err))
		return
	}
	s.append(h, part, d, in)
}

// append queues the events; the answer comes from the journal's goroutine.
func (s *publisher) append(h *space.Hub, part *space.Partition, d *amqp.Delivery, in *intake) {
	events, bytes, memory := len(in.events), int64(len(d.Payload)), cap(d.Payload)
	in.batch.Events = in.events
	done := func(placed journal.Placed, err error) {
		s.ns.intakes.release(events, memory)
		if err != nil {
			s.stopped(h, d, in, err)
			return
		}
		if !placed.Duplicate {
			part.In.Add(events, bytes)
		}
		s.settle(d, in, nil)
	}
	if err := part.Append(in.batch, done); err != nil {
		done(journal.Placed{}, err)
	}
}

// settle answers a delivery and gives its intake back.
func (s *publisher) settle(d *amqp.Delivery, in *intake, why *amqp.Error) {
	if why != nil {
		s.ns.refused.add(why.Condition)
	}
	s.ns.intakes.give(in)
	d.Settle(why)
}

// stopped tells a publisher that its journal does not take a batch. A hub that
// was deleted is told as such, and ends the link.
func (s *publisher) stopped(h *space.Hub, d *amqp.Delivery, in *intake, err error) {
	if !h.Deleted() {
		s.settle(d, in, s.ns.tell(err))
		return
	}
	why := s.notFound(s.at.String())
	s.settle(d, in, why)
	s.link.link.Detach(why)
}

// hub is the hub of the link, which its first event makes if need be. That
// waits for the disk, and with it the connection, once.
func (s *publisher) hub() (*space.Hub, error) {
	if h := s.link.hub.Load(); h != nil {
		return h, nil
	}
	if !s.may(s.at.String(), access.Manage) {
		return nil, s.unauthorized(access.Manage, s.at.String())
	}
	h, err := s.ns.Ensure(s.at.Hub)
	if err != nil {
		return nil, err
	}
	s.link.hub.Store(h)
	return h, nil
}

// place chooses the partition: the link's, or the one of the key, or the next.
func (s *publisher) place(h *space.Hub, in *intake) (*space.Partition, error) {
	switch {
	case s.at.Kind == address.Partition:
		if part := h.Partition(s.at.Partition); part != nil {
			return part, nil
		}
		return nil, noPartition(h.Name(), s.at.Partition, len(h.Partitions()))
	case in.hasKey:
		return h.Partitions()[address.PartitionOf(in.key, len(h.Partitions()))], nil
	default:
		return h.Next(), nil
	}
}

// number hands the numbers of an idempotent producer to the journal.
func (s *publisher) number(in *intake) error {
	if s.producer == nil {
		return nil
	}
	if !in.producer.found || in.producer.first.ID != s.producer.ID {
		return amqp.Errorf(argumentError, "the events of the idempotent producer %d do not carry its numbers", s.producer.ID)
	}
	in.batch.Producer = &in.producer.first
	return nil
}
