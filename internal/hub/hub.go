// Package hub is an event hub that the official clients take for the service's:
// publishers send to hubs and partitions, receivers read a partition for a
// consumer group, and what was sent is on the disk before the publisher hears
// of it.
//
// The journey of an event: listen tells what a connection speaks, amqp makes
// deliveries of its frames, a publisher takes them apart and appends them to a
// partition's journal, which settles them; a receiver sends the journal's bytes
// as they lie. Around that stand the nodes that let clients in ($cbs) and tell
// them what there is ($management), and the upkeep that ends what has run out.
//
// Invariant: a link is attached only with a grant for its path, and ends when
// the last such grant does: with its token, its key, or its policy.
package hub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"nephoscope/internal/amqp"
	"nephoscope/internal/hub/access"
	"nephoscope/internal/hub/journal"
	"nephoscope/internal/hub/listen"
	"nephoscope/internal/hub/space"
)

// Options of a Namespace.
type Options struct {
	// Space says where the namespace lies, and what it may hold.
	Space space.Options
	// TLS is the server's certificate; nil for one of an authority of the
	// namespace's own, which CAFile names.
	TLS *tls.Config
	// Names are the host names and IP addresses, besides localhost, that the
	// own certificate is valid for.
	Names []string
	// MaxMessage is the size in bytes of the largest message or batch: 1 MiB
	// if 0.
	MaxMessage int
	// MaxIntake is how many bytes of messages may be on their way to the disk,
	// from all connections together: 256 MiB if 0. A message beyond it is
	// refused, and its sender told to try again (com.microsoft:server-busy).
	// It should be several times MaxMessage.
	MaxIntake int64
	// MaxConns is how many connections are held at once: 5000 if 0.
	MaxConns int
	// IdleLinks is after what time a link is ended over which nothing has
	// gone, by the namespace's clock: 30 minutes if 0, as the service does;
	// clients attach again. Never if negative.
	IdleLinks time.Duration
	// Upkeep is how often ended grants, idle links and old events are looked
	// for, by the clock on the wall: a second if 0.
	Upkeep time.Duration
	// Logger is told what happens; nil for silence.
	Logger *slog.Logger

	stranger time.Duration // maxStranger if 0
}

// A Namespace is an open namespace that can be served. What it is made of is
// its Space's; its methods may be called by many goroutines.
type Namespace struct {
	*space.Space
	opt      Options
	tls      *tls.Config
	caFile   string
	verifier access.Verifier
	engine   *amqp.Server
	door     *listen.Server

	peers   register
	refused refusals
	intakes intakes
	pages   sync.Pool // of *journal.Page

	stop   context.CancelFunc
	upkeep sync.WaitGroup
}

// Open opens the namespace in a folder or makes one, and begins its upkeep.
// Close must be called in the end.
func Open(opt Options) (*Namespace, error) {
	opt = opt.withDefaults()
	s, err := space.Open(opt.Space)
	if err != nil {
		return nil, err
	}
	ns := &Namespace{Space: s, opt: opt, tls: opt.TLS}
	ns.intakes.most = opt.MaxIntake
	ns.pages.New = func() any { return new(journal.Page) }
	ns.verifier = access.Verifier{Namespace: s.Policies, Hub: s.HubPolicies, Now: s.Now}
	ns.engine = amqp.NewServer(ns.open, amqp.Options{Plain: ns.login, Logger: opt.Logger})
	ns.door = listen.New(ns.engine.Serve, listen.Options{MaxConns: opt.MaxConns, Logger: opt.Logger})
	if err := ns.certify(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	ns.stop = stop
	ns.keep(ctx)
	return ns, nil
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Space.Logger == nil {
		o.Space.Logger = o.Logger
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = 1 << 20
	}
	if o.MaxIntake == 0 {
		o.MaxIntake = 256 << 20
	}
	if o.IdleLinks == 0 {
		o.IdleLinks = 30 * time.Minute
	}
	if o.stranger == 0 {
		o.stranger = maxStranger
	}
	if o.Upkeep == 0 {
		o.Upkeep = time.Second
	}
	return o
}

// certify sets up the own authority if no certificate was given.
func (ns *Namespace) certify() error {
	if ns.tls != nil {
		return nil
	}
	authority, err := listen.OpenAuthority(filepath.Join(ns.Dir(), "tls"), ns.opt.Names, nil)
	if err != nil {
		return err
	}
	ns.tls, ns.caFile = authority.Config(), authority.Path
	return nil
}

// CAFile is the file that clients must trust to verify the server, empty if the
// certificate was given.
func (ns *Namespace) CAFile() string { return ns.caFile }

// Close ends all connections, with connection:forced, and closes the namespace
// when they have ended. Serve returns before.
func (ns *Namespace) Close() error {
	ns.door.Close()
	ns.stop()
	ns.upkeep.Wait()
	return ns.Space.Close()
}

// login judges a user of SASL PLAIN: a policy of the namespace and one of its
// keys. The identity is the proof of it.
func (ns *Namespace) login(_ context.Context, user, password string) (any, error) {
	again := proof(func() (access.Grant, error) { return ns.verifier.Login("", user, password) })
	if _, err := again(); err != nil {
		return nil, fmt.Errorf("user %q: %w", user, err)
	}
	return again, nil
}
