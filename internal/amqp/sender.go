package amqp

import (
	"context"
	"encoding/binary"
	"errors"

	"nephoscope/internal/amqp/wire"
)

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

// ErrDetached is returned by Out when the link has ended.
var ErrDetached = errors.New("the link has ended")

// Out is where a Sender's Run puts its messages. Its methods belong to the
// goroutine of Run; its fields are guarded by the connection's mu.
type Out struct {
	l       *Link
	count   uint32        // the delivery count
	credit  uint32        // what the peer has room for
	drain   bool          // the peer waits for its credit to be used or given up
	track   bool          // the peer settles
	waiting bool          // somebody reads wake
	queued  bool          // waits for room in the buffer
	wake    chan struct{} // of size 1
	t       wire.Transfer // used again and again
	tag     [4]byte
}

func newOut(l *Link, w *wire.Attach) *Out {
	return &Out{
		l:     l,
		track: w.SndSettleMode == wire.SenderUnsettled && w.RcvSettleMode == wire.ReceiverSecond,
		wake:  make(chan struct{}, 1),
	}
}

// Send sends one message, which is the parts joined. It blocks until the
// peer's credit, the session's window and the write buffer have room; the parts
// may be reused when it returns. What is sent may stay in the write buffer
// until Flush or Idle, or until Send blocks. A message that has been begun is
// finished even if ctx ends. The error is that of ctx, or ErrDetached when the
// link has ended.
func (o *Out) Send(ctx context.Context, format uint32, parts ...[]byte) error {
	c := o.l.s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := o.await(ctx, (*Out).mayBegin); err != nil {
		return err
	}
	o.begin(format)
	left := 0
	for _, p := range parts {
		left += len(p)
	}
	for m := (message{parts: parts}); ; {
		size := min(left, c.frameMax-wire.MaxTransferHead)
		left -= size
		o.t.More = left > 0
		o.append(&m, size)
		if left == 0 {
			break
		}
		if err := o.await(o.l.ctx, (*Out).mayGoOn); err != nil {
			return err
		}
	}
	if len(c.out.pending) >= flushBytes {
		c.kick()
	}
	return nil
}

// mayBegin says whether a message may begin. The peer is given no more to
// settle than maxSent.
func (o *Out) mayBegin() bool {
	return o.credit > 0 && (!o.track || len(o.l.s.unsettled) < maxSent) && o.mayGoOn()
}

// mayGoOn says whether a frame may go out.
func (o *Out) mayGoOn() bool {
	return o.l.s.remoteWindow > 0 && len(o.l.s.c.out.pending) < outBytes
}

// begin begins a message.
func (o *Out) begin(format uint32) {
	s := o.l.s
	id := s.nextDelivery
	s.nextDelivery++
	o.count++
	o.credit--
	if o.track {
		s.unsettled = append(s.unsettled, sent{id, o.l})
	}
	binary.BigEndian.PutUint32(o.tag[:], id)
	o.t = wire.Transfer{
		Handle:           o.l.handle,
		DeliveryID:       id,
		HasDeliveryID:    true,
		DeliveryTag:      o.tag[:],
		MessageFormat:    format,
		HasMessageFormat: true,
		Settled:          !o.track,
	}
}

// append writes one frame with the next size bytes of a message.
func (o *Out) append(m *message, size int) {
	s := o.l.s
	c := s.c
	b := o.t.AppendFrameHead(c.buffer(), s.channel, size)
	c.out.pending = m.append(b, size)
	s.remoteWindow--
	s.nextOutgoing++
}

// message is what is left of the parts of one.
type message struct {
	parts [][]byte
	at    int // in the first part
}

// append moves size bytes to b.
func (m *message) append(b []byte, size int) []byte {
	for size > 0 {
		p := m.parts[0][m.at:]
		if len(p) > size {
			m.at += size
			return append(b, p[:size]...)
		}
		b = append(b, p...)
		size -= len(p)
		m.parts, m.at = m.parts[1:], 0
	}
	return b
}

// await waits until the link has ended, ctx has, or ready says so. The caller
// holds mu, which is not held meanwhile.
func (o *Out) await(ctx context.Context, ready func(*Out) bool) error {
	for {
		if o.l.ended {
			return ErrDetached
		}
		if ready(o) {
			return nil
		}
		o.answerDrain()
		o.queue()
		if err := o.sleep(ctx, nil); err != nil {
			return err
		}
	}
}

// queue asks to be woken when the buffer has room, if that is what is missing.
func (o *Out) queue() {
	out := &o.l.s.c.out
	if len(out.pending) >= outBytes && !o.queued {
		o.queued = true
		out.waiting = append(out.waiting, o)
	}
}

// errWoken is what sleep returns when its own channel woke it.
var errWoken = errors.New("woken")

// sleep lets what is pending go out and waits for a signal, wake, or ctx. The
// caller holds mu, which is not held meanwhile.
func (o *Out) sleep(ctx context.Context, wake <-chan struct{}) error {
	c := o.l.s.c
	if len(c.out.pending) > 0 {
		c.kick()
	}
	o.waiting = true
	c.mu.Unlock()
	var err error
	select {
	case <-o.wake:
	case <-wake:
		err = errWoken
	case <-ctx.Done():
		err = ctx.Err()
	}
	c.mu.Lock()
	o.waiting = false
	if o.l.ended {
		return ErrDetached
	}
	return err
}

// signal wakes Run where it waits. The caller holds mu.
func (o *Out) signal() {
	if !o.waiting {
		return
	}
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Ready waits until a message may begin, so that who has to fetch it first
// holds nothing meanwhile. Errors are those of Send.
func (o *Out) Ready(ctx context.Context) error {
	c := o.l.s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	return o.await(ctx, (*Out).mayBegin)
}

// Credit is how many messages the peer has room for now.
func (o *Out) Credit() int {
	o.l.s.c.mu.Lock()
	defer o.l.s.c.mu.Unlock()
	return int(o.credit)
}

// Flush lets what has been sent go out. It does not wait for the network.
func (o *Out) Flush() {
	c := o.l.s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.out.pending) > 0 {
		c.kick()
	}
}

// Idle says that there is nothing to send, and waits until wake yields or is
// closed, or ctx or the link ends. It flushes first. A peer that asks to drain
// its credit is answered here, and where Send waits for credit.
func (o *Out) Idle(ctx context.Context, wake <-chan struct{}) error {
	c := o.l.s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	for !o.l.ended {
		if o.drain {
			o.count += o.credit
			o.credit = 0
			o.answerDrain()
		}
		switch err := o.sleep(ctx, wake); {
		case errors.Is(err, errWoken):
			return nil
		case err != nil:
			return err
		}
	}
	return ErrDetached
}

// answerDrain tells a peer that drains that its credit is gone.
func (o *Out) answerDrain() {
	if o.drain && o.credit == 0 {
		o.drain = false
		o.l.s.sendFlow(o.l, true)
	}
}

// grant takes over the credit of a flow (spec section 2.6.7).
func (o *Out) grant(f *wire.Flow) {
	o.credit = 0
	if under := o.count - f.DeliveryCount; under < f.LinkCredit {
		o.credit = f.LinkCredit - under
	}
	o.drain = f.Drain
	o.signal()
}
