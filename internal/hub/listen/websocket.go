package listen

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/coder/websocket"
)

// WebsocketPath is where clients ask for a websocket; some add a slash.
const WebsocketPath = "/$servicebus/websocket"

// Websocket is the handler that makes AMQP streams of websockets at
// WebsocketPath. It may be mounted in another HTTP server, at that path with
// and without the slash at its end; that server then decides about TLS. Its
// connections are the Server's own: they count, and end with Close.
//
// Pages of other hosts in a browser are refused: what is bound to loopback is
// for programs of this machine, not for whatever its user looks at.
func (s *Server) Websocket() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.TrimSuffix(r.URL.Path, "/") != WebsocketPath {
			http.NotFound(w, r)
			return
		}
		if tracked, ok := r.Context().Value(insideKey{}).(*trackedConn); ok {
			if tracked.clear && isRebound(r) {
				http.Error(w, "this host is not called so", http.StatusForbidden)
				return
			}
			s.upgrade(tracked.ctx, w, r)
			return
		}
		// The context of a hijacked request must not be used; its values may.
		ctx, leave, err := s.gate.enter(context.WithoutCancel(r.Context()))
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		defer leave()
		s.upgrade(ctx, w, r)
	})
}

func (s *Server) upgrade(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:    []string{"AMQPWSB10", "amqp"},
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		s.log.warn("websocket", "websocket refused", "remote", r.RemoteAddr, "err", err)
		return
	}
	// The stream ends by itself when ctx does, and still has a word to say then.
	nc := websocket.NetConn(context.WithoutCancel(ctx), ws, websocket.MessageBinary)
	if err := s.stream(ctx, nc); err != nil {
		s.opt.Logger.Debug("connection ended", "remote", r.RemoteAddr, "err", err)
	}
}

// isRebound says whether a page that is the same origin as the host it asks for
// calls that by a name of its own: whoever serves a name can let it lead to a
// loopback address. In TLS the certificate stands in the way.
func isRebound(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	if err != nil {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return !strings.EqualFold(u.Hostname(), "localhost") && !ip.IsLoopback()
}

// insideKey is where the *trackedConn that was let in through Serve stands among
// the values of its requests.
type insideKey struct{}

// A webListener gives sniffed connections to an HTTP server.
type webListener struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newWebListener(addr net.Addr) *webListener {
	return &webListener{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
}

// give hands a connection over and returns when it has been closed.
func (l *webListener) give(ctx context.Context, nc *sniffed) {
	_, secure := nc.Conn.(*tls.Conn)
	tracked := &trackedConn{Conn: nc, ctx: ctx, clear: !secure, closed: make(chan struct{})}
	select {
	case l.conns <- tracked:
		<-tracked.closed
	case <-l.done:
		_ = nc.Close()
	case <-ctx.Done():
		_ = nc.Close()
	}
}

// Accept implements net.Listener.
func (l *webListener) Accept() (net.Conn, error) {
	select {
	case nc := <-l.conns:
		return nc, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *webListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr implements net.Listener.
func (l *webListener) Addr() net.Addr { return l.addr }

// withInside is an http.Server's ConnContext.
func withInside(ctx context.Context, nc net.Conn) context.Context {
	return context.WithValue(ctx, insideKey{}, nc.(*trackedConn))
}

// A trackedConn says when it has been closed. It carries its context through
// net/http, which makes connections' contexts itself.
type trackedConn struct {
	net.Conn
	ctx    context.Context
	clear  bool // not in TLS
	closed chan struct{}
	once   sync.Once
}

func (c *trackedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { close(c.closed) })
	return err
}
