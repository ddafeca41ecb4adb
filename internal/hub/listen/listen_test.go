package listen

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// echo gives back what it gets and says so when it is told to stop.
func echo(ctx context.Context, nc net.Conn) error {
	defer nc.Close() //nolint:errcheck // the test's peer sees it
	stop := context.AfterFunc(ctx, func() {
		_, _ = nc.Write([]byte("bye"))
		_ = nc.Close()
	})
	defer stop()
	_, err := io.Copy(nc, nc)
	return err
}

// A room is a served listener with its log.
type room struct {
	server *Server
	addr   string
	stop   func() // ends Serve and waits for it
	log    *safeBuffer
}

func open(t *testing.T, secure *tls.Config, opt Options) *room {
	t.Helper()
	r := &room{log: new(safeBuffer)}
	opt.Logger = slog.New(slog.NewTextHandler(r.log, nil))
	r.server = New(echo, opt)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = ln.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- r.server.Serve(ctx, ln, secure) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	t.Cleanup(func() {
		r.stop()
		r.server.Close()
	})
	return r
}

func (r *room) dial(t *testing.T) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return nc
}

// hears sends a text and wants it back.
func hears(t *testing.T, nc net.Conn, text string) {
	t.Helper()
	if _, err := nc.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(nc, got); err != nil || string(got) != text {
		t.Errorf("got back %q, %v, want %q", got, err, text)
	}
}

// refused wants the connection closed without a byte.
func refused(t *testing.T, nc net.Conn) {
	t.Helper()
	if n, err := nc.Read(make([]byte, 1)); n > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read %d bytes, %v, want a closed connection", n, err)
	}
}

func authority(t *testing.T, names ...string) *Authority {
	t.Helper()
	a, err := OpenAuthority(t.TempDir(), names, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func trusting(t *testing.T, a *Authority) *tls.Config {
	t.Helper()
	text, err := os.ReadFile(a.Path)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(text) {
		t.Fatalf("read %s: %v", a.Path, err)
	}
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

func TestPlain(t *testing.T) {
	r := open(t, nil, Options{})
	nc := r.dial(t)
	hears(t, nc, "AMQP or so")
	if got := r.server.Conns(); got != 1 {
		t.Errorf("Conns = %d, want 1", got)
	}
}

func TestTLS(t *testing.T) {
	a := authority(t, "hub.example", "10.1.2.3")
	r := open(t, a.Config(), Options{})
	hears(t, r.dial(t), "AMQP in the clear beside TLS")
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "hub.example", "10.1.2.3"} {
		config := trusting(t, a)
		config.ServerName = name
		hears(t, tls.Client(r.dial(t), config), "AMQP inside")
	}
	config := trusting(t, a)
	config.ServerName = "other.example"
	if err := tls.Client(r.dial(t), config).Handshake(); err == nil {
		t.Error("the certificate is valid for a name that was not given")
	}
}

func TestWebsocket(t *testing.T) {
	a := authority(t)
	r := open(t, a.Config(), Options{})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trusting(t, a)}}
	f := func(url, ask, want string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: client, Subprotocols: strings.Fields(ask)})
		if err != nil {
			t.Fatalf("dial %s: %v", url, err)
		}
		defer ws.CloseNow() //nolint:errcheck // the test is over
		if ws.Subprotocol() != want {
			t.Errorf("%s: subprotocol %q, want %q", url, ws.Subprotocol(), want)
		}
		nc := websocket.NetConn(ctx, ws, websocket.MessageBinary)
		hears(t, nc, "no first byte to look at")
		hears(t, nc, strings.Repeat("large ", 1<<15))
	}
	f("ws://"+r.addr+WebsocketPath, "AMQPWSB10", "AMQPWSB10")
	f("wss://"+r.addr+WebsocketPath, "AMQPWSB10", "AMQPWSB10")
	f("wss://"+r.addr+WebsocketPath+"/", "amqp", "amqp")
	f("wss://"+r.addr+WebsocketPath, "", "")

	outer := httptest.NewServer(r.server.Websocket())
	defer outer.Close()
	f("ws"+strings.TrimPrefix(outer.URL, "http")+WebsocketPath+"/", "amqp AMQPWSB10", "AMQPWSB10")
}

func TestNotFound(t *testing.T) {
	r := open(t, nil, Options{})
	for path, want := range map[string]int{
		"/":                        http.StatusNotFound,
		WebsocketPath + "/more":    http.StatusNotFound,
		WebsocketPath:              http.StatusUpgradeRequired,
		"/%24servicebus/websocket": http.StatusUpgradeRequired,
	} {
		res, err := http.Get("http://" + r.addr + path)
		if err != nil {
			t.Fatal(err)
		}
		if _ = res.Body.Close(); res.StatusCode != want {
			t.Errorf("GET %s: status %d, want %d", path, res.StatusCode, want)
		}
	}
}

func TestRefused(t *testing.T) {
	f := func(r *room, first string, word string) {
		t.Helper()
		nc := r.dial(t)
		if _, err := nc.Write([]byte(first)); err != nil {
			t.Fatal(err)
		}
		refused(t, nc)
		if !strings.Contains(r.log.String(), word) {
			t.Errorf("after %q the log has no %q:\n%s", first, word, r.log)
		}
	}
	r := open(t, nil, Options{})
	f(r, "\x00\x00\x00\x20", "kafka is not offered")
	f(r, "\x16\x03\x01", "TLS is not set up")
	f(r, "SSH-2.0", "neither TLS, AMQP nor HTTP")
	secure := open(t, authority(t).Config(), Options{})
	f(secure, "\x16garbage garbage garbage", "TLS handshake")
}

func TestRefusedInsideTLS(t *testing.T) {
	a := authority(t)
	r := open(t, a.Config(), Options{})
	for _, first := range []string{"\x00", "\x16", "?"} {
		nc := tls.Client(r.dial(t), trusting(t, a))
		if _, err := nc.Write([]byte(first)); err != nil {
			t.Fatal(err)
		}
		refused(t, nc)
	}
}

func TestSilentClient(t *testing.T) {
	r := open(t, authority(t).Config(), Options{Handshake: 50 * time.Millisecond})
	for _, first := range []string{"", "\x16", "\x16\x03\x01\x02", "GET / HTTP/1.1\r\n"} {
		nc := r.dial(t)
		if _, err := nc.Write([]byte(first)); err != nil {
			t.Fatal(err)
		}
		refused(t, nc)
	}
}

func TestMaxConns(t *testing.T) {
	r := open(t, nil, Options{MaxConns: 2})
	first, second := r.dial(t), r.dial(t)
	hears(t, first, "A")
	hears(t, second, "A")
	refused(t, r.dial(t))
	outer := httptest.NewServer(r.server.Websocket())
	defer outer.Close()
	res, err := http.Get(outer.URL + WebsocketPath)
	if err != nil {
		t.Fatal(err)
	}
	if _ = res.Body.Close(); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d, want %d", res.StatusCode, http.StatusServiceUnavailable)
	}
	_ = first.Close()
	for r.server.Conns() > 1 {
		time.Sleep(time.Millisecond) // until the server has seen it
	}
	hears(t, r.dial(t), "A")
}

// All kinds of connections hear of the end, and Serve waits for them.
func TestStop(t *testing.T) {
	r := open(t, nil, Options{})
	plain, idle := r.dial(t), r.dial(t)
	hears(t, plain, "A")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws://"+r.addr+WebsocketPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	web := websocket.NetConn(ctx, ws, websocket.MessageBinary)
	hears(t, web, "A")
	r.stop()
	for _, nc := range []net.Conn{plain, web} {
		if got, _ := io.ReadAll(nc); string(got) != "bye" {
			t.Errorf("heard %q at the end, want a goodbye", got)
		}
	}
	refused(t, idle)
	if got := r.server.Conns(); got != 0 {
		t.Errorf("Conns = %d after the end", got)
	}
}

func TestPlainOnlyOnLoopback(t *testing.T) {
	ln, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	err = New(echo, Options{}).Serve(t.Context(), ln, nil)
	if err == nil || !strings.Contains(err.Error(), "without TLS") {
		t.Errorf("Serve on %s = %v, want an error that tells of TLS", ln.Addr(), err)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept = %v, want the listener closed", err)
	}
	far := &sniffed{Conn: farConn{}, first: firstAMQP}
	if err := check(far, far); !errors.Is(err, errPlain) {
		t.Errorf("plain AMQP from afar: %v, want %v", err, errPlain)
	}
	if err := check(far, &sniffed{first: firstAMQP}); err != nil {
		t.Errorf("AMQP in TLS from afar: %v", err)
	}
}

type farConn struct{ net.Conn }

func (farConn) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)} }

// A listener that cannot accept for a while is not given up.
func TestAcceptGoesOn(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	s := New(echo, Options{})
	go func() { served <- s.Serve(ctx, &flakyListener{Listener: ln, fail: 3}, nil) }()
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	hears(t, nc, "A")
	cancel()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

type flakyListener struct {
	net.Listener
	fail int
}

func (l *flakyListener) Accept() (net.Conn, error) {
	if l.fail--; l.fail >= 0 {
		return nil, errors.New("too many open files")
	}
	return l.Listener.Accept()
}

// A safeBuffer is written by the server while the test reads.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// A page in a browser of this machine must not reach a hub on loopback, neither
// by its address nor by a name of the page's own that leads there.
func TestPagesOfOthers(t *testing.T) {
	a := authority(t)
	r := open(t, a.Config(), Options{})
	outer := httptest.NewServer(r.server.Websocket())
	defer outer.Close()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trusting(t, a)}}
	f := func(url, host, origin string, want int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		ws, res, err := websocket.Dial(ctx, url+WebsocketPath, &websocket.DialOptions{
			HTTPClient: client, Host: host, HTTPHeader: http.Header{"Origin": strings.Fields(origin)},
		})
		if err == nil {
			defer ws.CloseNow() //nolint:errcheck // the test is over
		}
		if res == nil || res.StatusCode != want {
			t.Errorf("%s as %q from %q: %v, want status %d", url, host, origin, err, want)
		}
	}
	clear, secure := "ws://"+r.addr, "wss://"+r.addr
	for _, url := range []string{clear, secure, "ws" + strings.TrimPrefix(outer.URL, "http")} {
		f(url, "", "https://evil.example", http.StatusForbidden)
		f(url, "", "http://localhost:1", http.StatusForbidden)
		f(url, "", "null", http.StatusForbidden)
	}
	f(clear, "evil.example:80", "http://evil.example:80", http.StatusForbidden)
	f(clear, "localhost:80", "http://localhost:80", http.StatusSwitchingProtocols)
	f(clear, "", "http://"+r.addr, http.StatusSwitchingProtocols)
	f(clear, "", "", http.StatusSwitchingProtocols)
	// One client says the host that it dials, whatever that is.
	f(secure, "hub.example", "https://hub.example", http.StatusSwitchingProtocols)
}

// Who announces a body and never sends it does not stay.
func TestBodyThatNeverComes(t *testing.T) {
	r := open(t, nil, Options{Handshake: 50 * time.Millisecond})
	nc := r.dial(t)
	if _, err := nc.Write([]byte("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, nc); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the connection is still open")
	}
}
