// Package listen takes connections: it tells by the first byte what a client
// speaks, ends TLS, upgrades websockets, and hands every AMQP byte stream to
// one function. It knows nothing of AMQP or of hubs.
//
//	0x16 a TLS hello: the same question is asked again inside
//	'A'  AMQP, in the clear only on a loopback address
//	'G'  an HTTP request, which may become a websocket
//	0x00 a Kafka request: not offered here
//
// Invariant: every connection is counted from accept to its end, and Serve
// returns only after all of its connections have ended.
package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options of a Server. The zero value of each has a meaning.
type Options struct {
	// MaxConns is how many connections are held at once, by all of a Server's
	// listeners and its websocket handler; 5000 if 0.
	MaxConns int
	// Handshake is how long a client may take until its first byte of AMQP, or
	// until its websocket request is read; 30 s if 0.
	Handshake time.Duration
	// Logger is told what was refused; nil for silence.
	Logger *slog.Logger
}

// A Stream serves one AMQP byte stream until it ends. It owns the connection,
// and ends soon after its context does.
type Stream func(ctx context.Context, nc net.Conn) error

// A Server hands connections to a Stream. Its methods may be called by many
// goroutines.
type Server struct {
	opt    Options
	stream Stream
	log    *quietLog
	gate   gate
}

// New returns a Server. Close must be called in the end.
func New(stream Stream, opt Options) *Server {
	if opt.MaxConns == 0 {
		opt.MaxConns = 5000
	}
	if opt.Handshake == 0 {
		opt.Handshake = 30 * time.Second
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	return &Server{opt: opt, stream: stream, log: newQuietLog(opt.Logger), gate: gate{limit: opt.MaxConns}}
}

// Conns is the number of connections that are open now.
func (s *Server) Conns() int { return s.gate.count() }

// Close ends all connections, those of the websocket handler too, and waits
// until they have ended. No new ones are taken.
func (s *Server) Close() { s.gate.close() }

// Serve takes connections from a listener until the context ends, and then
// returns nil, after the last of them has ended. It owns the listener. TLS
// connections are taken with a configuration only; without one, the listener
// must be on a loopback address.
func (s *Server) Serve(ctx context.Context, ln net.Listener, secure *tls.Config) error {
	if secure == nil && !loopback(ln.Addr()) {
		return errors.Join(ln.Close(), fmt.Errorf("listen on %s without TLS: only a loopback address such as 127.0.0.1 "+
			"may be served in the clear; set up a certificate or bind to loopback", ln.Addr()))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	web := newWebListener(ln.Addr())
	server := &http.Server{
		Handler:        s.Websocket(),
		ReadTimeout:    s.opt.Handshake, // of a body too; a websocket has no such limits
		WriteTimeout:   s.opt.Handshake,
		IdleTimeout:    s.opt.Handshake,
		MaxHeaderBytes: 16 << 10,
		ErrorLog:       slog.NewLogLogger(s.opt.Logger.Handler(), slog.LevelDebug),
		ConnContext:    withInside,
	}
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { _ = server.Serve(web) })
	defer server.Close() //nolint:errcheck // the connections go down with the listener
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	err := s.accept(ctx, ln, func(nc net.Conn) {
		all.Go(func() { s.take(ctx, nc, secure, web) })
	})
	cancel()
	return err
}

// accept calls take for each connection until the listener is closed.
func (s *Server) accept(ctx context.Context, ln net.Listener, take func(net.Conn)) error {
	pause := backoff{}
	for {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			pause.reset()
			take(nc)
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accept on %s: %w", ln.Addr(), err)
		default:
			// Out of descriptors or memory, or the peer is gone already:
			// neither is mended by giving up.
			s.log.warn("accept", "connection not accepted", "err", err)
			pause.wait(ctx)
		}
	}
}

// loopback says whether an address can be reached from this machine only. What
// has no IP address, such as a Unix socket or a pipe, is local.
func loopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return !ok || tcp.IP.IsLoopback()
}
