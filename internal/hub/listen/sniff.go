package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// What the first byte of a connection gives away.
const (
	firstTLS   = 0x16
	firstAMQP  = 'A'
	firstHTTP  = 'G'
	firstKafka = 0x00
)

// Why a connection is not served.
var (
	errPlain   = errors.New("not encrypted, and not from this machine: use TLS")
	errNoTLS   = errors.New("TLS is not set up")
	errKafka   = errors.New("kafka is not offered: use AMQP")
	errTwice   = errors.New("TLS inside TLS")
	errUnknown = errors.New("neither TLS, AMQP nor HTTP")
)

// take serves one connection to its end.
func (s *Server) take(ctx context.Context, nc net.Conn, secure *tls.Config, web *webListener) {
	ctx, leave, err := s.gate.enter(ctx)
	if err != nil {
		s.refuse(nc, err)
		return
	}
	defer leave()
	opened, err := s.open(ctx, nc, secure)
	if err != nil {
		s.refuse(nc, err)
		return
	}
	if opened.first == firstHTTP {
		web.give(ctx, opened)
		return
	}
	if err := s.stream(ctx, opened); err != nil {
		s.opt.Logger.Debug("connection ended", "remote", nc.RemoteAddr().String(), "err", err)
	}
}

func (s *Server) refuse(nc net.Conn, why error) {
	if !errors.Is(why, io.EOF) { // who leaves without a word, such as a probe, is no news
		s.log.warn(kind(why), "connection refused", "remote", nc.RemoteAddr().String(), "err", why)
	}
	_ = nc.Close()
}

func kind(why error) string {
	for _, known := range []error{errPlain, errNoTLS, errKafka, errTwice, errUnknown, errClosed, errFull} {
		if errors.Is(why, known) {
			return known.Error()
		}
	}
	return "handshake"
}

// open finds out what a connection speaks, and ends its TLS.
func (s *Server) open(ctx context.Context, nc net.Conn, secure *tls.Config) (*sniffed, error) {
	if err := nc.SetDeadline(time.Now().Add(s.opt.Handshake)); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = nc.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	outer, err := sniff(nc)
	if err != nil {
		return nil, err
	}
	inner := outer
	if outer.first == firstTLS {
		if inner, err = decrypt(ctx, outer, secure); err != nil {
			return nil, err
		}
	}
	if err := check(outer, inner); err != nil {
		return nil, err
	}
	return inner, nc.SetDeadline(time.Time{})
}

func decrypt(ctx context.Context, outer net.Conn, secure *tls.Config) (*sniffed, error) {
	if secure == nil {
		return nil, errNoTLS
	}
	tc := tls.Server(outer, secure)
	if err := tc.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS handshake: %w", err)
	}
	return sniff(tc)
}

// check says whether what was found is served.
func check(outer, inner *sniffed) error {
	switch inner.first {
	case firstAMQP, firstHTTP:
		if inner == outer && !loopback(outer.LocalAddr()) {
			return errPlain
		}
		return nil
	case firstKafka:
		return errKafka
	case firstTLS:
		return errTwice
	}
	return fmt.Errorf("first byte %#02x: %w", inner.first, errUnknown)
}

// A sniffed connection still gives the byte that was looked at.
type sniffed struct {
	net.Conn
	first byte
	given bool
}

func sniff(nc net.Conn) (*sniffed, error) {
	var b [1]byte
	if _, err := nc.Read(b[:]); err != nil {
		return nil, fmt.Errorf("wait for the first byte: %w", err)
	}
	return &sniffed{Conn: nc, first: b[0]}, nil
}

func (c *sniffed) Read(p []byte) (int, error) {
	if c.given || len(p) == 0 {
		return c.Conn.Read(p)
	}
	c.given, p[0] = true, c.first
	return 1, nil
}
