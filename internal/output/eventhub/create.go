package eventhub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"nephoscope/internal/hub/access"
	"nephoscope/internal/remote"
)

// What a hub is made with: the partitions cannot be changed later, the days can.
const (
	createPartitions = 4
	createDays       = 1
)

// createTimeout bounds the making of a hub.
const createTimeout = time.Minute

// createHub makes the hub through the service's interface for management,
// which takes the token that the policy's key signs. It knows the hubs of a
// namespace as Atom entries. An identity has no key: Azure wants its hubs made
// through the Resource Manager then.
func (c *client) createHub(ctx context.Context) error {
	if c.target.Login.Key == "" {
		return errors.New("there is no key to do it with: want a connection string whose policy has the Manage right, or create the hub in the portal")
	}
	ctx, cancel := context.WithTimeout(ctx, createTimeout)
	defer cancel()
	req, err := c.createRequest(ctx)
	if err != nil {
		return err
	}
	res, err := c.httpClient().Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // only read
	switch res.StatusCode {
	case http.StatusCreated:
		c.log.InfoContext(ctx, "hub created", "hub", c.target.Hub, "partitions", createPartitions)
		return nil
	case http.StatusOK, http.StatusConflict: // somebody else was first
		return nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("the namespace answered %s: give the policy the Manage right, or create the hub in the portal", res.Status)
	}
	detail, _ := io.ReadAll(io.LimitReader(res.Body, 500)) // what there is of it
	return fmt.Errorf("the namespace answered %s: %s", res.Status, detail)
}

func (c *client) createRequest(ctx context.Context) (*http.Request, error) {
	body := fmt.Sprintf(`<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml">`+
		`<EventHubDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">`+
		`<MessageRetentionInDays>%d</MessageRetentionInDays><PartitionCount>%d</PartitionCount>`+
		`</EventHubDescription></content></entry>`, createDays, createPartitions)
	address := "https://" + c.target.Host + "/" + c.target.Hub + "?api-version=2014-01"
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	login := c.target.Login
	req.Header.Set("Content-Type", "application/atom+xml;type=entry;charset=utf-8")
	req.Header.Set("Authorization", access.Sign("https://"+c.target.Host+"/"+c.target.Hub, login.KeyName, login.Key, time.Now().Add(createTimeout)))
	return req, nil
}

// httpClient goes the way to the namespace that the target says.
func (c *client) httpClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = c.target.TLS()
	if c.target.Proxy != nil {
		transport.Proxy = http.ProxyURL(c.target.Proxy)
	}
	if c.target.Address != "" && c.target.Transport == remote.WebSocket { // else it is a port for AMQP alone
		transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, c.target.Address)
		}
	}
	return &http.Client{Transport: transport}
}
