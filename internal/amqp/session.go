package amqp

import (
	"cmp"
	"maps"
	"slices"

	"nephoscope/internal/amqp/wire"
)

// firstTransfer is the number of our first transfer frame in a session, as the
// service has it.
const firstTransfer = 1

// A session is one pair of channels, which have the same number both ways. It
// lasts from the peer's begin to the peer's end. All is guarded by the
// connection's mu.
type session struct {
	c       *Conn
	channel uint16
	ended   bool             // our end is out: nothing more is said
	links   map[uint32]*Link // by handle, which is the same both ways

	handleMax uint32 // of the peer

	// What comes in: the number of the next transfer frame, and how many the
	// peer may send.
	nextIncoming   uint32
	incomingWindow uint32
	settled        []span // to be told

	// What goes out: the numbers of the next transfer frame and the next
	// delivery, and how many frames the peer has room for.
	nextOutgoing uint32
	nextDelivery uint32
	remoteWindow uint32
	unsettled    []sent // in the order of their ids
}

// onBegin answers a begin.
func (c *Conn) onBegin(channel uint16, b *wire.Begin) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	opt := &c.srv.opt
	switch {
	case channel > opt.ChannelMax:
		return Errorf(NotAllowed, "channel %d is above %d", channel, opt.ChannelMax)
	case channel > c.channelMax:
		return Errorf(NotAllowed, "channel %d is above your own highest, %d", channel, c.channelMax)
	case c.sessions[channel] != nil:
		return Errorf(NotAllowed, "channel %d has a session", channel)
	case b.HasRemoteChannel:
		return Errorf(NotAllowed, "a begin answers channel %d, where we began none", b.RemoteChannel)
	}
	s := &session{
		c:              c,
		channel:        channel,
		links:          make(map[uint32]*Link),
		handleMax:      min(opt.HandleMax, b.HandleMax),
		nextIncoming:   b.NextOutgoingID,
		incomingWindow: opt.Window,
		nextOutgoing:   firstTransfer,
		remoteWindow:   b.IncomingWindow,
	}
	c.sessions[channel] = s
	c.emit(channel, &wire.Begin{
		RemoteChannel:    channel,
		HasRemoteChannel: true,
		NextOutgoingID:   firstTransfer,
		IncomingWindow:   opt.Window,
		OutgoingWindow:   opt.Window,
		HandleMax:        opt.HandleMax,
	})
	return nil
}

// onEnd forgets a session, and answers its end.
func (c *Conn) onEnd(channel uint16) error {
	s, err := c.endSession(channel)
	if s != nil {
		s.detachAll()
	}
	return err
}

func (c *Conn) endSession(channel uint16) (*session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.session(channel)
	if err != nil {
		return nil, err
	}
	s.end(nil)
	delete(c.sessions, channel)
	return s, nil
}

// session finds the session of a channel. The caller holds mu.
func (c *Conn) session(channel uint16) (*session, error) {
	s := c.sessions[channel]
	if s == nil {
		return nil, Errorf(NotAllowed, "channel %d has no session", channel)
	}
	return s, nil
}

// end ends the session on our side. What the peer sends until its own end is
// passed over. The caller holds mu.
func (s *session) end(err *Error) {
	if s.ended {
		return
	}
	s.endLinks()
	s.c.appendSettlements()
	s.c.emit(s.channel, &wire.End{Error: err})
	s.ended = true
	s.settled, s.unsettled = nil, nil
}

// endLinks ends every link without a word. The caller holds mu.
func (s *session) endLinks() {
	for _, l := range s.links {
		l.end()
	}
}

// detachAll forgets all links and tells receivers that theirs are gone. Only
// the connection's goroutine calls it, for a session that it has ended; mu is
// not held.
func (s *session) detachAll() {
	for _, l := range s.takeLinks() {
		l.detached()
	}
}

// takeLinks takes all links out of the session, in the order of their handles.
func (s *session) takeLinks() []*Link {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	links := slices.Collect(maps.Values(s.links))
	for _, l := range links {
		s.c.forget(l)
	}
	slices.SortFunc(links, func(a, b *Link) int { return cmp.Compare(a.handle, b.handle) })
	return links
}

// onFlow takes over what the peer has room for.
func (c *Conn) onFlow(channel uint16, f *wire.Flow) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.session(channel)
	if err != nil {
		return err
	}
	if s.ended || c.closing {
		return nil
	}
	s.openWindow(f)
	// Some clients send flows for links on which they are the sender, or
	// before the attach: only what concerns the session is of use then.
	l := s.links[f.Handle]
	if !f.HasHandle || l == nil || l.ended {
		if f.Echo {
			s.sendFlow(nil, false)
		}
		return nil
	}
	if l.out != nil && f.HasLinkCredit {
		l.out.grant(f)
	}
	if f.Echo {
		s.sendFlow(l, false)
	}
	return nil
}

// openWindow computes how many frames the peer has room for (spec section
// 2.5.6), and wakes senders that wait for it.
func (s *session) openWindow(f *wire.Flow) {
	next := uint32(firstTransfer)
	if f.HasNextIncomingID {
		next = f.NextIncomingID
	}
	was := s.remoteWindow
	s.remoteWindow = 0
	if under := s.nextOutgoing - next; under < f.IncomingWindow {
		s.remoteWindow = f.IncomingWindow - under
	}
	if was == 0 && s.remoteWindow > 0 {
		s.wakeSenders()
	}
}

func (s *session) wakeSenders() {
	for _, l := range s.links {
		if l.out != nil {
			l.out.signal()
		}
	}
}

// sendFlow tells the state of the session, and of a link if there is one. The
// caller holds mu.
func (s *session) sendFlow(l *Link, drained bool) {
	f := &wire.Flow{
		NextIncomingID:    s.nextIncoming,
		HasNextIncomingID: true,
		IncomingWindow:    s.incomingWindow,
		NextOutgoingID:    s.nextOutgoing,
		OutgoingWindow:    s.c.srv.opt.Window,
		Drain:             drained,
	}
	if l != nil {
		f.Handle, f.HasHandle = l.handle, true
		f.HasDeliveryCount, f.HasLinkCredit = true, true
		f.DeliveryCount, f.LinkCredit = l.state()
	}
	s.c.emit(s.channel, f)
}

// takeFrame counts a transfer frame, and opens the window again when half of
// it is used. The caller holds mu.
func (s *session) takeFrame() *Error {
	if s.incomingWindow == 0 {
		return Errorf(SessionWindowViolation, "a transfer beyond the window")
	}
	s.nextIncoming++
	s.incomingWindow--
	if window := s.c.srv.opt.Window; s.incomingWindow <= window/2 {
		s.incomingWindow = window
		s.sendFlow(nil, false)
	}
	return nil
}
