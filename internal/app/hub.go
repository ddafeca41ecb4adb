package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"nephoscope/internal/config"
	"nephoscope/internal/hub"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/space"
)

// A Hub is the embedded event hub with its listeners.
type Hub struct {
	*hub.Namespace
	listeners []net.Listener
}

// HubDir is where the hub of a configuration lies: beside the store unless it
// says otherwise.
func HubDir(cfg config.Config) string {
	dir := filepath.Join(cfg.Data, "hub")
	if cfg.Hub != nil {
		return cmp.Or(cfg.Hub.Data, dir)
	}
	return dir
}

// OpenHub opens the hub of a configuration and its listeners; Run serves them.
// Close must be called in the end.
func OpenHub(cfg config.Config, now func() time.Time, log *slog.Logger) (*Hub, error) {
	opt, err := hubOptions(cfg, now, log)
	if err != nil {
		return nil, err
	}
	ns, err := hub.Open(opt)
	if err != nil {
		return nil, err
	}
	h := &Hub{Namespace: ns}
	addresses := cfg.Hub.Listen
	if len(addresses) == 0 {
		addresses = []string{config.DefaultHubListen}
	}
	for _, address := range addresses {
		ln, err := net.Listen("tcp", address)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("hub: listen on %s: %w", address, err), h.Close())
		}
		h.listeners = append(h.listeners, ln)
	}
	return h, nil
}

// OpenHub opens the configured hub, with its metrics among the App's. Run is
// the caller's to call, and Close.
func (a *App) OpenHub() (*Hub, error) {
	h, err := OpenHub(a.config, a.now, a.log)
	if err != nil {
		return nil, err
	}
	if err := a.Registry.Register(newHubCollector(h.Stats)); err != nil {
		return nil, errors.Join(fmt.Errorf("register metrics: %w", err), h.Close())
	}
	return h, nil
}

func hubOptions(cfg config.Config, now func() time.Time, log *slog.Logger) (hub.Options, error) {
	c := cfg.Hub
	opt := hub.Options{
		Space: space.Options{
			Dir: HubDir(cfg), Now: now, Logger: log,
			Defaults: space.Settings{Partitions: c.Partitions, Retention: c.Retention, MaxBytes: c.MaxBytes},
		},
		Names: c.Names, Logger: log,
	}
	if c.Certificate == "" {
		return opt, nil
	}
	pair, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return opt, fmt.Errorf("hub: certificate %s: %w", c.Certificate, err)
	}
	opt.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	return opt, nil
}

// Run serves all listeners until ctx ends.
func (h *Hub) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, ln := range h.listeners {
		group.Go(func() error { return h.Serve(ctx, ln) })
	}
	return group.Wait()
}

// Close ends the listeners, all connections, and the namespace.
func (h *Hub) Close() error {
	var errs []error
	for _, ln := range h.listeners {
		if err := ln.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, h.Namespace.Close())...)
}

// Addresses are where the hub listens.
func (h *Hub) Addresses() []string {
	var list []string
	for _, ln := range h.listeners {
		list = append(list, ln.Addr().String())
	}
	return list
}

// ConnectionString is the way in to the hub's first listener, for the clients
// of this machine, with the first key of a policy of the namespace.
func (h *Hub) ConnectionString(policy string) (access.ConnectionString, error) {
	p, ok := h.Policies().Find(policy)
	if !ok {
		return access.ConnectionString{}, fmt.Errorf("the namespace has no policy %q: 'nephoscope hub keys' lists them", policy)
	}
	return LocalConnectionString(h.Addresses()[0], p, ""), nil
}

// LocalConnectionString is the way in to an address of a hub with a policy. On
// loopback it is that of an emulator, in the clear.
func LocalConnectionString(address string, p access.Policy, entity string) access.ConnectionString {
	c := access.ConnectionString{KeyName: p.Name, Key: p.PrimaryKey, EntityPath: entity}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(host)
	c.Emulator = host == "localhost" || ip != nil && ip.IsLoopback()
	if ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	c.Host = host
	usual := c.Address()
	if n, err := net.LookupPort("tcp", port); err == nil && net.JoinHostPort(host, port) != usual {
		c.Port = n
	}
	return c
}
