package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"

	"nephoscope/internal/hub"
	"nephoscope/internal/hub/space"
)

// A Client administers a namespace. Its errors wrap those of space and access.
type Client struct {
	http  *http.Client
	close func() error
	// Running says whether a server has the namespace open.
	Running bool
}

// Open finds the server of a namespace, or opens the namespace itself if there
// is none; then opt is as for space.Open, and while the Client is open no
// server can start.
func Open(ctx context.Context, opt space.Options) (*Client, error) {
	c, err := dial(ctx, opt.Dir)
	if err == nil {
		return c, nil
	}
	if !errors.Is(err, syscall.ENOENT) && !errors.Is(err, syscall.ECONNREFUSED) {
		return nil, err
	}
	s, err := space.Open(opt)
	if err != nil {
		return nil, err
	}
	stats := func() hub.Stats { return hub.Stats{Hubs: s.Stats()} }
	return &Client{http: &http.Client{Transport: direct{Handler(s, stats)}}, close: s.Close}, nil
}

// dial makes a client of a running server.
func dial(ctx context.Context, dir string) (*Client, error) {
	path, err := socketPath(dir)
	if err != nil {
		return nil, err
	}
	connect := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	probe, err := connect(ctx, "", "")
	if err != nil {
		return nil, fmt.Errorf("find the server of %s: %w", dir, err)
	}
	transport := &http.Transport{DialContext: connect}
	return &Client{
		http: &http.Client{Transport: transport}, Running: true,
		close: func() error { transport.CloseIdleConnections(); return nil },
	}, probe.Close()
}

// Close lets go of the namespace.
func (c *Client) Close() error { return c.close() }

// Stats takes a look at all hubs.
func (c *Client) Stats(ctx context.Context) (stats hub.Stats, err error) {
	err = c.do(ctx, http.MethodGet, "/stats", nil, &stats)
	return stats, err
}

// Create makes a hub.
func (c *Client) Create(ctx context.Context, want NewHub) (made space.HubStats, err error) {
	err = c.do(ctx, http.MethodPost, "/hubs", want, &made)
	return made, err
}

// Delete deletes a hub with all its events.
func (c *Client) Delete(ctx context.Context, hub string) error {
	return c.do(ctx, http.MethodDelete, join("hubs", hub), nil, nil)
}

// CreateGroup makes a consumer group.
func (c *Client) CreateGroup(ctx context.Context, hub, group string) error {
	return c.do(ctx, http.MethodPost, join("hubs", hub, "groups", group), nil, nil)
}

// DeleteGroup deletes a consumer group.
func (c *Client) DeleteGroup(ctx context.Context, hub, group string) error {
	return c.do(ctx, http.MethodDelete, join("hubs", hub, "groups", group), nil, nil)
}

// Peek reads events, at most 1000, and takes none away.
func (c *Client) Peek(ctx context.Context, p space.Peek) (events []space.Event, err error) {
	query := url.Values{"count": {strconv.Itoa(p.Count)}, "first": {strconv.FormatBool(p.First)}}
	err = c.do(ctx, http.MethodGet, join("hubs", p.Hub, "partitions", p.Partition, "events")+"?"+query.Encode(), nil, &events)
	return events, err
}

// Keys are the policies of a hub or, with an empty hub, of the namespace.
func (c *Client) Keys(ctx context.Context, hub string) (keys []Key, err error) {
	err = c.do(ctx, http.MethodGet, "/policies"+of(hub), nil, &keys)
	return keys, err
}

// AddPolicy makes a policy with fresh keys.
func (c *Client) AddPolicy(ctx context.Context, hub string, want NewPolicy) (key Key, err error) {
	err = c.do(ctx, http.MethodPost, "/policies"+of(hub), want, &key)
	return key, err
}

// RemovePolicy removes a policy.
func (c *Client) RemovePolicy(ctx context.Context, hub, policy string) error {
	return c.do(ctx, http.MethodDelete, join("policies", policy)+of(hub), nil, nil)
}

// Regenerate gives a policy another key in place of its "primary" or
// "secondary" one.
func (c *Client) Regenerate(ctx context.Context, hub, policy, which string) (key Key, err error) {
	err = c.do(ctx, http.MethodPost, join("policies", policy, "regenerate", which)+of(hub), nil, &key)
	return key, err
}

func join(parts ...string) string {
	path := ""
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return path
}

func of(hub string) string {
	if hub == "" {
		return ""
	}
	return "?" + url.Values{"hub": {hub}}.Encode()
}

// do asks, and reads the answer into a value if one is wanted.
func (c *Client) do(ctx context.Context, method, path string, ask, into any) error {
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://hub"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("ask the hub's server: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("read the answer of the hub's server: %w", err)
	}
	return decode(res, text, into)
}

func decode(res *http.Response, text []byte, into any) error {
	if res.StatusCode != http.StatusOK {
		var f failure
		if err := json.Unmarshal(text, &f); err != nil || f.Message == "" {
			return fmt.Errorf("the hub's server answers %s: %.200s", res.Status, text)
		}
		return f
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read the answer of the hub's server: %w", err)
	}
	return nil
}
