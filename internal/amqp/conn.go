package amqp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"nephoscope/internal/amqp/wire"
)

// A Conn is one connection. Its methods are safe for concurrent use.
type Conn struct {
	srv     *Server
	nc      net.Conn
	in      *wire.Reader
	parser  wire.Parser
	peer    Peer           // nil until the peer has opened
	running sync.WaitGroup // the goroutines of senders
	// What the peer takes: the size of frames, the highest channel.
	frameMax   int
	channelMax uint16

	user        string
	identity    any
	hostname    string
	containerID string
	properties  Map

	// mu guards all below, and all state of sessions and links. Nobody waits
	// for the network, or for anything else, with it held.
	mu       sync.Mutex
	out      output
	sessions map[uint16]*session
	links    int
	// readBy is the end of the time to shake hands or to close, zero between.
	readBy  time.Time
	closing bool  // no frame goes out any more
	opened  bool  // open has been answered
	why     error // of the end, if it was a fault or the peer gave one
	// taken and partial count the bytes of deliveries that are unsettled and
	// of those that are not yet whole.
	taken, partial int
	resume         chan struct{} // tells a paused reader to look again
}

func newConn(s *Server, nc net.Conn) *Conn {
	c := &Conn{
		srv:      s,
		nc:       nc,
		frameMax: wire.MinMaxFrameSize,
		sessions: make(map[uint16]*session),
		readBy:   time.Now().Add(s.opt.HandshakeTimeout),
		resume:   make(chan struct{}, 1),
	}
	c.in = wire.NewReader(timedReader{c}, maxSASLFrame)
	c.out.init()
	return c
}

// RemoteAddr is the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.nc.RemoteAddr() }

// User is the name that Options.Plain has let in; empty for anonymous peers.
func (c *Conn) User() string { return c.user }

// Identity is what Options.Plain has made of the user; nil for anonymous peers.
func (c *Conn) Identity() any { return c.identity }

// Hostname is the host that the peer believes to speak with, with or without
// a port.
func (c *Conn) Hostname() string { return c.hostname }

// ContainerID is the peer's name of itself.
func (c *Conn) ContainerID() string { return c.containerID }

// Properties are what the peer says of itself; not to be changed.
func (c *Conn) Properties() Map { return c.properties }

// Close closes the connection, with err if it is not nil. It does not wait:
// Serve returns when the peer has answered or has had its time.
func (c *Conn) Close(err *Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return
	}
	if c.opened {
		c.appendSettlements()
		c.emit(0, &wire.Close{Error: err})
	}
	c.endAll()
}

// endAll ends every link and lets nothing more go out. The caller holds mu.
func (c *Conn) endAll() {
	for _, s := range c.sessions {
		s.endLinks()
	}
	c.closing = true
	c.readBy = time.Now().Add(c.srv.opt.CloseTimeout)
	// An error here shows at the next Read.
	_ = c.nc.SetReadDeadline(c.readBy)
	c.kick()
	c.wakeReader()
}

// serve shakes hands and handles frames until the connection ends. What the
// peer does after our close is no longer of interest.
func (c *Conn) serve(ctx context.Context) error {
	err := c.shakeHands(ctx)
	if err == nil {
		err = c.readFrames()
	}
	var fault *Error
	switch {
	case c.isClosing():
		return c.ending()
	case errors.As(err, &fault):
		c.Close(fault)
		c.discard()
	}
	return err
}

func (c *Conn) isClosing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing
}

// ending is why the connection came to its end, nil if in order.
func (c *Conn) ending() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.why
}

// discard reads what still comes, so that the socket is not reset, which would
// take our last words from the peer.
func (c *Conn) discard() {
	_, _ = io.Copy(io.Discard, timedReader{c})
}

// finish ends all links, waits for their goroutines, and closes the socket
// once the last words are written.
func (c *Conn) finish() {
	c.mu.Lock()
	c.endAll()
	c.mu.Unlock()
	c.running.Wait()
	for _, s := range c.sessions {
		s.detachAll()
	}
	if c.peer != nil {
		c.peer.Closed()
	}
	c.stopWriting()
	_ = c.nc.Close()
}

// timedReader reads from the socket within the time that the peer has.
type timedReader struct {
	c *Conn
}

func (r timedReader) Read(p []byte) (int, error) {
	if err := r.c.setReadDeadline(); err != nil {
		return 0, err
	}
	return r.c.nc.Read(p)
}

// setReadDeadline gives the peer two of our idle periods for its next byte, or
// what is left of the time to shake hands or to close.
func (c *Conn) setReadDeadline() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	by := c.readBy
	if by.IsZero() {
		by = time.Now().Add(2 * c.srv.opt.IdleTimeout)
	}
	return c.nc.SetReadDeadline(by)
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// readFault says what an error of reading means: nil for a stream that ends
// between two frames, which is a way to go, and an *Error if the peer is to be
// told.
func (c *Conn) readFault(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, wire.ErrFrame):
		return fmt.Errorf("%v: %w", c.nc.RemoteAddr(), Errorf(ConnectionFraming, "%v", err))
	case isTimeout(err):
		return fmt.Errorf("%v: %w", c.nc.RemoteAddr(), errSilent)
	}
	return fmt.Errorf("read from %v: %w", c.nc.RemoteAddr(), err)
}
