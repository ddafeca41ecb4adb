package remote

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/coder/websocket"
)

// ConnectTimeout bounds the way up to an open connection.
const ConnectTimeout = 30 * time.Second

// Dial opens a connection through which AMQP can be spoken.
func (t *Target) Dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, ConnectTimeout)
	defer cancel()
	if t.Transport == WebSocket {
		return t.dialWebSocket(ctx)
	}
	conn, err := t.DialTCP(ctx)
	if err != nil || t.Plain {
		return conn, err
	}
	return t.Secure(ctx, conn)
}

// DialTCP opens the connection below, to a proxy if there is one for it.
func (t *Target) DialTCP(ctx context.Context) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", t.DialAddress())
}

// Secure puts TLS on a connection. If it fails the connection is closed.
func (t *Target) Secure(ctx context.Context, conn net.Conn) (net.Conn, error) {
	secured := tls.Client(conn, t.TLS())
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the handshake's error is what matters
		return nil, fmt.Errorf("TLS with %s: %w", t.DialAddress(), err)
	}
	return secured, nil
}

// TLS is how the namespace's certificate is checked: by its host's name alone.
// The client library would take a port that stands in the connection string
// for a part of the name.
func (t *Target) TLS() *tls.Config {
	return &tls.Config{ServerName: t.Host, RootCAs: t.Roots, MinVersion: tls.VersionTLS12}
}

// dialWebSocket opens a websocket on the path that the service has for it.
func (t *Target) dialWebSocket(ctx context.Context) (net.Conn, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig, transport.ForceAttemptHTTP2 = t.TLS(), false
	transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{} // websockets are HTTP/1.1
	transport.Proxy = http.ProxyURL(t.ProxyInUse())
	//nolint:bodyclose // the library says that the body never needs closing
	socket, _, err := websocket.Dial(ctx, t.socketURL().String(), &websocket.DialOptions{
		HTTPClient:      &http.Client{Transport: transport},
		Host:            t.HostPort(), // also with an address of its own
		Subprotocols:    []string{"AMQPWSB10"},
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return nil, fmt.Errorf("open websocket: %w", err)
	}
	socket.SetReadLimit(-1) // AMQP has its own
	// The connection outlives this call; Close ends it.
	return &socketConn{websocket.NetConn(context.Background(), socket, websocket.MessageBinary), socket}, nil
}

// socketURL is where the service takes websockets.
func (t *Target) socketURL() *url.URL {
	scheme := "wss"
	if t.Plain {
		scheme = "ws"
	}
	return &url.URL{Scheme: scheme, Host: t.DialAddress(), Path: "/$servicebus/websocket"}
}

// ProxyInUse is the proxy that the target is reached through: the one that was
// given, or else the environment's; nil for none. Only websockets go through
// one.
func (t *Target) ProxyInUse() *url.URL {
	if t.Transport != WebSocket || t.Proxy != nil {
		return t.Proxy
	}
	socket := t.socketURL()
	socket.Scheme = map[string]string{"wss": "https", "ws": "http"}[socket.Scheme]
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: socket})
	if err != nil {
		return nil // what cannot be read is not used
	}
	return proxy
}

// A socketConn is a websocket as a connection.
type socketConn struct {
	net.Conn
	socket *websocket.Conn
}

// Close ends the websocket without ceremony: AMQP has closed before, and the
// ceremony takes seconds with a peer that is gone.
func (c *socketConn) Close() error { return c.socket.CloseNow() }
