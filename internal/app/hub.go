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
	"nephoscope/internal/hub/admin"
	"nephoscope/internal/hub/space"
)

// A Hub is the embedded event hub with its listeners.
type Hub struct {
	*hub.Namespace
	listeners []net.Listener
	log       *slog.Logger
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
	h := &Hub{log: opt.Logger}
	if err := h.listen(cfg.Hub.Listen); err != nil {
		return nil, errors.Join(err, h.closeListeners())
	}
	opt.Space.Endpoint = HubEndpoint(h.Addresses()[0])
	if h.Namespace, err = hub.Open(opt); err != nil {
		return nil, errors.Join(err, h.closeListeners())
	}
	return h, nil
}

func (h *Hub) listen(addresses []string) error {
	if len(addresses) == 0 {
		addresses = []string{config.DefaultHubListen}
	}
	for _, address := range addresses {
		ln, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("hub: listen on %s: %w", address, err)
		}
		h.listeners = append(h.listeners, ln)
	}
	return nil
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

// Run serves all listeners, and the socket of those who look after the hub,
// until ctx ends. A hub works without the socket.
func (h *Hub) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := admin.Serve(ctx, h.Namespace); err != nil {
			h.log.WarnContext(ctx, "hub commands cannot reach this server", "err", err)
		}
		return nil
	})
	for _, ln := range h.listeners {
		group.Go(func() error { return h.Serve(ctx, ln) })
	}
	return group.Wait()
}

// Close ends the listeners, all connections, and the namespace.
func (h *Hub) Close() error { return errors.Join(h.closeListeners(), h.Namespace.Close()) }

func (h *Hub) closeListeners() error {
	var errs []error
	for _, ln := range h.listeners {
		if err := ln.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Addresses are where the hub listens.
func (h *Hub) Addresses() []string {
	var list []string
	for _, ln := range h.listeners {
		list = append(list, ln.Addr().String())
	}
	return list
}

// LocalConnectionString is the way in to an address of a hub with a policy.
func LocalConnectionString(address string, p access.Policy, entity string) access.ConnectionString {
	c := HubEndpoint(address)
	c.KeyName, c.Key, c.EntityPath = p.Name, p.PrimaryKey, entity
	return c
}

// HubEndpoint is how clients of this machine reach an address that a hub
// listens on. On loopback it is that of an emulator, in the clear.
func HubEndpoint(address string) access.ConnectionString {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(host)
	c := access.ConnectionString{Emulator: host == "localhost" || ip != nil && ip.IsLoopback(), Host: host}
	if ip != nil && ip.IsUnspecified() || host == "" {
		c.Host = "localhost"
	}
	usual := c.Address()
	if n, err := net.LookupPort("tcp", port); err == nil && net.JoinHostPort(c.Host, port) != usual {
		c.Port = n
	}
	return c
}
