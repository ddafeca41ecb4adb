package amqp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"nephoscope/internal/amqp/wire"
)

// maxSASLFrame is the largest frame of the SASL layer. The protocol says 512
// bytes; passwords may be connection strings.
const maxSASLFrame = 4 << 10

// shortestLife is the shortest time between signs of life, however impatient
// the peer is.
const shortestLife = 10 * time.Millisecond

// The mechanisms of SASL that we know. MSSBCBS and EXTERNAL are ANONYMOUS by
// other names: who the peer is shows later.
const (
	mechanismCBS       Symbol = "MSSBCBS"
	mechanismPlain     Symbol = "PLAIN"
	mechanismAnonymous Symbol = "ANONYMOUS"
	mechanismExternal  Symbol = "EXTERNAL"
)

// shakeHands goes from the first byte to the answered open. A peer may leave
// out the SASL layer.
func (c *Conn) shakeHands(ctx context.Context) error {
	h, err := c.in.Header()
	if err != nil {
		return c.readFault(err)
	}
	if h == wire.HeaderOf(wire.ProtocolSASL) {
		c.emitHeader(h)
		if err := c.authenticate(ctx); err != nil {
			return err
		}
		if h, err = c.in.Header(); err != nil {
			return c.readFault(err)
		}
	} else if h != wire.HeaderOf(wire.ProtocolAMQP) {
		return c.refuseHeader(h, wire.ProtocolSASL)
	}
	if h != wire.HeaderOf(wire.ProtocolAMQP) {
		return c.refuseHeader(h, wire.ProtocolAMQP)
	}
	c.emitHeader(h)
	c.in.SetMax(c.srv.opt.MaxFrameSize)
	return c.exchangeOpen()
}

// errHeader means that the peer speaks something else.
var errHeader = errors.New("unsupported protocol header")

// refuseHeader answers with the header that is wanted.
func (c *Conn) refuseHeader(h wire.Header, want byte) error {
	c.emitHeader(wire.HeaderOf(want))
	c.Close(nil)
	c.discard()
	return c.failed(fmt.Errorf("%v: %w %q", c.nc.RemoteAddr(), errHeader, h[:]))
}

// failed keeps err as the reason of the end.
func (c *Conn) failed(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why == nil {
		c.why = err
	}
	return err
}

// nextFrame reads a frame that is not empty.
func (c *Conn) nextFrame(kind byte) (wire.Frame, error) {
	for {
		f, err := c.in.Next()
		if err != nil {
			return f, c.readFault(orUnexpected(err))
		}
		if f.Type != kind {
			return f, Errorf(ConnectionFraming, "a frame of type %d where %d is due", f.Type, kind)
		}
		if len(f.Body) > 0 {
			return f, nil
		}
	}
}

// authenticate goes through the SASL layer.
func (c *Conn) authenticate(ctx context.Context) error {
	c.send(wire.FrameSASL, &wire.SASLMechanisms{Mechanisms: c.mechanisms()})
	f, err := c.nextFrame(wire.FrameSASL)
	if err != nil {
		return err
	}
	p, err := wire.ParseSASL(f.Body)
	if err != nil {
		return fmt.Errorf("%v: SASL: %w", c.nc.RemoteAddr(), err)
	}
	init, ok := p.(*wire.SASLInit)
	if !ok {
		return fmt.Errorf("%v: SASL: a %T where an init is due", c.nc.RemoteAddr(), p)
	}
	if err := c.admit(ctx, init); err != nil {
		c.send(wire.FrameSASL, &wire.SASLOutcome{Code: wire.SASLAuth})
		c.Close(nil)
		c.discard()
		return c.failed(fmt.Errorf("%v: SASL: %w", c.nc.RemoteAddr(), err))
	}
	c.send(wire.FrameSASL, &wire.SASLOutcome{Code: wire.SASLOK})
	return nil
}

func (c *Conn) send(kind byte, p wire.Performative) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.emitFrame(kind, 0, p)
}

func (c *Conn) mechanisms() []Symbol {
	m := []Symbol{mechanismCBS, mechanismAnonymous, mechanismExternal}
	if c.srv.opt.Plain != nil {
		m = append(m, mechanismPlain)
	}
	return m
}

// admit lets the peer in, or says why not.
func (c *Conn) admit(ctx context.Context, init *wire.SASLInit) error {
	switch init.Mechanism {
	case mechanismCBS, mechanismAnonymous, mechanismExternal:
		return nil
	case mechanismPlain:
		if c.srv.opt.Plain != nil {
			return c.admitUser(ctx, init.InitialResponse)
		}
	}
	return fmt.Errorf("mechanism %.40q was not offered", init.Mechanism)
}

// admitUser takes a response of PLAIN apart: authorization identity, user and
// password, with zero bytes between.
func (c *Conn) admitUser(ctx context.Context, response []byte) error {
	parts := bytes.Split(response, []byte{0})
	if len(parts) != 3 {
		return fmt.Errorf("a PLAIN response of %d parts where 3 are due", len(parts))
	}
	user := string(parts[1])
	identity, err := c.srv.opt.Plain(ctx, user, string(parts[2]))
	if err != nil {
		return fmt.Errorf("user %q: %w", user, err)
	}
	c.user, c.identity = user, identity
	return nil
}

// exchangeOpen answers the peer's open and learns who is there for it.
func (c *Conn) exchangeOpen() error {
	f, err := c.nextFrame(wire.FrameAMQP)
	if err != nil {
		return err
	}
	p, _, err := c.parser.Parse(bytes.Clone(f.Body))
	if err != nil {
		return fmt.Errorf("%v: open: %w", c.nc.RemoteAddr(), err)
	}
	open, ok := p.(*wire.Open)
	if !ok {
		return fmt.Errorf("%v: a %T where an open is due", c.nc.RemoteAddr(), p)
	}
	c.hostname, c.containerID, c.properties = open.Hostname, open.ContainerID, open.Properties
	c.answerOpen(open)
	if open.MaxFrameSize < wire.MinMaxFrameSize {
		return Errorf(InvalidField, "max-frame-size %d is below %d", open.MaxFrameSize, wire.MinMaxFrameSize)
	}
	peer, err := c.srv.open(c)
	if err != nil {
		return c.srv.told(err, "open refused")
	}
	c.peer = peer
	return nil
}

// answerOpen sends our open and takes over what the peer's says.
func (c *Conn) answerOpen(open *wire.Open) {
	c.mu.Lock()
	defer c.mu.Unlock()
	opt := &c.srv.opt
	c.frameMax = int(min(open.MaxFrameSize, opt.MaxFrameSize))
	c.channelMax = open.ChannelMax
	c.opened = true
	c.readBy = time.Time{}
	if c.closing {
		c.readBy = time.Now().Add(opt.CloseTimeout)
	}
	if open.IdleTimeout > 0 {
		c.out.interval = max(open.IdleTimeout/3, shortestLife)
	}
	c.emit(0, &wire.Open{
		ContainerID:  opt.ContainerID,
		MaxFrameSize: opt.MaxFrameSize,
		ChannelMax:   opt.ChannelMax,
		IdleTimeout:  min(opt.IdleTimeout, math.MaxUint32*time.Millisecond),
	})
}

// told is an error as the peer is told it: an *Error as it is, any other one
// as internal-error, which is logged since its text stays here.
func (s *Server) told(err error, what string) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	s.opt.Logger.Error("internal error on a connection", "what", what, "err", err)
	return Errorf(InternalError, "the server has met an error of its own")
}
