// Package api is the HTTP edge: it parses a request, calls what the program
// was built with, and encodes the answer. It decides nothing.
//
// Invariant: it listens on loopback only, every request is bounded in time
// and size, and no answer can be taken for a page or a script.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"nephoscope/internal/api/call"
)

// Limits of one request.
const (
	maxHeader     = 32 << 10
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 2 * time.Minute
	idleTimeout   = 2 * time.Minute
	shutdownTime  = 5 * time.Second
)

// ErrNotLoopback refuses to listen where others could reach the server.
var ErrNotLoopback = errors.New("the server has no TLS and no sign-in yet and listens on loopback addresses only")

// A Server serves HTTP on one address.
type Server struct {
	listener net.Listener
	http     http.Server
}

// Listen opens the address, which must be of loopback. Port 0 picks a free one.
func Listen(address string, handler http.Handler, log *slog.Logger) (*Server, error) {
	if err := checkLoopback(address); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return &Server{listener: listener, http: http.Server{
		Handler: protect(handler), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}}, nil
}

// checkLoopback tells whether all that the host stands for is loopback.
func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("listen on %q: want host:port: %w", address, err)
	}
	if host == "localhost" {
		return nil
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("listen on %s: %w; use 127.0.0.1, [::1] or localhost, and a reverse proxy with TLS and sign-in in front", address, ErrNotLoopback)
	}
	return nil
}

// URL returns the server's address for a browser.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Run serves until ctx ends, then lets the requests under way finish.
func (s *Server) Run(ctx context.Context) error {
	served := make(chan error, 1) // Serve ends once
	go func() { served <- s.http.Serve(s.listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve http: %w", err)
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	err := s.http.Shutdown(ending)
	if end := <-served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	if err != nil {
		return fmt.Errorf("end http server: %w", err)
	}
	return nil
}

// protect sets limits and headers for every request, and lets paths with
// repeated slashes through as if they had single ones: a redirect would make
// clients drop their credentials.
func protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		if !localHost(r.Host) {
			refuse(w, "ForeignHost", "this server answers to loopback names only")
			return
		}
		if !ownOrigin(r) {
			refuse(w, "ForeignOrigin", "this server takes no calls from pages of other origins")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, call.Enormous)
		for strings.Contains(r.URL.Path, "//") {
			r.URL.Path = strings.ReplaceAll(r.URL.Path, "//", "/")
			r.URL.RawPath = ""
		}
		next.ServeHTTP(w, r)
	})
}

func refuse(w http.ResponseWriter, code, message string) {
	call.Fail(w, &call.Problem{Status: http.StatusForbidden, Code: code, Message: message})
}

// ownOrigin guards against pages of others, also such as cannot read what we
// answer: a call without an origin is from no page, or from one of ours. Links
// of others may be followed.
func ownOrigin(r *http.Request) bool {
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	asks := r.Method == http.MethodGet || r.Method == http.MethodHead
	return (asks || site == "" || site == "same-origin" || site == "none") &&
		(origin == "" || origin == "http://"+r.Host)
}

// localHost guards against foreign names that were made to point to us.
func localHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
