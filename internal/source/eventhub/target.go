package eventhub

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"nephoscope/internal/azure"
	"nephoscope/internal/field"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/source/eventhub/wire"
)

// target says which hub is meant and how to get there. It reads secrets and
// certificates and asks nobody.
func (c *Config) target() (wire.Target, error) {
	t := wire.Target{
		Group: c.ConsumerGroup, Transport: c.Transport, Address: c.CustomEndpoint, Reader: "nephoscope", Prefetch: c.Prefetch,
	}
	if err := c.address(&t); err != nil {
		return t, err
	}
	var err error
	if c.Proxy != "" {
		if t.Proxy, err = url.Parse(c.Proxy); err != nil {
			return t, &field.Error{Field: "proxy", Problem: "is not an address"}
		}
	}
	if c.CAFile != "" {
		t.Roots, err = trusted(c.CAFile)
	}
	return t, err
}

// address fills in the namespace, the hub and the way in.
func (c *Config) address(t *wire.Target) error {
	if c.Namespace != "" {
		return c.byCredential(t)
	}
	text, err := c.login()
	if err != nil {
		return err
	}
	login, err := access.ParseConnectionString(text)
	if err != nil {
		return err
	}
	if c.Hub != "" && login.EntityPath != "" && !strings.EqualFold(c.Hub, login.EntityPath) {
		return &field.Error{Field: "hub", Problem: fmt.Sprintf("%q, but the connection string is for %q: want them the same, or hub absent", c.Hub, login.EntityPath)}
	}
	if login.Signature != "" && c.Transport == wire.Kafka {
		return &field.Error{Field: "transport", Problem: "kafka does not take a SharedAccessSignature: want a connection string with a key"}
	}
	t.Host, t.Port, t.Plain = strings.ToLower(login.Host), login.Port, login.Emulator
	t.Hub = cmp.Or(c.Hub, login.EntityPath, azure.ProfileHub)
	login.EntityPath = "" // the client library wants the hub in one place only
	t.Login = login
	return nil
}

func (c *Config) byCredential(t *wire.Target) error {
	t.Host, t.Hub = strings.ToLower(c.Namespace), cmp.Or(c.Hub, azure.ProfileHub)
	if host, port, err := net.SplitHostPort(t.Host); err == nil {
		t.Host = host
		if t.Port, err = strconv.Atoi(port); err != nil {
			return &field.Error{Field: "namespace", Problem: checkNamespace(c.Namespace)}
		}
	}
	var err error
	t.Credential, err = azure.Credential(c.Credential)
	return field.Because("credential", err)
}

// trusted reads certificates.
func trusted(path string) (*x509.CertPool, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, &field.Error{Field: "caFile", Problem: err.Error()}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, &field.Error{Field: "caFile", Problem: path + " holds no certificate: want PEM"}
	}
	return pool, nil
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
