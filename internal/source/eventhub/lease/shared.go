package lease

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"nephoscope/internal/event"
	"nephoscope/internal/retry"
)

const (
	// Period is how often Balance should be called.
	Period = 10 * time.Second
	// DefaultTerm is how long a partition stays with an owner who is gone.
	DefaultTerm = 30 * time.Second
)

// Options of Shared.
type Options struct {
	// Owner names this reader: the same after a restart, so that what it had
	// is its own again at once, and never the same as another's that runs.
	Owner string
	// Term is for how long a partition is claimed, DefaultTerm if 0. It must
	// be well above Period and above what the clocks of the readers differ by.
	Term   time.Duration
	Clock  retry.Clock  // the real one if nil
	Logger *slog.Logger // gets changes; nothing is logged if nil
}

// Shared are owners that agree by a ledger. A partition's lease is a position
// of the source named like the hub's, with another beginning; so claiming,
// renewing and giving up are conditional steps, and of two who reach for the
// same partition one wins.
type Shared struct {
	opt    Options
	ledger Ledger
	source string
	held   map[string]string // our tokens, by partition
}

// New returns the owners of a hub, which is named by its source in positions.
func New(ledger Ledger, hub string, opt Options) *Shared {
	if opt.Term <= 0 {
		opt.Term = DefaultTerm
	}
	if opt.Clock == nil {
		opt.Clock = retry.Wall{}
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	return &Shared{opt: opt, ledger: ledger, source: "lease:" + hub, held: map[string]string{}}
}

// A standing is how a partition stands as this round begins.
type standing struct {
	partition string
	token     string
	holding
}

// Balance renews what is ours, takes what is free or was ours before we
// started, and then takes one partition after the other from whoever has two
// more than we do. Lost races are no errors.
func (s *Shared) Balance(ctx context.Context, partitions []string) ([]Claim, error) {
	all, err := s.standings(ctx, partitions)
	if err != nil {
		return nil, err
	}
	mine, rest := s.sort(all)
	if mine, err = s.renew(ctx, mine); err != nil {
		return nil, err
	}
	for _, p := range s.choose(len(mine), rest) {
		won, err := s.claim(ctx, p)
		if err != nil {
			return nil, err
		}
		if won != nil {
			mine = append(mine, *won)
		}
	}
	return s.keep(mine), nil
}

// standings reads the leases.
func (s *Shared) standings(ctx context.Context, partitions []string) ([]standing, error) {
	all := make([]standing, len(partitions))
	for i, p := range partitions {
		token, err := s.ledger.Position(ctx, s.source, p)
		if err != nil {
			return nil, fmt.Errorf("read the lease of partition %s: %w", p, err)
		}
		h, err := parse(token)
		if err != nil {
			return nil, fmt.Errorf("read the lease of partition %s: %w", p, err)
		}
		all[i] = standing{p, token, h}
	}
	return all, nil
}

// sort tells what this reader has claimed itself from the rest.
func (s *Shared) sort(all []standing) (mine, rest []standing) {
	for _, p := range all {
		token, claimed := s.held[p.partition]
		switch {
		case claimed && token == p.token:
			mine = append(mine, p)
			continue
		case claimed:
			s.opt.Logger.Info("partition lost", "hub", s.source, "partition", p.partition, "owner", p.owner)
		}
		rest = append(rest, p)
	}
	return mine, rest
}

// choose returns what to claim of the rest when mine partitions are ours.
func (s *Shared) choose(mine int, rest []standing) []standing {
	now := s.opt.Clock.Now()
	var free []standing
	owned := map[string][]standing{}
	for _, p := range rest {
		if !p.live(now) || p.owner == s.opt.Owner {
			free = append(free, p)
			continue
		}
		owned[p.owner] = append(owned[p.owner], p)
	}
	readers := len(owned) + 1
	share := (mine + len(rest) + readers - 1) / readers
	chosen := free[:max(0, min(len(free), share-mine))]
	for {
		from := largest(owned)
		if len(owned[from]) < mine+len(chosen)+2 {
			return chosen
		}
		chosen = append(chosen, owned[from][0])
		owned[from] = owned[from][1:]
	}
}

// largest returns who has most, the first by name of several.
func largest(owned map[string][]standing) (owner string) {
	for name, list := range owned {
		if n := len(list) - len(owned[owner]); n > 0 || n == 0 && name < owner {
			owner = name
		}
	}
	return owner
}

// claim takes a partition. It returns nil if another claimed it faster. An
// owner that only renewed meanwhile does not keep it: readers that were started
// together renew and claim at the same moments, round after round.
func (s *Shared) claim(ctx context.Context, p standing) (*standing, error) {
	for {
		next := holding{owner: s.opt.Owner, epoch: p.epoch + 1, expires: s.opt.Clock.Now().Add(s.opt.Term)}
		err := s.ledger.Step(ctx, s.step(p, next))
		if err == nil {
			s.opt.Logger.Info("partition claimed", "hub", s.source, "partition", p.partition, "epoch", next.epoch, "from", p.owner)
			return &standing{p.partition, next.String(), next}, nil
		}
		if !errors.Is(err, event.ErrMoved) {
			return nil, fmt.Errorf("claim partition %s: %w", p.partition, err)
		}
		now, err := s.standings(ctx, []string{p.partition})
		if err != nil {
			return nil, err
		}
		renewed := now[0]
		if renewed.token == p.token || renewed.owner != p.owner || renewed.epoch != p.epoch {
			return nil, nil
		}
		p = renewed
	}
}

func (s *Shared) step(p standing, next holding) event.Position {
	return event.Position{Source: s.source, Partition: p.partition, From: p.token, To: next.String()}
}

// renew extends what is ours, in one step if nobody interferes.
func (s *Shared) renew(ctx context.Context, mine []standing) ([]standing, error) {
	if len(mine) == 0 {
		return nil, nil
	}
	expires := s.opt.Clock.Now().Add(s.opt.Term)
	var renewed []standing
	var steps []event.Position
	for _, p := range mine {
		next := holding{p.owner, p.epoch, expires}
		renewed = append(renewed, standing{p.partition, next.String(), next})
		if next.String() != p.token {
			steps = append(steps, s.step(p, next))
		}
	}
	err := s.ledger.Step(ctx, steps...)
	switch {
	case err == nil:
		return renewed, nil
	case !errors.Is(err, event.ErrMoved):
		return nil, fmt.Errorf("renew leases: %w", err)
	case len(mine) == 1:
		return nil, nil
	}
	half := len(mine) / 2 // find those that were lost
	first, err := s.renew(ctx, mine[:half])
	if err != nil {
		return nil, err
	}
	second, err := s.renew(ctx, mine[half:])
	return slices.Concat(first, second), err
}

// keep remembers what is ours.
func (s *Shared) keep(mine []standing) []Claim {
	clear(s.held)
	claims := make([]Claim, len(mine))
	for i, p := range mine {
		s.held[p.partition] = p.token
		claims[i] = Claim{p.partition, p.epoch}
	}
	return claims
}

// Release gives up all partitions. Their epochs stay, for those who come next.
func (s *Shared) Release(ctx context.Context) error {
	var errs []error
	for partition, token := range s.held {
		h, err := parse(token)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		err = s.ledger.Step(ctx, s.step(standing{partition, token, h}, holding{epoch: h.epoch, expires: h.expires}))
		if err != nil && !errors.Is(err, event.ErrMoved) {
			errs = append(errs, fmt.Errorf("release partition %s: %w", partition, err))
		}
	}
	clear(s.held)
	return errors.Join(errs...)
}
