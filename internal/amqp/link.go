package amqp

import "context"

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
	for _, c := range a.DesiredCapabilities {
		if c == capability {
			return true
		}
	}
	return false
}

// Answer is what an accepted attach is answered with, besides what the engine
// knows itself.
type Answer struct {
	Properties          Map
	OfferedCapabilities []Symbol
	// Source and Target override the peer's own, which are echoed.
	Source, Target *Terminus
}

// A Link is one link from attach to detach.
type Link struct {
	done chan struct{}
}

// Detach ends the link, with err if it is not nil. It may be called from any
// goroutine, any number of times, and does not wait. Nothing is sent on the
// link afterwards; deliveries may still be settled, to no effect.
func (l *Link) Detach(err *Error) {}

// Done is closed when the link has ended, whoever ended it.
func (l *Link) Done() <-chan struct{} { return l.done }

// A Receiver takes what the peer sends on a link.
type Receiver struct {
	Answer Answer
	// MaxMessageSize is the largest message in bytes; a larger one ends the
	// link. The peer is told the smaller of this and its own wish. With 0 the
	// peer is told of no limit, and 1 MiB is the limit.
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
	// Payload is the whole message. It belongs to the taker until Settle,
	// and to the engine, which reuses it, from then on.
	Payload []byte
	// Format is the message format, 0 or for instance wire.FormatBatch.
	Format uint32
}

// Settle tells the peer that the message is accepted, or rejected with err,
// and gives the payload back. It must be called once, from any goroutine, and
// never waits for the network: answers are gathered and sent in ranges.
func (d *Delivery) Settle(err *Error) {}

// A Sender feeds a peer that receives on a link.
type Sender struct {
	Answer Answer
	// Run sends what there is to send until ctx ends, which it does with the
	// link. It has a goroutine of the engine's. When it returns, the link is
	// detached: with the error if it is an *Error, with internal-error if it
	// is another one, with none for nil.
	Run func(ctx context.Context, out *Out) error
	// Detached, if not nil, is called once, after Run has returned, in the
	// same goroutine.
	Detached func()
}

// Out is where a Sender's Run puts its messages. It belongs to the goroutine
// of Run.
type Out struct {
	link *Link
}

// Send sends one message, which is the parts joined. It blocks until the
// peer's credit, the session's window and the write buffer have room; the parts
// may be reused when it returns. What is sent may stay in the write buffer
// until Flush or Idle, or until Send blocks. A message that has been begun is
// finished even if ctx ends. The error is that of ctx, or ErrDetached when the
// link has ended.
func (o *Out) Send(ctx context.Context, format uint32, parts ...[]byte) error { return nil }

// Credit is how many messages the peer has room for now.
func (o *Out) Credit() int { return 0 }

// Flush lets what has been sent go out. It does not wait for the network.
func (o *Out) Flush() {}

// Idle says that there is nothing to send, and waits until wake yields or is
// closed, or ctx or the link ends. It flushes first. A peer that asks to drain
// its credit is answered here, and where Send waits for credit.
func (o *Out) Idle(ctx context.Context, wake <-chan struct{}) error { return nil }

// ErrDetached is returned by Out when the link has ended.
var ErrDetached = Errorf(LinkDetachForced, "the link has ended")
