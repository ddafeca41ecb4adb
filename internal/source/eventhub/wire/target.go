package wire

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

// A Target says which hub to read, and how to get there.
type Target struct {
	Host  string // of the namespace, without port
	Port  int    // 0 is the transport's own
	Plain bool   // without TLS: an emulator
	Hub   string
	Group string
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

	// Reader is the name under which others see this reader.
	Reader string
	// Prefetch is how many events are asked for ahead, 0 for DefaultPrefetch.
	Prefetch int
}

const (
	// DefaultPrefetch lets a partition have 30 thousand events a second over
	// 30 ms.
	DefaultPrefetch = 1000
	// MaxPrefetch is the window of the client library.
	MaxPrefetch = 5000
)

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

func (t *Target) prefetch() int32 {
	if t.Prefetch > 0 {
		return int32(min(t.Prefetch, MaxPrefetch))
	}
	return DefaultPrefetch
}

// New returns the client of the target's transport. It connects when it is
// used.
func New(t Target) (Client, error) {
	if t.Transport == Kafka {
		return newKafkaClient(t)
	}
	return newAMQPClient(t)
}
