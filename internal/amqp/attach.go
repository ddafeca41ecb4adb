package amqp

import (
	"context"

	"nephoscope/internal/amqp/wire"
)

// onAttach asks the peer's owner about a link, and answers.
func (c *Conn) onAttach(channel uint16, w *wire.Attach) error {
	l, err := c.newLink(channel, w)
	if l == nil {
		return err
	}
	if refusal := c.negotiate(l, w); refusal != nil {
		c.refuse(l, w, refusal)
	}
	return nil
}

// newLink takes the handle for a link; nil if there is no use for one.
func (c *Conn) newLink(channel uint16, w *wire.Attach) (*Link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.session(channel)
	if err != nil || s.ended || c.closing {
		return nil, err
	}
	if limit := c.srv.opt.HandleMax; w.Handle > limit {
		return nil, Errorf(ConnectionFraming, "handle %d is above %d", w.Handle, limit)
	}
	if most := 2 * c.srv.opt.MaxLinks; c.links >= most {
		return nil, Errorf(ResourceLimitExceeded, "%d links, most of which were refused", most)
	}
	if s.links[w.Handle] != nil {
		s.end(Errorf(SessionHandleInUse, "handle %d has a link", w.Handle))
		return nil, nil
	}
	if w.Handle > s.handleMax {
		s.end(Errorf(NotAllowed, "handle %d is above your own highest, %d", w.Handle, s.handleMax))
		return nil, nil
	}
	l := &Link{s: s, handle: w.Handle, done: make(chan struct{})}
	s.links[w.Handle] = l
	c.links++
	return l, nil
}

// negotiate finds the one who answers for the link, and accepts it; or says why
// it is refused.
func (c *Conn) negotiate(l *Link, w *wire.Attach) *Error {
	if c.links > c.srv.opt.MaxLinks {
		return Errorf(ResourceLimitExceeded, "a connection may hold %d links", c.srv.opt.MaxLinks)
	}
	if w.Target != nil && w.Target.Coordinator {
		return Errorf(NotImplemented, "there are no transactions here")
	}
	a := &Attach{
		Name:                w.Name,
		Source:              w.Source,
		Target:              w.Target,
		Properties:          w.Properties,
		DesiredCapabilities: w.DesiredCapabilities,
		MaxMessageSize:      w.MaxMessageSize,
		SndSettleMode:       w.SndSettleMode,
		RcvSettleMode:       w.RcvSettleMode,
		Conn:                c,
		Link:                l,
	}
	if w.Role == wire.RoleSender {
		return c.receive(l, w, a)
	}
	return c.sendTo(l, w, a)
}

// receive sets up a link on which the peer sends.
func (c *Conn) receive(l *Link, w *wire.Attach, a *Attach) *Error {
	r, err := c.peer.Receive(a)
	if err != nil {
		return c.srv.told(err, "attach refused")
	}
	in := newInbound(l, r)
	c.mu.Lock()
	defer c.mu.Unlock()
	l.in = in
	in.count = w.InitialDeliveryCount
	c.answer(l, w, &r.Answer, smaller(r.MaxMessageSize, w.MaxMessageSize))
	r.Answer = Answer{}
	if !l.ended {
		in.credit = in.grants
		l.s.sendFlow(l, false)
	}
	return nil
}

// smaller is the smaller of two sizes, 0 being no limit.
func smaller(a, b uint64) uint64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// sendTo sets up a link on which the peer receives.
func (c *Conn) sendTo(l *Link, w *wire.Attach, a *Attach) *Error {
	sender, err := c.peer.Send(a)
	if err != nil {
		return c.srv.told(err, "attach refused")
	}
	ctx, cancel := context.WithCancel(context.Background())
	out := newOut(l, w)
	c.mu.Lock()
	defer c.mu.Unlock()
	l.out, l.ctx, l.cancel = out, ctx, cancel
	if l.ended {
		cancel()
	}
	c.answer(l, w, &sender.Answer, w.MaxMessageSize)
	sender.Answer = Answer{}
	c.running.Add(1)
	go c.run(l, sender)
	return nil
}

// answer accepts an attach, unless the link was detached while it was talked
// about: then it says so. The caller holds mu.
func (c *Conn) answer(l *Link, w *wire.Attach, a *Answer, size uint64) {
	if l.ended && l.parting != nil {
		c.emitRefusal(l, w)
		return
	}
	l.answered = true
	reply := mirror(w)
	reply.Source, reply.Target = w.Source, w.Target
	if a.Source != nil {
		reply.Source = a.Source
	}
	if a.Target != nil {
		reply.Target = a.Target
	}
	reply.MaxMessageSize = size
	reply.OfferedCapabilities = a.OfferedCapabilities
	reply.Properties = a.Properties
	c.emit(l.s.channel, reply)
}

// mirror is the answer to an attach without its ends.
func mirror(w *wire.Attach) *wire.Attach {
	return &wire.Attach{
		Name:          w.Name,
		Handle:        w.Handle,
		Role:          !w.Role,
		SndSettleMode: w.SndSettleMode,
		RcvSettleMode: w.RcvSettleMode,
	}
}

// refuse answers an attach that comes to nothing.
func (c *Conn) refuse(l *Link, w *wire.Attach, err *Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.parting == nil {
		l.end()
		l.parting = &wire.Detach{Handle: l.handle, Closed: true, Error: err}
	}
	c.emitRefusal(l, w)
}

// emitRefusal answers an attach with neither source nor target, and detaches.
// The caller holds mu.
func (c *Conn) emitRefusal(l *Link, w *wire.Attach) {
	l.answered = true
	c.emit(l.s.channel, mirror(w))
	l.part()
}

// run is the goroutine of a sender.
func (c *Conn) run(l *Link, s *Sender) {
	defer c.running.Done()
	err := s.Run(l.ctx, l.out)
	var e *Error
	if err != nil && l.ctx.Err() == nil {
		e = c.srv.told(err, "sender ended")
	}
	l.out.Flush()
	l.Detach(e)
	if s.Detached != nil {
		s.Detached()
	}
}

// onDetach forgets a link, and answers its detach.
func (c *Conn) onDetach(channel uint16, d *wire.Detach) error {
	l, err := c.endLink(channel, d)
	if l != nil {
		l.detached()
	}
	return err
}

func (c *Conn) endLink(channel uint16, d *wire.Detach) (*Link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.session(channel)
	if err != nil || s.ended {
		return nil, err
	}
	l := s.links[d.Handle]
	if l == nil {
		s.end(Errorf(SessionUnattachedHandle, "handle %d has no link", d.Handle))
		return nil, nil
	}
	l.end()
	if !l.told {
		c.appendSettlements()
		c.emit(channel, &wire.Detach{Handle: l.handle, Closed: d.Closed})
	}
	c.forget(l)
	return l, nil
}

// forget gives a link's handle free. Only the connection's goroutine does, with
// mu held.
func (c *Conn) forget(l *Link) {
	delete(l.s.links, l.handle)
	c.links--
}
