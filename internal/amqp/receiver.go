package amqp

import (
	"cmp"

	"nephoscope/internal/amqp/wire"
)

// unlimitedMessage is the limit of messages on links that announce none.
const unlimitedMessage = 1 << 20

// deliveryOverhead is what a delivery weighs besides its payload.
const deliveryOverhead = 128

// A Receiver takes what the peer sends on a link.
type Receiver struct {
	Answer Answer
	// MaxMessageSize is the largest message in bytes; a larger one ends the
	// link. The peer is told the smaller of this and its own wish. With 0 the
	// peer is told its own wish, and 1 MiB is the limit. It should be well
	// below Options.MaxUnsettledBytes.
	MaxMessageSize uint64
	// Credit is how many deliveries may be on their way or unsettled, 1 if 0.
	// It is renewed when half of it is free.
	Credit uint32
	// Take gets every delivery in order, in the connection's goroutine, and
	// must not block. Each must be settled, sooner or later, by anyone.
	Take func(d *Delivery)
	// Detached, if not nil, is called once after the last Take, in the
	// connection's goroutine: when the peer has detached or the session or
	// connection has ended. Link.Done tells it sooner.
	Detached func()
}

// A Delivery is a message that the peer has sent.
type Delivery struct {
	// Payload is the whole message. It belongs to the taker until Settle, and
	// from then on to the engine, which uses the memory again.
	Payload []byte
	// Format is the message format, 0 or for instance wire.FormatBatch.
	Format uint32

	in      *inbound
	id      uint32
	settled bool // by the peer, or by Settle
	known   bool // Settle has been called
}

// inbound is the side of a link on which the peer sends. It is guarded by the
// connection's mu.
type inbound struct {
	*Receiver
	l      *Link
	limit  uint64 // bytes of a message
	grants uint32 // deliveries on their way or unsettled, at most
	count  uint32 // the delivery count
	credit uint32 // what the peer may begin to send
	held   uint32 // what it has begun and we have not settled
	// partial is the delivery of which more is to come.
	partial *Delivery
}

func newInbound(l *Link, r *Receiver) *inbound {
	return &inbound{
		Receiver: r,
		l:        l,
		limit:    cmp.Or(r.MaxMessageSize, unlimitedMessage),
		grants:   cmp.Or(r.Credit, 1),
	}
}

// onTransfer gathers a frame of a delivery, and hands over what is whole.
func (c *Conn) onTransfer(channel uint16, t *wire.Transfer, payload []byte) error {
	in, d, err := c.gather(channel, t, payload)
	if d != nil {
		in.Take(d)
	}
	return err
}

// gather finds a frame's link and delivery. The delivery is nil unless it is
// whole.
func (c *Conn) gather(channel uint16, t *wire.Transfer, payload []byte) (*inbound, *Delivery, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.session(channel)
	if err != nil || s.ended || c.closing {
		return nil, nil, err
	}
	if e := s.takeFrame(); e != nil {
		s.end(e)
		return nil, nil, nil
	}
	l := s.links[t.Handle]
	switch {
	case l == nil:
		s.end(Errorf(SessionUnattachedHandle, "handle %d has no link", t.Handle))
		return nil, nil, nil
	case l.ended:
		return nil, nil, nil
	case l.in == nil:
		l.detach(Errorf(NotAllowed, "a transfer on a link to receive from"))
		return nil, nil, nil
	}
	d, e := l.in.add(t, payload)
	if e != nil {
		l.detach(e)
		return nil, nil, nil
	}
	if c.taken == 0 && c.partial > c.srv.opt.MaxUnsettledBytes {
		return nil, nil, Errorf(ResourceLimitExceeded, "unfinished messages of %d bytes", c.partial)
	}
	return l.in, d, nil
}

// add adds a frame to its delivery, and returns the delivery if it is whole.
func (in *inbound) add(t *wire.Transfer, payload []byte) (*Delivery, *Error) {
	d := in.partial
	if d == nil {
		if e := in.begin(t); e != nil {
			return nil, e
		}
		d = in.partial
	} else if t.HasDeliveryID && t.DeliveryID != d.id {
		return nil, Errorf(NotAllowed, "delivery %d begins within delivery %d", t.DeliveryID, d.id)
	}
	if t.Aborted {
		in.drop()
		in.held--
		in.renew()
		return nil, nil
	}
	if size := uint64(len(d.Payload)) + uint64(len(payload)); size > in.limit {
		return nil, in.reject(Errorf(LinkMessageSizeExceeded, "a message of %d bytes or more, where %d are allowed", size, in.limit))
	}
	in.extend(d, payload)
	d.settled = d.settled || t.Settled
	if t.More {
		return nil, nil
	}
	in.finish(d)
	return d, nil
}

// reject rejects the partial delivery with the error that ends the link: one
// client does not take the end of a link for an answer.
func (in *inbound) reject(e *Error) *Error {
	if d := in.partial; !d.settled {
		in.l.s.settle(d.id, e)
	}
	return e
}

// begin begins a delivery.
func (in *inbound) begin(t *wire.Transfer) *Error {
	if in.credit == 0 {
		return Errorf(LinkTransferLimit, "a message beyond the credit")
	}
	if !t.HasDeliveryID {
		return Errorf(InvalidField, "a message without a delivery-id")
	}
	in.credit--
	in.count++
	in.held++
	in.partial = &Delivery{Format: t.MessageFormat, in: in, id: t.DeliveryID}
	in.l.s.c.partial += in.partial.weight()
	return nil
}

// extend adds a frame's payload to a delivery. Memory doubles, up to the limit,
// when there is more than one frame.
func (in *inbound) extend(d *Delivery, payload []byte) {
	before := d.weight()
	switch size := len(d.Payload) + len(payload); {
	case size <= cap(d.Payload):
	case len(d.Payload) == 0:
		d.Payload = make([]byte, 0, size)
	default:
		pool := &in.l.s.c.srv.payloads
		grown := append(pool.get(max(size, int(min(uint64(2*size), in.limit)))), d.Payload...)
		pool.put(d.Payload)
		d.Payload = grown
	}
	d.Payload = append(d.Payload, payload...)
	in.l.s.c.partial += d.weight() - before
}

// finish makes the partial delivery a whole one.
func (in *inbound) finish(d *Delivery) {
	in.partial = nil
	c := in.l.s.c
	c.partial -= d.weight()
	c.taken += d.weight()
}

// weight is what a delivery takes of our memory.
func (d *Delivery) weight() int { return cap(d.Payload) + deliveryOverhead }

// drop forgets the partial delivery.
func (in *inbound) drop() {
	if d := in.partial; d != nil {
		in.l.s.c.partial -= d.weight()
		in.l.s.c.srv.payloads.put(d.Payload)
		in.partial = nil
	}
}

// renew gives the peer new credit when half of all is free. The caller holds
// mu.
func (in *inbound) renew() {
	free := in.grants - in.credit - in.held
	if in.l.ended || free < (in.grants+1)/2 {
		return
	}
	in.credit += free
	in.l.s.sendFlow(in.l, false)
}
