// Package remote is the way to an event hub, Azure's or our own, for those who
// read it and those who send to it: what is configured (way.go), what follows
// from that (target.go), and how it is dialled (dial.go).
//
// It knows nothing of what goes over the connection. Invariant: no error of it
// shows a key or a token.
package remote

import (
	"crypto/x509"
	"net"
	"net/url"
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"nephoscope/internal/hub/access"
)

// A Transport is a way to a hub.
type Transport string

// The transports.
const (
	AMQP      Transport = "amqp"
	WebSocket Transport = "websocket"
	Kafka     Transport = "kafka"
)

// A Target says which hub is meant, and how to get there.
type Target struct {
	Host  string // of the namespace, without port
	Port  int    // 0 is the transport's own
	Plain bool   // without TLS: an emulator
	Hub   string
	// Login is how to get in, unless Credential is: the connection string
	// without its hub.
	Login      access.ConnectionString
	Credential azcore.TokenCredential

	Transport Transport
	// Address is dialled in place of the host, if it is not empty: host:port.
	Address string
	// Proxy is that of a websocket; nil asks the environment.
	Proxy *url.URL
	// Roots are trusted in place of the system's, if not nil.
	Roots *x509.CertPool
}

// port returns where the transport is served.
func (t *Target) port() int {
	switch {
	case t.Port != 0:
		return t.Port
	case t.Transport == Kafka && t.Plain:
		return 9092
	case t.Transport == Kafka:
		return 9093
	case t.Transport == WebSocket && t.Plain:
		return 80
	case t.Transport == WebSocket:
		return 443
	case t.Plain:
		return 5672
	}
	return 5671
}

// HostPort is the namespace's address as it is meant, whatever is dialled.
func (t *Target) HostPort() string { return net.JoinHostPort(t.Host, strconv.Itoa(t.port())) }

// DialAddress is the address that is dialled.
func (t *Target) DialAddress() string {
	if t.Address != "" {
		return t.Address
	}
	return t.HostPort()
}
