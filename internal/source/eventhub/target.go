package eventhub

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"nephoscope/internal/azure"
	"nephoscope/internal/field"
	"nephoscope/internal/remote"
	"nephoscope/internal/source/eventhub/wire"
)

// target says which hub is meant and how to get there. It reads secrets and
// certificates and asks nobody.
func (c *Config) target() (wire.Target, error) {
	t := wire.Target{Group: c.ConsumerGroup, Reader: "nephoscope", Prefetch: c.Prefetch}
	var err error
	if t.Target, err = c.Target(azure.ProfileHub); err != nil {
		return t, err
	}
	if t.Login.Signature != "" && t.Transport == remote.Kafka {
		return t, &field.Error{Field: "transport", Problem: "kafka does not take a SharedAccessSignature: want a connection string with a key"}
	}
	return t, nil
}

// sourceName is the name of a target in positions: what is read, by whom, and
// not which way. The usual ports are left out.
func sourceName(t *wire.Target) string {
	usual := []int{0, 5671, 443, 9093}
	if t.Plain {
		usual = []int{0, 5672, 80, 9092}
	}
	host := t.Host
	if !slices.Contains(usual, t.Port) {
		host = net.JoinHostPort(host, strconv.Itoa(t.Port))
	}
	return "eventhub:" + host + "/" + strings.ToLower(t.Hub) + "/" + strings.ToLower(t.Group)
}
