package amqp

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"nephoscope/internal/amqp/wire"
)

// readFrames handles frames until the peer closes or the stream ends. A peer
// that breaks the rules is told so, and read until it has closed.
func (c *Conn) readFrames() error {
	for {
		c.awaitRoom()
		f, err := c.in.Next()
		if err != nil {
			if isTimeout(err) && !c.isClosing() {
				c.violated(errSilent)
				continue
			}
			return c.readFault(err)
		}
		closed, err := c.handle(f)
		if closed {
			return err
		}
		if err != nil {
			c.violated(err)
		}
	}
}

// errSilent is the violation of a peer that has sent nothing for too long.
var errSilent = Errorf(ConnectionForced, "nothing came in time")

// violated closes the connection since the peer has broken a rule.
func (c *Conn) violated(err error) {
	var e *Error
	if !errors.As(err, &e) {
		e = Errorf(DecodeError, "%v", err)
	}
	if !c.isClosing() {
		_ = c.failed(fmt.Errorf("%v: %w", c.nc.RemoteAddr(), err))
	}
	c.Close(e)
}

// handle handles one frame and says whether it was the last.
func (c *Conn) handle(f wire.Frame) (closed bool, err error) {
	if f.Type != wire.FrameAMQP {
		return false, Errorf(ConnectionFraming, "a frame of type %d", f.Type)
	}
	if len(f.Body) == 0 {
		return false, nil
	}
	p, payload, err := c.parser.Parse(f.Body)
	if err != nil {
		return false, fmt.Errorf("channel %d: %w", f.Channel, err)
	}
	switch p := p.(type) {
	case *wire.Transfer:
		return false, c.onTransfer(f.Channel, p, payload)
	case *wire.Flow:
		return false, c.onFlow(f.Channel, p)
	case *wire.Disposition:
		return false, c.onDisposition(f.Channel, p)
	case *wire.Close:
		return true, c.onClose(p)
	}
	return false, c.handleRare(f)
}

// handleRare handles what begins and ends sessions and links. These keep what
// they were parsed from, so it must not be the reader's buffer.
func (c *Conn) handleRare(f wire.Frame) error {
	if c.isClosing() {
		return nil
	}
	p, _, err := c.parser.Parse(bytes.Clone(f.Body))
	if err != nil {
		return fmt.Errorf("channel %d: %w", f.Channel, err)
	}
	switch p := p.(type) {
	case *wire.Begin:
		return c.onBegin(f.Channel, p)
	case *wire.Attach:
		return c.onAttach(f.Channel, p)
	case *wire.Detach:
		return c.onDetach(f.Channel, p)
	case *wire.End:
		return c.onEnd(f.Channel)
	}
	return Errorf(NotAllowed, "a second %T", p)
}

// onClose answers the peer's close.
func (c *Conn) onClose(p *wire.Close) error {
	var err error
	if p.Error != nil && !c.isClosing() {
		err = c.failed(p.Error)
	}
	c.Close(nil)
	return err
}

// awaitRoom waits while the peer has more in our memory than it may, or does
// not read what we have answered.
func (c *Conn) awaitRoom() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.congested() {
		c.mu.Unlock()
		<-c.resume
		c.mu.Lock()
	}
}

// congested says whether the reader has to wait. Only deliveries that somebody
// is about to settle are worth waiting for.
func (c *Conn) congested() bool {
	if c.closing {
		return false
	}
	full := c.taken+c.partial > c.srv.opt.MaxUnsettledBytes && c.taken > 0
	return full || c.out.control > controlBytes
}

// wakeReader lets a waiting reader look again. The caller holds mu.
func (c *Conn) wakeReader() {
	select {
	case c.resume <- struct{}{}:
	default:
	}
}

func orUnexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
