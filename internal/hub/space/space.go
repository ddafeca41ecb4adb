// Package space is what a namespace is made of and keeps on disk: hubs with
// their partitions, consumer groups and policies. It stands between the
// protocol, which asks it who may do what and where, and the journals that
// hold the events.
//
//	DIR/lock                 held by the process that has the namespace open
//	DIR/namespace.json       the policies of the namespace
//	DIR/hubs/NAME/hub.json   one hub: its settings, groups and policies
//	DIR/hubs/NAME/N/         the journal of partition N
//
// NAME is in lower case, and a hash if it is too long for a file's name.
//
// Invariant: what a method has changed is durable when it returns, and after a
// crash a hub is there as a whole or not at all: it is made under a name that
// begins with a dot and gets its own in one rename.
package space

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"nephoscope/internal/dirlock"
	"nephoscope/internal/hub/access"
)

// RootPolicy is the policy with all rights that every namespace begins with.
const RootPolicy = "RootManageSharedAccessKey"

// Options of a Space.
type Options struct {
	// Dir is the folder of the namespace, made if it is not there.
	Dir string
	// Limits bound what can be made; zero fields are those of the service's
	// standard tier.
	Limits Limits
	// Defaults are the settings of hubs that are made without any.
	Defaults Settings
	// Endpoint is the host and port that connection strings name, and whether
	// they ask for plain AMQP (its Emulator); localhost if it has no host.
	Endpoint access.ConnectionString
	// SegmentBytes is the size of a journal's files, the journal's choice if 0.
	SegmentBytes int64
	// Now is the clock, time.Now if nil.
	Now func() time.Time
	// Logger is told what is made, removed and repaired; nil for silence.
	Logger *slog.Logger
}

// What a Space refuses; errors wrap one of these.
var (
	ErrInUse    = errors.New("the namespace is in use by another process")
	ErrNoHub    = errors.New("no such hub")
	ErrHub      = errors.New("the hub exists already")
	ErrNoGroup  = errors.New("no such consumer group")
	ErrGroup    = errors.New("the consumer group exists already")
	ErrLimit    = errors.New("a limit of the namespace is reached")
	ErrSettings = errors.New("these settings are not possible")
	ErrClosed   = errors.New("the namespace is closed")
)

// A Space is an open namespace. Its methods may be called by many goroutines.
type Space struct {
	opt  Options
	lock *dirlock.Lock

	change   sync.Mutex    // held while something is made durable
	revision atomic.Uint64 // of all policies

	mu       sync.RWMutex // over what follows, never held over the disk
	hubs     map[string]*Hub
	policies access.Policies
	created  time.Time
	closed   bool
}

// Open opens the namespace in a folder or makes one, with all its journals.
func Open(opt Options) (*Space, error) {
	s := &Space{opt: opt.withDefaults(), hubs: make(map[string]*Hub)}
	if err := s.opt.Defaults.check(s.opt.Limits); err != nil {
		return nil, fmt.Errorf("default settings of hubs: %w", err)
	}
	if err := makeFolders(opt.Dir, s.hubsDir()); err != nil {
		return nil, fmt.Errorf("make the namespace's folder: %w", err)
	}
	var err error
	if s.lock, err = takeLock(opt.Dir); err != nil {
		return nil, err
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open the namespace in %s: %w", opt.Dir, err), s.Close())
	}
	return s, nil
}

func (o Options) withDefaults() Options {
	o.Limits = o.Limits.withDefaults()
	o.Defaults = o.Defaults.withDefaults(Settings{Partitions: 4, Retention: 7 * 24 * time.Hour})
	if o.Endpoint.Host == "" {
		o.Endpoint.Host = "localhost"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// load reads the namespace's own file, or makes the first, and opens the hubs.
func (s *Space) load() error {
	if err := s.loadNamespace(); err != nil {
		return err
	}
	return s.loadHubs()
}

// Close closes all journals and lets other processes in. It may be called
// again.
func (s *Space) Close() error {
	s.change.Lock()
	defer s.change.Unlock()
	if s.isClosed() {
		return nil
	}
	s.mu.Lock()
	hubs := s.hubs
	s.closed, s.hubs = true, nil
	s.mu.Unlock()
	var errs []error
	for _, h := range hubs {
		errs = append(errs, h.close())
	}
	return errors.Join(append(errs, s.lock.Release())...)
}

// Dir is the folder of the namespace.
func (s *Space) Dir() string { return s.opt.Dir }

// Now is the time by the namespace's clock.
func (s *Space) Now() time.Time { return s.opt.Now() }

// Defaults are the settings of hubs that are made without any.
func (s *Space) Defaults() Settings { return s.opt.Defaults }

// Hub finds a hub by its name in any case. The error wraps ErrNoHub.
func (s *Space) Hub(name string) (*Hub, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if h, ok := s.hubs[strings.ToLower(name)]; ok {
		return h, nil
	}
	return nil, fmt.Errorf("%q: %w", name, ErrNoHub)
}

// Hubs are all hubs, by name.
func (s *Space) Hubs() []*Hub {
	s.mu.RLock()
	defer s.mu.RUnlock()
	hubs := make([]*Hub, 0, len(s.hubs))
	for _, h := range s.hubs {
		hubs = append(hubs, h)
	}
	slices.SortFunc(hubs, func(a, b *Hub) int { return strings.Compare(a.key(), b.key()) })
	return hubs
}

// Retain lets every partition remove what is past its hub's retention.
func (s *Space) Retain(now time.Time) error {
	var errs []error
	for _, h := range s.Hubs() {
		for _, p := range h.Partitions() {
			if err := p.Retain(now); err != nil && !h.Deleted() {
				errs = append(errs, fmt.Errorf("retention of %s/%d: %w", h.Name(), p.Index, err))
			}
		}
	}
	return errors.Join(errs...)
}
