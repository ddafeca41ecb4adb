package amqp

import "nephoscope/internal/amqp/wire"

// A span is a range of deliveries that have come to the same end.
type span struct {
	first, last uint32
	err         *Error // nil for accepted
}

// Settle tells the peer that the message is accepted, or rejected with err,
// and takes the payload back. It must be called once, from any goroutine,
// and never waits for the network: answers are gathered and sent in ranges.
func (d *Delivery) Settle(err *Error) {
	l := d.in.l
	c := l.s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if d.known {
		return
	}
	d.known = true
	c.taken -= d.weight()
	c.srv.payloads.put(d.Payload)
	d.Payload = nil
	d.in.held--
	c.wakeReader()
	if l.ended {
		return
	}
	if !d.settled {
		l.s.settle(d.id, err)
	}
	d.in.renew()
}

// settle notes a settlement, which the writer tells when it comes by. The
// caller holds mu.
func (s *session) settle(id uint32, err *Error) {
	if s.ended || s.c.closing {
		return
	}
	if len(s.settled) == 0 {
		s.c.out.settling = append(s.c.out.settling, s)
	}
	before := len(s.settled)
	if s.settled = addSpan(s.settled, span{id, id, err}); len(s.settled) > before {
		s.c.out.control += spanBytes
	}
	s.c.kick()
}

// spanBytes is more or less what a span takes as a disposition, which counts
// among what the peer has to read even before it is written.
const spanBytes = 128

// addSpan adds a delivery to the last spans, if it continues one of them.
func addSpan(spans []span, n span) []span {
	const near = 4 // Partitions settle in order, each for itself.
	for i := len(spans) - 1; i >= max(0, len(spans)-near) && n.err == nil; i-- {
		last := &spans[i]
		switch {
		case last.err != nil:
		case last.last+1 == n.first:
			last.last = n.first
			return spans
		case n.first+1 == last.first:
			last.first = n.first
			return spans
		}
	}
	return append(spans, n)
}

// appendSettlements puts what has been settled behind what is pending. The
// writer does so when it comes by, and whoever ends a link, a session or the
// connection, so that what is done is told before. The caller holds mu.
func (c *Conn) appendSettlements() {
	for i, s := range c.out.settling {
		for _, n := range s.settled {
			c.emit(s.channel, n.disposition())
		}
		s.settled = s.settled[:0]
		c.out.settling[i] = nil
	}
	c.out.settling = c.out.settling[:0]
}

func (n span) disposition() *wire.Disposition {
	d := &wire.Disposition{
		Role:    wire.RoleReceiver,
		First:   n.first,
		Last:    n.last,
		Settled: true,
		State:   wire.State{Outcome: wire.OutcomeAccepted},
	}
	if n.err != nil {
		d.State = wire.State{Outcome: wire.OutcomeRejected, Error: n.err}
	}
	return d
}
