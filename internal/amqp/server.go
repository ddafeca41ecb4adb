package amqp

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"
)

// Options of a Server. The zero value is good.
type Options struct {
	// ContainerID names the server to its peers, "nephoscope" if empty.
	ContainerID string
	// MaxFrameSize is the largest frame taken and sent, in bytes: 65536 if 0.
	MaxFrameSize uint32
	// IdleTimeout is what we announce: 240 s if 0. A peer that is silent for
	// two of these is closed.
	IdleTimeout time.Duration
	// ChannelMax is the highest channel of a session, 4999 if 0.
	ChannelMax uint16
	// HandleMax is the highest handle of a link in a session, 255 if 0.
	HandleMax uint32
	// MaxLinks is how many links a connection may hold at once, in all its
	// sessions: 1024 if 0.
	MaxLinks int
	// Window is a session's window in frames, 5000 if 0.
	Window uint32
	// MaxUnsettledBytes is how much may be received and not yet settled on a
	// connection before it is read no further: 32 MiB if 0.
	MaxUnsettledBytes int
	// WriteTimeout is how long the peer may take to accept 64 KiB, 60 s if 0.
	WriteTimeout time.Duration
	// HandshakeTimeout is the time from the first byte to the open
	// performative, 30 s if 0.
	HandshakeTimeout time.Duration
	// Plain judges a user of SASL PLAIN; nil means that it is not offered.
	// It runs in the connection's goroutine. An error refuses the user.
	Plain func(ctx context.Context, user, password string) error
	// Logger is told of connections that end by a fault; nil is silence.
	Logger *slog.Logger
}

// Open is asked once per connection, when the peer has opened it, whom its
// links are for. An error closes the connection; an *Error does so with its
// condition.
type Open func(c *Conn) (Peer, error)

// A Peer answers for the links of one connection. Receive and Send are called
// in the connection's goroutine, one at a time, which reads nothing meanwhile:
// they may look things up but must not wait for the peer. An error refuses the
// link: the attach is answered with neither source nor target and a detach
// with the error, internal-error if it is no *Error.
type Peer interface {
	// Receive answers a peer that wants to send.
	Receive(a *Attach) (*Receiver, error)
	// Send answers a peer that wants to receive.
	Send(a *Attach) (*Sender, error)
	// Closed is called once, after every link has ended.
	Closed()
}

// A Server speaks AMQP on connections that it is given.
type Server struct {
	open Open
	opt  Options
}

// NewServer makes a server whose connections are answered by open.
func NewServer(open Open, opt Options) *Server { return &Server{open: open, opt: opt} }

// Serve speaks with the peer at nc until the connection ends, and closes nc.
// When ctx ends the peer is told connection:forced. The error is nil when
// either side closed in order, an *Error when the peer closed with one, else
// what went wrong. All links have ended, all goroutines are gone and Closed
// has been called when it returns.
func (s *Server) Serve(ctx context.Context, nc net.Conn) error {
	return errors.Join(errors.New("not yet"), nc.Close())
}
