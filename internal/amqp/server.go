package amqp

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"nephoscope/internal/amqp/wire"
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
	// sessions: 1024 if 0. More are refused; as many again that are refused
	// and not detached by the peer close the connection.
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
	// CloseTimeout is how long a peer may take to answer our close, 5 s if 0.
	CloseTimeout time.Duration
	// Plain judges a user of SASL PLAIN; nil means that it is not offered.
	// It runs in the connection's goroutine. An error refuses the user; what
	// else it returns is the connection's Identity.
	Plain func(ctx context.Context, user, password string) (identity any, err error)
	// Logger is told of faults on our side, whose details the peer is not
	// told; nil is silence.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	o.ContainerID = cmp.Or(o.ContainerID, "nephoscope")
	o.MaxFrameSize = max(cmp.Or(o.MaxFrameSize, 65536), wire.MinMaxFrameSize)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 240*time.Second)
	o.ChannelMax = cmp.Or(o.ChannelMax, 4999)
	o.HandleMax = cmp.Or(o.HandleMax, 255)
	o.MaxLinks = cmp.Or(o.MaxLinks, 1024)
	o.Window = cmp.Or(o.Window, 5000)
	o.MaxUnsettledBytes = cmp.Or(o.MaxUnsettledBytes, 32<<20)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, time.Minute)
	o.HandshakeTimeout = cmp.Or(o.HandshakeTimeout, 30*time.Second)
	o.CloseTimeout = cmp.Or(o.CloseTimeout, 5*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
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
	open     Open
	opt      Options
	buffers  sync.Pool // of *[]byte, for what is to be written
	payloads payloads  // for what is read
}

// NewServer makes a server whose connections are answered by open.
func NewServer(open Open, opt Options) *Server {
	return &Server{open: open, opt: opt.withDefaults()}
}

// Serve speaks with the peer at nc until the connection ends, and closes nc.
// When ctx ends the peer is told connection:forced. The error is nil when
// either side closed in order, an *Error when the peer closed with one, else
// what went wrong. All links have ended, all goroutines are gone and Closed
// has been called when it returns.
func (s *Server) Serve(ctx context.Context, nc net.Conn) error {
	c := newConn(s, nc)
	go c.write()
	stop := context.AfterFunc(ctx, func() {
		c.Close(Errorf(ConnectionForced, "the server shuts down"))
	})
	defer stop()
	err := c.serve(ctx)
	c.finish()
	return err
}
