package hub

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Serve takes connections of all kinds, AMQP or websocket, in TLS or, on a
// loopback address, in the clear. It owns the listener, and returns nil after
// the context has ended and the last connection of the listener with it.
func (ns *Namespace) Serve(ctx context.Context, ln net.Listener) error {
	return ns.door.Serve(ctx, ln, ns.tls)
}

// ServePlain is Serve for connections in the clear only. It refuses a listener
// that is not on a loopback address.
func (ns *Namespace) ServePlain(ctx context.Context, ln net.Listener) error {
	return ns.door.Serve(ctx, ln, nil)
}

// Websocket is the handler for websockets at listen.WebsocketPath, to be
// mounted in an HTTPS server with and without a slash at the path's end.
func (ns *Namespace) Websocket() http.Handler { return ns.door.Websocket() }

// retainEvery is how often old events are looked for.
const retainEvery = time.Minute

// keep begins the upkeep. Links do not wait for the disk: old events have a
// goroutine of their own.
func (ns *Namespace) keep(ctx context.Context) {
	ns.upkeep.Go(func() { ns.every(ctx, ns.sweep) })
	var retained time.Time
	ns.upkeep.Go(func() {
		ns.every(ctx, func(now time.Time) {
			if now.Sub(retained) >= retainEvery {
				retained = now
				ns.retain(now)
			}
		})
	})
}

// every does something until the context ends. Its ticks come by the wall's
// clock and ask the namespace's for the time, which may run faster.
func (ns *Namespace) every(ctx context.Context, do func(now time.Time)) {
	tick := time.NewTicker(ns.opt.Upkeep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do(ns.Now())
		}
	}
}

func (ns *Namespace) retain(now time.Time) {
	if err := ns.Retain(now); err != nil {
		ns.opt.Logger.Error("old events not removed", "err", err)
	}
}

// sweep ends all links that may not go on.
func (ns *Namespace) sweep(now time.Time) {
	for _, p := range ns.peers.list() {
		p.sweep(now)
	}
}
