package amqp

import (
	"fmt"
	"time"

	"nephoscope/internal/amqp/wire"
)

const (
	// flushBytes are worth a write of their own while more is being sent.
	flushBytes = 64 << 10
	// outBytes is what may be written and not yet sent before senders wait.
	outBytes = 256 << 10
	// controlBytes is what may be answered and not yet sent before the reader
	// waits. Transfers do not count: a peer that waits for us to read its
	// flows would wait for ever.
	controlBytes = 256 << 10
	// writeBytes is what WriteTimeout is given for.
	writeBytes = 64 << 10
	// keepBytes is the size beyond which a buffer is not used again.
	keepBytes = 1 << 20
)

// output is what a connection has to say: whole frames in order. Whoever
// appends does so under the connection's mu; only the writer's goroutine takes
// them out and waits for the network.
type output struct {
	pending  []byte
	control  int        // how much of pending are not transfers, or will be
	settling []*session // have settlements to tell
	waiting  []*Out     // wait for room

	idle     bool          // the writer waits for kick
	kick     chan struct{} // of size 1, so that kicking never waits
	ending   bool          // the writer ends when all is written
	endBy    time.Time     // or when its time is up
	broken   bool          // nothing can be written any more
	done     chan struct{} // closed when the writer has ended
	interval time.Duration // to a sign of life, 0 for never
}

func (o *output) init() {
	o.kick = make(chan struct{}, 1)
	o.done = make(chan struct{})
}

// emit appends a frame with a performative. The caller holds mu.
func (c *Conn) emit(channel uint16, p wire.Performative) {
	c.emitFrame(wire.FrameAMQP, channel, p)
}

func (c *Conn) emitFrame(kind byte, channel uint16, p wire.Performative) {
	if c.closing || c.out.broken {
		return
	}
	before := len(c.buffer())
	c.out.pending = wire.AppendFrame(c.out.pending, kind, channel, p)
	c.out.control += len(c.out.pending) - before
	c.kick()
}

// emitHeader appends a protocol header.
func (c *Conn) emitHeader(h wire.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.pending = append(c.buffer(), h[:]...)
	c.kick()
}

// buffer is what is pending, with memory behind it. The caller holds mu.
func (c *Conn) buffer() []byte {
	if c.out.pending == nil {
		if b, ok := c.srv.buffers.Get().(*[]byte); ok {
			c.out.pending = (*b)[:0]
		} else {
			c.out.pending = make([]byte, 0, 4<<10)
		}
	}
	return c.out.pending
}

// release gives a buffer back.
func (c *Conn) release(b []byte) {
	if b != nil && cap(b) <= keepBytes {
		c.srv.buffers.Put(&b)
	}
}

// kick wakes the writer. The caller holds mu.
func (c *Conn) kick() {
	if c.out.idle {
		c.out.idle = false
		c.out.kick <- struct{}{}
	}
}

// write is the writer's goroutine.
func (c *Conn) write() {
	defer close(c.out.done)
	life := time.NewTimer(time.Hour)
	defer life.Stop()
	last := time.Now()
	for {
		batch, interval, more := c.nextBatch()
		switch {
		case batch != nil:
			if err := c.writeAll(batch); err != nil {
				c.breakOff(err)
				return
			}
			c.release(batch)
			last = time.Now()
		case !more:
			return
		default:
			c.awaitKick(life, last, interval)
		}
	}
}

// nextBatch takes what there is to write. Without it, more says whether to
// wait for more.
func (c *Conn) nextBatch() (batch []byte, interval time.Duration, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.appendSettlements()
	c.out.control = 0
	c.wakeReader()
	if len(c.out.pending) > 0 {
		batch, c.out.pending = c.out.pending, nil
		c.wakeWaiting()
		return batch, 0, true
	}
	c.release(c.out.pending)
	c.out.pending = nil
	c.out.idle = !c.out.ending
	return nil, c.out.interval, !c.out.ending
}

// wakeWaiting wakes the senders that wait for room.
func (c *Conn) wakeWaiting() {
	for i, o := range c.out.waiting {
		o.queued = false
		o.signal()
		c.out.waiting[i] = nil
	}
	c.out.waiting = c.out.waiting[:0]
}

// awaitKick waits until there is something to write, or until the peer needs
// a sign of life, which it makes.
func (c *Conn) awaitKick(life *time.Timer, last time.Time, interval time.Duration) {
	if interval == 0 {
		<-c.out.kick
		return
	}
	life.Reset(time.Until(last.Add(interval)))
	select {
	case <-c.out.kick:
	case <-life.C:
		c.signOfLife()
	}
}

// signOfLife appends an empty frame. A kick that came meanwhile is taken back,
// since the writer looks anyway.
func (c *Conn) signOfLife() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.idle = false
	select {
	case <-c.out.kick:
	default:
	}
	c.emit(0, nil)
}

// writeAll writes in portions, each of which has the time of WriteTimeout.
func (c *Conn) writeAll(b []byte) error {
	for len(b) > 0 {
		if err := c.setWriteDeadline(); err != nil {
			return err
		}
		n, err := c.nc.Write(b[:min(len(b), writeBytes)])
		if err != nil {
			return fmt.Errorf("write to %v: %w", c.nc.RemoteAddr(), err)
		}
		b = b[n:]
	}
	return nil
}

func (c *Conn) setWriteDeadline() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	by := time.Now().Add(c.srv.opt.WriteTimeout)
	if c.out.ending && c.out.endBy.Before(by) {
		by = c.out.endBy
	}
	return c.nc.SetWriteDeadline(by)
}

// breakOff ends a connection that cannot be written to. If it was about to end
// anyway, nothing is lost.
func (c *Conn) breakOff(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.why = err
	}
	c.out.broken = true
	c.out.pending = nil
	c.endAll()
	_ = c.nc.Close()
}

// stopWriting waits until the writer has written all, or has had its time.
func (c *Conn) stopWriting() {
	c.mu.Lock()
	c.out.ending = true
	c.out.endBy = time.Now().Add(c.srv.opt.CloseTimeout)
	_ = c.nc.SetWriteDeadline(c.out.endBy)
	c.kick()
	c.mu.Unlock()
	<-c.out.done
}
