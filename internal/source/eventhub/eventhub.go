// Package eventhub is the source that reads a hub: Azure's, or our own. It
// stands at the head of the journey; the network is in wire, and who reads
// which partition in lease.
//
// Invariant: a partition's position is that of its last durable event, and
// goes with it in one commit. So whatever ends, at whatever instant, reading
// goes on after that event; what comes again is recognised.
//
// Outline: Run asks for the hub's partitions and lets the owners say which are
// ours (run.go). Each has a goroutine that reads from where the partition
// stands, again and again (partition.go); what one reader receives is gathered
// into batches and delivered while the ones before are committed (stream.go).
// The watchdog compares with how far the hub is (watch.go).
package eventhub

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"nephoscope/internal/retry"
	"nephoscope/internal/source"
	"nephoscope/internal/source/eventhub/lease"
	"nephoscope/internal/source/eventhub/wire"
)

// Options of a Source. The zero value is good.
type Options struct {
	// Owners returns who agrees on the partitions of the hub that positions
	// name so; nil is a reader that has them all and disturbs nobody.
	Owners func(source string) lease.Owners
	// UntilCaughtUp ends Run when every partition of ours has reached the last
	// event that it had when it was opened.
	UntilCaughtUp bool
	Clock         retry.Clock   // the real one if nil
	Logger        *slog.Logger  // gets state changes; nothing is logged if nil
	Backoff       retry.Backoff // between the attempts of a partition; source.LongestPause at most if it does not say
}

// A Source reads one hub as one consumer group.
type Source struct {
	cfg       Config
	opt       Options
	name      string
	positions source.Positions
	connect   func() (wire.Client, error)

	mu       sync.Mutex
	statuses map[string]*status
}

// New returns a source. It reads secrets and certificates, so that a mistake in
// them shows at once, and connects to nothing. Positions is asked where each
// partition stands.
func New(positions source.Positions, cfg Config, opt Options) (*Source, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	t, err := cfg.target()
	if err != nil {
		return nil, err
	}
	s := newSource(positions, cfg, opt)
	s.name = sourceName(&t)
	s.connect = func() (wire.Client, error) {
		t, err := cfg.target() // keys may have been renewed
		if err != nil {
			return nil, err
		}
		return wire.New(t)
	}
	return s, nil
}

func newSource(positions source.Positions, cfg Config, opt Options) *Source {
	if opt.Clock == nil {
		opt.Clock = retry.Wall{}
	}
	opt.Backoff.Most = cmp.Or(opt.Backoff.Most, source.LongestPause)
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Owners == nil {
		opt.Owners = func(string) lease.Owners { return lease.Alone{} }
	}
	opt.Logger = opt.Logger.With("source", cfg.Name)
	return &Source{cfg: cfg, opt: opt, positions: positions, statuses: map[string]*status{}}
}

// Name is the source's name in positions: eventhub:host/hub/group. Sources of
// different hubs or groups have different ones.
func (s *Source) Name() string { return s.name }

// Run reads all partitions until ctx ends, or until all are caught up if that
// is wanted. The error of a delivery ends it too, and one of the hub as a whole
// before it has begun; those of a partition do not.
func (s *Source) Run(ctx context.Context, deliver source.Deliver) error {
	client, err := s.connect()
	if err != nil {
		return source.Permanent(err, "mend the configuration")
	}
	return newRun(s, client, deliver).run(ctx)
}

// Partitions returns how the partitions stand, in order.
func (s *Source) Partitions() []source.PartitionState {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]source.PartitionState, 0, len(s.statuses))
	for _, status := range s.statuses {
		list = append(list, status.snapshot())
	}
	slices.SortFunc(list, func(a, b source.PartitionState) int { return compareNames(a.Partition, b.Partition) })
	return list
}

// compareNames sorts numbers by value: a shorter name is a smaller number.
func compareNames(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// status returns that of a partition, which outlives a run.
func (s *Source) status(partition string) *status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, ok := s.statuses[partition]
	if !ok {
		st = newStatus(partition, s.opt.Clock)
		s.statuses[partition] = st
	}
	return st
}
