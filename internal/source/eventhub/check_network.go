package eventhub

import (
	"cmp"
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"nephoscope/internal/hub/access"
	"nephoscope/internal/remote"
	"nephoscope/internal/source/eventhub/wire"
)

// configuration looks at what can be known without asking anybody.
func (c *checker) configuration(context.Context) outcome {
	if err := c.cfg.Validate(); err != nil {
		return misconfigured(err)
	}
	var err error
	if c.target, err = c.cfg.target(); err != nil {
		return misconfigured(err)
	}
	t := &c.target
	found := good("hub %s of namespace %s, consumer group %s, %s over %s", t.Hub, t.Host, t.Group, who(t), t.Transport)
	if t.Login.Signature != "" {
		return c.signature(found)
	}
	return found
}

// who is the identity that reads.
func who(t *wire.Target) string {
	switch {
	case t.Credential != nil:
		return "identity of Entra ID"
	case t.Login.KeyName != "":
		return "policy " + t.Login.KeyName
	}
	return "ready token"
}

// signature looks into a token that cannot be renewed.
func (c *checker) signature(found outcome) outcome {
	token, err := access.ParseToken(c.target.Login.Signature)
	if err != nil {
		return outcome{status: Failed, detail: err.Error(), remedy: "copy the whole token, or use a connection string with a key"}
	}
	left := token.Expires.Sub(c.opt.Now())
	when := token.Expires.UTC().Format(time.RFC3339)
	switch {
	case left <= 0:
		return outcome{status: Failed, detail: "the token has expired at " + when, remedy: "make a new one, or use a connection string with a key, which renews its tokens"}
	case !access.Covers(token.Path, c.target.Hub):
		return outcome{status: Failed, detail: "the token is for " + token.Path + ", not for hub " + c.target.Hub, remedy: "make one for this hub or for the namespace"}
	}
	found.status, found.detail = Warning, found.detail+"; the token ends at "+when
	found.remedy = "use a connection string with a key, which renews its tokens"
	return found
}

// misconfigured says what is wrong with the configuration, and where right
// values are found.
func misconfigured(err error) outcome {
	remedy := "mend the field"
	var part *access.ConnectionStringError
	if errors.As(err, &part) || strings.Contains(err.Error(), "connectionString") {
		remedy = "copy the connection string of a policy with the Listen right: Azure portal, Event Hubs namespace, Shared access policies"
	}
	return outcome{status: Failed, detail: strings.ReplaceAll(err.Error(), "\n", "; "), remedy: remedy}
}

// dialled is the address that is dialled first: that of a proxy if there is
// one.
func (c *checker) dialled() (address string, proxy bool) {
	if p := c.target.ProxyInUse(); p != nil {
		return net.JoinHostPort(p.Hostname(), cmp.Or(p.Port(), map[string]string{"http": "80", "https": "443", "socks5": "1080"}[p.Scheme])), true
	}
	return c.target.DialAddress(), false
}

// name resolves it.
func (c *checker) name(ctx context.Context) outcome {
	address, proxy := c.dialled()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return outcome{status: Failed, detail: err.Error(), remedy: "want host:port"}
	}
	if net.ParseIP(host) != nil {
		return good("%s is an address", host)
	}
	addresses, err := c.opt.Lookup(ctx, host)
	if err == nil {
		return good("%s is %s", host, strings.Join(addresses, ", "))
	}
	o := unresolved(host, err)
	if proxy {
		o.remedy = "check the name of the proxy"
	}
	return o
}

func unresolved(host string, err error) outcome {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return outcome{
			status: Failed, detail: host + " is not known to the name server",
			remedy: "check the namespace's name; with a private endpoint, use the name server of that network",
		}
	}
	return outcome{status: Failed, detail: "the name server does not answer for " + host + ": " + err.Error(), remedy: "check the network and its name server"}
}

// connection opens one and closes it.
func (c *checker) connection(ctx context.Context) outcome {
	address, _ := c.dialled()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return unconnected(address, c.target.Transport, err)
	}
	_ = conn.Close() // it has answered
	return good("%s answers", address)
}

// encryption shakes hands.
func (c *checker) encryption(ctx context.Context) outcome {
	switch _, proxy := c.dialled(); {
	case c.target.Plain:
		return skipped("an emulator is spoken to without encryption")
	case proxy:
		return skipped("is inside the proxy's tunnel")
	}
	conn, err := c.target.DialTCP(ctx)
	if err != nil {
		return unconnected(c.target.DialAddress(), c.target.Transport, err)
	}
	secured, err := c.target.Secure(ctx, conn)
	if err != nil {
		return unsecured(c.target.Host, err)
	}
	_ = secured.Close() // it has answered
	return good("the certificate is valid for %s", c.target.Host)
}

// websocket opens one, through a proxy if there is one.
func (c *checker) websocket(ctx context.Context) outcome {
	if c.target.Transport != remote.WebSocket {
		return skipped("is not used")
	}
	conn, err := c.target.Dial(ctx)
	if err != nil {
		return noSocket(c.target.Host, c.target.ProxyInUse(), err)
	}
	_ = conn.Close() // it has answered
	return good("the hub takes websockets")
}
