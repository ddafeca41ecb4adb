package amqp

import (
	"context"
	"slices"

	"nephoscope/internal/amqp/wire"
)

// Attach is a peer's wish for a link. It is the Peer's to keep.
type Attach struct {
	Name string
	// Source and Target are nil where the peer named none.
	Source, Target      *Terminus
	Properties          Map
	DesiredCapabilities []Symbol
	// MaxMessageSize is the peer's limit in bytes, 0 for none.
	MaxMessageSize uint64
	// SndSettleMode is 0 unsettled, 1 settled, 2 mixed.
	SndSettleMode uint8
	// RcvSettleMode is 0 first, 1 second.
	RcvSettleMode uint8
	Conn          *Conn
	Link          *Link
}

// Desires says whether the peer asked for a capability.
func (a *Attach) Desires(capability Symbol) bool {
	return slices.Contains(a.DesiredCapabilities, capability)
}

// Answer is what an accepted attach is answered with, besides what the engine
// knows itself. It is let go of then: a link does not hold what its peer wrote
// into the attach.
type Answer struct {
	Properties          Map
	OfferedCapabilities []Symbol
	// Source and Target override the peer's own, which are echoed.
	Source, Target *Terminus
}

// A Link is one link from attach to detach. Its fields are guarded by the
// connection's mu.
type Link struct {
	s      *session
	handle uint32
	done   chan struct{}
	ended  bool // nothing is sent or taken any more
	// parting is the detach that ends a link whose attach is not answered yet.
	parting *wire.Detach
	// answered and told: our attach, our detach is out.
	answered, told bool

	in  *inbound // of a link on which the peer sends
	out *Out     // of a link on which the peer receives
	ctx context.Context
	// cancel ends ctx; both are nil on links on which the peer sends.
	cancel context.CancelFunc
}

// Detach ends the link, with err if it is not nil. It may be called from any
// goroutine, any number of times, and does not wait. Nothing is sent on the
// link afterwards; deliveries may still be settled, to no effect.
func (l *Link) Detach(err *Error) {
	l.s.c.mu.Lock()
	defer l.s.c.mu.Unlock()
	l.detach(err)
}

// Done is closed when the link has ended, whoever ended it.
func (l *Link) Done() <-chan struct{} { return l.done }

// detach ends the link and tells the peer. The caller holds mu.
func (l *Link) detach(err *Error) {
	if l.ended {
		return
	}
	l.end()
	l.parting = &wire.Detach{Handle: l.handle, Closed: true, Error: err}
	if l.answered {
		l.part()
	}
}

// part sends the detach, behind what has been settled. The caller holds mu.
func (l *Link) part() {
	l.told = true
	l.s.c.appendSettlements()
	l.s.c.emit(l.s.channel, l.parting)
	l.parting = nil
}

// end ends the link without a word. The caller holds mu.
func (l *Link) end() {
	if l.ended {
		return
	}
	l.ended = true
	close(l.done)
	if l.in != nil {
		l.in.drop()
	}
	if l.out != nil {
		l.cancel()
		l.s.forgetSent(l)
		l.out.signal()
	}
}

// state is the delivery count and the credit as a flow tells them.
func (l *Link) state() (count, credit uint32) {
	if l.in != nil {
		return l.in.count, l.in.credit
	}
	return l.out.count, l.out.credit
}

// detached tells the owner of a receiver that its link is gone. Senders are
// told by their own goroutine.
func (l *Link) detached() {
	if l.in != nil && l.in.Detached != nil {
		l.in.Detached()
	}
}
